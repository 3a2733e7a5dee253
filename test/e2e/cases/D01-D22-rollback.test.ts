import { describe, expect, it } from 'vitest';
import {
  bedrock,
  createSet,
  getSet,
  podsOf,
  revisionOf,
  type StatefulSet,
  sharedCluster,
  WatchLog,
} from '../harness/index.ts';

const cluster = await sharedCluster();

it('D01 OrderedReady, a bad image: the template first, then one deletion of the pod that it broke', async () => {
  const namespace = await cluster.namespace();
  const before = await createSet(cluster, namespace, { policy: 'OrderedReady' });
  const uids = (await podsOf(cluster, namespace)).map(({ metadata }) => metadata.uid);
  // 30 s of patience with an image are not what is shown here
  const args = ['rollout', 'sts/web', '-n', namespace, '--image', 'app=app:bad', '--progress-deadline', '5s', '--yes'];
  const run = await bedrock(cluster, args);
  expect(run, run.stdout + run.stderr).toMatchObject({ code: 3 });
  expect(run.stdout).toMatch(/web-2.*(ErrImagePull|ImagePullBackOff)/);
  const log = await WatchLog.start(cluster, namespace);
  const back = await bedrock(cluster, ['rollback', 'sts/web', '-n', namespace]);
  expect(back, back.stdout + back.stderr).toMatchObject({ code: 0 });
  await log.mark();
  const history = log.history();
  expect([...history.restartsPerOrdinal()].filter(([, restarts]) => restarts > 0)).toEqual([[2, 1]]);
  const reverted = history.moments.findIndex(({ set }) => imageOf(set) === 'app:1' && isObserved(set));
  const deleted = history.moments.findIndex(({ pods }) => pods.get('web-2')?.metadata.deletionTimestamp !== undefined);
  const gone = history.moments.findIndex(({ pods }) => !pods.has('web-2'));
  expect(reverted).toBeGreaterThanOrEqual(0);
  expect(reverted).toBeLessThan(deleted < 0 ? gone : deleted);
  const after = await podsOf(cluster, namespace);
  expect(after.slice(0, 2).map(({ metadata }) => metadata.uid)).toEqual(uids.slice(0, 2));
  expect((await getSet(cluster, namespace)).spec.updateStrategy).toEqual(before.spec.updateStrategy);
});

function imageOf(set: StatefulSet): string | undefined {
  return set.spec.template.spec.containers[0]?.image;
}

function isObserved({ metadata, status }: StatefulSet): boolean {
  return status?.observedGeneration === metadata.generation;
}

describe.each(['OrderedReady', 'Parallel'] as const)('%s', (policy) => {
  it('D22 30 % of 10 and back: three pods are replaced, seven stay; a second rollback changes nothing', async () => {
    const namespace = await cluster.namespace();
    await createSet(cluster, namespace, { replicas: 10, policy, stop: '2s' });
    const before = await podsOf(cluster, namespace);
    const args = ['rollout', 'sts/web', '-n', namespace, '--image', 'app=app:2', '--percent', '30', '--min-ready', '0'];
    const held = await bedrock(cluster, [...args, '--max-unavailable', '3', '--yes']);
    expect(held, held.stdout + held.stderr).toMatchObject({ code: 0 });
    const back = await bedrock(cluster, ['rollback', 'sts/web', '-n', namespace]);
    expect(back, back.stdout + back.stderr).toMatchObject({ code: 0 });
    const after = await podsOf(cluster, namespace);
    const uids = (pods: typeof after) => pods.map(({ metadata }) => metadata.uid);
    expect(uids(after).slice(0, 7)).toEqual(uids(before).slice(0, 7));
    expect(uids(after).slice(7)).not.toEqual(uids(before).slice(7));
    expect(after.map(revisionOf)).toEqual(before.map(revisionOf));
    // not its resourceVersion: the controller may write its status late
    const written = async () => {
      const { metadata, spec } = await getSet(cluster, namespace);
      return { spec, generation: metadata.generation, annotations: metadata.annotations };
    };
    const left = await written();
    const again = await bedrock(cluster, ['rollback', 'sts/web', '-n', namespace]);
    expect(again.code).toBe(0);
    expect(again.stdout + again.stderr).toContain('rolled back already');
    expect(await written()).toEqual(left);
    const same = await bedrock(cluster, ['rollout', 'sts/web', '-n', namespace, '--image', 'app=app:1', '--yes']);
    expect(same).toMatchObject({ code: 0 });
    expect(await written()).toEqual(left);
  });
});
