import { beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, createSet, podsOf, revisionOf, runBedrock, sharedCluster, WatchLog } from '../harness/index.ts';
import { Prometheus, prometheusProgram } from '../harness/prometheus.ts';

let cluster: Cluster;
let program: string | null = null;

beforeAll(async () => {
  cluster = await sharedCluster();
  program = await prometheusProgram().catch((error: unknown) => {
    console.error(`without a real Prometheus: ${String(error)}`);
    return null;
  });
});

async function begin(prometheus: Prometheus, ...flags: string[]) {
  const namespace = await cluster.namespace();
  const set = await createSet(cluster, namespace, { replicas: 4 });
  const log = await WatchLog.start(cluster, namespace);
  const gate = `prometheus:${prometheus.url};query=max(errors{pod=~"$newPods"});pass=< 1;fail=> 5;every=1s;passes=3`;
  const run = runBedrock(cluster, [
    ...['rollout', 'sts/web', '-n', namespace, '--image', 'app=app:2', '--yes', '-o', 'line', '--min-ready', '0'],
    ...['--steps', '1,100%', '--step-pause', '0s', '--gate', gate, ...flags],
  ]);
  const restarts = async () => {
    await log.mark();
    return log.history().restarts();
  };
  const revisions = async () => (await podsOf(cluster, namespace)).map(revisionOf);
  return { namespace, run, restarts, revisions, old: set.status?.updateRevision, log };
}

describe('a gate of a real Prometheus', () => {
  it('holds without data, passes, and is not known while it is stopped', async ({ skip }) => {
    if (program === null) return skip('no Prometheus: set PROMETHEUS_BIN');
    const prometheus = await Prometheus.start(program);
    const { run, restarts, log } = await begin(prometheus);
    await using _ = log;
    await run.says(/waits .*the query gives no data/);
    expect(await restarts()).toBe(1);

    prometheus.samples.set('errors{pod="web-3"}', 3);
    await run.says(/waits .*3 is not < 1/);
    expect(await restarts()).toBe(1);
    prometheus.daemon.freeze();
    await run.says(/waits .*no answer within/);
    prometheus.daemon.thaw();
    prometheus.samples.set('errors{pod="web-3"}', 0.5);

    expect(await run.code, run.stdout + run.stderr).toBe(0);
    expect(await restarts()).toBe(4);
    expect(log.history().maxUnavailable().count).toBe(1);
  });

  it('stops the rollout where it fails, or turns it round', async ({ skip }) => {
    if (program === null) return skip('no Prometheus: set PROMETHEUS_BIN');
    const prometheus = await Prometheus.start(program);
    prometheus.samples.set('errors{pod="web-3"}', 9);
    // the old pods of that name count for nothing: there is no new one yet
    const paused = await begin(prometheus);
    await using _ = paused.log;
    expect(await paused.run.code, paused.run.stdout + paused.run.stderr).toBe(3);
    expect(paused.run.stdout).toMatch(/gate max\(errors.* fails: 9 is > 5/);
    expect(await paused.restarts()).toBe(1);

    const back = await begin(prometheus, '--on-failure', 'rollback');
    await using __ = back.log;
    expect(await back.run.code, back.run.stdout + back.run.stderr).toBe(4);
    expect(new Set(await back.revisions())).toEqual(new Set([back.old]));
  });
});
