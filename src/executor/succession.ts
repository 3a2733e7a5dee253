import type { Live } from '../rollout/live.ts';
import type { SessionOptions } from './contract.ts';
import { words } from './surroundings.ts';

/** A viewer without keys waits so long for an executor to come back. */
const ORPHAN_MS = 20_000;

/** A viewer looks so often whether the holder of the Lease still lives; and so long apart it tries to take over. */
const CHECK_MS = 2_000;

/**
 * Whoever is to execute, and finds the Lease of one that has just died, waits for it: longer than it lasts. Later, a
 * screen leaves it to the person in front of it.
 */
const HEIR_MS = 20_000;

/** How it stands with the Lease, as a session sees it that does not execute. */
export interface Inheritance {
  holder: Live['holder'];
  /** Somebody holds it by name, and is dead. */
  abandoned: boolean;
  /** What this session came to begin is in the cluster; true where it came to begin nothing. */
  begun: boolean;
}

/** Who executes next: the part of a session that watches for the end of another executor. */
export class Succession {
  #orphanSince: number | null = null;
  #taking = false;
  #failed = false;
  /** Not before: an attempt that failed is not made again at once. */
  #triesAt = 0;

  /** @param openedAt milliseconds, as all times here */
  constructor(
    private readonly options: Pick<SessionOptions, 'execute' | 'adopt' | 'endOn'>,
    private readonly openedAt: number,
    private readonly session: {
      takeOver(): Promise<string>;
      tell(text: string, bad: boolean): void;
      /** Nobody executes, and nobody here will. */
      orphaned(message: string): void;
    },
  ) {}

  /** @returns when to look again, if nothing is heard before */
  watch(now: Inheritance, at: number): number | null {
    if (now.holder !== null) {
      this.#orphanSince = null;
      // a Lease that is not renewed any more makes no event
      return at + CHECK_MS;
    }
    if (this.options.execute === true && this.#mayTake(now, at)) {
      return this.#tryToTake(now.begun, at);
    }
    const waits = this.options.execute === 'orphaned';
    // a viewer without keys does not watch for ever what nobody executes
    if (!waits && !this.options.endOn.has('stopped')) return null;
    this.#orphanSince ??= at;
    if (at - this.#orphanSince < ORPHAN_MS) return this.#orphanSince + ORPHAN_MS;
    if (waits) return this.#tryToTake(now.begun, at);
    this.session.orphaned('nobody executes this rollout any more; the set is held');
    return null;
  }

  /** @returns when to look again */
  #tryToTake(begun: boolean, at: number): number | null {
    if (this.#taking) return null;
    if (at < this.#triesAt) return this.#triesAt;
    this.#triesAt = at + CHECK_MS;
    void this.#take(begun);
    return this.#triesAt;
  }

  /** What we came to begin nobody else will; of what others do, only what they left without a word. */
  #mayTake({ begun, abandoned }: Inheritance, at: number): boolean {
    if (!begun || this.#failed) return true;
    return abandoned && (this.options.adopt === true || at - this.openedAt < HEIR_MS);
  }

  async #take(begun: boolean): Promise<void> {
    this.#taking = true;
    try {
      const message = await this.session.takeOver();
      this.session.tell(begun ? `the executor is gone: ${message}` : message, false);
      this.#failed = false;
    } catch (error) {
      // what was abandoned is given back by an attempt that fails half-way: it is still ours to go on with
      this.#failed = true;
      this.session.tell(words(error), true);
    } finally {
      this.#taking = false;
    }
  }
}
