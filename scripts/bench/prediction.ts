import { gather } from '../../src/commands/gather.ts';
import type { OpenSession } from '../../src/executor/contract.ts';
import { openSession } from '../../src/executor/session.ts';
import type { JsonObject } from '../../src/rollout/json.ts';
import { outlookOf } from '../../src/rollout/outlook.ts';
import { predict } from '../../src/rollout/prediction.ts';
import { Simulator, VirtualClock } from '../../src/simulator/index.ts';
import { at, number } from '../../src/simulator/objects.ts';
import { beginImage } from './begin-image.ts';
import type { Benchmark, Rows } from './benchmark.ts';
import { PATIENCE_MS, settledIn } from './settled.ts';

interface Weather {
  name: string;
  replicas: number;
  policy: 'Parallel' | 'OrderedReady';
  maxUnavailable: string;
  /** Of each pod, between these. */
  start: string;
  stop: string;
}

const WEATHERS: readonly Weather[] = [
  { name: 'alike', replicas: 24, policy: 'Parallel', maxUnavailable: '3', start: '9s', stop: '5s' },
  { name: 'unlike', replicas: 24, policy: 'Parallel', maxUnavailable: '3', start: '5s..30s', stop: '1s..8s' },
  { name: 'many at once', replicas: 120, policy: 'Parallel', maxUnavailable: '20%', start: '10s..40s', stop: '2s..6s' },
  { name: 'few pods', replicas: 5, policy: 'Parallel', maxUnavailable: '1', start: '10s..20s', stop: '2s..6s' },
  { name: 'ordered', replicas: 24, policy: 'OrderedReady', maxUnavailable: '4', start: '9s..15s', stop: '2s..6s' },
  { name: 'slow to stop', replicas: 24, policy: 'OrderedReady', maxUnavailable: '6', start: '9s', stop: '15s..25s' },
];

const SEEDS = [1, 2, 3, 4, 5] as const;
/** Of the way, by pods that are counted. */
const MARKS = [0.25, 0.5, 0.75] as const;
const REF = { namespace: 'default', name: 'web' };

interface Estimate {
  low: number;
  likely: number;
  high: number;
  actual: number;
}

/** How near the plan's prediction and the estimates on the way come to what it took, in virtual time. */
export const prediction: Benchmark = {
  what: 'predicted and actual length of rollouts, on the simulator in virtual time, five of each kind',
  async run() {
    const rows: string[][] = [
      ['', 'took', 'plan, first time', 'plan, then', ...MARKS.map((mark) => `at ${mark * 100}%`), 'in the range'],
    ];
    const all: Estimate[] = [];
    for (const weather of WEATHERS) {
      const runs: Run[] = [];
      for (const seed of SEEDS) runs.push(await played(weather, seed));
      rows.push(rowOf(weather.name, runs));
      all.push(...runs.flatMap(({ first, second, marks }) => [first, second, ...marks]));
    }
    const held = all.filter(({ low, high, actual }) => low <= actual && actual <= high).length;
    return {
      rows: rows satisfies Rows,
      notes: [
        'Columns: the median of how far the estimate was from what it took, as a share of that.',
        `${held} of ${all.length} estimates held the actual end between their two ends (meant: eight in ten).`,
      ],
    };
  },
};

interface Run {
  tookMs: number;
  /** Of the plan, before any rollout had measured the set; and before the next one. */
  first: Estimate;
  second: Estimate;
  marks: Estimate[];
}

/** Two rollouts of one set. The one that is estimated on the way is the second. */
async function played(weather: Weather, seed: number): Promise<Run> {
  const clock = new VirtualClock();
  const simulator = new Simulator({ seed, version: '1.37', clock });
  simulator.create(statefulSet(weather));
  const ready = () => number(at(simulator.set('web').status).readyReplicas) === weather.replicas;
  await clock.run(PATIENCE_MS, ready);
  await clock.run(clock.now() + 60_000);
  const first = await rolled(simulator, clock, weather, 'app:2');
  await clock.run(clock.now() + 60_000);
  const second = await rolled(simulator, clock, weather, 'app:3');
  return { tookMs: second.tookMs, first: first.plan, second: second.plan, marks: second.marks };
}

async function rolled(
  simulator: Simulator,
  clock: VirtualClock,
  weather: Weather,
  image: string,
): Promise<{ tookMs: number; plan: Estimate; marks: Estimate[] }> {
  const api = simulator.api('bench');
  const gathered = await settledIn(clock, gather(api, REF));
  const { template, updateRevision } = gathered.set;
  const pace = { maxUnavailable: weather.maxUnavailable, minReady: '5s' };
  const { spec, origin } = beginImage(template, updateRevision, image, pace);
  const planned = predict({ ...gathered, spec, measured: gathered.record?.status?.measured, there: 0 });
  const startedAt = clock.now();
  const connected = { api, context: 'bench', server: 'simulator' };
  const options = { connected, ref: REF, user: 'bench', execute: true, begin: { spec, origin } };
  const session = await settledIn(clock, openSession({ ...options, endOn: new Set(['stopped'] as const) }));
  const marks: (Omit<Estimate, 'actual'> & { at: number })[] = [];
  const off = session.subscribe(() => mark(session, weather, marks));
  const { outcome } = await settledIn(clock, session.done);
  off();
  if (outcome !== 'complete') throw new Error(`the rollout of ${weather.name} ended: ${outcome}`);
  const endedAt = clock.now();
  const tookMs = endedAt - startedAt;
  if (planned === null) throw new Error('the plan predicted nothing');
  const plan = { low: planned.lowMs, likely: planned.likelyMs, high: planned.highMs, actual: tookMs };
  return { tookMs, plan, marks: marks.map((each) => ({ ...each, actual: endedAt - each.at })) };
}

function mark(session: OpenSession, weather: Weather, marks: (Omit<Estimate, 'actual'> & { at: number })[]): void {
  const next = MARKS[marks.length];
  const live = session.live();
  const counted = live.record?.status?.counts?.updated ?? 0;
  if (next === undefined || counted < next * weather.replicas) return;
  const step = outlookOf(live)?.step;
  if (step !== undefined) marks.push({ at: live.at, low: step.lowMs, likely: step.likelyMs, high: step.highMs });
}

function statefulSet({ replicas, policy, start, stop }: Weather): JsonObject & { metadata: JsonObject } {
  const labels = { app: 'web' };
  const annotations = { 'kubelet.test/start': start, 'kubelet.test/stop': stop };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'web' },
    spec: {
      replicas,
      podManagementPolicy: policy,
      selector: { matchLabels: labels },
      template: { metadata: { labels, annotations }, spec: { containers: [{ name: 'app', image: 'app:1' }] } },
    },
  };
}

function rowOf(name: string, runs: readonly Run[]): string[] {
  const estimates = runs.flatMap(({ first, second, marks }) => [first, second, ...marks]);
  const held = estimates.filter(({ low, high, actual }) => low <= actual && actual <= high).length;
  return [
    name,
    `${Math.round(middle(runs.map(({ tookMs }) => tookMs)) / 1000)} s`,
    off(runs.map(({ first }) => first)),
    off(runs.map(({ second }) => second)),
    ...MARKS.map((_, index) => off(runs.flatMap(({ marks }) => marks[index] ?? []))),
    `${held} of ${estimates.length}`,
  ];
}

function off(estimates: readonly Estimate[]): string {
  const shares = estimates.map(({ likely, actual }) => (likely - actual) / actual);
  const share = middle(shares);
  return `${share >= 0 ? '+' : ''}${Math.round(share * 100)}%`;
}

function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
