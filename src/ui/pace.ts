import { durationMs, formatDuration } from '../rollout/duration.ts';
import { countPods } from '../rollout/look.ts';
import { type Outlook, outlookOf } from '../rollout/outlook.ts';
import { forecastWords } from '../rollout/outlook-words.ts';
import type { Picture } from './picture.ts';
import type { PaceView } from './view.ts';

/** How far this step goes, how fast, since when, and how long still. */
export function paceOf(picture: Picture): PaceView {
  const { look, live, status, spec } = picture;
  const steps = look?.steps.length ?? 0;
  const stepNumber = (look?.step ?? 0) + 1;
  const elapsedMs = elapsed(picture);
  const outlook = outlookOf(live, look);
  const shortTime =
    elapsedMs === null ? '' : status?.endedAt === undefined ? `${coarse(elapsedMs)} gone` : `took ${coarse(elapsedMs)}`;
  const left = outlook === null ? '' : leftWords(outlook, stepNumber < steps);
  const pause = pauseWords(picture);
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
    etaMs: outlook?.step.likelyMs ?? null,
    etaRangeMs: outlook === null ? null : { low: outlook.step.lowMs, high: outlook.step.highMs },
    left,
    shortLeft: outlook === null ? '' : `${forecastWords(outlook.step)} left`,
    pause,
    time: [shortTime, left, pause].filter((part) => part !== '').join(', '),
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

function leftWords({ step, whole }: Outlook, inStep: boolean): string {
  if (!inStep) return `${forecastWords(step)} left`;
  return `${forecastWords(step)} for this step${whole === null ? '' : `, ${forecastWords(whole)} for all`}`;
}

/** How long it rests already; at a step that ends by the clock, when the next one begins. */
function pauseWords({ status, spec, live }: Picture): string {
  if (status?.phase !== 'Paused' || spec === null) return '';
  if (status.reason === 'StepReached' && status.stepReachedAt !== undefined && spec.stepPause !== 'manual') {
    const left = Date.parse(status.stepReachedAt) + durationMs(spec.stepPause) - live.at;
    return left > 0 ? `next step in ${coarse(left)}` : 'next step now';
  }
  return `paused for ${coarse(live.at - Date.parse(status.since))}`;
}

/** Whole seconds, at least one. */
export function coarse(ms: number): string {
  return formatDuration(Math.max(1, Math.round(ms / 1000)) * 1000);
}
