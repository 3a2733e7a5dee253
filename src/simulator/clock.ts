import type { Clock } from '../cluster/api.ts';

/** What the parts of the simulator run on: virtual in tests, real in a demo. */
export interface SimulatorClock extends Clock {
  /** As `after`, for what resolves no promise: it costs no turn of the event loop. */
  schedule(ms: number, run: () => void): () => void;
}

interface Timer {
  at: number;
  order: number;
  run: () => void;
  /** A client's code may run from here, so its promises must settle before time goes on. */
  settles: boolean;
  done: boolean;
}

/**
 * Time that moves only when it is told to: from one event to the next, in order of time and then of asking. Between two
 * events every promise settles, so a run depends on its seed alone.
 */
export class VirtualClock implements SimulatorClock {
  #now: number;
  #order = 0;
  readonly #heap: Timer[] = [];

  constructor(startMs: number = Date.UTC(2026, 0, 1)) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    return this.#add(ms, run, true);
  }

  schedule(ms: number, run: () => void): () => void {
    return this.#add(ms, run, false);
  }

  /** Runs the next event; false where nothing is to come at or before `untilMs`. */
  async step(untilMs = Number.POSITIVE_INFINITY): Promise<boolean> {
    await settled();
    return this.#advance(untilMs) !== null;
  }

  /** Runs all events up to `untilMs` (absolute), then stands there. Ends early as soon as `enough` says so. */
  async run(untilMs: number, enough?: () => boolean): Promise<void> {
    await settled();
    for (;;) {
      if (enough?.()) return;
      const timer = this.#advance(untilMs);
      if (timer === null) break;
      if (timer.settles) await settled();
    }
    if (Number.isFinite(untilMs) && untilMs > this.#now) this.#now = untilMs;
  }

  /** How many events are still to come. */
  get pending(): number {
    return this.#heap.filter((timer) => !timer.done).length;
  }

  #add(ms: number, run: () => void, settles: boolean): () => void {
    const timer: Timer = { at: this.#now + Math.max(0, ms), order: this.#order++, run, settles, done: false };
    this.#push(timer);
    return () => {
      timer.done = true;
    };
  }

  #advance(untilMs: number): Timer | null {
    for (;;) {
      const next = this.#heap[0];
      if (next === undefined || next.at > untilMs) return null;
      this.#pop();
      if (next.done) continue;
      next.done = true;
      this.#now = Math.max(this.#now, next.at);
      next.run();
      return next;
    }
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(timer);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above] as Timer;
      if (before(parent, timer)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = timer;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Timer;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && before(heap[below + 1] as Timer, heap[below] as Timer)) below++;
      if (before(last, heap[below] as Timer)) break;
      heap[at] = heap[below] as Timer;
      at = below;
    }
    heap[at] = last;
  }
}

export class RealClock implements SimulatorClock {
  readonly #beganAt = performance.now();
  readonly #startedAt = Date.now();
  readonly #speed: number;
  readonly #timers = new Set<NodeJS.Timeout>();

  /** @param speed so many seconds go by in one of the wall's */
  constructor(speed = 1) {
    this.#speed = speed;
  }

  now(): number {
    return Math.floor(this.#startedAt + (performance.now() - this.#beganAt) * this.#speed);
  }

  after(ms: number, run: () => void): () => void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, Math.max(0, ms) / this.#speed);
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
      clearTimeout(timer);
    };
  }

  schedule(ms: number, run: () => void): () => void {
    return this.after(ms, run);
  }

  /** Nothing that was asked for happens any more. */
  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}

function before(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** After all microtasks and process.nextTick callbacks. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
