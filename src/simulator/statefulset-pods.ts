import { type ApiObject, at, conditionOf, isReady, isTerminating, millis, nameOf, number, text } from './objects.ts';

/** The set's own view of one ordinal: a pod that is there, or one that is to be made. */
export interface Replica {
  ordinal: number;
  pod: ApiObject;
  created: boolean;
}

/** "web-3" of "web" is 3; null for a name that is not of this set. */
export function ordinalOf(set: ApiObject, pod: ApiObject): number | null {
  const name = nameOf(pod);
  const dash = name.lastIndexOf('-');
  const digits = name.slice(dash + 1);
  return name.slice(0, dash) === nameOf(set) && /^\d+$/.test(digits) ? Number(digits) : null;
}

export function revisionOf(pod: ApiObject): string {
  return text(at(pod.metadata.labels)['controller-revision-hash']);
}

export function phaseOf(pod: ApiObject): string {
  return text(at(pod.status).phase);
}

export function isTerminal(pod: ApiObject): boolean {
  const phase = phaseOf(pod);
  return phase === 'Failed' || phase === 'Succeeded';
}

export function isRunningAndReady(replica: Replica): boolean {
  return replica.created && phaseOf(replica.pod) === 'Running' && isReady(replica.pod);
}

/** Ready for minReadySeconds, by whole seconds of the condition. */
export function isAvailable(replica: Replica, minReadySeconds: number, now: number): boolean {
  return replica.created && availableAt(replica.pod, minReadySeconds) <= now;
}

/** When a pod counts as available, if it stays Ready; infinite where it is not Ready. */
export function availableAt(pod: ApiObject, minReadySeconds: number): number {
  if (!isReady(pod)) return Number.POSITIVE_INFINITY;
  if (minReadySeconds === 0) return 0;
  const since = millis(conditionOf(pod, 'Ready')?.lastTransitionTime);
  // Strictly later than the time itself: IsPodAvailable asks for Before(now).
  return since + minReadySeconds * 1000 + 1;
}

export function isUnavailable(replica: Replica, minReadySeconds: number, now: number): boolean {
  return !isAvailable(replica, minReadySeconds, now) || isTerminating(replica.pod);
}

/** The spec of a set, with its defaults. */
export function settingsOf(set: ApiObject) {
  const spec = at(set.spec);
  const strategy = at(spec.updateStrategy);
  const rolling = strategy.rollingUpdate === undefined ? null : at(strategy.rollingUpdate);
  return {
    replicas: number(spec.replicas, 1),
    start: number(at(spec.ordinals).start),
    minReadySeconds: number(spec.minReadySeconds),
    parallel: spec.podManagementPolicy === 'Parallel',
    strategy: text(strategy.type),
    /** Null where there is no rollingUpdate. */
    partition: rolling === null ? null : number(rolling.partition),
    maxUnavailable: rolling?.maxUnavailable,
    historyLimit: number(spec.revisionHistoryLimit, 10),
  };
}

export type Settings = ReturnType<typeof settingsOf>;
