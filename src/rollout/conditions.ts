import { stamp, withEvent } from './draft.ts';
import type { NotifierName } from './notification-record.ts';
import type { RecordStatus } from './record.ts';

const WORDS: Record<NotifierName, string> = { slack: 'Slack is not told', callback: 'no call-back is taken' };

/** Somebody is not told, and why; noted as an event when it begins. */
export function withCondition(status: RecordStatus, who: NotifierName, why: string, now: number): RecordStatus {
  const known = status.conditions?.find(({ reason }) => reason === who);
  const message = `${WORDS[who]}: ${why}. The rollout goes on`;
  if (known?.message === message) return status;
  const others = (status.conditions ?? []).filter((each) => each !== known);
  const lastTransitionTime = known?.lastTransitionTime ?? stamp(now);
  return {
    ...status,
    conditions: [...others, { type: 'NotificationsFailing', status: 'True', reason: who, message, lastTransitionTime }],
    ...(known === undefined ? { events: withEvent(status, now, 'notifications', message) } : {}),
  };
}

/** They are told again. */
export function withoutCondition(status: RecordStatus, who: NotifierName, now: number): RecordStatus {
  const known = status.conditions?.find(({ reason }) => reason === who);
  if (known === undefined) return status;
  const conditions = (status.conditions ?? []).filter((each) => each !== known);
  const message = who === 'slack' ? 'Slack is told again' : 'call-backs are taken again';
  const { conditions: _all, ...rest } = status;
  return {
    ...rest,
    ...(conditions.length === 0 ? {} : { conditions }),
    events: withEvent(status, now, 'notifications', message),
  };
}
