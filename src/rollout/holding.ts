import { maxUnavailableOf } from './begin.ts';
import { stamp } from './draft.ts';
import { isObject, type Json } from './json.ts';
import { countPods, namePods } from './look.ts';
import type { PodObservation, SetObservation } from './observation.ts';
import { HOLD_ALL, RECORD_SCHEMA_VERSION, type RecordOrigin, type RecordSpec, type RecordStatus } from './record.ts';

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
    schemaVersion: RECORD_SCHEMA_VERSION,
    rolloutIdentity: spec.rolloutIdentity,
    phase: 'Complete',
    direction: 'forward',
    message: `held by ${by}`,
    since: stamp(now),
    startedAt: stamp(now),
    startedBy: by,
    endedAt: stamp(now),
    setUid: set.uid,
    target: { revision: set.updateRevision, templateHash: set.templateHash },
    originRevision: origin.revision,
    forwardRevision: set.updateRevision,
    fence: { type: 'RollingUpdate', partition: HOLD_ALL },
    mustSee: set.generation,
    led: null,
    placed: [],
    step: 0,
    replicas: set.replicas,
    start: set.start,
    lastProgressAt: stamp(now),
    progress: 0,
    tolerated: [],
    failed: [],
    lostRaces: [],
    leaks: [],
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
  const rollingUpdate = isObject(strategy) && isObject(strategy.rollingUpdate) ? strategy.rollingUpdate : {};
  const partition = typeof rollingUpdate.partition === 'number' ? rollingUpdate.partition : 0;
  const released = old.filter((pod) => pod.ordinal - set.start >= partition);
  if (released.length === 0) return [];
  const most = maxUnavailableOf(strategy);
  const pace =
    most === null ? 'one at a time' : `${most} at once where the server knows maxUnavailable, else one at a time`;
  return [
    `the controller will replace ${countPods(released.length)} by itself, ${pace}, past every PodDisruptionBudget: ${nameAll(released)} to ${set.updateRevision}`,
  ];
}

function inRange(set: SetObservation, pods: readonly PodObservation[]): PodObservation[] {
  return pods
    .filter((pod) => pod.ordinal >= set.start && pod.ordinal < set.start + set.replicas)
    .sort((a, b) => b.ordinal - a.ordinal);
}

function nameAll(pods: readonly PodObservation[]): string {
  return namePods(pods.map((pod) => pod.name));
}
