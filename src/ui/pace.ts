import { durationMs, formatDuration } from '../rollout/duration.ts';
import type { PodTiming } from '../rollout/live.ts';
import { countPods } from '../rollout/look.ts';
import type { Picture } from './picture.ts';
import type { Counts, PaceView } from './view.ts';

/** How far this step goes, how fast, since when, and how long still. */
export function paceOf(picture: Picture, counts: Counts): PaceView {
  const { look, live, status, spec } = picture;
  const steps = look?.steps.length ?? 0;
  const stepNumber = (look?.step ?? 0) + 1;
  const elapsedMs = elapsed(picture);
  const etaMs = eta(picture, counts);
  const shortTime =
    elapsedMs === null ? '' : status?.endedAt === undefined ? `${coarse(elapsedMs)} gone` : `took ${coarse(elapsedMs)}`;
  return {
    step: spec === null || look === null ? '' : stepWords(picture, look.goal, stepNumber, steps),
    stepNumber,
    steps,
    goal: look?.goal ?? 0,
    budget: look?.budget ?? 0,
    speed:
      spec === null || look === null
        ? ''
        : speedWords(look.budget, spec.maxUnavailable, durationMs(spec.minPodEvictionInterval)),
    elapsedMs,
    etaMs,
    time: [shortTime, ...(etaMs === null ? [] : [etaWords(etaMs, stepNumber < steps)]), stepCountdown(picture, live.at)]
      .filter((part) => part !== '')
      .join(', '),
    shortTime,
  };
}

function stepWords(picture: Picture, goal: number, stepNumber: number, steps: number): string {
  const replicas = picture.look?.set.replicas ?? 0;
  if (picture.back) return `back on all ${countPods(replicas)}`;
  const share = replicas === 0 ? 0 : Math.round((goal / replicas) * 100);
  const pods = goal === replicas ? `all ${countPods(replicas)}` : `${share}% = ${countPods(goal)}`;
  return steps > 1 ? `step ${stepNumber} of ${steps} (${pods})` : pods;
}

function speedWords(budget: number, maxUnavailable: string, intervalMs: number): string {
  const share = maxUnavailable.endsWith('%') ? ` (${maxUnavailable})` : '';
  const interval = intervalMs > 0 ? `, one each ${formatDuration(intervalMs)}` : '';
  return `${budget} at once${share}${interval}`;
}

function elapsed(picture: Picture): number | null {
  const { status, live } = picture;
  if (status === null) return null;
  const end = status.endedAt === undefined ? live.at : Date.parse(status.endedAt);
  const ms = end - Date.parse(status.startedAt);
  return Number.isFinite(ms) && ms >= 0 ? ms : null;
}

function etaWords(ms: number, inStep: boolean): string {
  return `about ${estimate(ms)} ${inStep ? 'for this step' : 'left'}`;
}

/** At a step that ends by the clock: when the next begins. */
function stepCountdown(picture: Picture, at: number): string {
  const { status, spec } = picture;
  if (status?.reason !== 'StepReached' || status.stepReachedAt === undefined || spec === null) return '';
  if (spec.stepPause === 'manual') return '';
  const left = Date.parse(status.stepReachedAt) + durationMs(spec.stepPause) - at;
  return left > 0 ? `next step in ${coarse(left)}` : 'next step now';
}

/**
 * What the pods replaced so far say of the others: waves of as many as go at once, each as long as the median pod.
 * Nothing is said where a pod is in trouble, nothing moves, or none has been timed.
 */
function eta(picture: Picture, counts: Counts): number | null {
  const { look, live, spec, status } = picture;
  if (look === null || spec === null || status === null) return null;
  if (status.phase !== 'Progressing' && status.phase !== 'RollingBack') return null;
  if (counts.broken > 0 || live.connection.state !== 'live') return null;
  if (live.blockers.some(({ code }) => STANDSTILL.has(code))) return null;
  const timings = [...live.timings.values()];
  const cycle = median(timings.flatMap(cycleMs));
  if (cycle === null) return null;
  const remaining = look.goal - counts.updated - counts.outOfTurn;
  if (remaining <= 0) return null;
  const down = median(timings.flatMap((timing) => timing.downMs ?? [])) ?? 0;
  const waves = (remaining / look.budget) * (cycle + look.soakMs);
  const oneStopsAtATime = look.set.policy === 'OrderedReady' ? remaining * down : 0;
  const spaced = remaining * durationMs(spec.minPodEvictionInterval);
  return Math.max(waves, oneStopsAtATime, spaced, 1000);
}

const STANDSTILL: ReadonlySet<string> = new Set(['trouble', 'scaling', 'paused', 'eviction-refused', 'write-refused']);

function cycleMs(timing: PodTiming): number[] {
  return timing.startMs === null ? [] : [(timing.downMs ?? 0) + timing.startMs];
}

/** @returns null of nothing */
export function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}

function coarse(ms: number): string {
  return formatDuration(Math.max(1, Math.round(ms / 1000)) * 1000);
}

/** From a minute on in tens of seconds: more would be a precision that it does not have. */
function estimate(ms: number): string {
  return ms < 60_000 ? coarse(ms) : formatDuration(Math.round(ms / 10_000) * 10_000);
}
