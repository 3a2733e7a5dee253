import type { Sample } from './forecast.ts';
import type { PodTiming } from './live.ts';
import type { PodObservation } from './observation.ts';
import type { RecordStatus } from './record.ts';
import { median } from './timing.ts';

/** What a set's pods and its last rollout tell of how long a replacement takes, before one has been seen. */
export interface SetHistory {
  /** From a pod's creation to Ready, for each pod that tells it. Milliseconds. */
  startMs: number[];
  /** How long a pod takes to stop: the last rollout measured it; null where none has. */
  downMs: number | null;
  /** The longest grace of a pod: it stops in that time. */
  graceMs: number;
}

/** Later than this after its creation, a pod was not starting but not Ready for another reason. */
const LONGEST_START_MS = 30 * 60_000;
/** So much slower than the median is not a start either: it lost its readiness later on. */
const OUTLIER = 3;

/** @param measured of the record of the last rollout, whatever became of it */
export function historyOf(pods: readonly PodObservation[], measured: RecordStatus['measured']): SetHistory {
  const starts = pods.flatMap(startOf);
  const usual = median(starts) ?? 0;
  return {
    startMs:
      starts.length > 0
        ? starts.filter((ms) => ms <= usual * OUTLIER)
        : measured === undefined
          ? []
          : [measured.startMs],
    downMs: measured?.downMs ?? null,
    graceMs: Math.max(0, ...pods.map((pod) => pod.graceMs)),
  };
}

function startOf(pod: PodObservation): number[] {
  // after a restart its readiness is younger than its start
  if (!pod.ready || pod.deleting || pod.restarts > 0 || pod.readySince === null) return [];
  const ms = pod.readySince - pod.createdAt;
  return ms > 0 && ms <= LONGEST_START_MS ? [ms] : [];
}

/** Pods seldom use up their grace: the share of it that is taken where nothing is known. */
const USUAL_GRACE = 0.25;
const SHORTEST_STOP_MS = 1000;

/** How long a pod takes to stop, as far as it can be known: at the least, likely, and at the most. Milliseconds. */
export function stopRange({ downMs, graceMs }: Pick<SetHistory, 'downMs' | 'graceMs'>): {
  low: number;
  likely: number;
  high: number;
} {
  if (downMs !== null) return { low: downMs, likely: downMs, high: downMs };
  const low = Math.min(SHORTEST_STOP_MS, graceMs);
  return { low, likely: Math.max(low, graceMs * USUAL_GRACE), high: graceMs };
}

export function samplesOfHistory(history: SetHistory, soakMs: number, downMs: number): Sample[] {
  return history.startMs.map((startMs) => ({ downMs, upMs: startMs + soakMs }));
}

/** For the record: what the next rollout's plan may count on. */
export function measuredOf(timings: ReadonlyMap<string, PodTiming>): RecordStatus['measured'] {
  const whole = [...timings.values()].filter(({ startMs, downMs }) => startMs !== null && downMs !== null);
  const startMs = median(whole.map((timing) => timing.startMs ?? 0));
  const downMs = median(whole.map((timing) => timing.downMs ?? 0));
  return startMs === null || downMs === null
    ? undefined
    : { pods: whole.length, downMs: Math.round(downMs), startMs: Math.round(startMs) };
}
