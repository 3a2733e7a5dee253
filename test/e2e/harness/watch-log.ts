import { setTimeout as sleep } from 'node:timers/promises';
import { endAfterTest } from './clean-up.ts';
import type { Cluster } from './cluster.ts';
import { type Change, SetHistory } from './history.ts';
import type { List, Meta, Pod, StatefulSet } from './objects.ts';
import { RawError } from './raw-api.ts';
import { podsPath, setsPath } from './sets.ts';
import { eventually } from './wait.ts';

const KINDS = { Pod: podsPath, StatefulSet: setsPath } as const;
type Kind = keyof typeof KINDS;

/** A point in a log: everything of etcd up to this version. */
export interface Mark {
  version: number;
}

/**
 * Records every change of pods and sets of one namespace, by watches of its own, from `start` on. It goes on through an
 * API server that is killed and started again; what may have been missed then is counted in `gaps`.
 */
export class WatchLog implements AsyncDisposable {
  readonly changes: Change[] = [];
  /** How often a watch could not go on where it was and had to list again. */
  gaps = 0;
  readonly #known = { Pod: new Map<string, number>(), StatefulSet: new Map<string, number>() };
  readonly #ended = new AbortController();
  readonly #loops: Promise<void>[] = [];
  #start = 0;

  private constructor(
    private readonly cluster: Cluster,
    private readonly namespace: string,
  ) {}

  /** Resolves when the first lists are in: nothing after that is missed. Stopped after the test by itself. */
  static async start(cluster: Cluster, namespace: string): Promise<WatchLog> {
    const log = new WatchLog(cluster, namespace);
    for (const kind of ['StatefulSet', 'Pod'] as const) {
      const from = await log.#list(kind);
      log.#start = Math.max(log.#start, from);
      log.#loops.push(log.#follow(kind, from));
    }
    endAfterTest(() => log.stop());
    return log;
  }

  /** Resolves when the log holds all that has happened up to now. */
  async mark(): Promise<Mark> {
    let version = 0;
    for (const kind of ['StatefulSet', 'Pod'] as const) {
      const list = await this.#fetch(kind);
      version = Math.max(version, Number(list.metadata.resourceVersion));
      const present = new Map(list.items.map(({ metadata }) => [metadata.name, Number(metadata.resourceVersion)]));
      const known = this.#known[kind];
      await eventually(`the watch of ${kind}s to catch up`, () => {
        const behind = [...present].some(([name, at]) => (known.get(name) ?? 0) < at);
        const ghosts = [...known].some(
          ([name, at]) => !present.has(name) && at <= Number(list.metadata.resourceVersion),
        );
        return !behind && !ghosts;
      });
    }
    return { version };
  }

  /**
   * What happened to a set since `from` (default: since the log began), up to now. Call `mark()` first where the last
   * moments matter.
   */
  history(name = 'web', from: Mark = { version: this.#start }): SetHistory {
    return new SetHistory(name, this.changes, from.version);
  }

  /** Resolves with the first moment of the set, from `from` on, of which `test` is true. */
  async until(
    what: string,
    test: (history: SetHistory) => boolean,
    { name = 'web', from, timeoutMs = 60_000 }: { name?: string; from?: Mark; timeoutMs?: number } = {},
  ): Promise<void> {
    await eventually(what, () => test(this.history(name, from)), timeoutMs);
  }

  async stop(): Promise<void> {
    this.#ended.abort();
    await Promise.all(this.#loops);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #fetch(kind: Kind): Promise<List<Pod | StatefulSet>> {
    return this.cluster.api.get(KINDS[kind](this.namespace));
  }

  /** @returns the version to watch from */
  async #list(kind: Kind): Promise<number> {
    const list = await this.#fetch(kind);
    const version = Number(list.metadata.resourceVersion);
    const known = this.#known[kind];
    const there = new Set(list.items.map(({ metadata }) => metadata.name));
    for (const name of known.keys()) if (!there.has(name)) this.#add(kind, name, version, null);
    // The items of a list carry no kind.
    for (const item of list.items) this.#add(kind, item.metadata.name, Number(item.metadata.resourceVersion), item);
    return version;
  }

  async #follow(kind: Kind, from: number): Promise<void> {
    const { signal } = this.#ended;
    let version: number | null = from;
    while (!signal.aborted) {
      try {
        if (version === null) {
          this.gaps++;
          version = await this.#list(kind);
        }
        const path = `${KINDS[kind](this.namespace)}?watch=true&allowWatchBookmarks=true&resourceVersion=${version}`;
        await this.cluster.api.watch(path, signal, ({ type, object }) => {
          if (type === 'ERROR') {
            version = null;
            return;
          }
          const { metadata } = object as { metadata: Meta };
          version = Number(metadata.resourceVersion);
          if (type === 'BOOKMARK') return;
          this.#add(kind, metadata.name, version, type === 'DELETED' ? null : (object as Pod | StatefulSet));
        });
      } catch (error) {
        if (error instanceof RawError && error.status === 410) version = null;
        await sleep(100, undefined, { signal }).catch(() => {});
      }
    }
  }

  #add(kind: Kind, name: string, version: number, object: Pod | StatefulSet | null): void {
    const known = this.#known[kind];
    if (object !== null && (known.get(name) ?? 0) >= version) return;
    if (object === null) known.delete(name);
    else known.set(name, version);
    this.changes.push({ at: Date.now(), version, kind, name, object });
  }
}
