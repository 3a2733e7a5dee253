import { SocketModeClient } from '@slack/socket-mode';
import type { Dispatcher } from 'undici';
import { z } from 'zod';
import type { NotifierHost } from './contract.ts';
import { type SlackClient, silent } from './slack-client.ts';
import { BUTTON_ACTIONS } from './slack-message.ts';

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

/** What we read of a block_actions payload (https://docs.slack.dev/reference/interaction-payloads/block_actions-payload). */
const pressSchema = z.object({
  type: z.literal('block_actions'),
  user: z.object({ id: z.string(), name: z.string().optional(), username: z.string().optional() }),
  channel: z.object({ id: z.string() }),
  actions: z
    .array(
      z.object({
        action_id: z.enum(Object.keys(BUTTON_ACTIONS) as (keyof typeof BUTTON_ACTIONS)[]),
        value: z.string(),
      }),
    )
    .min(1),
});

const valueSchema = z.object({ rolloutIdentity: z.string(), since: z.string() });

export interface ButtonOptions {
  appToken: string;
  /** Slack user ids; nobody else's click does anything. */
  approvers: readonly string[];
  dispatcher: Dispatcher;
  apiUrl: string | undefined;
}

/** Hears the buttons by Socket Mode: a connection from here to Slack, so that nothing need reach us from outside. */
export class SlackButtons {
  readonly #socket: SocketModeClient;
  #connected = false;
  #failures = 0;
  #closed = false;
  #cancelRetry: () => void = () => {};

  constructor(
    private readonly options: ButtonOptions,
    private readonly client: Pick<SlackClient, 'whisper'>,
    private readonly host: Pick<NotifierHost, 'clock' | 'press' | 'warn'>,
  ) {
    const { appToken, dispatcher, apiUrl } = options;
    this.#socket = new SocketModeClient({
      appToken,
      dispatcher,
      logger: silent,
      // it leaves a rejection to nobody where a later attempt fails for good: that would end our process
      autoReconnectEnabled: false,
      clientOptions: {
        retryConfig: { retries: 0 },
        ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl }),
        timeout: 10_000,
        allowAbsoluteUrls: false,
      },
    });
    this.#socket.on('connected', () => {
      this.#connected = true;
      this.#failures = 0;
    });
    this.#socket.on('disconnected', () => {
      // a start that fails is told by its own rejection
      if (this.#connected) this.#again(null);
      this.#connected = false;
    });
    this.#socket.on('interactive', (event: { body: unknown; ack: () => Promise<void> }) => {
      // Slack shows the click as failed unless it hears of it within 3 s
      void event.ack().catch(() => {});
      void this.#pressed(event.body);
    });
  }

  /** Whether a click would be heard now. */
  get connected(): boolean {
    return this.#connected;
  }

  /** Connects, and again after each loss: Slack ends connections every few hours. Never rejects. */
  start(): void {
    this.#socket.start().catch((error: unknown) => this.#again(error));
  }

  close(): void {
    this.#closed = true;
    this.#cancelRetry();
    this.#socket.disconnect().catch(() => {});
  }

  #again(error: unknown): void {
    if (this.#closed) return;
    if (error !== null && this.#failures === 0) {
      const why = error instanceof Error ? error.message : 'the connection was closed';
      this.host.warn(`the buttons in Slack do nothing now: ${why}`);
    }
    const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#failures);
    this.#failures++;
    this.#cancelRetry = this.host.clock.after(waitMs, () => this.start());
  }

  async #pressed(body: unknown): Promise<void> {
    const press = pressSchema.safeParse(body);
    // other apps' buttons, and kinds of interaction that we do not offer
    if (!press.success) return;
    const { user, channel, actions } = press.data;
    const [action] = actions;
    if (action === undefined) return;
    await this.client.whisper(channel.id, user.id, await this.#answer(user, action)).catch(() => {});
  }

  async #answer(
    user: z.infer<typeof pressSchema>['user'],
    { action_id, value }: z.infer<typeof pressSchema>['actions'][number],
  ): Promise<string> {
    const what = BUTTON_ACTIONS[action_id];
    if (!this.options.approvers.includes(user.id)) {
      return `You (${user.id}) may not press this: --slack-approvers names those who may. Nothing was changed.`;
    }
    const meant = valueSchema.safeParse(parsed(value));
    if (!meant.success) return 'This button cannot be understood. Nothing was changed.';
    const name = user.name ?? user.username ?? user.id;
    // names are chosen by their owners: the id says who it was
    const who = `${name.replace(/[^\p{L}\p{N} ._-]/gu, '').slice(0, 60)} (${user.id}) in Slack`;
    try {
      return await this.host.press({ what, who, ...meant.data });
    } catch (error) {
      return `Nothing was changed: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
