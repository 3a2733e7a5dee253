import { durationMs } from './duration.ts';
import { type Faster, fasterOf } from './faster.ts';
import { type Course, type Forecast, forecast, mean, type Pace, type Sample } from './forecast.ts';
import { historyOf, samplesOfHistory, stopRange } from './history.ts';
import type { Live, PodTiming } from './live.ts';
import { type Look, lookAt, type Slot } from './look.ts';
import { median, stagesOf } from './timing.ts';

/** What the pods replaced so far say of the others. */
export interface Outlook {
  /** To the end of this step. */
  step: Forecast;
  /** To the end of the rollout, pauses that end by the clock included; null where a step waits for a person. */
  whole: Forecast | null;
  faster: Faster;
}

/** Where these hold, nothing moves, and no time can be told. */
const STANDSTILL: ReadonlySet<string> = new Set([
  'trouble',
  'scaling',
  'paused',
  'eviction-refused',
  'write-refused',
  'settling',
  'gate',
  'hook',
  'not-before',
]);

/**
 * When this rollout will have got where, as far as it can be told; null where nothing moves, a pod is in trouble, the
 * picture is old, or nothing is known of its pods. The one source of every estimate that is shown.
 * @param seen the look at `live`, where it has been made already
 */
export function outlookOf(live: Live, seen: Look | null = null): Outlook | null {
  const { observation, record } = live;
  const status = record?.status;
  if (observation === null || record === null || status == null) return null;
  if (status.phase !== 'Progressing' && status.phase !== 'RollingBack') return null;
  if (live.connection.state !== 'live' || live.blockers.some(({ code }) => STANDSTILL.has(code))) return null;
  return outlookAt(seen ?? lookAt(observation, { ...record, status }, live.at), live.timings);
}

function outlookAt(look: Look, timings: Live['timings']): Outlook | null {
  if (look.away.some((slot) => slot.broken && slot.state === 'updated')) return null;
  const samples = samplesOf(timings, look);
  const pace = paceOf(look);
  const course = courseTo(look, look.goal, timings, mean(samples.map(({ downMs }) => downMs)));
  const step = forecast(course, pace, samples);
  if (step === null) return null;
  return { step, whole: wholeOf(look, step, pace, samples), faster: fasterOf(course, pace, samples, look) };
}

/** Of thousands of pods the last ones tell as much, and tell how it goes now. */
const MOST_SAMPLES = 256;

/** What is known of one pod's time: by those replaced since we look, else by the last executor, or the old pods' own. */
function samplesOf(timings: ReadonlyMap<string, PodTiming>, look: Look): Sample[] {
  const { soakMs, status } = look;
  const history = () =>
    historyOf(
      look.slots.flatMap((slot) => slot.pod ?? []),
      status.measured,
    );
  const seen = [...timings.values()].slice(-MOST_SAMPLES);
  const usualDownMs = median(seen.flatMap(({ downMs }) => downMs ?? [])) ?? stopRange(history()).likely;
  const timed = seen.flatMap((timing) => {
    if (timing.startMs === null) return [];
    const gates = stagesOf(timing, soakMs).gates ?? 0;
    return [{ downMs: timing.downMs ?? usualDownMs, upMs: timing.startMs + soakMs + gates }];
  });
  return timed.length > 0 ? timed : samplesOfHistory(history(), soakMs, usualDownMs);
}

function paceOf({ budget, spec, set }: Pick<Look, 'budget' | 'spec' | 'set'>): Pace {
  return {
    budget,
    intervalMs: durationMs(spec.minPodEvictionInterval),
    stopsOneAtATime: set.policy === 'OrderedReady',
  };
}

function courseTo(look: Look, goal: number, timings: Live['timings'], usualDownMs: number): Course {
  const busy = look.away.filter(isOnTheWay);
  return {
    waiting: Math.max(0, goal - look.arrived - busy.length),
    busy: busy.map((slot) => sinceMs(slot, look.now, timings.get(slot.name)?.downMs ?? usualDownMs)),
    notBeforeMs: notBeforeMs(look, busy, usualDownMs),
  };
}

function isOnTheWay(slot: Slot): boolean {
  return slot.state === 'going' || slot.state === 'missing' || (slot.state === 'updated' && !slot.available);
}

/** Since it began to go; what was not seen is taken to have been as usual. */
function sinceMs({ pod, state }: Slot, now: number, downMs: number): number {
  if (pod === null) return downMs;
  if (state === 'going') return pod.deletingSince === null ? 0 : Math.max(0, now - pod.deletingSince);
  return downMs + Math.max(0, now - pod.createdAt);
}

function notBeforeMs(look: Look, busy: readonly Slot[], usualDownMs: number): number {
  const { status, spec, now, set } = look;
  const interval =
    status.lastDisruptionAt === undefined
      ? 0
      : Date.parse(status.lastDisruptionAt) + durationMs(spec.minPodEvictionInterval) - now;
  const stopping = busy.filter((slot) => slot.state === 'going').map((slot) => sinceMs(slot, now, usualDownMs));
  const ordered =
    set.policy === 'OrderedReady' && stopping.length > 0 ? Math.max(0, usualDownMs - Math.min(...stopping)) : 0;
  return Math.max(0, interval, ordered);
}

function wholeOf(look: Look, step: Forecast, pace: Pace, samples: readonly Sample[]): Forecast | null {
  const later = look.steps.slice(look.step + 1);
  if (later.length === 0) return step;
  if (look.spec.stepPause === 'manual') return null;
  const pauseMs = durationMs(look.spec.stepPause);
  let reached = look.goal;
  let sum = step;
  for (const goal of later) {
    const more = forecast({ waiting: goal - reached, busy: [], notBeforeMs: 0 }, pace, samples);
    if (more !== null) sum = after(sum, pauseMs, more);
    reached = goal;
  }
  return sum;
}

function after(first: Forecast, pauseMs: number, then: Forecast): Forecast {
  return {
    ...first,
    likelyMs: first.likelyMs + pauseMs + then.likelyMs,
    lowMs: first.lowMs + pauseMs + then.lowMs,
    highMs: first.highMs + pauseMs + then.highMs,
  };
}
