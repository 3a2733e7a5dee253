import type { Options } from 'yargs';
import type { Pace } from '../rollout/begin.ts';
import { UsageError } from '../rollout/errors.ts';
import { textOf, type Values } from './values.ts';

/** Who is told of a rollout. */
export interface NotifyFlags {
  slackChannel: string | null;
  slackApprovers: string[];
  callbackUrl: string | null;
}

export const NOTIFY_FLAGS = {
  'slack-channel': {
    type: 'string',
    requiresArg: true,
    describe: 'told in Slack: #deploys (SLACK_BOT_TOKEN; docs/integrations.md)',
  },
  'slack-approvers': {
    type: 'string',
    requiresArg: true,
    describe: 'Slack user ids that may press its buttons: U012ABCDEF,U034GHIJKL (SLACK_APP_TOKEN)',
  },
  'callback-url': {
    type: 'string',
    requiresArg: true,
    describe: 'told by POST at start, steps and end (BEDROCK_CALLBACK_SECRET signs)',
  },
} satisfies Record<string, Options>;

const CHANNEL_ID = /^[CGD][A-Z0-9]{7,}$/;
/** https://slack.com/help/articles/201402297: at most 80 characters. */
const CHANNEL_NAME = /^#?[\p{Ll}\p{Lo}\p{N}_-]{1,80}$/u;
const USER_ID = /^[UW][A-Z0-9]{5,}$/;

/** @throws UsageError where a value is not what it should be */
export function notifyFlags(values: Values): NotifyFlags {
  const slackChannel = channelOf(textOf(values, 'slack-channel'));
  const slackApprovers = (textOf(values, 'slack-approvers') ?? '').split(',').flatMap((id) => id.trim() || []);
  if (slackApprovers.length > 0 && slackChannel === null)
    throw new UsageError('--slack-approvers goes with --slack-channel');
  const wrong = slackApprovers.find((id) => !USER_ID.test(id));
  if (wrong !== undefined) {
    throw new UsageError(
      `--slack-approvers ${wrong}: write user ids such as U012ABCDEF (in Slack: profile, three dots, Copy member ID); names can be changed by their owners`,
    );
  }
  return { slackChannel, slackApprovers, callbackUrl: callbackOf(textOf(values, 'callback-url')) };
}

/** As the record keeps it. @param signed whether a secret is at hand */
export function notifyPace({ slackChannel, slackApprovers, callbackUrl }: NotifyFlags, signed: boolean): Pace {
  return {
    ...(slackChannel === null ? {} : { slackChannel }),
    ...(slackApprovers.length === 0 ? {} : { slackApprovers }),
    ...(callbackUrl === null ? {} : { callback: { url: callbackUrl, signed } }),
  };
}

function channelOf(text: string | null): string | null {
  if (text === null || CHANNEL_ID.test(text)) return text;
  if (!CHANNEL_NAME.test(text)) {
    throw new UsageError(`--slack-channel ${text}: write a channel such as #deploys, or its id (C012ABCDEF)`);
  }
  return text.startsWith('#') ? text : `#${text}`;
}

function callbackOf(text: string | null): string | null {
  if (text === null) return null;
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new UsageError('--callback-url: write an address such as https://releases.example.com/hooks/rollouts');
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError('--callback-url: leave the password out: everybody who can read the StatefulSet can read it');
  }
  return url.href;
}
