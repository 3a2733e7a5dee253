import type { Connected } from '../cluster/connection.ts';
import { DeliveryError } from '../notify/contract.ts';
import { SETTINGS } from '../notify/settings.ts';
import { rolloutMessage } from '../notify/slack-message.ts';
import { RefusedError } from '../rollout/errors.ts';
import { initialStatus } from '../rollout/initial.ts';
import type { SetObservation } from '../rollout/observation.ts';
import type { PlanLine } from '../rollout/preflight.ts';
import type { RecordOrigin, RecordSpec } from '../rollout/record.ts';
import { reportOfRecord } from '../rollout/report.ts';
import { type Host, tell } from './host.ts';

const WITHOUT_SLACK = 'Nothing was changed. Without --slack-channel it goes without Slack.';

/**
 * Asks before the plan is shown whether those who are to be told can be told (case D29). Nothing is posted yet.
 * @throws RefusedError where only a person can mend it, with what to do
 */
export async function checkNotifiers(
  host: Pick<Host, 'env' | 'openSlack'>,
  spec: RecordSpec,
): Promise<{ lines: PlanLine[]; warnings: string[] }> {
  const { env } = host;
  const lines: PlanLine[] = [];
  const warnings: string[] = [];
  if (spec.slackChannel !== undefined) {
    const { line, warning } = await checkSlack(host, spec.slackChannel);
    lines.push({ label: 'tells', text: line });
    warnings.push(...warning, ...buttonWarnings(env, spec));
  }
  if (spec.callback !== undefined) {
    const { shownUrl } = await import('../notify/callback-client.ts');
    const { url, signed } = spec.callback;
    lines.push({ label: 'tells', text: `${shownUrl(url)} by POST at start, steps and end${signed ? ', signed' : ''}` });
    if (!signed) {
      warnings.push(
        `call-backs are not signed: ${SETTINGS.callbackSecret} is not set, so the receiver cannot know who sent them`,
      );
    } else if (!env[SETTINGS.callbackSecret]) {
      warnings.push(`no call-back is sent from here: ${SETTINGS.callbackSecret} is not set, and it must be signed`);
    }
  }
  return { lines, warnings };
}

/**
 * Posts the message of a rollout that somebody has agreed to: whether the bot may write in the channel shows only now.
 * @returns where it is; undefined where Slack cannot be reached just now, which is no reason to wait
 * @throws RefusedError where Slack refuses, with what to do; nothing was written to the cluster then
 */
export async function announce(
  host: Host,
  begun: { spec: RecordSpec; origin: RecordOrigin },
  set: SetObservation,
  { api, context }: Pick<Connected, 'api' | 'context'>,
): Promise<{ channel: string; ts: string } | undefined> {
  const { slackChannel } = begun.spec;
  if (slackChannel === undefined) return undefined;
  const now = api.clock.now();
  const status = initialStatus(set, begun.spec, begun.origin, host.user, now);
  const { namespace, name, replicas } = set;
  const report = reportOfRecord({ ...begun, status }, { at: now, namespace, name, cluster: context, replicas });
  const slack = await host.openSlack();
  if (slack === null) return undefined;
  try {
    // the remedy names the bot
    await slack.identify();
    return await slack.post(slackChannel, rolloutMessage(report, false));
  } catch (error) {
    refuseFinal(error);
    tell(host, [`warning: ${messageOf(error)}; the rollout goes on, and Slack is told when it can be`]);
    return undefined;
  } finally {
    slack.close();
  }
}

async function checkSlack(
  host: Pick<Host, 'openSlack'>,
  channel: string,
): Promise<{ line: string; warning: string[] }> {
  const slack = await host.openSlack();
  if (slack === null) {
    throw new RefusedError(
      `--slack-channel needs ${SETTINGS.slackToken} in the environment: the app's Bot User OAuth Token (xoxb-...). ${WITHOUT_SLACK}`,
    );
  }
  try {
    const { bot, team } = await slack.identify();
    return { line: `${channel} in Slack${team === '' ? '' : ` (${team})`}, as ${bot}`, warning: [] };
  } catch (error) {
    refuseFinal(error);
    return {
      line: `${channel} in Slack, when it can be reached`,
      warning: [`${messageOf(error)}; the rollout goes on without it until it can be`],
    };
  } finally {
    slack.close();
  }
}

function buttonWarnings(env: Host['env'], { slackApprovers }: RecordSpec): string[] {
  if (slackApprovers === undefined || env[SETTINGS.slackAppToken]) return [];
  return [`no buttons in Slack: ${SETTINGS.slackAppToken} (xapp-..., Socket Mode) is not set`];
}

function refuseFinal(error: unknown): void {
  if (error instanceof DeliveryError && error.permanent) throw new RefusedError(`${error.message}. ${WITHOUT_SLACK}`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
