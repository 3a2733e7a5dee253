import type { Clock, Notifier, NotifierHost, Told } from '../../src/notify/contract.ts';
import { Courier } from '../../src/notify/courier.ts';
import { withCondition, withoutCondition } from '../../src/rollout/conditions.ts';
import { emptyNotifications, noteMilestones } from '../../src/rollout/milestones.ts';
import type { RecordSpec, RecordStatus } from '../../src/rollout/record.ts';
import { reportOfRecord } from '../../src/rollout/report.ts';
import { NOW, ORIGIN, spec as specOf, status as statusOf } from '../rollout/builders.ts';

/** A record in somebody's hands, and a courier that tells of it. */
export class Desk {
  status: RecordStatus;
  /** Nobody may tell anything while this is false. */
  executing = true;
  readonly failures: { message: string; permanent: boolean }[] = [];
  courier: Courier | null = null;

  constructor(
    private readonly clock: Clock,
    readonly spec: RecordSpec = specOf({ slackChannel: '#deploys' }),
    status: Partial<RecordStatus> = {},
  ) {
    this.status = statusOf(status);
    this.change({});
  }

  hire(notifier: Notifier): Courier {
    const { clock } = this;
    this.courier = new Courier(notifier, {
      clock,
      told: () => this.told(),
      update: (change) => {
        const { notifications } = this.status;
        if (notifications !== undefined) this.status = { ...this.status, notifications: change(notifications) };
      },
      failing: (message, permanent) => {
        this.failures.push({ message, permanent });
        this.status = withCondition(this.status, notifier.name, message, clock.now());
      },
      recovered: () => {
        this.status = withoutCondition(this.status, notifier.name, clock.now());
      },
    });
    this.courier.poke();
    return this.courier;
  }

  /** The rollout has gone on. */
  change(parts: Partial<RecordStatus>): void {
    const facts = { now: this.clock.now(), initial: emptyNotifications('prod', this.clock.now()), timings: new Map() };
    this.status = noteMilestones({ ...this.status, ...parts }, this.spec, facts);
    this.courier?.poke();
  }

  told(): Told | null {
    const { status, spec } = this;
    if (!this.executing || status.notifications === undefined) return null;
    const place = { at: this.clock.now(), namespace: 'payments', name: 'web', cluster: 'prod', replicas: 4 };
    const report = reportOfRecord({ spec, status, origin: ORIGIN }, place);
    return { report, notifications: status.notifications, spec, status, origin: ORIGIN };
  }

  /** How many messages nobody has taken. */
  owed(): number {
    const { owed = [] } = this.status.notifications ?? {};
    return owed.reduce((sum, { owedTo }) => sum + owedTo.length, 0);
  }
}

export function hostOf(clock: Clock, parts: Partial<NotifierHost> = {}): NotifierHost {
  return { clock, press: async () => 'done', warn: () => {}, ...parts };
}

export { NOW };
