import type { Clock } from '../cluster/api.ts';

const BACK_OFF_MS = { least: 1_000, most: 300_000 };

/**
 * A queue of keys, as client-go's: a key is worked on by one worker at a time, asked for twice it is done once, and a
 * failure is tried again later and later; any other reason to look comes at once. Our own, since it has to run in
 * virtual time, too.
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #workers: number;
  readonly #sync: (key: string) => Promise<void>;
  readonly #waiting = new Set<string>();
  readonly #running = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #timers = new Map<string, { at: number; cancel: () => void }>();
  #closed = false;
  #idle: (() => void)[] = [];

  /** @param sync must not reject: it tells failures by retry() */
  constructor(clock: Clock, workers: number, sync: (key: string) => Promise<void>) {
    this.#clock = clock;
    this.#workers = workers;
    this.#sync = sync;
  }

  get depth(): number {
    return this.#waiting.size;
  }

  add(key: string): void {
    if (this.#closed) return;
    this.#waiting.add(key);
    this.#work();
  }

  /** Adds it after `ms`, unless that is planned for an earlier moment already. */
  addAfter(key: string, ms: number): void {
    const at = this.#clock.now() + ms;
    const planned = this.#timers.get(key);
    if (this.#closed || (planned !== undefined && planned.at <= at)) return;
    planned?.cancel();
    const cancel = this.#clock.after(ms, () => {
      this.#timers.delete(key);
      this.add(key);
    });
    this.#timers.set(key, { at, cancel });
  }

  /** It failed: again after a second, then two, four, up to five minutes. */
  retry(key: string): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.addAfter(key, Math.min(BACK_OFF_MS.most, BACK_OFF_MS.least * 2 ** Math.min(failures, 10)));
  }

  /** It went well: the next failure is the first one. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** Nothing more is begun; resolves when what runs has ended. */
  close(): Promise<void> {
    this.#closed = true;
    this.#waiting.clear();
    for (const { cancel } of this.#timers.values()) cancel();
    this.#timers.clear();
    if (this.#running.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #work(): void {
    for (const key of this.#waiting) {
      if (this.#running.size >= this.#workers) return;
      if (this.#running.has(key)) continue;
      this.#waiting.delete(key);
      this.#running.add(key);
      void this.#sync(key).finally(() => {
        this.#running.delete(key);
        if (this.#running.size === 0) for (const idle of this.#idle.splice(0)) idle();
        this.#work();
      });
    }
  }
}
