import { loadavg } from 'node:os';
import { type Cluster, startCluster } from '../../test/e2e/harness/cluster.ts';
import { isReady } from '../../test/e2e/harness/objects.ts';
import { allReady, createSet, podsOf, podsPath, setsPath } from '../../test/e2e/harness/sets.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { allCases, boundMs, type Case, caseOf, nameOf } from './makespan/cases.ts';
import { oursSimulatedMs, refillMs } from './makespan/refill.ts';
import { NATIVE, NATIVE_MAX, OURS, WAYS, type Way } from './makespan/ways.ts';

/** What is worth its minutes where nothing was asked for: every way once, and a target of each policy. */
const QUICK: readonly { each: Case; ways: readonly Way[] }[] = [
  { each: caseOf('Parallel', 12, '4'), ways: WAYS },
  { each: caseOf('Parallel', 60, '6'), ways: [OURS, NATIVE_MAX] },
  { each: caseOf('OrderedReady', 60, '6'), ways: [OURS] },
];

const LEFT_OUT = `left out: most of the ${allCases().length} cases of the whole table (--all, or --n, --m, --policy, --times, --ways)`;

interface Result {
  each: Case;
  /** Milliseconds by the name of the way. */
  took: Map<string, number>;
  simulated: { ours: number; refill: number };
  /** Of the last minute, when it ended. */
  load: number;
}

/** Every way after the other on one set, on a control plane that is started for it. */
export const makespan: Benchmark = {
  what: 'how long rollouts take, beside the shortest possible, native ones and kubectl delete, on a real control plane',
  async run({ all, cases, ways: asked }) {
    const unknown = asked?.find((key) => !WAYS.some((way) => way.key === key));
    if (unknown !== undefined) throw new Error(`--ways ${unknown}: ${WAYS.map(({ key }) => key).join(', ')}`);
    const whole = cases ?? (all ? allCases() : null);
    const chosen = whole?.map((each) => ({ each, ways: WAYS })) ?? QUICK;
    const plan = chosen.map(({ each, ways }) => ({
      each,
      ways: ways.filter((way) => way.applies(each) && (asked?.includes(way.key) ?? true)),
    }));
    const aboutMs = plan.flatMap(({ each, ways }) => ways.map((way) => way.aboutMs(each))).reduce((a, b) => a + b, 0);
    console.error(`${plan.length} cases, about ${Math.ceil(aboutMs / 60_000)} minutes`);
    await using cluster = await startCluster();
    const results: Result[] = [];
    for (const { each, ways } of plan) results.push(await measured(cluster, each, ways));
    return {
      rows: [
        ['', 'shortest', ...WAYS.map(({ name }) => name), 'simulated: ours', 'rollout-operator', 'load'],
        ...results.map(rowOf),
      ],
      notes: [
        'In brackets: of the shortest possible. Without minReady. rollout-operator: its algorithm, on the simulated cluster',
        ...(whole === null ? [LEFT_OUT] : []),
      ],
      figures: results.flatMap(figuresOf),
    };
  },
};

async function measured(cluster: Cluster, each: Case, ways: readonly Way[]): Promise<Result> {
  const namespace = await cluster.namespace();
  await createQuickly(cluster, namespace, each);
  const took = new Map<string, number>();
  for (const [index, way] of ways.entries()) {
    const ms = await way.roll(cluster, namespace, each, `app:${index + 2}`);
    console.error(`${nameOf(each)}: ${way.name} ${(ms / 1000).toFixed(1)} s`);
    took.set(way.name, ms);
    await allReady(cluster, namespace);
  }
  await cluster.api.delete(setsPath(namespace, 'web'), { propagationPolicy: 'Background' });
  const simulated = { ours: await oursSimulatedMs(each), refill: await refillMs(each) };
  return { each, took, simulated, load: loadavg()[0] ?? Number.NaN };
}

/** Under OrderedReady the first pods would start one after the other: they are made Ready by our own hand. */
async function createQuickly(cluster: Cluster, namespace: string, each: Case): Promise<void> {
  const set = { replicas: each.pods, start: `${each.startMs}ms`, stop: `${each.stopMs}ms`, policy: each.policy };
  await createSet(cluster, namespace, { ...set, wait: each.policy === 'Parallel' });
  if (each.policy === 'Parallel') return;
  for (let ready = 0; ready < each.pods; ) {
    const pods = await podsOf(cluster, namespace);
    for (const pod of pods.filter((bound) => bound.spec.nodeName !== undefined && !isReady(bound))) {
      const status = { phase: 'Running', startTime: pod.metadata.creationTimestamp, conditions: READY };
      await cluster.api.patch(`${podsPath(namespace, pod.metadata.name)}/status`, { status });
    }
    ready = pods.filter(isReady).length;
  }
  await allReady(cluster, namespace);
}

const READY = ['Initialized', 'ContainersReady', 'Ready', 'PodScheduled'].map((type) => ({ type, status: 'True' }));

function rowOf({ each, took, simulated, load }: Result): string[] {
  const bound = boundMs(each);
  const cell = (ms: number | undefined) =>
    ms === undefined ? '' : `${(ms / 1000).toFixed(1)} s (${(ms / bound).toFixed(2)})`;
  return [
    nameOf(each),
    `${(bound / 1000).toFixed(1)} s`,
    ...WAYS.map(({ name }) => cell(took.get(name))),
    cell(simulated.ours),
    cell(simulated.refill),
    load.toFixed(1),
  ];
}

function figuresOf({ each, took }: Result): Figure[] {
  const { policy, pods, atOnce, stopMs, startMs } = each;
  const ours = took.get(OURS.name);
  if (ours === undefined) return [];
  const target = pods >= 200 ? 1.1 : pods >= 60 && atOnce === 6 ? 1.05 : null;
  const what = (beside: string) => `${nameOf(each)}: ours of ${beside}`;
  const figures: Figure[] = [
    {
      what: what('the shortest possible'),
      value: ours / boundMs(each),
      unit: 'x',
      wanted: target === null ? null : { atMost: target },
    },
  ];
  const slowToStart = atOnce >= 4 && startMs >= 3 * stopMs;
  for (const { name } of [NATIVE_MAX, NATIVE]) {
    const theirs = took.get(name);
    if (theirs === undefined) continue;
    if (policy === 'Parallel' && name === NATIVE_MAX.name) {
      figures.push({ what: what(name), value: ours / theirs, unit: 'x', wanted: { atMost: 1.02 } });
    } else {
      const wanted = policy === 'OrderedReady' && slowToStart ? { atLeast: 2 } : null;
      figures.push({ what: `${nameOf(each)}: ${name} of ours`, value: theirs / ours, unit: 'x', wanted });
    }
  }
  return figures;
}
