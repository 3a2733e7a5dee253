import type { Notifications, NotifierName } from '../rollout/notification-record.ts';
import type { RecordOrigin, RecordSpec, RecordStatus } from '../rollout/record.ts';
import type { Report } from '../rollout/report.ts';

/** Time as the session counts it; virtual in simulations. Milliseconds. */
export interface Clock {
  now(): number;
  /** Calls `run` once, after `ms`; returns what cancels it. */
  after(ms: number, run: () => void): () => void;
}

/** What a notifier tells of. */
export interface Told {
  report: Report;
  notifications: Notifications;
  spec: RecordSpec;
  status: RecordStatus;
  origin: RecordOrigin | null;
}

/** One message that is to be sent. */
export interface Delivery {
  /** Milliseconds on the clock; not before. */
  notBefore: number;
  /** Whether the record owes it: only that is worth waiting for at the end. */
  owed: boolean;
  /**
   * Sends it, once. Resolves with what the record has to say of it then.
   * @throws DeliveryError
   */
  send(): Promise<(notifications: Notifications) => Notifications>;
}

/** Somebody who is told of a rollout. Holds no state that the record does not have, but for what is only a courtesy. */
export interface Notifier {
  readonly name: NotifierName;
  /** What has to be sent next; null where there is nothing. */
  next(told: Told, now: number): Delivery | null;
  /** Ends what is under way, and lets nothing keep the process alive. */
  close(): void;
}

export interface DeliveryFailure {
  /** Waiting changes nothing: a person has to. Nothing more is tried. */
  permanent?: boolean;
  /** Milliseconds that the other side asked us to wait. */
  retryAfterMs?: number;
  /** The record is changed by it all the same: a message that will never be taken is not owed any more. */
  change?: (notifications: Notifications) => Notifications;
}

/** It was not taken; the message says why, and what to do. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';
  readonly permanent: boolean;
  readonly retryAfterMs: number | null;
  readonly change: ((notifications: Notifications) => Notifications) | null;

  constructor(message: string, failure: DeliveryFailure = {}) {
    super(message);
    this.permanent = failure.permanent ?? false;
    this.retryAfterMs = failure.retryAfterMs ?? null;
    this.change = failure.change ?? null;
  }
}

/** What a person does by a notifier's buttons. */
export interface ButtonPress {
  what: 'pause' | 'resume' | 'rollback';
  /** Who, for the record: "Bob Smith (U012ABC) in Slack". */
  who: string;
  /** Of the rollout whose message it was. */
  rolloutIdentity: string;
  /** Of the phase that was shown; an answer to another one is no answer to this. */
  since: string;
}

/** What a notifier needs of whoever runs it. */
export interface NotifierHost {
  readonly clock: Clock;
  /** @returns what happened, in words. @throws Error with a message for whoever pressed */
  press(press: ButtonPress): Promise<string>;
  /** Something is wrong that no delivery tells of. */
  warn(message: string): void;
}

/** Somebody who cannot be told from here, and why. */
export interface MissingNotifier {
  name: NotifierName;
  why: string;
}

/** Makes those who are to be told by this spec (or are owed something), and says what keeps the others from it. */
export type OpenNotifiers = (
  spec: RecordSpec,
  notifications: Notifications | undefined,
  host: NotifierHost,
) => Promise<{ notifiers: Notifier[]; missing: MissingNotifier[] }>;
