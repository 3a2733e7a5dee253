import { maxUnavailableOf } from './begin.ts';
import { stamp } from './draft.ts';
import { initialStatus } from './initial.ts';
import { isObject, type Json } from './json.ts';
import { countPods, namePods } from './look.ts';
import type { PodObservation, SetObservation } from './observation.ts';
import { HOLD_ALL, type RecordOrigin, type RecordSpec, type RecordStatus } from './record.ts';

/** A set that is held with no rollout: a record that is complete, its own strategy kept. */
export function heldStatus(
  set: SetObservation,
  spec: RecordSpec,
  origin: RecordOrigin,
  pods: readonly PodObservation[],
  by: string,
  now: number,
): RecordStatus {
  const inside = inRange(set, pods);
  const available = inside.filter((pod) => pod.ready && !pod.deleting).length;
  return {
    ...initialStatus(set, spec, origin, by, now),
    phase: 'Complete',
    message: `held by ${by}`,
    endedAt: stamp(now),
    target: { revision: set.updateRevision, templateHash: set.templateHash },
    forwardRevision: set.updateRevision,
    fence: { type: 'RollingUpdate', partition: HOLD_ALL },
    mustSee: set.generation,
    counts: {
      replicas: set.replicas,
      updated: inside.filter((pod) => pod.revision === set.updateRevision).length,
      available,
      unavailable: set.replicas - available,
      broken: 0,
    },
    held: true,
    events: [{ at: stamp(now), kind: 'held', message: `held by ${by}` }],
  };
}

/** Pods that a fence could not keep at their version: behind it a pod comes back at currentRevision (design, F1 and F3). */
export function notHeldByFence(set: SetObservation, pods: readonly PodObservation[]): string[] {
  return inRange(set, pods)
    .filter((pod) => pod.revision !== set.currentRevision)
    .map((pod) => pod.name);
}

/** What the controller does by itself once this strategy is on the set. Empty: nothing. */
export function releasedBy(strategy: Json, set: SetObservation, pods: readonly PodObservation[]): string[] {
  const old = inRange(set, pods).filter((pod) => pod.revision !== set.updateRevision);
  if (old.length === 0) return [];
  if (isObject(strategy) && strategy.type === 'OnDelete') {
    return [`OnDelete: nothing by itself, but ${nameAll(old)} will come back at ${set.updateRevision} when deleted`];
  }
  const released = movedBy(strategy, set, pods);
  if (released.length === 0) return [];
  const most = maxUnavailableOf(strategy);
  const pace =
    most === null ? 'one at a time' : `${most} at once where the server knows maxUnavailable, else one at a time`;
  return [
    `the controller will replace ${countPods(released.length)} by itself, ${pace}, past every PodDisruptionBudget: ${nameAll(released)} to ${set.updateRevision}`,
  ];
}

/** The pods that the controller replaces by itself, past every PodDisruptionBudget, once this strategy is on the set. */
export function movedBy(strategy: Json, set: SetObservation, pods: readonly PodObservation[]): PodObservation[] {
  if (isObject(strategy) && strategy.type === 'OnDelete') return [];
  const rollingUpdate = isObject(strategy) && isObject(strategy.rollingUpdate) ? strategy.rollingUpdate : {};
  const partition = typeof rollingUpdate.partition === 'number' ? rollingUpdate.partition : 0;
  return inRange(set, pods).filter(
    (pod) => pod.revision !== set.updateRevision && pod.ordinal - set.start >= partition,
  );
}

function inRange(set: SetObservation, pods: readonly PodObservation[]): PodObservation[] {
  return pods
    .filter((pod) => pod.ordinal >= set.start && pod.ordinal < set.start + set.replicas)
    .sort((a, b) => b.ordinal - a.ordinal);
}

function nameAll(pods: readonly PodObservation[]): string {
  return namePods(pods.map((pod) => pod.name));
}
