import {
  type Logger,
  LogLevel,
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebClient,
} from '@slack/web-api';
import { type Dispatcher, fetch as undiciFetch } from 'undici';
import { DeliveryError } from './contract.ts';
import type { SlackMessage } from './slack-message.ts';

const CALL_MS = 10_000;

/** Where Slack asks for a pause and does not say for how long (https://docs.slack.dev/apis/web-api/rate-limits). */
const PAUSE_MS = 30_000;

/** Which message: a channel's id and a ts. */
export interface MessageRef {
  channel: string;
  ts: string;
}

/** The few calls of Slack's Web API that we make. Each throws DeliveryError, with the remedy in words. */
export interface SlackClient {
  /** Who the token is: the bot ("@bedrock") and its workspace. */
  identify(): Promise<{ bot: string; team: string }>;
  /** @param channel "#deploys", or an id */
  post(channel: string, message: SlackMessage): Promise<MessageRef>;
  /** @param loud also shown in the channel itself */
  reply(parent: MessageRef, message: SlackMessage, loud: boolean): Promise<void>;
  edit(ref: MessageRef, message: SlackMessage): Promise<void>;
  /** Seen by one user only. */
  whisper(channel: string, user: string, text: string): Promise<void>;
  /** Ends the calls under way. */
  close(): void;
}

/** ok:false errors that waiting may end; all others are a person's to mend. */
const PASSING: ReadonlySet<string> = new Set([
  'fatal_error',
  'internal_error',
  'ratelimited',
  'rate_limited',
  'request_timeout',
  'service_unavailable',
  'team_added_to_org',
]);

/** The messages are gone: somebody has deleted them. */
export const GONE: ReadonlySet<string> = new Set(['message_not_found', 'thread_not_found', 'cant_update_message']);

/** It is this one message that Slack does not take. */
export const UNFIT: ReadonlySet<string> = new Set([
  'invalid_blocks',
  'invalid_blocks_format',
  'msg_blocks_too_long',
  'msg_too_long',
  'no_text',
  'restricted_action_thread_locked',
]);

/** Slack answered ok:false with this error. */
export class SlackRefusal extends DeliveryError {
  constructor(
    readonly error: string,
    message: string,
    permanent: boolean,
  ) {
    super(message, { permanent });
  }
}

/**
 * The real client. It sends each call once: when to try again is the courier's, which knows what is owed and when
 * the rollout ends.
 * @param apiUrl where Slack's Web API is, ending in "/"
 */
export function slackClient(token: string, dispatcher: Dispatcher, apiUrl?: string): SlackClient {
  const closing = new AbortController();
  const web = new WebClient(token, {
    ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl }),
    logger: silent,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: CALL_MS,
    allowAbsoluteUrls: false,
    fetch: (url, init = {}) => {
      const signal = init.signal === undefined ? closing.signal : AbortSignal.any([init.signal, closing.signal]);
      return undiciFetch(url, { ...init, dispatcher, signal } as Parameters<typeof undiciFetch>[1]);
    },
  });
  let bot = 'the bot';
  const call = async <T>(channel: string | null, run: () => Promise<T>): Promise<T> => {
    try {
      return await run();
    } catch (error) {
      throw explained(error, channel, bot);
    }
  };
  const common = { unfurl_links: false, unfurl_media: false, link_names: false };
  return {
    identify: () =>
      call(null, async () => {
        const { user = 'bot', team = '' } = await web.auth.test();
        bot = `@${user}`;
        return { bot, team };
      }),
    post: (channel, message) =>
      call(channel, async () => {
        const answer = await web.chat.postMessage({ channel, ...message, ...common });
        return { channel: answer.channel ?? channel, ts: answer.ts ?? '' };
      }),
    reply: (parent, message, loud) =>
      call(parent.channel, async () => {
        const { channel, ts } = parent;
        await web.chat.postMessage({ channel, thread_ts: ts, reply_broadcast: loud, ...message, ...common });
      }),
    edit: ({ channel, ts }, message) =>
      call(channel, async () => {
        await web.chat.update({ channel, ts, ...message });
      }),
    whisper: (channel, user, text) =>
      call(channel, async () => {
        await web.chat.postEphemeral({ channel, user, text });
      }),
    close: () => closing.abort(),
  };
}

function explained(error: unknown, channel: string | null, bot: string): DeliveryError {
  if (error instanceof WebAPIRateLimitedError) {
    return new DeliveryError('Slack asks for a pause (too many calls)', { retryAfterMs: error.retryAfter * 1000 });
  }
  if (error instanceof WebAPIPlatformError) {
    const name = platformErrorOf(error);
    return new SlackRefusal(name, `Slack answers ${name}${remedyOf(name, channel, bot)}`, !PASSING.has(name));
  }
  if (error instanceof WebAPIHTTPError) return new DeliveryError(`Slack answers HTTP ${error.statusCode}`);
  const words = causeOf(error);
  // the client knows a 429 without Retry-After by its words only
  if (words.startsWith('Retry header did not contain a valid timeout'))
    return new DeliveryError('Slack asks for a pause (too many calls)', { retryAfterMs: PAUSE_MS });
  return new DeliveryError(`Slack cannot be reached: ${words}`);
}

/** Where something that is not Slack answers, `error` is a whole page. */
function platformErrorOf({ data }: WebAPIPlatformError): string {
  const error = String(data.error);
  return /^[\w:.-]{1,80}$/.test(error) ? error : 'something that is not Slack\u2019s (is a proxy in between?)';
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const inner = 'original' in error ? error.original : error.cause;
  return inner instanceof Error ? causeOf(inner) : error.message;
}

/** What a person has to do (argo-helm#420, argo-rollouts#1894). */
function remedyOf(error: string, channel: string | null, bot: string): string {
  const where = channel ?? 'the channel';
  switch (error) {
    case 'not_in_channel':
      return `: invite the bot in ${where}: /invite ${bot}`;
    case 'channel_not_found':
      return `: there is no ${where}, or it is private and the bot is not in it: /invite ${bot}`;
    case 'is_archived':
      return `: ${where} is archived; choose another with --slack-channel`;
    case 'invalid_auth':
    case 'not_authed':
    case 'account_inactive':
    case 'token_revoked':
    case 'token_expired':
      return ': SLACK_BOT_TOKEN is not valid (any more); install the app anew and take its Bot User OAuth Token (xoxb-)';
    case 'missing_scope':
      return ': the app lacks a scope; give it chat:write (and chat:write.public for channels that it is not in), and install it anew';
    case 'not_allowed_token_type':
      return ': SLACK_BOT_TOKEN must be a Bot User OAuth Token (xoxb-)';
    case 'restricted_action':
    case 'restricted_action_read_only_channel':
      return `: the workspace does not let the bot write in ${where}`;
    default:
      return '';
  }
}

/** What goes wrong is told by errors; a library's own words would be in the way of the screen. */
export const silent: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  setLevel: () => {},
  getLevel: () => LogLevel.ERROR,
  setName: () => {},
};
