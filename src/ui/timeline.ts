import { durationMs, formatDuration } from '../rollout/duration.ts';
import type { Live, PodTiming } from '../rollout/live.ts';
import { outlookOf } from '../rollout/outlook.ts';
import { fasterWords, forecastWords } from '../rollout/outlook-words.ts';
import {
  STAGE_WORDS,
  STAGES,
  type Stage,
  type StageTimes,
  stagesOf,
  type Timeline,
  timelineOf,
} from '../rollout/timing.ts';
import { clean } from './text.ts';

/** How long the pods took, pod by pod, and what they say of the rest. */
export interface TimelineView {
  /** "median of 7 pods", "26s: 5s terminating, 12s pulling and preparing, 9s starting" */
  lines: { label: string; text: string }[];
  /** The last one replaced first; of thousands the last ones. */
  pods: PodSpan[];
  /** How many were replaced before those. */
  earlier: number;
}

export interface PodSpan {
  name: string;
  /** When it began to go; null where that was not seen. */
  goneAt: number | null;
  stages: { stage: Stage; ms: number }[];
  /** All of them together. */
  wholeMs: number;
  /** It is counted; or it is still on its way, and the last stage goes on. */
  done: boolean;
}

export function timelineView(live: Live): TimelineView {
  const soakMs = soakOf(live);
  return { lines: labelled(live, soakMs), ...spans(live, soakMs) };
}

/** The same in words alone, a line each: for status, the summary, and everybody who has no window. */
export function timelineLines(live: Live): string[] {
  return labelled(live, soakOf(live)).map(({ label, text }) => `${label.padEnd(LABEL_WIDTH)}${text}`);
}

/** "a pod took 14s, the median of 12: 5s terminating, 9s starting"; null where fewer than two were timed. */
export function medianLine(live: Live): string | null {
  const timeline = timelineOf(live.timings, soakOf(live));
  return timeline === null || timeline.pods < 2 ? null : `a pod took ${medianWords(timeline)}`;
}

const LABEL_WIDTH = 12;

function labelled(live: Live, soakMs: number): TimelineView['lines'] {
  const timeline = timelineOf(live.timings, soakMs);
  const outlook = outlookOf(live);
  return [
    ...(timeline === null ? [] : timingLines(timeline)),
    ...(outlook === null
      ? []
      : [
          { label: outlook.whole === outlook.step ? 'ends in' : 'step ends', text: forecastWords(outlook.step) },
          ...(outlook.whole === null || outlook.whole === outlook.step
            ? []
            : [{ label: 'all of it', text: forecastWords(outlook.whole) }]),
          ...fasterWords(outlook.faster).map((text) => ({ label: 'faster', text })),
        ]),
  ];
}

/** The slowest of pods that are alike is nobody's concern. */
const NOTABLY = 1.2;

function medianWords({ pods, medianMs, medians }: Timeline): string {
  return `${seconds(medianMs)}${pods === 1 ? '' : `, the median of ${pods}`}: ${stageWords(medians)}`;
}

function timingLines(timeline: Timeline): TimelineView['lines'] {
  const { medianMs, slowest } = timeline;
  return [
    { label: 'a pod takes', text: medianWords(timeline) },
    ...(slowest.ms < medianMs * NOTABLY
      ? []
      : [
          {
            label: 'slowest',
            text: clean(`${slowest.pod}, ${seconds(slowest.ms)}, mostly ${STAGE_WORDS[slowest.mostly]}`),
          },
        ]),
  ];
}

function stageWords(times: StageTimes): string {
  const told = STAGES.flatMap((stage) => {
    const ms = times[stage];
    return ms === null || ms < 500 ? [] : [`${seconds(ms)} ${STAGE_WORDS[stage]}`];
  });
  return told.join(', ');
}

/** Nobody scrolls further back. */
const MOST_SPANS = 200;

function spans(live: Live, soakMs: number): Pick<TimelineView, 'pods' | 'earlier'> {
  const going = goingSpans(live);
  const gone = new Set(going.map(({ name }) => name));
  const replaced = [...live.timings].filter(([name]) => !gone.has(name)).sort(([, a], [, b]) => begun(b) - begun(a));
  const shown = replaced.slice(0, MOST_SPANS).map(([name, timing]) => spanOf(clean(name), timing, soakMs, live.at));
  return { pods: [...going, ...shown], earlier: replaced.length - shown.length };
}

function begun({ goneAt, availableAt }: PodTiming): number {
  return goneAt ?? availableAt ?? 0;
}

function spanOf(name: string, timing: PodTiming, soakMs: number, at: number): PodSpan {
  const times = stagesOf(timing, soakMs);
  const stages = known(times);
  const done = timing.availableAt !== null;
  const passedMs = stages.reduce((sum, { ms }) => sum + ms, 0);
  const current = STAGES.find((stage) => times[stage] === null);
  const currentMs = timing.goneAt === null || done ? 0 : Math.max(0, at - timing.goneAt - passedMs);
  return {
    name,
    goneAt: timing.goneAt,
    stages: current === undefined ? stages : [...stages, ...goingOn(current, currentMs, soakMs)],
    wholeMs: passedMs + currentMs,
    done,
  };
}

/** A pod that has soaked, and is not counted, waits for its gates. */
function goingOn(stage: Stage, ms: number, soakMs: number): PodSpan['stages'] {
  const gates = stage === 'soak' ? Math.max(0, ms - soakMs) : 0;
  const parts = [
    { stage, ms: ms - gates },
    { stage: 'gates' as const, ms: gates },
  ];
  return parts.filter((part) => part.ms > 0);
}

/** Pods that are terminating have no replacement yet that could be timed. */
function goingSpans({ observation, at }: Live): PodSpan[] {
  if (observation === null) return [];
  const { pods, set } = observation;
  return pods.flatMap((pod) => {
    const inRange = pod.ordinal >= set.start && pod.ordinal < set.start + set.replicas;
    if (!inRange || pod.deletingSince === null) return [];
    const wholeMs = Math.max(0, at - pod.deletingSince);
    const stages = [{ stage: 'terminate' as const, ms: wholeMs }];
    return [{ name: clean(pod.name), goneAt: pod.deletingSince, stages, wholeMs, done: false }];
  });
}

function known(times: StageTimes): PodSpan['stages'] {
  return STAGES.flatMap((stage) => {
    const ms = times[stage];
    return ms === null || ms === 0 ? [] : [{ stage, ms }];
  });
}

/** How long a pod must be Ready to count. */
function soakOf({ observation, record }: Live): number {
  return Math.max(observation?.set.minReadyMs ?? 0, record === null ? 0 : durationMs(record.spec.minReady));
}

function seconds(ms: number): string {
  return formatDuration(Math.max(1, Math.round(ms / 1000)) * 1000);
}
