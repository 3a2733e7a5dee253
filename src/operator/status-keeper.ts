import type { Api } from '../cluster/api.ts';
import { writeResourceStatus } from '../cluster/resource.ts';
import { isStatus } from '../cluster/words.ts';
import { words } from '../executor/surroundings.ts';
import type { Json } from '../rollout/json.ts';
import type { Resource } from '../rollout/resource.ts';
import type { ResourceStatus } from '../rollout/resource-status.ts';
import type { Log } from './contract.ts';

/** Two writes of one status so far apart, but for a change of the phase. */
const APART_MS = 5_000;

/** A status as it is to be, and the resource that it is for, as last read. */
export interface Wanted {
  resource: Pick<Resource, 'namespace' | 'name' | 'uid' | 'status'>;
  status: ResourceStatus;
}

interface Kept {
  writtenAt: number;
  urgent: string;
  writing: boolean;
  again: boolean;
  cancel: (() => void) | null;
}

/** Writes the status of each resource: at once where the phase changes, else every 5 s at most, and only what is new. */
export class StatusKeeper {
  readonly #api: Api;
  readonly #wanted: (key: string) => Wanted | null;
  readonly #wrote: (key: string, raw: Json, before: Wanted, status: ResourceStatus) => void;
  readonly #log: Log;
  readonly #kept = new Map<string, Kept>();
  #closed = false;

  /**
   * @param wanted the status of this moment; null where there is none to write
   * @param wrote told of each write
   */
  constructor(
    api: Api,
    wanted: (key: string) => Wanted | null,
    wrote: (key: string, raw: Json, before: Wanted, status: ResourceStatus) => void,
    log: Log,
  ) {
    this.#api = api;
    this.#wanted = wanted;
    this.#wrote = wrote;
    this.#log = log;
  }

  /** Something may be new. @param urgent what has to be told at once when it changes: the phase, a refusal */
  touch(key: string, urgent: string): void {
    if (this.#closed) return;
    const kept = this.#of(key);
    const now = this.#api.clock.now();
    if (urgent !== kept.urgent) {
      kept.urgent = urgent;
      this.#plan(key, kept, 0);
    } else this.#plan(key, kept, Math.max(0, kept.writtenAt + APART_MS - now));
  }

  forget(key: string): void {
    this.#kept.get(key)?.cancel?.();
    this.#kept.delete(key);
  }

  /** Writes what is not written yet, and no more. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(
      [...this.#kept].map(async ([key, kept]) => {
        const due = kept.cancel !== null;
        kept.cancel?.();
        if (due) await this.#write(key, kept);
      }),
    );
  }

  #of(key: string): Kept {
    const kept = this.#kept.get(key) ?? {
      writtenAt: Number.NEGATIVE_INFINITY,
      urgent: '',
      writing: false,
      again: false,
      cancel: null,
    };
    this.#kept.set(key, kept);
    return kept;
  }

  #plan(key: string, kept: Kept, ms: number): void {
    if (kept.writing) {
      kept.again = true;
      return;
    }
    if (kept.cancel !== null && ms > 0) return;
    kept.cancel?.();
    kept.cancel = this.#api.clock.after(ms, () => {
      kept.cancel = null;
      void this.#write(key, kept);
    });
  }

  async #write(key: string, kept: Kept): Promise<void> {
    const wanted = this.#wanted(key);
    if (wanted === null || kept.writing) return;
    kept.writing = true;
    kept.again = false;
    kept.writtenAt = this.#api.clock.now();
    try {
      const raw = await writeResourceStatus(this.#api, wanted.resource, wanted.status);
      if (raw !== null) this.#wrote(key, raw, wanted, wanted.status);
    } catch (error) {
      // gone, or another one of its name: there is nothing to tell any more
      if (!isStatus(error, 404) && !isStatus(error, 409)) {
        kept.again = true;
        this.#log.warn({ resource: key, err: words(error) }, 'the status cannot be written');
      }
    } finally {
      kept.writing = false;
    }
    if (kept.again && !this.#closed) this.#plan(key, kept, APART_MS);
  }
}
