import type { Version } from './defaults.ts';
import { type ApiObject, isTerminating } from './objects.ts';
import type { Process } from './process.ts';
import { newPod, templateOf } from './revisions.ts';
import {
  isAvailable,
  isRunningAndReady,
  isTerminal,
  isUnavailable,
  ordinalOf,
  type Replica,
  revisionOf,
  type Settings,
} from './statefulset-pods.ts';
import { countReplicas, type SetStatus } from './statefulset-status.ts';
import { StatusError } from './status.ts';

/** What one sync works with: the set and the pods as the controller sees them, and what it can do. */
export interface Sync {
  set: ApiObject;
  settings: Settings;
  version: Version;
  now: number;
  current: ApiObject;
  update: ApiObject;
  create(pod: ApiObject): Process<void>;
  delete(pod: ApiObject): Process<void>;
  /** Runs processes at the same time; throws the first error after all have ended. */
  together(processes: readonly Process<void>[]): Process<void>;
}

/** The largest number of calls at once under Parallel. */
const MAX_BATCH = 500;

/**
 * Brings the pods of a set nearer to its spec, as pkg/controller/statefulset/stateful_set_control.go does, and answers
 * the status as counted. An error comes with the status that is to be written all the same.
 */
export function* updateSet(
  sync: Sync,
  pods: readonly ApiObject[],
  first: SetStatus,
): Process<{ status: SetStatus; error: StatusError | null }> {
  const { settings, now } = sync;
  const { replicas, condemned } = sortOut(sync, pods);
  const all = [...replicas, ...condemned];
  let status = countReplicas(first, all, settings, now);
  if (isTerminating(sync.set)) return { status, error: null };
  try {
    const finished = (yield* walkReplicas(sync, replicas)) && (yield* walkCondemned(sync, replicas, condemned));
    status = countReplicas(first, all, settings, now);
    if (finished && settings.strategy === 'RollingUpdate') {
      for (const target of rollingTargets(sync, replicas)) {
        yield* sync.delete(target.pod);
        status.currentReplicas--;
      }
    }
    return { status, error: null };
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return { status, error };
  }
}

/** Pods within the range of ordinals, missing ones to be made; and those outside it, from the top. */
function sortOut(sync: Sync, pods: readonly ApiObject[]): { replicas: Replica[]; condemned: Replica[] } {
  const { set, settings } = sync;
  const byOrdinal = new Map<number, ApiObject>();
  const condemned: Replica[] = [];
  for (const pod of pods) {
    const ordinal = ordinalOf(set, pod);
    if (ordinal === null) continue;
    const inRange = ordinal >= settings.start && ordinal < settings.start + settings.replicas;
    if (inRange) byOrdinal.set(ordinal, pod);
    else condemned.push({ ordinal, pod, created: true });
  }
  const replicas = Array.from({ length: settings.replicas }, (_, index): Replica => {
    const ordinal = settings.start + index;
    const pod = byOrdinal.get(ordinal);
    if (pod !== undefined) return { ordinal, pod, created: true };
    const revision = revisionFor(sync, index);
    return { ordinal, pod: newPod(set, templateOf(revision), String(revision.metadata.name), ordinal), created: false };
  });
  return { replicas, condemned: condemned.sort((a, b) => b.ordinal - a.ordinal) };
}

/** At which revision a missing pod comes back (design, F1). */
function revisionFor({ settings, set, current, update }: Sync, index: number): ApiObject {
  if (settings.partition !== null) return index < settings.partition ? current : update;
  const status = set.status;
  const currentReplicas =
    typeof status === 'object' && status !== null && !Array.isArray(status) ? Number(status.currentReplicas ?? 0) : 0;
  return settings.strategy === 'RollingUpdate' && index < currentReplicas ? current : update;
}

