import type { PodTiming } from './live.ts';

/** What a pod's replacement consists of, in this order. */
export const STAGES = ['terminate', 'schedule', 'pull', 'start', 'soak', 'gates'] as const;
export type Stage = (typeof STAGES)[number];

/** For people, as a time is spent: "34s terminating". */
export const STAGE_WORDS: Record<Stage, string> = {
  terminate: 'terminating',
  schedule: 'waiting for a node',
  pull: 'pulling and preparing',
  start: 'starting',
  soak: 'soaking',
  gates: 'waiting for its gates',
};

/** Milliseconds of each stage; null where it was not seen. */
export type StageTimes = Record<Stage, number | null>;

/** A pod that is Ready is counted a moment after its soak: what is longer than that is a gate's doing. */
const GATE_NOISE_MS = 1000;

/** @param soakMs how long a pod must be Ready without a break */
export function stagesOf(timing: PodTiming, soakMs: number): StageTimes {
  const { goneAt, downMs, startMs, scheduleMs, pullMs, availableAt } = timing;
  const readyAt = goneAt === null || downMs === null || startMs === null ? null : goneAt + downMs + startMs;
  const counted = readyAt === null || availableAt === null ? null : Math.max(0, availableAt - readyAt);
  const late = counted === null ? null : Math.max(0, counted - soakMs);
  return {
    terminate: downMs,
    schedule: scheduleMs,
    pull: pullMs,
    // where its parts were not seen, all of it is told as starting
    start: startMs === null ? null : Math.max(0, startMs - (scheduleMs ?? 0) - (pullMs ?? 0)),
    soak: counted === null ? null : Math.min(counted, soakMs),
    gates: late === null ? null : late <= GATE_NOISE_MS ? 0 : late,
  };
}

/** From eviction to Ready; null where it is not Ready yet. */
export function wholeMs({ downMs, startMs }: PodTiming): number | null {
  return startMs === null ? null : (downMs ?? 0) + startMs;
}

/** The slowest pod, from eviction to Ready; null where no pod was timed whole. */
export function slowestPod(timings: ReadonlyMap<string, PodTiming>): { pod: string; ms: number } | null {
  let slowest: { pod: string; ms: number } | null = null;
  for (const [pod, timing] of timings) {
    const ms = wholeMs(timing);
    if (ms !== null && (slowest === null || ms > slowest.ms)) slowest = { pod, ms };
  }
  return slowest;
}

export interface Timeline {
  /** Pods that were timed from eviction (or creation, where that was not seen) to Ready. */
  pods: number;
  /** Of those pods, stage by stage. */
  medians: StageTimes;
  /** From eviction to Ready. */
  medianMs: number;
  slowest: { pod: string; ms: number; mostly: Stage };
}

/** What the pods replaced so far say together; null where none is Ready yet. */
export function timelineOf(timings: ReadonlyMap<string, PodTiming>, soakMs: number): Timeline | null {
  const whole = [...timings.values()].filter((timing) => timing.startMs !== null);
  const slowest = slowestPod(timings);
  const medianMs = median(whole.map((timing) => wholeMs(timing) ?? 0));
  if (slowest === null || medianMs === null) return null;
  const stages = whole.map((timing) => stagesOf(timing, soakMs));
  const medians = stageTimes((stage) => median(stages.flatMap((each) => each[stage] ?? [])));
  const worst = timings.get(slowest.pod);
  const mostly = worst === undefined ? 'start' : longestStage(stagesOf(worst, soakMs));
  return { pods: whole.length, medians, medianMs, slowest: { ...slowest, mostly } };
}

/** Before Ready: what a pod that is slow to come was slow at. */
function longestStage(times: StageTimes): Stage {
  const coming = STAGES.filter((stage) => stage !== 'soak' && stage !== 'gates');
  return coming.reduce((longest, stage) => ((times[stage] ?? 0) > (times[longest] ?? 0) ? stage : longest), 'start');
}

/** A value for each stage. */
export function stageTimes(of: (stage: Stage) => number | null): StageTimes {
  return {
    terminate: of('terminate'),
    schedule: of('schedule'),
    pull: of('pull'),
    start: of('start'),
    soak: of('soak'),
    gates: of('gates'),
  };
}

/** The lower one of the two in the middle; null of nothing. */
export function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}
