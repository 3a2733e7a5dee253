import type { Json } from '../rollout/json.ts';
import { listAt, textAt } from './fields.ts';
import type { Change } from './store.ts';

/**
 * Whether a change is one of those that a rollout goes by: a pod that came or went, began to go, or became Ready or not.
 * Of the rest, which is most of what a kubelet writes, nobody waits for the next moment.
 */
export function isTurn({ object, before }: Change): boolean {
  if (before === null || object === before) return true;
  return isReady(object) !== isReady(before) || isGoing(object) !== isGoing(before);
}

function isReady(pod: Json): boolean {
  return listAt(pod, 'status', 'conditions').some(
    (condition) => textAt(condition, 'type') === 'Ready' && textAt(condition, 'status') === 'True',
  );
}

function isGoing(pod: Json): boolean {
  return textAt(pod, 'metadata', 'deletionTimestamp') !== '';
}
