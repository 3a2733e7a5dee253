import type { SimulatorClock } from './clock.ts';
import { type Latency, type Process, start } from './process.ts';

/** The first wait after a failed sync; it doubles up to the longest. */
const FIRST_RETRY_MS = 5;
const LONGEST_RETRY_MS = 1_000_000;

/**
 * A queue of keys, as client-go's: a key is worked on by one process at a time, asked for twice it is done once, and a
 * failure is tried again later and later. Any other reason to look comes at once.
 */
export class WorkQueue {
  readonly #waiting = new Set<string>();
  readonly #running = new Set<string>();
  readonly #failures = new Map<string, number>();

  constructor(
    private readonly clock: SimulatorClock,
    private readonly latency: Latency,
    private readonly sync: (key: string) => Process<void>,
  ) {}

  add(key: string): void {
    if (this.#waiting.has(key)) return;
    this.#waiting.add(key);
    if (!this.#running.has(key)) this.clock.schedule(0, () => this.#work(key));
  }

  addAfter(key: string, ms: number): void {
    this.clock.schedule(ms, () => this.add(key));
  }

  #work(key: string): void {
    if (!this.#waiting.has(key) || this.#running.has(key)) return;
    this.#waiting.delete(key);
    this.#running.add(key);
    start(this.clock, this.latency, this.sync(key), ({ error }) => {
      this.#running.delete(key);
      if (error === null) this.#failures.delete(key);
      else this.#retry(key);
      if (this.#waiting.has(key)) this.#work(key);
    });
  }

  #retry(key: string): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.addAfter(key, Math.min(FIRST_RETRY_MS * 2 ** failures, LONGEST_RETRY_MS));
  }
}
