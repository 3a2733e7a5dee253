import type { Dispatcher } from 'undici';
import { wantedNotifiers } from '../rollout/milestones.ts';
import type { Notifications, NotifierName } from '../rollout/notification-record.ts';
import type { RecordSpec } from '../rollout/record.ts';
import type { MissingNotifier, Notifier, NotifierHost } from './contract.ts';
import { outwardDispatcher } from './outward.ts';
import { type Environment, SETTINGS } from './settings.ts';
import type { SlackClient } from './slack-client.ts';

/** Makes those who are to be told by this spec, and says what keeps the others from it. */
export async function openNotifiers(
  env: Environment,
  spec: RecordSpec,
  notifications: Notifications | undefined,
  host: NotifierHost,
): Promise<{ notifiers: Notifier[]; missing: MissingNotifier[] }> {
  const wanted = new Set<NotifierName>([
    ...wantedNotifiers(spec),
    ...(notifications?.carried ?? []).map((each) => each.to),
  ]);
  const notifiers: Notifier[] = [];
  const missing: MissingNotifier[] = [];
  if (wanted.has('slack')) {
    const notifier = await slackNotifier(env, spec, host);
    if (notifier === null) missing.push({ name: 'slack', why: `${SETTINGS.slackToken} is not set here` });
    else notifiers.push(notifier);
  }
  if (wanted.has('callback')) {
    const secret = env[SETTINGS.callbackSecret] || null;
    if (secret === null && spec.callback?.signed === true) {
      missing.push({ name: 'callback', why: `it must be signed, and ${SETTINGS.callbackSecret} is not set here` });
    } else notifiers.push(await callbackNotifier(env, secret));
  }
  return { notifiers, missing };
}

/** A client of Slack's Web API with connections of its own, which end with it; null where the environment has no token. */
export async function openSlack(env: Environment): Promise<(SlackClient & { dispatcher: Dispatcher }) | null> {
  const token = env[SETTINGS.slackToken];
  if (token === undefined || token === '') return null;
  const { slackClient } = await import('./slack-client.ts');
  const dispatcher = outwardDispatcher(env);
  const client = slackClient(token, dispatcher, env[SETTINGS.slackApi] || undefined);
  const close = () => {
    client.close();
    end(dispatcher);
  };
  return { ...client, dispatcher, close };
}

async function slackNotifier(env: Environment, spec: RecordSpec, host: NotifierHost): Promise<Notifier | null> {
  const client = await openSlack(env);
  if (client === null) return null;
  const { SlackNotifier } = await import('./slack.ts');
  const appToken = env[SETTINGS.slackAppToken];
  const approvers = spec.slackApprovers ?? [];
  const channel = spec.slackChannel ?? '';
  if (appToken === undefined || appToken === '' || approvers.length === 0) {
    return new SlackNotifier(client, { channel, buttons: () => false }, host);
  }
  const { SlackButtons } = await import('./slack-buttons.ts');
  const apiUrl = env[SETTINGS.slackApi] || undefined;
  const buttons = new SlackButtons({ appToken, approvers, dispatcher: client.dispatcher, apiUrl }, client, host);
  const close = () => {
    buttons.close();
    client.close();
  };
  buttons.start();
  return new SlackNotifier({ ...client, close }, { channel, buttons: () => buttons.connected }, host);
}

async function callbackNotifier(env: Environment, secret: string | null): Promise<Notifier> {
  const { callbackClient } = await import('./callback-client.ts');
  const { CallbackNotifier } = await import('./callback.ts');
  const dispatcher = outwardDispatcher(env);
  // receivers judge the timestamp by the time of day, not by how long we have been running
  const client = callbackClient(secret, dispatcher, Date.now);
  const close = () => {
    client.close();
    end(dispatcher);
  };
  return new CallbackNotifier({ ...client, close }, secret !== null);
}

function end(dispatcher: Dispatcher): void {
  void dispatcher.destroy().catch(() => {});
}
