import { describe, expect, it } from 'vitest';
import type { DemoCluster } from '../../src/commands/demo/cluster.ts';
import { isObject, type Json } from '../../src/rollout/json.ts';
import { until } from '../commands/cluster.ts';
import { clusterOf, start } from './program.ts';

// What only a process with a calendar of its own can show of D15: the API server's Date is the truth.

const HOUR = 3_600_000;
/** Set and pods are made before the rollout, and an estimate is of the future; an hour is neither. */
const NEAR_MS = 60_000;
const ROLLOUT = 'rollout sts/web --image app=app:2 --yes';

/** Each time that anybody has written into set, pods, Leases and Events as this user. */
function stampsOf({ simulator }: DemoCluster, user: string): number[] {
  const own = simulator.history.writes.filter((write) => write.user === user);
  return own.flatMap(({ after }) => (after === null ? [] : timesIn(after)));
}

function timesIn(value: Json | undefined): number[] {
  if (typeof value === 'string') {
    if (value.startsWith('{')) return timesIn(JSON.parse(value));
    return /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) ? [Date.parse(value)] : [];
  }
  if (Array.isArray(value)) return value.flatMap(timesIn);
  return isObject(value) ? Object.values(value).flatMap(timesIn) : [];
}

/** Milliseconds from each pod's Ready to the taking of the next one. */
function soaksOf({ simulator }: DemoCluster): number[] {
  const takenAt = simulator.history.writes.filter(({ verb }) => verb === 'evict').map(({ at }) => at);
  return takenAt.slice(1).map((at) => {
    const ready = simulator.history.writes.filter(
      (write) =>
        write.resource.plural === 'pods' &&
        write.at < at &&
        JSON.stringify(write.after).includes('"type":"Ready","status":"True"') &&
        !JSON.stringify(write.before).includes('"type":"Ready","status":"True"'),
    );
    return at - (ready.at(-1)?.at ?? Number.NaN);
  });
}

describe.each([
  ['1h ahead of', HOUR],
  ['1h behind', -HOUR],
])('a process whose clock is %s the API server', { timeout: 120_000 }, (words, clockAheadMs) => {
  it.concurrent("says so, soaks neither shorter nor longer, and writes and prints the API server's times only", async () => {
    await using cluster = await clusterOf(3);
    const began = Date.now();
    const ann = start(`${ROLLOUT} --min-ready 4s -o jsonl --as ann`, cluster.kubeconfig, { clockAheadMs });
    expect(await ann.ended, ann.said()).toBe(0);
    const ended = Date.now();
    expect(ann.said()).toContain(`this machine's clock is ${words} the API server's`);
    const soaks = soaksOf(cluster);
    expect(soaks).toHaveLength(2);
    for (const soak of soaks) {
      expect(soak).toBeGreaterThanOrEqual(4_000);
      // a busy machine is late, an hour is not what it is late by
      expect(soak).toBeLessThan(30_000);
    }
    const printed = ann
      .said()
      .split('\n')
      .filter((line) => line.startsWith('{'));
    const times = [...printed.flatMap((line) => timesIn(line)), ...stampsOf(cluster, 'ann')];
    expect(times.length).toBeGreaterThan(20);
    expect(Math.min(...times)).toBeGreaterThan(began - NEAR_MS);
    expect(Math.max(...times)).toBeLessThan(ended + NEAR_MS);
  });

  it.concurrent('takes the Lease of nobody who is alive', async () => {
    await using cluster = await clusterOf(3);
    const bob = start(`${ROLLOUT} --min-ready 4s -o line --as bob`, cluster.kubeconfig);
    await until(() => cluster.simulator.history.writes.some(({ verb, user }) => verb === 'evict' && user === 'bob'));
    const ann = start(`${ROLLOUT} --min-ready 4s -o line --as ann`, cluster.kubeconfig, { clockAheadMs });
    expect(await bob.ended, bob.said()).toBe(0);
    expect(await ann.ended, ann.said()).toBe(0);
    expect(ann.said()).toContain('executes this rollout: watching');
    expect(cluster.simulator.history.writes.filter(({ user }) => user === 'ann')).toEqual([]);
  });
});
