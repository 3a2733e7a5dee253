import type { Clock, OpenNotifiers } from '../../src/notify/contract.ts';
import { SlackNotifier } from '../../src/notify/slack.ts';
import type { MessageRef, SlackClient } from '../../src/notify/slack-client.ts';
import type { SlackMessage } from '../../src/notify/slack-message.ts';

interface Kept {
  ts: string;
  at: number;
  message: SlackMessage;
  edits: number[];
  thread: { message: SlackMessage; loud: boolean; at: number }[];
}

/** A channel in virtual time. Calls take `latencyMs`; `fault` may throw before one is made. */
export class FakeSlack implements SlackClient {
  readonly messages: Kept[] = [];
  readonly whispers: { user: string; text: string }[] = [];
  closed = 0;
  fault: (call: 'post' | 'reply' | 'edit' | 'identify', number: number) => void = () => {};
  #calls = 0;

  constructor(
    private readonly clock: Clock,
    private readonly latencyMs = 100,
  ) {}

  /** For SessionOptions: a client of this channel for each executor. */
  readonly open: OpenNotifiers = async (spec, _notifications, host) => {
    const client = { ...bound(this), close: () => void this.closed++ };
    const notifier = new SlackNotifier(client, { channel: spec.slackChannel ?? '', buttons: () => false }, host);
    return { notifiers: [notifier], missing: [] };
  };

  async identify() {
    await this.#call('identify');
    return { bot: '@bedrock', team: 'Acme' };
  }

  async post(_channel: string, message: SlackMessage): Promise<MessageRef> {
    await this.#call('post');
    const ts = `${1_700_000_000 + this.messages.length}.000100`;
    this.messages.push({ ts, at: this.clock.now(), message, edits: [], thread: [] });
    return { channel: 'C0DEPLOYS', ts };
  }

  async reply(parent: MessageRef, message: SlackMessage, loud: boolean): Promise<void> {
    await this.#call('reply');
    this.#find(parent).thread.push({ message, loud, at: this.clock.now() });
  }

  async edit(ref: MessageRef, message: SlackMessage): Promise<void> {
    await this.#call('edit');
    const kept = this.#find(ref);
    kept.message = message;
    kept.edits.push(this.clock.now());
  }

  async whisper(_channel: string, user: string, text: string): Promise<void> {
    this.whispers.push({ user, text });
  }

  close(): void {
    this.closed++;
  }

  #find({ ts }: MessageRef): Kept {
    const kept = this.messages.find((each) => each.ts === ts);
    if (kept === undefined) throw new Error(`no message ${ts}`);
    return kept;
  }

  async #call(call: Parameters<FakeSlack['fault']>[0]): Promise<void> {
    const number = ++this.#calls;
    await new Promise<void>((resolve) => this.clock.after(this.latencyMs, resolve));
    this.fault(call, number);
  }
}

function bound(slack: FakeSlack): Omit<SlackClient, 'close'> {
  return {
    identify: () => slack.identify(),
    post: (...args) => slack.post(...args),
    reply: (...args) => slack.reply(...args),
    edit: (...args) => slack.edit(...args),
    whisper: (...args) => slack.whisper(...args),
  };
}

/** The messages as a person sees them, without Block Kit. */
export function screenOf({ messages }: Pick<FakeSlack, 'messages'>): string {
  return messages
    .map(({ message, thread }) =>
      [
        ...textOf(message),
        ...thread.flatMap(({ message: reply, loud }) => [
          loud ? '  └ (also sent to the channel)' : '  └',
          ...textOf(reply).map((line) => `    ${line}`),
        ]),
      ].join('\n'),
    )
    .join('\n\n');
}

/** Each block's text, a line each. */
export function textOf({ blocks }: SlackMessage): string[] {
  return blocks.flatMap((block) => {
    switch (block.type) {
      case 'header':
        return [`# ${block.text.text}`];
      case 'section':
        return (block.text?.text ?? '').split('\n');
      case 'context':
        return block.elements.map((element) => ('text' in element ? String(element.text) : ''));
      case 'actions':
        return [block.elements.map((each) => ('text' in each && each.text ? `[${each.text.text}]` : '')).join(' ')];
      default:
        return [block.type];
    }
  });
}
