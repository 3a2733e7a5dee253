import { carryOver } from '../notify/carry-over.ts';
import type { ButtonPress, Clock, MissingNotifier, Notifier, Told } from '../notify/contract.ts';
import { Courier } from '../notify/courier.ts';
import { withCondition, withoutCondition } from '../rollout/conditions.ts';
import type { Decision } from '../rollout/decision.ts';
import { phaseFields } from '../rollout/draft.ts';
import type { Intent, Live, PodTiming } from '../rollout/live.ts';
import { emptyNotifications, noteError, noteMilestones, wantedNotifiers } from '../rollout/milestones.ts';
import type { Notifications } from '../rollout/notification-record.ts';
import type { RecordSpec, RecordStatus, RolloutRecord } from '../rollout/record.ts';
import { type Report, reportOf } from '../rollout/report.ts';
import type { End, SessionOptions } from './contract.ts';
import { words } from './surroundings.ts';

/** So long an executor that ends still waits for those who have not been told. */
const FAREWELL_MS = 4_000;

/** One failure may be a passing one, and nobody's business. */
const FAILURES_SHOWN = 2;

/** What notices need of the session around them. */
export interface NoticesHost {
  readonly api: { readonly clock: Clock };
  readonly ref: { namespace: string; name: string };
  live(): Live;
  act(intent: Intent, who: string): Promise<string>;
  tell(text: string, bad: boolean): void;
  /** Something has changed: look again. */
  changed(): void;
}

/** The executor's own status. */
export interface StatusKeeper {
  readonly executing: boolean;
  status(): RecordStatus;
  setStatus(status: RecordStatus): void;
}

/** What an executor tells the world: never in the way of the rollout, and never a reason for it to fail. */
export class Notices {
  #couriers: Courier[] = [];
  /** Settles when the notifiers are there; null before they were asked for. */
  #opening: Promise<void> | null = null;
  #closed = false;
  /** Why nobody goes on, where the status tells of a rollout that does. */
  #error: string | null = null;
  #previous: RolloutRecord | null = null;

  constructor(
    private readonly host: NoticesHost,
    private readonly keeper: StatusKeeper,
    private readonly options: Pick<SessionOptions, 'notifiers' | 'thread' | 'connected'>,
  ) {}

  /** The record of an earlier rollout, which a new one is about to write over: what it owes is not forgotten. */
  carryFrom(previous: RolloutRecord | null): void {
    this.#previous = previous;
  }

  /** The decision with what has to be told noted in its status: it is owed from then on, whoever executes. */
  noted(decision: Decision, spec: RecordSpec, timings: ReadonlyMap<string, PodTiming>, now: number): Decision {
    if (!this.keeper.executing) return decision;
    const status = this.#note(decision.status, spec, timings, now);
    return status === decision.status ? decision : { ...decision, status };
  }

