import { expect, it } from 'vitest';
import {
  allReady,
  bedrock,
  createSet,
  eventually,
  getSet,
  MERGE_PATCH,
  podsOf,
  podsPath,
  revisionOf,
  runBedrock,
  setsPath,
  sharedCluster,
  WatchLog,
} from '../harness/index.ts';

const cluster = await sharedCluster();
const FAST = ['--yes', '--min-ready', '0'];

const revisions = async (namespace: string) => (await podsOf(cluster, namespace)).map(revisionOf);
const scale = (namespace: string, replicas: number) =>
  cluster.api.patch(setsPath(namespace, 'web'), { spec: { replicas } }, MERGE_PATCH);

it('held at 25 %, every old pod that dies comes back old; then it is promoted', async () => {
  const namespace = await cluster.namespace();
  const before = await createSet(cluster, namespace, { replicas: 8 });
  const old = before.status?.updateRevision ?? '';
  const held = await bedrock(cluster, [
    'rollout',
    'sts/web',
    '-n',
    namespace,
    '--image',
    'app=app:2',
    '--percent',
    '25',
    '--max-unavailable',
    '2',
    ...FAST,
  ]);
  expect(held, held.stdout + held.stderr).toMatchObject({ code: 0 });
  const fresh = (await getSet(cluster, namespace)).status?.updateRevision ?? '';
  expect(fresh).not.toBe(old);
  const expected = [...Array.from({ length: 6 }, () => old), fresh, fresh];
  expect(await revisions(namespace)).toEqual(expected);

  const uids = new Set((await podsOf(cluster, namespace)).map((pod) => pod.metadata.uid));
  for (let n = 0; n < 6; n++) await cluster.api.delete(podsPath(namespace, `web-${n}`));
  await eventually('the old pods to be made anew', async () => {
    const pods = await podsOf(cluster, namespace);
    return pods.length === 8 && pods.filter((pod) => !uids.has(pod.metadata.uid)).length === 6;
  });
  await allReady(cluster, namespace);
  expect(await revisions(namespace)).toEqual(expected);
  const status = await bedrock(cluster, ['status', 'sts/web', '-n', namespace]);
  expect(status.stdout).toMatch(/25 ?%/);
  expect(status.stdout).toMatch(/2 of 8|2\/8/);

  const promoted = await bedrock(cluster, ['promote', 'sts/web', '-n', namespace, '-o', 'line']);
  expect(promoted, promoted.stdout + promoted.stderr).toMatchObject({ code: 0 });
  expect(new Set(await revisions(namespace))).toEqual(new Set([fresh]));
  const set = await getSet(cluster, namespace);
  expect(set.spec.updateStrategy.rollingUpdate?.partition).toBe(0);
  expect(set.status?.currentRevision).toBe(fresh);
});

it('scaled from 4 to 7 behind the fence: nothing of the old ones moves, and it goes on with the percent of 7', async () => {
  const namespace = await cluster.namespace();
  await createSet(cluster, namespace, { replicas: 4, start: '1s' });
  const log = await WatchLog.start(cluster, namespace);
  const run = runBedrock(cluster, [
    'rollout',
    'web',
    '-n',
    namespace,
    '--image',
    'app=app:2',
    '--steps',
    '1,100%',
    ...FAST,
  ]);
  await run.says(/step 1 of 2 reached/);
  await scale(namespace, 7);
  await allReady(cluster, namespace);
  await log.mark();
  // web-3 was the step; web-4 to web-6 are above the partition and come up new
  expect([...log.history().restartsPerOrdinal().entries()].sort()).toEqual([
    [0, 0],
    [1, 0],
    [2, 0],
    [3, 1],
    [4, 0],
    [5, 0],
    [6, 0],
  ]);
  expect((await bedrock(cluster, ['promote', 'sts/web', '-n', namespace])).code).toBe(0);
  expect(await run.code, run.stdout + run.stderr).toBe(0);
  const set = await getSet(cluster, namespace);
  expect(new Set(await revisions(namespace))).toEqual(new Set([set.status?.updateRevision]));
  expect(
    [...log.history().restartsPerOrdinal().values()].filter((n) => n > 1),
    run.stdout,
  ).toEqual([]);
});

it('scaled to 0 and back while paused: it comes back at the old version, and says so', async () => {
  const namespace = await cluster.namespace();
  const before = await createSet(cluster, namespace, { replicas: 3 });
  const old = before.status?.updateRevision;
  const run = runBedrock(cluster, [
    'rollout',
    'web',
    '-n',
    namespace,
    '--image',
    'app=app:2',
    '--steps',
    '1,100%',
    ...FAST,
  ]);
  await run.says(/step 1 of 2 reached/);
  await bedrock(cluster, ['pause', 'sts/web', '-n', namespace]);
  await run.says(/paused/i);
  await scale(namespace, 0);
  await run.says(/scaled to 0/);
  expect(await run.code).toBe(4);
  await scale(namespace, 3);
  await allReady(cluster, namespace);
  expect(await revisions(namespace)).toEqual([old, old, old]);
});

it("somebody else's template is stopped at and named, and nothing of it rolls", async () => {
  const namespace = await cluster.namespace();
  const before = await createSet(cluster, namespace, { replicas: 4, start: '1s' });
  const run = runBedrock(cluster, [
    'rollout',
    'web',
    '-n',
    namespace,
    '--image',
    'app=app:2',
    '--steps',
    '1,100%',
    ...FAST,
  ]);
  await run.says(/step 1 of 2 reached/);
  const foreign = { spec: { template: { spec: { containers: [{ name: 'app', image: 'app:3' }] } } } };
  await cluster.api.patch(
    `${setsPath(namespace, 'web')}?fieldManager=argocd-controller`,
    foreign,
    'application/strategic-merge-patch+json',
  );
  expect(await run.code, run.stdout + run.stderr).toBe(3);
  expect(run.stdout + run.stderr).toContain('argocd-controller');
  const images = (await podsOf(cluster, namespace)).map((pod) => pod.spec.containers[0]?.image);
  // the controller may be faster than we with the one pod above the partition, and with no other
  expect(images.slice(0, 3)).toEqual(['app:1', 'app:1', 'app:1']);
  expect((await getSet(cluster, namespace)).spec.updateStrategy.rollingUpdate?.partition).toBe(32767);
  expect(before.metadata.uid).toBe((await getSet(cluster, namespace)).metadata.uid);
});
