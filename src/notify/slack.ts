import type { Carried, Milestone, Notifications } from '../rollout/notification-record.ts';
import { nextOwed, told as toldOf, withoutCarried } from '../rollout/owed.ts';
import type { RecordStatus } from '../rollout/record.ts';
import type { Report } from '../rollout/report.ts';
import type { Delivery, Notifier, NotifierHost, Told } from './contract.ts';
import { DeliveryError } from './contract.ts';
import { GONE, type MessageRef, type SlackClient, SlackRefusal, UNFIT } from './slack-client.ts';
import { fingerprint, milestoneMessage, rolloutMessage } from './slack-message.ts';

/** The message of a rollout is edited at most so often: Slack shows edits at once, and limits them. */
const EDIT_EVERY_MS = 3_000;

/** Where nothing but the time has changed. */
const REFRESH_EVERY_MS = 60_000;

/** After so long a failure is told without what its pod has said. */
const EVIDENCE_MS = 2_000;

type Change = (notifications: Notifications) => Notifications;

export interface SlackOptions {
  /** "#deploys", or an id. */
  channel: string;
  /** Somebody hears the buttons. */
  buttons: () => boolean;
}

/** One message a rollout, edited in place as it goes, and a thread under it with its milestones. */
export class SlackNotifier implements Notifier {
  readonly name = 'slack';
  /** What the message shows, as far as we know; null where another executor wrote it. */
  #shown: string | null = null;
  /** Messages of earlier rollouts that were tried here: once is enough, this rollout's own must not wait for them. */
  readonly #tried = new Set<string>();
  #editedAt: number;

  constructor(
    private readonly client: SlackClient,
    private readonly options: SlackOptions,
    private readonly host: Pick<NotifierHost, 'clock'>,
  ) {
    // a message that is there already may have been posted just now
    this.#editedAt = host.clock.now();
  }

  next(told: Told, now: number): Delivery | null {
    const { notifications } = told;
    const milestone = nextOwed(notifications, 'slack');
    const thread = notifications.slack;
    if (thread === undefined && milestone !== null) return owed(now, () => this.#begin(told));
    if (thread === undefined) return this.#carried(notifications, now);
    if (milestone !== null) return this.#milestone(thread, milestone, told.status, now);
    return this.#carried(notifications, now) ?? this.#edit(thread, told);
  }

  close(): void {
    this.client.close();
  }

  async #begin(told: Told): Promise<Change> {
    const message = rolloutMessage(told.report, this.options.buttons());
    const ref = await this.client.post(this.options.channel, message);
    this.#shown = this.#look(told.report);
    this.#editedAt = this.host.clock.now();
    return (notifications) => ({ ...notifications, slack: ref });
  }

  /** A failing pod's last words are read while the stop is told already: they are waited for, but not long. */
  #milestone(thread: MessageRef, milestone: Milestone, status: RecordStatus, now: number): Delivery {
    const [first] = milestone.failed ?? [];
    const log = status.failed.find(({ pod }) => pod === first?.pod)?.log;
    const waits = first !== undefined && log === undefined;
    return {
      notBefore: waits ? Date.parse(milestone.at) + EVIDENCE_MS : now,
      owed: true,
      send: async () => {
        const done: Change = (notifications) => toldOf(notifications, 'slack', milestone.sequence);
        try {
          // what needs a person must not wait in a thread that nobody has opened
          await this.client.reply(thread, milestoneMessage(milestone, log ?? []), milestone.kind === 'stopped');
        } catch (error) {
          throw withWayOut(error, done);
        }
        return done;
      },
    };
  }

  #edit(thread: MessageRef, told: Told): Delivery | null {
    const { report } = told;
    const shows = this.#look(report);
    const ended = report.phase === 'Complete' || report.phase === 'RolledBack';
    if (shows === this.#shown && (ended || report.phase === 'Paused')) return null;
    const every = shows === this.#shown ? REFRESH_EVERY_MS : EDIT_EVERY_MS;
    const send = async (): Promise<Change> => {
      // counted from the attempt: a call that hangs and fails was an edit all the same
      this.#editedAt = this.host.clock.now();
      try {
        await this.client.edit(thread, rolloutMessage(report, this.options.buttons()));
      } catch (error) {
        throw withWayOut(error, (notifications) => notifications);
      }
      this.#shown = shows;
      return (notifications) => notifications;
    };
    return { notBefore: this.#editedAt + every, owed: shows !== this.#shown, send };
  }

  /** What the message would show: equal texts are not worth an edit. */
  #look(report: Report): string {
    return `${fingerprint(report)} ${this.options.buttons()}`;
  }

  #carried(notifications: Notifications, now: number): Delivery | null {
    const carried = notifications.carried.find((each) => each.to === 'slack' && !this.#tried.has(JSON.stringify(each)));
    return carried?.to === 'slack' ? owed(now, () => this.#sendCarried(carried)) : null;
  }

  async #sendCarried(carried: Extract<Carried, { to: 'slack' }>): Promise<Change> {
    this.#tried.add(JSON.stringify(carried));
    const done: Change = (notifications) => withoutCarried(notifications, carried);
    const { channel, thread, text } = carried;
    const message = { text, blocks: [] };
    try {
      if (thread === undefined) await this.client.post(channel, message);
      else await this.client.reply({ channel, ts: thread }, message, false);
    } catch (error) {
      // a channel that is gone since takes nothing any more, and says nothing of this rollout's
      throw error instanceof SlackRefusal && error.permanent
        ? new DeliveryError(error.message, { change: done })
        : error;
    }
    return done;
  }
}

function owed(now: number, send: () => Promise<Change>): Delivery {
  return { notBefore: now, owed: true, send };
}

/** Somebody deleted the thread: the next message begins another one. A message that Slack never takes is let go. */
function withWayOut(error: unknown, done: Change): unknown {
  if (!(error instanceof SlackRefusal)) return error;
  if (GONE.has(error.error)) {
    return new DeliveryError(error.message, {
      change: ({ slack: _gone, ...notifications }) => notifications,
    });
  }
  return UNFIT.has(error.error) ? new DeliveryError(error.message, { change: done }) : error;
}
