import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, startCluster } from '../../test/e2e/harness/cluster.ts';
import { allReady, createSet } from '../../test/e2e/harness/sets.ts';
import type { Reading, Usage } from './api/metered-api.ts';
import type { Benchmark, Figure, Measured } from './benchmark.ts';
import { median } from './median.ts';

const EXECUTOR = resolve(import.meta.dirname, 'api/executor.ts');
const PODS = 200;
const AT_ONCE = 20;
const TIMES = { start: '2s', stop: '500ms' } as const;
const PAUSED_AFTER_MS = 6_000;
/** What was accepted before the pause is over by then. */
const SETTLED_MS = 10_000;
const PAUSED_MS = 60_000;
const MINUTE_MS = 60_000;

/** What a pod costs: its eviction, and its share of the fence and the record. */
const WRITES = /^(POST pods|DELETE pods|PATCH pods|PATCH statefulsets|PUT statefulsets)/;
/** What is written whether or not a pod moves. */
const UPKEEP = /^(POST|PUT|PATCH) (leases|events|statefulsets: record)/;

/** One rollout on a real control plane, and one that is paused, by an executor in a process of its own. */
export const api: Benchmark = {
  what: `what a rollout of ${PODS} pods, ${AT_ONCE} at once, asks of the API server, and how fast it reacts`,
  async run({ pods: asked }) {
    const pods = asked ?? PODS;
    await using cluster = await startCluster();
    const namespace = await cluster.namespace();
    await createSet(cluster, namespace, { replicas: pods, ...TIMES });
    const whole = await rolled(cluster, namespace, 'app:2');
    await allReady(cluster, namespace);
    const paused = await pausedMinute(cluster, namespace, 'app:3');
    return report(whole, paused, pods);
  },
};

function started(cluster: Cluster, namespace: string, image: string): ChildProcess {
  const args = [cluster.kubeconfig, namespace, image, String(AT_ONCE)];
  return fork(EXECUTOR, args, { stdio: 'inherit', env: cluster.env });
}

async function rolled(cluster: Cluster, namespace: string, image: string): Promise<Reading> {
  const [last] = await once(started(cluster, namespace, image), 'message');
  if (last.ended !== 'complete') throw new Error(`the rollout ended: ${last.ended}, ${last.message ?? ''}`);
  return last.reading;
}

/** @returns what was asked while nothing moved */
async function pausedMinute(cluster: Cluster, namespace: string, image: string): Promise<Reading> {
  const executor = started(cluster, namespace, image);
  const read = async (): Promise<Reading> => {
    executor.send('read');
    const [answer] = await once(executor, 'message');
    return answer.reading;
  };
  await sleep(PAUSED_AFTER_MS);
  executor.send('pause');
  await sleep(SETTLED_MS);
  const before = await read();
  await sleep(PAUSED_MS);
  const after = await read();
  executor.send('leave');
  await once(executor, 'exit');
  const calls = Object.entries(after.calls).map(([kind, usage]) => [kind, minus(usage, before.calls[kind])] as const);
  return { ...after, calls: Object.fromEntries(calls), ms: after.ms - before.ms };
}

function minus(a: Usage, b: Usage | undefined): Usage {
  return {
    requests: a.requests - (b?.requests ?? 0),
    sentBytes: a.sentBytes - (b?.sentBytes ?? 0),
    receivedBytes: a.receivedBytes - (b?.receivedBytes ?? 0),
  };
}

function report(whole: Reading, paused: Reading, pods: number): Measured {
  const perPod = (of: number) => (of / pods).toFixed(2);
  const minutes = whole.ms / MINUTE_MS;
  const kinds = Object.keys({ ...whole.calls, ...paused.calls }).sort();
  const count = ({ calls }: Reading, pattern: RegExp) =>
    Object.entries(calls).reduce((sum, [kind, { requests }]) => sum + (pattern.test(kind) ? requests : 0), 0);
  const requests = Object.entries(paused.calls).filter(([kind]) => !kind.startsWith('WATCH'));
  const figures: Figure[] = [
    figure('writes of pods and sets, per pod replaced', count(whole, WRITES) / pods, '', { atMost: 2.2 }),
    figure('Lease, record and Events, per minute', count(whole, UPKEEP) / minutes, '', { atMost: 20 }),
    figure('the same while paused', (count(paused, UPKEEP) / paused.ms) * MINUTE_MS, '', { atMost: 20 }),
    figure(
      'all requests per minute while paused',
      (requests.reduce((sum, [, usage]) => sum + usage.requests, 0) / paused.ms) * MINUTE_MS,
      '',
      null,
    ),
    figure('from Ready to the next write, median', share(whole.toNextWrite, 0.5), 'ms', null),
    figure('from Ready to the next write, 99%', share(whole.toNextWrite, 0.99), 'ms', { atMost: 50 }),
    figure('from Ready to the eviction in its place, 99%', share(whole.toNextEviction, 0.99), 'ms', null),
  ];
  return {
    rows: [
      ['', 'requests', 'a pod', 'sent, a pod', 'received, a pod', 'paused, a minute'],
      ...kinds.map((kind) => {
        const { requests: all, sentBytes, receivedBytes } = whole.calls[kind] ?? NOTHING;
        const resting = paused.calls[kind]?.requests ?? 0;
        return [
          kind,
          String(all),
          perPod(all),
          `${perPod(sentBytes)} B`,
          `${perPod(receivedBytes)} B`,
          String(resting),
        ];
      }),
    ],
    notes: [
      `Of a watch each event counts. ${pods} pods in ${(whole.ms / 1000).toFixed(1)} s, the plan's own reads not counted.`,
      `From Ready to the next write: median ${share(whole.toNextWrite, 0.5).toFixed(1)} ms, 99% ${share(whole.toNextWrite, 0.99).toFixed(1)} ms; to the eviction in its place: median ${median(whole.toNextEviction).toFixed(1)} ms.`,
    ],
    figures,
  };
}

const NOTHING: Usage = { requests: 0, sentBytes: 0, receivedBytes: 0 };

function figure(what: string, value: number, unit: string, wanted: Figure['wanted']): Figure {
  return { what, value, unit, wanted };
}

function share(times: readonly number[], part: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