  /** Called after each look of an executor. */
  look(): void {
    if (this.#closed) return;
    this.#open();
    for (const courier of this.#couriers) courier.poke();
  }

  /** The session ends: for `ms` at most what is owed is tried once more, and stays in the record where nobody takes it. */
  async close(end: Pick<End, 'outcome' | 'message'>, ms = FAREWELL_MS): Promise<void> {
    if (this.#closed) return;
    this.#lastWords(end);
    // a rollout may be over before those who tell of it are loaded
    await this.#opening;
    this.#closed = true;
    await Promise.all(this.#couriers.map((courier) => courier.close(ms)));
  }

  #note(status: RecordStatus, spec: RecordSpec, timings: ReadonlyMap<string, PodTiming>, now: number): RecordStatus {
    return noteMilestones(status, spec, { now, initial: this.#initial(spec, now), timings });
  }

  #initial(spec: RecordSpec, now: number): Notifications {
    const { connected, thread } = this.options;
    const empty = emptyNotifications(connected.context, now);
    const previous = this.#previous?.spec.rolloutIdentity === spec.rolloutIdentity ? null : this.#previous;
    const carried = carryOver(previous, this.host.ref, now);
    return { ...empty, carried, ...(thread === undefined ? {} : { slack: thread }) };
  }

  /** The record as we keep it; null while somebody else executes, or nobody. */
  #executed(): (RolloutRecord & { status: RecordStatus }) | null {
    const { record } = this.host.live();
    return record !== null && this.keeper.executing ? { ...record, status: this.keeper.status() } : null;
  }

  #open(): void {
    const record = this.#executed();
    if (this.#opening !== null || this.options.notifiers === undefined || record === null) return;
    const { spec, status } = record;
    if (wantedNotifiers(spec).length === 0 && (status.notifications?.carried.length ?? 0) === 0) return;
    const { clock } = this.host.api;
    const warn = (message: string) => this.host.tell(message, true);
    this.#opening = this.options
      .notifiers(spec, status.notifications, { clock, warn, press: (press) => this.#press(press) })
      .then(({ notifiers, missing }) => this.#begin(notifiers, missing))
      .catch((error: unknown) => warn(`nobody is told of this rollout: ${words(error)}`));
  }

  #begin(notifiers: readonly Notifier[], missing: readonly MissingNotifier[]): void {
    for (const { name, why } of missing)
      this.#change((status) => withCondition(status, name, why, this.host.api.clock.now()));
    this.#couriers = notifiers.map(
      (notifier) =>
        new Courier(notifier, {
          clock: this.host.api.clock,
          told: () => this.#told(),
          update: (change) => this.#update(change),
          failing: (message, permanent, failures) => this.#failing(notifier, message, permanent, failures),
          recovered: () => this.#change((status) => withoutCondition(status, notifier.name, this.host.api.clock.now())),
        }),
    );
    this.look();
  }

  #told(): Told | null {
    const record = this.#executed();
    if (record === null || record.status.notifications === undefined) return null;
    const live = reportOf({ ...this.host.live(), record });
    const report = live === null || this.#error === null ? live : stoppedBy(live, this.#error);
    return report === null ? null : { ...record, report, notifications: record.status.notifications };
  }

  #update(change: (notifications: Notifications) => Notifications): void {
    this.#change((status) => {
      if (status.notifications === undefined) return status;
      const notifications = change(status.notifications);
      return notifications === status.notifications ? status : { ...status, notifications };
    });
  }

  #failing(notifier: Notifier, message: string, permanent: boolean, failures: number): void {
    if (!permanent && failures < FAILURES_SHOWN) return;
    this.#change((status) => withCondition(status, notifier.name, message, this.host.api.clock.now()));
  }

  #change(change: (status: RecordStatus) => RecordStatus): void {
    const record = this.#executed();
    if (record === null) return;
    const status = change(record.status);
    if (status === record.status) return;
    this.keeper.setStatus(status);
    this.host.changed();
  }

  #lastWords({ outcome, message }: Pick<End, 'outcome' | 'message'>): void {
    const record = this.#executed();
    if (record === null || message === null) return;
    const now = this.host.api.clock.now();
    // of a rollout that is given up its status tells no more than of one that ends by an error
    if (outcome === 'error' || outcome === 'left') {
      this.#error = message;
      this.#change((status) => noteError(status, record.spec, message, now));
    }
    if (outcome !== 'gone') return;
    const gone = { ...record.status, ...phaseFields(now, 'Paused', 'SetGone', message) };
    this.#change(() => this.#note(gone, record.spec, new Map(), now));
  }

  async #press({ what, who, rolloutIdentity, since }: ButtonPress): Promise<string> {
    const { namespace, name } = this.host.ref;
    const record = this.#executed();
    if (record?.spec.rolloutIdentity !== rolloutIdentity) {
      throw new Error(
        `this button is of another rollout than the one executed here (sts/${name} in ${namespace}). ` +
          'Where executors share one app token, Slack gives a click to any of them: press again.',
      );
    }
    // a second click, or one on a message that nobody has edited yet: the stop that it answered is not this one
    if (what === 'resume' && since !== record.status.since) throw new Error('it has changed since this was shown');
    return this.host.act({ kind: what }, who);
  }
}

/** A rollout that nobody executes any more, whatever its record says, until somebody does. */
function stoppedBy(report: Report, message: string): Report {
  if (report.phase === 'Complete' || report.phase === 'RolledBack' || report.phase === 'Paused') return report;
  return { ...report, phase: 'Paused', reason: null, message, executor: null };
}
