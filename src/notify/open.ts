import type { Dispatcher } from 'undici';
import { wantedNotifiers } from '../rollout/milestones.ts';
import type { Notifications, NotifierName } from '../rollout/notification-record.ts';
import type { RecordSpec } from '../rollout/record.ts';
import type { Notifier, NotifierHost } from './contract.ts';
import { outwardDispatcher } from './outward.ts';
import { type Environment, SETTINGS } from './settings.ts';

/** Makes those who are to be told by this spec, and says what keeps the others from it. */
export async function openNotifiers(
  env: Environment,
  spec: RecordSpec,
  notifications: Notifications | undefined,
  host: NotifierHost,
): Promise<{ notifiers: Notifier[]; missing: string[] }> {
  const wanted = new Set<NotifierName>([
    ...wantedNotifiers(spec),
    ...(notifications?.carried ?? []).map((each) => each.to),
  ]);
  const notifiers: Notifier[] = [];
  const missing: string[] = [];
  if (wanted.has('slack')) {
    const token = env[SETTINGS.slackToken];
    if (token === undefined || token === '')
      missing.push(`Slack is not told from here: ${SETTINGS.slackToken} is not set`);
    else notifiers.push(await slackNotifier(env, token, spec, host));
  }
  if (wanted.has('callback')) {
    const secret = env[SETTINGS.callbackSecret] || null;
    if (secret === null && spec.callback?.signed === true) {
      missing.push(`no call-back is sent from here: ${SETTINGS.callbackSecret} is not set, and it must be signed`);
    } else notifiers.push(await callbackNotifier(env, secret));
  }
  return { notifiers, missing };
}

async function slackNotifier(env: Environment, token: string, spec: RecordSpec, host: NotifierHost): Promise<Notifier> {
  const { slackClient } = await import('./slack-client.ts');
  const { SlackNotifier } = await import('./slack.ts');
  const dispatcher = outwardDispatcher(env);
  const apiUrl = env[SETTINGS.slackApi] || undefined;
  const client = slackClient(token, dispatcher, apiUrl);
  const appToken = env[SETTINGS.slackAppToken];
  const approvers = spec.slackApprovers ?? [];
  let heard = () => false;
  const closing: (() => void)[] = [() => end(dispatcher)];
  if (appToken !== undefined && appToken !== '' && approvers.length > 0) {
    const { SlackButtons } = await import('./slack-buttons.ts');
    const buttons = new SlackButtons({ appToken, approvers, dispatcher, apiUrl }, client, host);
    heard = () => buttons.connected;
    closing.unshift(() => buttons.close());
    buttons.start();
  }
  const notifier = new SlackNotifier(client, { channel: spec.slackChannel ?? '', buttons: heard }, host);
  for (const close of closing) notifier.onClose(close);
  return notifier;
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
