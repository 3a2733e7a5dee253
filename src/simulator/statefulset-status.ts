import type { JsonObject } from '../rollout/json.ts';
import type { Version } from './defaults.ts';
import { type ApiObject, at, isTerminating, number, text } from './objects.ts';
import { isAvailable, isRunningAndReady, type Replica, revisionOf, type Settings } from './statefulset-pods.ts';

/** The counters of a set's status, as its controller computes them. */
export interface SetStatus {
  observedGeneration: number;
  replicas: number;
  readyReplicas: number;
  availableReplicas: number;
  currentReplicas: number;
  updatedReplicas: number;
  currentRevision: string;
  updateRevision: string;
  collisionCount: number;
}

/** Counts what there is. */
export function countReplicas(
  status: SetStatus,
  replicas: readonly Replica[],
  settings: Settings,
  now: number,
): SetStatus {
  const counted = {
    ...status,
    replicas: 0,
    readyReplicas: 0,
    availableReplicas: 0,
    currentReplicas: 0,
    updatedReplicas: 0,
  };
  for (const replica of replicas) {
    if (!replica.created) continue;
    counted.replicas++;
    if (isRunningAndReady(replica)) {
      counted.readyReplicas++;
      if (isAvailable(replica, settings.minReadySeconds, now)) counted.availableReplicas++;
    }
    if (isTerminating(replica.pod)) continue;
    if (revisionOf(replica.pod) === status.currentRevision) counted.currentReplicas++;
    if (revisionOf(replica.pod) === status.updateRevision) counted.updatedReplicas++;
  }
  return counted;
}

/** A rollout that is complete makes the update revision the current one (design, F3). */
export function promoted(status: SetStatus, settings: Settings, version: Version): SetStatus {
  const { replicas } = settings;
  const complete =
    status.updatedReplicas === replicas && status.readyReplicas === replicas && status.replicas === replicas;
  if (!complete || (version === '1.34' && settings.strategy !== 'RollingUpdate')) return status;
  return { ...status, currentReplicas: status.updatedReplicas, currentRevision: status.updateRevision };
}

/** Whether the status of the object differs enough to be written. */
export function isInconsistent(set: ApiObject, status: SetStatus): boolean {
  const is = at(set.status);
  return (
    status.observedGeneration > number(is.observedGeneration) ||
    status.replicas !== number(is.replicas) ||
    status.currentReplicas !== number(is.currentReplicas) ||
    status.readyReplicas !== number(is.readyReplicas) ||
    status.updatedReplicas !== number(is.updatedReplicas) ||
    status.availableReplicas !== number(is.availableReplicas) ||
    status.currentRevision !== text(is.currentRevision) ||
    status.updateRevision !== text(is.updateRevision)
  );
}

/** As JSON: counters that are zero are left out, but the two that the API always states. */
export function statusJson(status: SetStatus): JsonObject {
  const json: JsonObject = {
    availableReplicas: status.availableReplicas,
    collisionCount: status.collisionCount,
    currentRevision: status.currentRevision,
    observedGeneration: status.observedGeneration,
    replicas: status.replicas,
    updateRevision: status.updateRevision,
  };
  if (status.currentReplicas) json.currentReplicas = status.currentReplicas;
  if (status.readyReplicas) json.readyReplicas = status.readyReplicas;
  if (status.updatedReplicas) json.updatedReplicas = status.updatedReplicas;
  return json;
}
