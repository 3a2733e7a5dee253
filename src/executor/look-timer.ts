import type { Clock } from '../cluster/api.ts';

/**
 * Two looks for what is merely seen are so far apart (milliseconds) per pod of the set, and at most: a look costs more
 * the more pods there are, and of thousands one changes every few milliseconds. Answers to what was asked do not wait.
 */
const APART_MS = { perPod: 0.02, most: 20 };

/** When to look: at once, after a burst of changes, or at a time; several reasons together are one look. */
export class LookTimer {
  #scheduled = false;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #wakesAt: number | null = null;
  #cancelWake: () => void = () => {};

  constructor(
    private readonly clock: Clock,
    private readonly look: () => void,
  ) {}

  /** A look is about to come. */
  get scheduled(): boolean {
    return this.#scheduled;
  }

  /** One look for all that happens in one turn of the event loop. */
  soon(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#lookedAt = this.clock.now();
      this.look();
    });
  }

  /** The first change after a quiet moment is looked at at once, a burst of them in one look. */
  seen(pods: number): void {
    const now = this.clock.now();
    const dueAt = this.#lookedAt + Math.min(APART_MS.most, APART_MS.perPod * pods);
    if (dueAt - now < 1) this.soon();
    else this.at(dueAt, now);
  }

  /** Looks at this time at the latest; null: no wish. */
  at(at: number | null, now: number): void {
    if (at === null || (this.#wakesAt !== null && this.#wakesAt <= at && this.#wakesAt > now)) return;
    this.cancel();
    this.#wakesAt = at;
    this.#cancelWake = this.clock.after(Math.max(1, at - now), () => {
      this.#wakesAt = null;
      this.soon();
    });
  }

  /** Nothing that was waited for comes any more. */
  cancel(): void {
    this.#cancelWake();
    this.#wakesAt = null;
  }
}
