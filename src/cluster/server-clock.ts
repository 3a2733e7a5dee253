import type { Clock } from './api.ts';

/** A Date header names whole seconds, and travels: less than this apart, two clocks are taken as one. */
const TOLERANCE_MS = 2000;
/** Node fires at once for a longer one. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * The API server's calendar on our monotonic clock. Never goes back: where the server turns out to be behind, it runs
 * at half speed until it is there, since a clock that stood still would stop every soak (issue kubernetes#29229).
 */
export class ServerClock implements Clock {
  readonly #monotonic: () => number;
  readonly #laptop: () => number;
  /** Server time = monotonic + offset. */
  #offset: number;
  #learned = false;
  #watch: { least: number; laptop: number; most: number };
  #last = { monotonic: Number.NEGATIVE_INFINITY, now: Number.NEGATIVE_INFINITY };

  constructor(monotonic = () => performance.now(), laptop = () => Date.now()) {
    this.#monotonic = monotonic;
    this.#laptop = laptop;
    this.#offset = laptop() - monotonic();
    this.#watch = { least: monotonic(), laptop: laptop(), most: 0 };
  }

  now(): number {
    const monotonic = this.#monotonic();
    const target = monotonic + this.#offset;
    const floor =
      this.#last.now === Number.NEGATIVE_INFINITY ? target : this.#last.now + (monotonic - this.#last.monotonic) / 2;
    this.#last = { monotonic, now: Math.max(target, floor) };
    return Math.floor(this.#last.now);
  }

  stopwatch(): { least: number; most: number } {
    const least = this.#monotonic();
    const laptop = this.#laptop();
    const passed = Math.max(least - this.#watch.least, laptop - this.#watch.laptop);
    this.#watch = { least, laptop, most: this.#watch.most + passed };
    return { least, most: this.#watch.most };
  }

  after(ms: number, run: () => void): () => void {
    const timer = setTimeout(run, Math.min(Math.max(ms, 0), LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  }

  /** How far this machine's calendar is ahead of the server's, milliseconds; 0 before the first answer. */
  get skewMs(): number {
    return Math.round(this.#laptop() - (this.#monotonic() + this.#offset));
  }

  /** A Date header, in an answer that took `tripMs` from request to head. */
  heard(date: string, tripMs: number): void {
    const seconds = Date.parse(date);
    if (Number.isNaN(seconds)) return;
    const served = seconds + 500 + tripMs / 2;
    const wrong = served - (this.#monotonic() + this.#offset);
    const first = !this.#learned;
    if (Math.abs(wrong) > TOLERANCE_MS + tripMs / 2) this.#offset += wrong;
    this.#learned = true;
    // nothing has been measured by this clock before the first answer, so here it may go back
    if (first) this.#last = { monotonic: Number.NEGATIVE_INFINITY, now: Number.NEGATIVE_INFINITY };
  }
}
