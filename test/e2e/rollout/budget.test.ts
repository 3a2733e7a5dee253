import { expect, it } from 'vitest';
import {
  bedrock,
  createSet,
  eventually,
  getSet,
  MERGE_PATCH,
  podsOf,
  revisionOf,
  runBedrock,
  sharedCluster,
  WatchLog,
} from '../harness/index.ts';

const cluster = await sharedCluster();
const FAST = ['--yes', '--min-ready', '0'];

it('a PodDisruptionBudget that allows one holds at one with four at once asked for', async () => {
  const namespace = await cluster.namespace();
  await createSet(cluster, namespace, { replicas: 6, start: '1s', pdb: { maxUnavailable: 1 } });
  const log = await WatchLog.start(cluster, namespace);
  const run = await bedrock(cluster, [
    'rollout',
    'web',
    '-n',
    namespace,
    '--image',
    'app=app:2',
    '--max-unavailable',
    '4',
    ...FAST,
  ]);
  expect(run, run.stdout + run.stderr).toMatchObject({ code: 0 });
  await log.mark();
  expect(log.history().maxUnavailable().count).toBe(1);
  expect(log.history().restarts()).toBe(6);
});

it('a budget that allows none: nothing moves, it is named; opened, it goes on by itself', async () => {
  const namespace = await cluster.namespace();
  const before = await createSet(cluster, namespace, { replicas: 3, pdb: { maxUnavailable: 0 } });
  await eventually('the budget to be counted', async () => {
    const budget = await cluster.api.get<{ status?: { currentHealthy?: number } }>(
      `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets/web`,
    );
    return budget.status?.currentHealthy === 3;
  });
  const run = runBedrock(cluster, ['rollout', 'web', '-n', namespace, '--image', 'app=app:2', ...FAST]);
  await run.says(/disruption budget|pdb\/web/);
  expect((await podsOf(cluster, namespace)).map(revisionOf)).toEqual(Array(3).fill(before.status?.updateRevision));
  const paused = await bedrock(cluster, ['pause', 'web', '-n', namespace]);
  expect(paused.code).toBe(0);
  await run.says(/paused/i);
  expect((await bedrock(cluster, ['resume', 'web', '-n', namespace])).code).toBe(0);
  await cluster.api.patch(
    `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets/web`,
    { spec: { maxUnavailable: 1 } },
    MERGE_PATCH,
  );
  expect(await run.code, run.stdout + run.stderr).toBe(0);
  const set = await getSet(cluster, namespace);
  expect(new Set((await podsOf(cluster, namespace)).map(revisionOf))).toEqual(new Set([set.status?.updateRevision]));
});

it('who may patch the set but not evict pods is refused before anything is written', async () => {
  const namespace = await cluster.namespace();
  const before = await createSet(cluster, namespace, { replicas: 2 });
  const kubeconfig = await cluster.user(namespace, [
    { apiGroups: ['apps'], resources: ['statefulsets'], verbs: ['get', 'list', 'watch', 'patch'] },
    { apiGroups: ['apps'], resources: ['controllerrevisions'], verbs: ['get', 'list'] },
    { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'list', 'watch', 'create', 'update'] },
  ]);
  for (const [disrupt, resource] of [
    ['evict', 'pods/eviction'],
    ['delete', 'pods'],
  ] as const) {
    const run = await bedrock(cluster, ['rollout', 'web', '--image', 'app=app:2', '--disrupt', disrupt, '--yes'], {
      kubeconfig,
    });
    expect(run).toMatchObject({ code: 1 });
    expect(run.stderr).toContain(resource);
    expect(run.stderr).toContain(namespace);
  }
  expect((await getSet(cluster, namespace)).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
});
