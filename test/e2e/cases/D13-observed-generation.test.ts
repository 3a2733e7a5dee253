import { expect, it } from 'vitest';
import {
  createSet,
  eventually,
  getSet,
  podsOf,
  revisionOf,
  runBedrock,
  startCluster,
  WatchLog,
} from '../harness/index.ts';

it('the controller manager is away when the template is written: nothing goes before it has seen that', async () => {
  await using cluster = await startCluster();
  const namespace = await cluster.namespace();
  // longer than the fence needs to follow, also where the machine has much to do: this is not about lost races
  await createSet(cluster, namespace, { stop: '3s' });
  const log = await WatchLog.start(cluster, namespace);
  await cluster.parts.kill('kube-controller-manager');
  const args = ['rollout', 'sts/web', '-n', namespace, '--image', 'app=app:2', '--min-ready', '0', '--yes'];
  const run = runBedrock(cluster, args);
  await eventually('the template is written', async () => {
    const { spec } = await getSet(cluster, namespace);
    return spec.template.spec.containers[0]?.image === 'app:2';
  });
  // long enough to go wrong: an eviction is answered in milliseconds
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  const pods = await podsOf(cluster, namespace);
  expect(pods.every(({ metadata }) => metadata.deletionTimestamp === undefined)).toBe(true);
  expect(run.over).toBe(false);
  await cluster.parts.restart('kube-controller-manager');
  expect(await run.code, run.stdout + run.stderr).toBe(0);
  await log.mark();
  expect([...log.history().restartsPerOrdinal().values()]).toEqual([1, 1, 1]);
  const set = await getSet(cluster, namespace);
  expect((await podsOf(cluster, namespace)).map(revisionOf)).toEqual(Array(3).fill(set.status?.updateRevision));
});
