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

/** @returns null where no pod tells how long it took to start, or no pod is to be replaced */
export function predict({ set, pods, spec, measured, there }: Planned): Prediction | null {
  const history = historyOf(pods, measured);
  const startMs = median(history.startMs);
  const targets = stepTargets(spec, set.replicas);
  if (startMs === null) return null;
  const soakMs = Math.max(durationMs(spec.minReady), set.minReadyMs);
  const pace: Pace = {
    budget: unavailableBudget(spec.maxUnavailable, set.replicas),
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
    startMs,
    downMs: history.downMs,
    graceMs: history.graceMs,
    waitsForPerson: spec.stepPause === 'manual' && targets.length > 1,
  };
}

/** "about 4m (they start in 9s, stop in 5s; OrderedReady: stopping one at a time is the limit)" */
export function predictionWords(prediction: Prediction): string {
  const { startMs, downMs, graceMs, limit, waitsForPerson } = prediction;
  const stop =
    downMs === null
      ? `how long they stop is not known, at most ${formatDuration(graceMs)}`
      : `stop in ${roundWords(downMs)}`;
  return `${forecastWords(prediction)}${waitsForPerson ? ' and your pauses' : ''} (they start in ${roundWords(startMs)}, ${stop}${LIMIT_WORDS[limit]})`;
}

const LIMIT_WORDS: Record<Limit, string> = {
  budget: '',
  termination: '; stopping one at a time is the limit: OrderedReady',
  interval: '; --interval is the limit',
};
