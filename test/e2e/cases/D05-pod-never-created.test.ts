import { expect, it } from 'vitest';
import { createSet, eventually, podsOf, runBedrock, sharedCluster, WatchLog } from '../harness/index.ts';

const cluster = await sharedCluster();

it('a real quota: nothing further goes, in its words; lifted, it goes on by itself', async () => {
  const namespace = await cluster.namespace();
  await createSet(cluster, namespace, { replicas: 4, stop: '2s' });
  const quota = `/api/v1/namespaces/${namespace}/resourcequotas`;
  await cluster.api.post(quota, { metadata: { name: 'small' }, spec: { hard: { pods: '3' } } });
  await eventually('the quota is counted', async () => {
    const { status } = await cluster.api.get<{ status?: { used?: Record<string, string> } }>(`${quota}/small`);
    return status?.used?.pods === '4';
  });
  const log = await WatchLog.start(cluster, namespace);
  const args = ['rollout', 'sts/web', '-n', namespace, '--image', 'app=app:2', '--max-unavailable', '3'];
  const run = runBedrock(cluster, [...args, '--interval', '6s', '--min-ready', '0', '--yes']);
  await run.says(/waits +.*web-3.* cannot be created: .*exceeded quota: small/);
  const there = await podsOf(cluster, namespace);
  expect(there.length).toBeLessThan(4);
  await cluster.api.patch(`${quota}/small`, { spec: { hard: { pods: '9' } } });
  expect(await run.code, run.stdout + run.stderr).toBe(0);
  await log.mark();
  expect([...log.history().restartsPerOrdinal().values()]).toEqual([1, 1, 1, 1]);
  // one was gone before its refusal was known; with it, at most the one that was on its way
  expect(log.history().maxUnavailable().count).toBeLessThanOrEqual(3);
});
