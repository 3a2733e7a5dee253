import type { Notifications } from '../rollout/notification-record.ts';
import { type Clock, DeliveryError, type Notifier, type Told } from './contract.ts';

/** Between two attempts, doubled each time. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

/** Whoever asks us to wait for longer is asked again after so long all the same. */
const LONGEST_PENANCE_MS = 10 * 60_000;

/** What a courier needs of the session around it. */
export interface Around {
  readonly clock: Clock;
  /** What there is to tell; null while nothing may be told (another one executes). */
  told(): Told | null;
  /** The record's own words after a message. */
  update(change: (notifications: Notifications) => Notifications): void;
  /** @param failures attempts without success, one after the other */
  failing(message: string, permanent: boolean, failures: number): void;
  recovered(): void;
}

/**
 * Brings one notifier its messages: one at a time, in order, again after a failure. Never throws, never waits in
 * anybody's way, and ends when it is told to.
 */
export class Courier {
  #busy = false;
  #failures = 0;
  #notBefore = Number.NEGATIVE_INFINITY;
  /** The other side asked for silence, and back-off does not end it. */
  #silentUntil = Number.NEGATIVE_INFINITY;
  #givenUp = false;
  #closed = false;
  #cancelWake: () => void = () => {};
  #drain: { until: number; done: () => void } | null = null;

  constructor(
    private readonly notifier: Notifier,
    private readonly around: Around,
  ) {}

  /** Something may have to be told. */
  poke(): void {
    if (this.#busy || this.#givenUp || this.#closed) return;
    this.#cancelWake();
    const told = this.around.told();
    const now = this.around.clock.now();
    const delivery = told === null ? null : this.notifier.next(told, now);
    const at = Math.max(delivery?.notBefore ?? now, this.#notBefore, this.#silentUntil);
    if (delivery === null || (this.#drain !== null && (!delivery.owed || at > this.#drain.until))) {
      this.#drain?.done();
      return;
    }
    if (at > now) this.#cancelWake = this.around.clock.after(at - now, () => this.poke());
    else void this.#send(delivery.send);
  }

  /** One last attempt at what is owed, for `ms` at most; then nothing more is sent. */
  async close(ms: number): Promise<void> {
    if (this.#closed) return;
    if (!this.#givenUp) {
      // whoever has not answered of late is not waited for as long as the others
      const patience = this.#failures > 0 ? ms / 4 : ms;
      await new Promise<void>((resolve) => {
        const cancel = this.around.clock.after(patience, resolve);
        const done = () => {
          cancel();
          resolve();
        };
        this.#drain = { until: this.around.clock.now() + patience, done };
        this.#notBefore = Number.NEGATIVE_INFINITY;
        this.poke();
      });
    }
    this.#closed = true;
    this.#cancelWake();
    this.notifier.close();
  }

  async #send(send: () => Promise<(notifications: Notifications) => Notifications>): Promise<void> {
    this.#busy = true;
    try {
      const change = await send();
      if (this.#closed) return;
      // also where it was another executor that failed
      this.around.recovered();
      this.#failures = 0;
      this.#notBefore = Number.NEGATIVE_INFINITY;
      this.around.update(change);
    } catch (error) {
      if (!this.#closed) this.#failed(error);
    } finally {
      this.#busy = false;
      this.poke();
    }
  }

  #failed(error: unknown): void {
    const known = error instanceof DeliveryError ? error : new DeliveryError(String(error));
    const now = this.around.clock.now();
    if (known.retryAfterMs !== null) this.#silentUntil = now + Math.min(known.retryAfterMs, LONGEST_PENANCE_MS);
    this.#notBefore = now + Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#failures);
    this.#failures++;
    if (known.permanent) this.#givenUp = true;
    if (known.change !== null) this.around.update(known.change);
    this.around.failing(known.message, known.permanent, this.#failures);
    this.#drain?.done();
  }
}
