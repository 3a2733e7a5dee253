import { milestoneTitle } from '../rollout/milestones.ts';
import type { Carried, Milestone } from '../rollout/notification-record.ts';
import type { RecordStatus, RolloutRecord } from '../rollout/record.ts';
import { callbackBody, callbackKey } from './callback-payload.ts';

/** More than this is not kept of what nobody took: a receiver that is gone for good must not fill the record. */
const CARRIED_KEPT = 20;

/** What is older is news to nobody, and its receiver may be gone for good. */
const KEPT_MS = 24 * 3_600_000;

/**
 * What an earlier rollout of the set still owes, as whole messages: its own record is about to be written over.
 * @param previous the record of that rollout
 * @param now milliseconds on the clock of the record's times
 */
export function carryOver(
  previous: RolloutRecord | null,
  place: { namespace: string; name: string },
  now: number,
): Carried[] {
  const status = previous?.status;
  if (previous === null || status == null || status.notifications === undefined) return [];
  const { owed, carried } = status.notifications;
  const whole = owed.flatMap((milestone) => messagesOf(milestone, { ...previous, status }, place));
  return [...carried, ...whole].filter(({ at }) => now - Date.parse(at) < KEPT_MS).slice(-CARRIED_KEPT);
}

function messagesOf(
  milestone: Milestone,
  { spec, status, origin }: RolloutRecord & { status: RecordStatus },
  place: { namespace: string; name: string },
): Carried[] {
  const { notifications } = status;
  if (notifications === undefined) return [];
  const { sequence, kind, at, by, message, owedTo } = milestone;
  const messages: Carried[] = [];
  if (owedTo.includes('callback') && spec.callback !== undefined) {
    const { url, signed } = spec.callback;
    const body = callbackBody(milestone, { notifications, spec, status, origin, place });
    messages.push({ to: 'callback', at, url, signed, key: callbackKey(spec.rolloutIdentity, sequence), body });
  }
  if (owedTo.includes('slack') && spec.slackChannel !== undefined) {
    const text = `sts/${place.name} in ${place.namespace}, ${spec.target.summary}: ${milestoneTitle(kind, by)}: ${message}`;
    const { channel = spec.slackChannel, ts } = notifications.slack ?? {};
    messages.push({ to: 'slack', at, channel, ...(ts === undefined ? {} : { thread: ts }), text });
  }
  return messages;
}
