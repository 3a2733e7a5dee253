import { durationMs, formatDuration } from './duration.ts';
import { forecast, type Limit, type Pace } from './forecast.ts';
import { historyOf, samplesOfHistory, stopRange } from './history.ts';
import type { PodObservation, SetObservation } from './observation.ts';
import { forecastWords, roundWords } from './outlook-words.ts';
import { stepTargets, unavailableBudget } from './percent.ts';
import type { RecordSpec, RecordStatus } from './record.ts';
import { median } from './timing.ts';

/** How long a rollout will take, as far as the set's pods tell before it begins. Milliseconds. */
export interface Prediction {
  lowMs: number;
  likelyMs: number;
  highMs: number;
  /** What is in the way of a shorter time. */
  limit: Limit;
  /** Pods at once, and twice as many where that ends it earlier: by how much. */
  budget: number;
  faster: { budget: number; savesMs: number } | null;
  /** From Ready until a pod counts. */
  soakMs: number;
  /** What must agree besides: its time cannot be foreseen. */
  gates: string[];
  /** From creation to Ready, the median. */
  startMs: number;
  /** null: no rollout has measured it yet. */
  downMs: number | null;
  graceMs: number;
  /** Steps that wait for a person come on top. */
  waitsForPerson: boolean;
}

export interface Planned {
  set: SetObservation;
  pods: readonly PodObservation[];
  spec: RecordSpec;
  /** Of the last rollout's record. */
  measured: RecordStatus['measured'];
  /** Pods that are at the target already. */
  there: number;
}

/** Less is not worth another thought. */
const WORTH_SHARE = 0.1;

/** @returns null where no pod tells how long it took to start, or no pod is to be replaced */
export function predict(planned: Planned): Prediction | null {
  const { set, spec } = planned;
  const budget = unavailableBudget(spec.maxUnavailable, set.replicas);
  const prediction = predictAt(planned, budget);
  const twice = Math.min(2 * budget, set.replicas);
  const then = twice > budget ? predictAt(planned, twice) : null;
  if (prediction === null || then === null) return prediction;
  const savesMs = prediction.likelyMs - then.likelyMs;
  return savesMs < prediction.likelyMs * WORTH_SHARE
    ? prediction
    : { ...prediction, faster: { budget: twice, savesMs } };
}

function predictAt({ set, pods, spec, measured, there }: Planned, budget: number): Prediction | null {
  const history = historyOf(pods, measured);
  const startMs = median(history.startMs);
  const targets = stepTargets(spec, set.replicas);
  if (startMs === null) return null;
  const soakMs = Math.max(durationMs(spec.minReady), set.minReadyMs);
  const pace: Pace = {
    budget,
    intervalMs: durationMs(spec.minPodEvictionInterval),
    stopsOneAtATime: set.policy === 'OrderedReady',
  };
  const pauses = spec.stepPause === 'manual' ? 0 : durationMs(spec.stepPause) * (targets.length - 1);
  const steps = targets
    .map((goal, index) => goal - Math.max(there, targets[index - 1] ?? 0))
    .filter((more) => more > 0);
  const stop = stopRange(history);
  const at = (downMs: number) =>
    steps.map((waiting) =>
      forecast({ waiting, busy: [], notBeforeMs: 0 }, pace, samplesOfHistory(history, soakMs, downMs)),
    );
  const sum = (downMs: number, of: 'lowMs' | 'likelyMs' | 'highMs') =>
    at(downMs).reduce((total, each) => total + (each?.[of] ?? 0), pauses);
  const [first] = at(stop.likely);
  if (first === undefined || first === null) return null;
  return {
    lowMs: sum(stop.low, 'lowMs'),
    likelyMs: sum(stop.likely, 'likelyMs'),
    highMs: sum(stop.high, 'highMs'),
    limit: first.limit,
    budget,
    faster: null,
    soakMs,
    gates: gatesOf(spec),
    startMs,
    downMs: history.downMs,
    graceMs: history.graceMs,
    waitsForPerson: spec.stepPause === 'manual' && targets.length > 1,
  };
}

function gatesOf({ serviceDiscovery, gates = [], hooks }: RecordSpec): string[] {
  return [
    ...(serviceDiscovery === undefined ? [] : ['service discovery']),
    ...(gates.length === 0 ? [] : ['gates']),
    ...(hooks === undefined ? [] : ['hooks']),
  ];
}

/** "about 4m (they start in 9s, stop in 5s)" */
export function predictionWords(prediction: Prediction): string {
  const { startMs, downMs, graceMs, waitsForPerson } = prediction;
  const stop =
    downMs === null
      ? `how long they stop is not known, at most ${formatDuration(graceMs)}`
      : `stop in ${roundWords(downMs)}`;
  return `${forecastWords(prediction)}${waitsForPerson ? ' and your pauses' : ''} (they start in ${roundWords(startMs)}, ${stop})`;
}

/** What it could be shorter by: "start time: 9s of a pod's 15s; 8 at once instead of 4 would end it about 30s earlier" */
export function limitWords(prediction: Prediction): string {
  const { gates } = prediction;
  const more =
    gates.length === 0 ? [] : [`besides it waits for ${gates.join(' and ')}, nobody can foresee for how long`];
  return [mainLimit(prediction), ...fasterWords(prediction), ...more].join('; ');
}

function mainLimit(prediction: Prediction): string {
  const stopMs = stopRange(prediction).likely;
  switch (prediction.limit) {
    case 'interval':
      return '--interval: the next pod waits for it, however fast they are';
    case 'termination':
      return `policy: OrderedReady stops one pod at a time, ${roundWords(stopMs)} each`;
    case 'budget': {
      const parts: [string, number][] = [
        ['start time', prediction.startMs],
        ['stop time', stopMs],
        ['--min-ready or minReadySeconds', prediction.soakMs],
      ];
      const [name, ms] = parts.reduce((longest, part) => (part[1] > longest[1] ? part : longest));
      return `${name}: ${roundWords(ms)} of a pod's ${roundWords(parts.reduce((sum, [, each]) => sum + each, 0))}`;
    }
  }
}

function fasterWords({ budget, faster }: Prediction): string[] {
  if (faster === null) return ['more at once would not end it earlier'];
  return [
    `speed: ${faster.budget} at once instead of ${budget} would end it about ${roundWords(faster.savesMs)} earlier`,
  ];
}
