import { expect, it } from 'vitest';
import { bedrock, createSet, getSet, nativeRollout, runBedrock, sharedCluster, WatchLog } from '../harness/index.ts';

const cluster = await sharedCluster();
const TIMES = { start: '3s', stop: '500ms' } as const;

const rollout = ['--yes', '--min-ready', '0'];

it('12 Parallel pods, 4 at once: complete, never more than 4 unavailable, about three times as fast as native', async () => {
  const namespace = await cluster.namespace();
  await createSet(cluster, namespace, { replicas: 12, ...TIMES });
  const log = await WatchLog.start(cluster, namespace);
  const run = await bedrock(cluster, [
    'rollout',
    'sts/web',
    '-n',
    namespace,
    '--image',
    'app=app:2',
    '--max-unavailable',
    '4',
    ...rollout,
  ]);
  expect(run, run.stdout + run.stderr).toMatchObject({ code: 0 });
  await log.mark();
  const history = log.history();
  const set = await getSet(cluster, namespace);
  const revision = set.status?.updateRevision ?? '';
  expect(history.maxUnavailable().count).toBeLessThanOrEqual(4);
  expect([...history.restartsPerOrdinal().values()]).toEqual(Array.from({ length: 12 }, () => 1));
  expect(history.fenceViolations(revision).filter(({ at }) => at < history.makespan(revision).endedAt)).toEqual([]);
  expect(set.status?.currentRevision).toBe(revision);
  expect(set.spec.updateStrategy.rollingUpdate?.partition).toBe(0);
  const native = await nativeRollout(cluster, namespace, { image: 'app:3' });
  const ours = history.makespan(revision).ms;
  console.log(`Parallel, 12 pods, 4 at once: ${ours} ms; native one by one: ${native.makespanMs} ms`);
  expect(native.makespanMs / ours).toBeGreaterThan(2);
});

it('12 OrderedReady pods, 4 at once: at least twice as fast as native, and as native maxUnavailable', async () => {
  const namespace = await cluster.namespace();
  await createSet(cluster, namespace, { replicas: 12, policy: 'OrderedReady', ...TIMES });
  const log = await WatchLog.start(cluster, namespace);
  const run = await bedrock(cluster, [
    'rollout',
    'sts/web',
    '-n',
    namespace,
    '--image',
    'app=app:2',
    '--max-unavailable',
    '4',
    ...rollout,
  ]);
  expect(run, run.stdout + run.stderr).toMatchObject({ code: 0 });
  await log.mark();
  const history = log.history();
  const revision = (await getSet(cluster, namespace)).status?.updateRevision ?? '';
  const ours = history.makespan(revision).ms;
  expect(history.maxUnavailable().count).toBeLessThanOrEqual(4);
  expect(history.restarts()).toBe(12);
  const native = await nativeRollout(cluster, namespace, { image: 'app:3' });
  console.log(`OrderedReady, 12 pods, 4 at once: ${ours} ms; native one by one: ${native.makespanMs} ms`);
  expect(native.makespanMs / ours).toBeGreaterThan(2);
  if (Number(cluster.version.split('.')[1]) < 37) return;
  const parallel = await nativeRollout(cluster, namespace, { image: 'app:4', maxUnavailable: 4 });
  console.log(`OrderedReady, 12 pods: native maxUnavailable 4: ${parallel.makespanMs} ms`);
  expect(parallel.makespanMs / ours).toBeGreaterThan(2);
});

it('the speed changes while it runs', async () => {
  const namespace = await cluster.namespace();
  await createSet(cluster, namespace, { replicas: 8, start: '2s', stop: '200ms' });
  const log = await WatchLog.start(cluster, namespace);
  const run = runBedrock(cluster, [
    'rollout',
    'web',
    '-n',
    namespace,
    '--image',
    'app=app:2',
    '--max-unavailable',
    '1',
    ...rollout,
  ]);
  await log.until('the first pod to go', (history) => history.maxUnavailable().count === 1);
  const speed = await bedrock(cluster, ['speed', 'sts/web', '-n', namespace, '--max-unavailable', '4']);
  expect(speed, speed.stderr).toMatchObject({ code: 0 });
  await log.until('four at once', (history) => history.maxUnavailable().count === 4);
  expect(await run.code).toBe(0);
  expect(log.history().maxUnavailable().count).toBe(4);
});

it('a change to what is there already writes nothing', async () => {
  const namespace = await cluster.namespace();
  const before = await createSet(cluster, namespace, { replicas: 2 });
  const run = await bedrock(cluster, ['rollout', 'sts/web', '-n', namespace, '--image', 'app=app:1', '--yes']);
  expect(run).toMatchObject({ code: 0 });
  expect(run.stdout).toContain('nothing to do');
  const after = await getSet(cluster, namespace);
  expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
});

it('without a terminal and without --yes nothing is written', async () => {
  const namespace = await cluster.namespace();
  const before = await createSet(cluster, namespace, { replicas: 2 });
  const run = await bedrock(cluster, ['rollout', 'sts/web', '-n', namespace, '--image', 'app=app:2']);
  expect(run).toMatchObject({ code: 2 });
  expect(run.stderr).toContain('--yes');
  expect((await getSet(cluster, namespace)).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
});
