import { expect, it } from 'vitest';
import {
  allReady,
  bedrock,
  createSet,
  eventually,
  getSet,
  type Incarnation,
  podsOf,
  revisionOf,
  runBedrock,
  sharedCluster,
  WatchLog,
} from '../harness/index.ts';

const cluster = await sharedCluster();

it('D10 a partition above replicas, and the template waits behind it: gone on with, then put back', async () => {
  const namespace = await cluster.namespace();
  const updateStrategy = { type: 'RollingUpdate' as const, rollingUpdate: { partition: 10 } };
  await createSet(cluster, namespace, { updateStrategy });
  const nothing = await bedrock(cluster, ['rollout', 'sts/web', '-n', namespace, '--yes']);
  expect(nothing).toMatchObject({ code: 0 });
  expect(nothing.stdout + nothing.stderr).toContain('nothing to do');
  await cluster.kubectl('set', 'image', 'statefulset/web', 'app=app:2', '-n', namespace);
  const run = await bedrock(cluster, ['rollout', 'sts/web', '-n', namespace, '--min-ready', '0', '--yes']);
  expect(run, run.stdout + run.stderr).toMatchObject({ code: 0 });
  const set = await getSet(cluster, namespace);
  expect(set.spec.updateStrategy).toMatchObject(updateStrategy);
  expect((await podsOf(cluster, namespace)).map(revisionOf)).toEqual(Array(3).fill(set.status?.updateRevision));
});

it.each([6, 2])('D16 4 pods on their way, scaled to %i: it ends complete, no pod restarted twice', async (replicas) => {
  const namespace = await cluster.namespace();
  await createSet(cluster, namespace, { replicas: 4, start: '500ms', stop: '3s' });
  const log = await WatchLog.start(cluster, namespace);
  const run = runBedrock(cluster, [
    'rollout',
    'sts/web',
    '-n',
    namespace,
    '--image',
    'app=app:2',
    '--min-ready',
    '1s',
    '--yes',
  ]);
  await run.says(/web-3 +Ready/);
  await cluster.kubectl('scale', 'statefulset/web', `--replicas=${replicas}`, '-n', namespace);
  expect(await run.code, run.stdout + run.stderr).toBe(0);
  await allReady(cluster, namespace);
  await log.mark();
  const lives: Incarnation[][] = [...log.history().incarnations().values()];
  for (const each of lives) expect(each.length).toBeLessThanOrEqual(2);
  const set = await getSet(cluster, namespace);
  expect((await podsOf(cluster, namespace)).map(revisionOf)).toEqual(Array(replicas).fill(set.status?.updateRevision));
});

it('D19 a budget that allows none is waited for by its name, and obeyed once it allows', async () => {
  const namespace = await cluster.namespace();
  await createSet(cluster, namespace, { pdb: { maxUnavailable: 0 } });
  const log = await WatchLog.start(cluster, namespace);
  const run = runBedrock(cluster, [
    'rollout',
    'sts/web',
    '-n',
    namespace,
    '--image',
    'app=app:2',
    '--min-ready',
    '0',
    '--yes',
  ]);
  await run.says(/pdb\/web can never allow a disruption/);
  await run.says(/waits +web-2 may not be evicted: .*disruption budget web/);
  const pdb = `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets/web`;
  await cluster.api.patch(pdb, { spec: { maxUnavailable: 1 } });
  expect(await run.code, run.stdout + run.stderr).toBe(0);
  await log.mark();
  expect(log.history().maxUnavailable().count).toBe(1);
});

const ROLE = [
  { apiGroups: ['apps'], resources: ['statefulsets'], verbs: ['get', 'list', 'watch', 'patch'] },
  { apiGroups: ['apps'], resources: ['controllerrevisions'], verbs: ['list'] },
  { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch', 'delete'] },
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'create', 'update'] },
];
const EVICT = { apiGroups: [''], resources: ['pods/eviction'], verbs: ['create'] };

it('D20 a real Role without evictions: named, with the command that checks it, and nothing is written', async () => {
  const namespace = await cluster.namespace();
  const { metadata } = await createSet(cluster, namespace);
  const kubeconfig = await cluster.user(namespace, ROLE);
  const run = await bedrock(cluster, ['rollout', 'sts/web', '--image', 'app=app:2', '--yes'], { kubeconfig });
  expect(run).toMatchObject({ code: 1 });
  expect(run.stderr).toContain('create pods/eviction');
  expect(run.stderr).toContain(`kubectl auth can-i create pods --subresource=eviction -n ${namespace}`);
  expect((await getSet(cluster, namespace)).metadata.resourceVersion).toBe(metadata.resourceVersion);
});

it('D20 a Role that loses its evictions in mid-rollout: it stops, says how far it is, and holds the rest', async () => {
  const namespace = await cluster.namespace();
  await createSet(cluster, namespace, { replicas: 9, stop: '2s' });
  const kubeconfig = await cluster.user(namespace, [...ROLE, EVICT]);
  const args = ['rollout', 'sts/web', '--image', 'app=app:2', '--interval', '3s', '--min-ready', '0', '--yes'];
  const run = runBedrock(cluster, args, { kubeconfig });
  await run.says(/not permitted: list events; the rollout goes without/);
  await run.says(/web-7 +replaced/);
  const roles = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/roles`;
  const { items } = await cluster.api.get<{ items: { metadata: { name: string } }[] }>(roles);
  await cluster.api.patch(`${roles}/${items[0]?.metadata.name}`, { rules: ROLE });
  expect(await run.code, run.stdout + run.stderr).toBe(3);
  expect(run.stdout).toMatch(/cannot create resource "pods\/eviction"/);
  expect(run.stdout).toMatch(/[23456] of 9 pods at app 2/);
  const set = await eventually('the set rests', () => allReady(cluster, namespace));
  const fresh = (await podsOf(cluster, namespace)).filter((pod) => revisionOf(pod) === set.status?.updateRevision);
  expect(set.spec.updateStrategy.rollingUpdate?.partition).toBe(9 - fresh.length);
});
