import { type Course, finishMs, type Limit, limitOf, mean, type Pace, type Sample } from './forecast.ts';

/** What would end it earlier. */
export interface Faster {
  limit: Limit;
  /** Another speed, where it is worth it. */
  speed: { from: number; to: number; savesMs: number } | null;
  /** Milliseconds of one pod that are soak, and of all of it. */
  soakMs: number;
  cycleMs: number;
  /** Milliseconds that one pod takes to stop. */
  downMs: number;
}

/** Less is not worth a key. */
const WORTH_MS = 10_000;
const WORTH_SHARE = 0.1;

/** @param look only `soakMs` and the number of pods count */
export function fasterOf(
  course: Course,
  pace: Pace,
  samples: readonly Sample[],
  look: { soakMs: number; set: { replicas: number } },
): Faster {
  const cycle = { downMs: mean(samples.map(({ downMs }) => downMs)), upMs: mean(samples.map(({ upMs }) => upMs)) };
  const cycleMs = cycle.downMs + cycle.upMs;
  return {
    limit: limitOf(pace, cycle),
    speed: betterSpeed(course, pace, cycle, look.set.replicas),
    soakMs: Math.min(look.soakMs, cycleMs),
    cycleMs,
    downMs: cycle.downMs,
  };
}

/** Twice as many at once, if that is worth it: what people try first. */
function betterSpeed(course: Course, pace: Pace, cycle: Sample, replicas: number): Faster['speed'] {
  const to = Math.min(pace.budget * 2, replicas);
  if (to <= pace.budget || course.waiting === 0) return null;
  const now = finishMs(course, pace, cycle);
  const then = finishMs(course, { ...pace, budget: to }, cycle);
  const savesMs = now - then;
  return savesMs >= Math.max(WORTH_MS, now * WORTH_SHARE) ? { from: pace.budget, to, savesMs } : null;
}
