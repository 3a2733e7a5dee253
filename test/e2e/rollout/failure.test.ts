import { describe, expect, it } from 'vitest';
import {
  annotatePod,
  bedrock,
  createSet,
  eventually,
  getPod,
  getSet,
  isReady,
  podsOf,
  revisionOf,
  sharedCluster,
  WatchLog,
} from '../harness/index.ts';

const cluster = await sharedCluster();

describe.each(['Parallel', 'OrderedReady'] as const)('%s', (policy) => {
  it('a bad image reaches at most max-unavailable pods, stops in words, and is rolled back', async () => {
    const namespace = await cluster.namespace();
    const before = await createSet(cluster, namespace, { replicas: 6, policy });
    const old = before.status?.updateRevision;
    const log = await WatchLog.start(cluster, namespace);
    const run = await bedrock(cluster, [
      'rollout',
      'sts/web',
      '-n',
      namespace,
      '--image',
      'app=app:bad',
      '--max-unavailable',
      '2',
      '--yes',
      '--min-ready',
      '0',
    ]);
    expect(run, run.stdout + run.stderr).toMatchObject({ code: 3 });
    expect(run.stdout + run.stderr).toMatch(/ImagePullBackOff/);
    expect(run.stdout + run.stderr).toContain('kubectl bedrock rollback');
    const bad = (await podsOf(cluster, namespace)).filter((pod) => revisionOf(pod) !== old);
    expect(bad.length).toBeGreaterThan(0);
    expect(bad.length).toBeLessThanOrEqual(2);

    const back = await bedrock(cluster, ['rollback', 'sts/web', '-n', namespace]);
    expect(back, back.stdout + back.stderr).toMatchObject({ code: 0 });
    const pods = await podsOf(cluster, namespace);
    expect(pods.map(revisionOf)).toEqual(pods.map(() => old));
    expect(pods.every(isReady)).toBe(true);
    await log.mark();
    // twice the broken ones, out and back; nothing else was touched
    expect(log.history().restarts()).toBe(2 * bad.length);
    const set = await getSet(cluster, namespace);
    expect(set.spec.updateStrategy).toEqual(before.spec.updateStrategy);
    expect(set.status).toMatchObject({ currentRevision: old, updateRevision: old });

    const again = await bedrock(cluster, ['rollback', 'sts/web', '-n', namespace]);
    expect(again.code).toBe(0);
    expect(again.stdout + again.stderr).toMatch(/--to-revision/);
    expect(log.history().restarts()).toBe(2 * bad.length);
  });

  it('--on-failure rollback ends with 4 and all pods old', async () => {
    const namespace = await cluster.namespace();
    const before = await createSet(cluster, namespace, { replicas: 4, policy });
    const run = await bedrock(cluster, [
      'rollout',
      'sts/web',
      '-n',
      namespace,
      '--image',
      'app=app:crash',
      '--on-failure',
      'rollback',
      '--yes',
    ]);
    expect(run, run.stdout + run.stderr).toMatchObject({ code: 4 });
    const pods = await podsOf(cluster, namespace);
    expect(pods.map(revisionOf)).toEqual(pods.map(() => before.status?.updateRevision));
  });

  it('a pod that crash-loops at the old version gets the new one first, and nothing else restarts meanwhile', async () => {
    const namespace = await cluster.namespace();
    await createSet(cluster, namespace, { replicas: 3, policy, start: '1s' });
    await annotatePod(cluster, namespace, 'web-0', { 'kubelet.test/crash': 'true' });
    await eventually('web-0 to crash-loop', async () => {
      const pod = await getPod(cluster, namespace, 'web-0');
      return pod.status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CrashLoopBackOff';
    });
    const log = await WatchLog.start(cluster, namespace);
    const run = await bedrock(cluster, [
      'rollout',
      'web',
      '-n',
      namespace,
      '--image',
      'app=app:2',
      '--yes',
      '--min-ready',
      '0',
    ]);
    expect(run, run.stdout + run.stderr).toMatchObject({ code: 0 });
    await log.mark();
    const history = log.history();
    const lives = history.incarnations();
    const fresh = (ordinal: number) => lives.get(ordinal)?.[1];
    expect([...history.restartsPerOrdinal().values()]).toEqual([1, 1, 1]);
    for (const other of [1, 2])
      expect(fresh(other)?.createdAt).toBeGreaterThanOrEqual(fresh(0)?.readyAt ?? Number.POSITIVE_INFINITY);
    expect(history.maxUnavailable().count).toBe(1);
  });
});
