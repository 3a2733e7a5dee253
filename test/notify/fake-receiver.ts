import { CallbackNotifier } from '../../src/notify/callback.ts';
import type { Callback, CallbackClient } from '../../src/notify/callback-client.ts';
import { type Clock, DeliveryError, type OpenNotifiers } from '../../src/notify/contract.ts';

/** A receiver of call-backs in virtual time. */
export class FakeReceiver implements CallbackClient {
  /** All attempts, in order; `taken` those that were answered 2xx. */
  readonly attempts: (Callback & { at: number; taken: boolean })[] = [];
  /** It takes what comes while this says so. */
  up: () => boolean = () => true;

  constructor(
    private readonly clock: Clock,
    /** Of an answer; what is longer than a call may take is no answer. */
    public latencyMs = 50,
  ) {}

  readonly open: OpenNotifiers = async () => ({
    notifiers: [new CallbackNotifier({ post: (callback) => this.post(callback), close: () => {} }, true)],
    missing: [],
  });

  async post(callback: Callback): Promise<void> {
    const attempt = { ...callback, at: this.clock.now(), taken: true };
    this.attempts.push(attempt);
    const taken = this.up();
    attempt.taken = taken;
    await new Promise<void>((resolve) => this.clock.after(this.latencyMs, resolve));
    if (!taken) throw new DeliveryError('the call-back was answered 503');
  }

  close(): void {}

  /** The events that were taken, doubles left out as a receiver would by their key. */
  events(): string[] {
    const byKey = new Map(this.attempts.filter(({ taken }) => taken).map(({ key, body }) => [key, body]));
    return [...byKey.values()].map((body) => JSON.parse(body).event);
  }
}
