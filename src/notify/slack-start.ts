import type { Report } from '../rollout/report.ts';
import { outwardDispatcher } from './outward.ts';
import { type Environment, SETTINGS } from './settings.ts';
import { type MessageRef, type SlackClient, slackClient } from './slack-client.ts';
import { rolloutMessage } from './slack-message.ts';

/** Whether Slack knows the token, and as whom. @throws DeliveryError with the remedy */
export function identifySlack(env: Environment): Promise<{ bot: string; team: string }> {
  return withClient(env, (client) => client.identify());
}

/** Posts the message of a rollout that is about to begin. @throws DeliveryError with the remedy */
export function postRollout(env: Environment, channel: string, report: Report): Promise<MessageRef> {
  return withClient(env, async (client) => {
    // the remedy names the bot
    await client.identify();
    return client.post(channel, rolloutMessage(report, false));
  });
}

async function withClient<T>(env: Environment, use: (client: SlackClient) => Promise<T>): Promise<T> {
  const dispatcher = outwardDispatcher(env);
  const client = slackClient(env[SETTINGS.slackToken] ?? '', dispatcher, env[SETTINGS.slackApi] || undefined);
  try {
    return await use(client);
  } finally {
    client.close();
    void dispatcher.destroy().catch(() => {});
  }
}