/** True where every replica was passed; OrderedReady stops at the first that is not there, Ready and available. */
function* walkReplicas(sync: Sync, replicas: readonly Replica[]): Process<boolean> {
  if (sync.settings.parallel) {
    yield* inBatches(sync, replicas, function* (replica) {
      if (replica.created && isTerminal(replica.pod)) {
        if (!isTerminating(replica.pod)) yield* sync.delete(replica.pod);
      } else if (!replica.created) yield* sync.create(replica.pod);
    });
    return true;
  }
  for (const replica of replicas) {
    if (!replica.created) {
      yield* sync.create(replica.pod);
      return false;
    }
    if (isTerminal(replica.pod)) {
      if (!isTerminating(replica.pod)) yield* sync.delete(replica.pod);
      return false;
    }
    if (isTerminating(replica.pod) || !isRunningAndReady(replica)) return false;
    if (!isAvailable(replica, sync.settings.minReadySeconds, sync.now)) return false;
  }
  return true;
}

/** Takes down what a smaller set leaves over; OrderedReady one at a time, from the top. */
function* walkCondemned(sync: Sync, replicas: readonly Replica[], condemned: readonly Replica[]): Process<boolean> {
  const { minReadySeconds, parallel } = sync.settings;
  if (parallel) {
    yield* inBatches(sync, condemned, function* ({ pod }) {
      if (!isTerminating(pod)) yield* sync.delete(pod);
    });
    return true;
  }
  const next = condemned[0];
  if (next === undefined) return true;
  const unavailable = (replica: Replica): boolean => isUnavailable(replica, minReadySeconds, sync.now);
  const firstUnavailable = replicas.find(unavailable) ?? [...condemned].reverse().find(unavailable);
  if (isTerminating(next.pod)) return false;
  const healthy = isRunningAndReady(next) && isAvailable(next, minReadySeconds, sync.now);
  if (healthy || next === firstUnavailable) yield* sync.delete(next.pod);
  return false;
}

/** 1, 2, 4 ... at once; a batch with an error is the last one (design, F16). */
function* inBatches(sync: Sync, replicas: readonly Replica[], act: (replica: Replica) => Process<void>): Process<void> {
  let at = 0;
  for (let size = 1; at < replicas.length; size = Math.min(2 * size, MAX_BATCH)) {
    const batch = replicas.slice(at, at + size);
    at += size;
    yield* sync.together(batch.map(act));
  }
}

/** Old pods that the controller deletes by itself under RollingUpdate, past every budget (design, F6). */
function rollingTargets(sync: Sync, replicas: readonly Replica[]): Replica[] {
  const { settings, now, version } = sync;
  const isOld = ({ pod }: Replica): boolean => revisionOf(pod) !== sync.update.metadata.name;
  const isDown = (replica: Replica): boolean => isUnavailable(replica, settings.minReadySeconds, now);
  const fromTop = [...replicas].slice(settings.partition ?? 0).reverse();
  if (version === '1.34') {
    for (const replica of fromTop) {
      if (isOld(replica) && !isTerminating(replica.pod)) return [replica];
      if (isDown(replica)) return [];
    }
    return [];
  }
  const maxUnavailable = maxUnavailableOf(settings);
  const budget = maxUnavailable - replicas.filter(isDown).length;
  const living = fromTop.filter((replica) => isOld(replica) && !isTerminating(replica.pod));
  if (!settings.parallel) return living.slice(0, Math.max(0, budget));
  const downAtAll = replicas.some((replica) => isDown(replica) && isOld(replica) && !isTerminating(replica.pod));
  if (budget <= 0 && !downAtAll) return [];
  const down = living.filter((replica) => !isAvailable(replica, settings.minReadySeconds, now));
  const up = living.filter((replica) => !isDown(replica));
  return [...down, ...up.slice(0, Math.max(0, budget))];
}

/** At least one; a percentage is rounded down. */
function maxUnavailableOf({ maxUnavailable, replicas }: Settings): number {
  const percent = typeof maxUnavailable === 'string' ? /^(\d+)%$/.exec(maxUnavailable) : null;
  const count = percent ? Math.floor((Number(percent[1]) * replicas) / 100) : Number(maxUnavailable ?? 1);
  return Math.max(1, Number.isFinite(count) ? count : 1);
}
