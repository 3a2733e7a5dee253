import type { Carried, Milestone, Notifications, NotifierName } from './notification-record.ts';
import type { RecordStatus } from './record.ts';

/** The milestone was told. */
export function told(notifications: Notifications, name: NotifierName, sequence: number): Notifications {
  return {
    ...notifications,
    owed: notifications.owed
      .map((each) =>
        each.sequence === sequence ? { ...each, owedTo: each.owedTo.filter((other) => other !== name) } : each,
      )
      .filter((each) => each.owedTo.length > 0),
  };
}

/** A message of an earlier rollout was taken; an equal one is another. */
export function withoutCarried(notifications: Notifications, message: Carried): Notifications {
  const text = JSON.stringify(message);
  const index = notifications.carried.findIndex((each) => JSON.stringify(each) === text);
  return { ...notifications, carried: notifications.carried.filter((_, each) => each !== index) };
}

/** The oldest milestone that this notifier has not told. */
export function nextOwed(notifications: Notifications, name: NotifierName): Milestone | null {
  return notifications.owed.find((each) => each.owedTo.includes(name)) ?? null;
}

/** How many messages nobody has taken yet. */
export function countOwed(notifications: Notifications, name: NotifierName): number {
  const owed = notifications.owed.filter((each) => each.owedTo.includes(name)).length;
  return owed + notifications.carried.filter((each) => each.to === name).length;
}

/** For people, once nobody executes any more: what waits for somebody to tell it; null where nothing does. */
export function owedWords({ notifications }: RecordStatus, place: { namespace: string; name: string }): string | null {
  if (notifications === undefined) return null;
  const slack = countOwed(notifications, 'slack');
  const callbacks = countOwed(notifications, 'callback');
  const parts = [
    ...(slack === 0 ? [] : [`${slack} to Slack`]),
    ...(callbacks === 0 ? [] : [`${callbacks} by call-back`]),
  ];
  if (parts.length === 0) return null;
  return `not told yet: ${parts.join(', ')}: kubectl bedrock notify sts/${place.name} -n ${place.namespace}`;
}
