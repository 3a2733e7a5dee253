import type { Clock } from '../cluster/api.ts';

/**
 * Two looks for what is merely seen are so far apart (milliseconds) per pod of the set, and at most: a look costs 4 us a
 * pod, and of thousands one changes every few milliseconds. So a fifth of a core at most goes into looks, and less where
 * nothing follows from what was seen. Answers to what was asked do not wait.
 */
const APART_MS = { turn: { perPod: 0.02, most: 100 }, other: { perPod: 0.05, most: 250 } };

/** When to look: at once, after a burst of changes, or at a time; several reasons together are one look. */
export class LookTimer {
  #scheduled = false;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #wakesAt: number | null = null;
  #cancelWake: () => void = () => {};
  /** What was seen is looked at then; any look before is that look. */
  #seenAt: number | null = null;
  #cancelSeen: () => void = () => {};

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
      this.#forgetSeen();
      this.look();
    });
  }

  /**
   * The first change after a quiet moment is looked at at once, a burst of them in one look.
   * @param turn whether something may follow from it at once
   */
  seen(pods: number, turn: boolean): void {
    const now = this.clock.now();
    const { perPod, most } = turn ? APART_MS.turn : APART_MS.other;
    const dueAt = this.#lookedAt + Math.min(most, perPod * pods);
    if (dueAt - now < 1) this.soon();
    else if (this.#seenAt === null || dueAt < this.#seenAt) {
      this.#forgetSeen();
      this.#seenAt = dueAt;
      this.#cancelSeen = this.clock.after(dueAt - now, () => this.soon());
    }
  }

  #forgetSeen(): void {
    this.#cancelSeen();
    this.#seenAt = null;
  }

  /** Looks at this time at the latest; null: no wish. */
  at(at: number | null, now: number): void {
    if (at === null || (this.#wakesAt !== null && this.#wakesAt <= at && this.#wakesAt > now)) return;
    this.#cancelWake();
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
    this.#forgetSeen();
  }
}
