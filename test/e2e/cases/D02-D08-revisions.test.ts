import { describe, expect, it } from 'vitest';
import { allReady, bedrock, createSet, getSet, podsOf, podsPath, revisionOf, sharedCluster } from '../harness/index.ts';

const cluster = await sharedCluster();

async function deletePods(namespace: string, ...names: string[]): Promise<void> {
  await Promise.all(names.map((name) => cluster.api.delete(podsPath(namespace, name))));
  await allReady(cluster, namespace);
}

it('D02 held at 10 %: pods that die come back at the old version', async () => {
  const namespace = await cluster.namespace();
  const before = await createSet(cluster, namespace, { replicas: 10, start: '50ms', stop: '50ms' });
  const args = ['rollout', 'sts/web', '-n', namespace, '--image', 'app=app:2', '--percent', '10', '--min-ready', '0'];
  const held = await bedrock(cluster, [...args, '--yes']);
  expect(held, held.stdout + held.stderr).toMatchObject({ code: 0 });
  await deletePods(namespace, 'web-2', 'web-3');
  const old = (await podsOf(cluster, namespace)).filter((pod) => revisionOf(pod) === before.status?.updateRevision);
  expect(old).toHaveLength(9);
  const status = await bedrock(cluster, ['status', 'sts/web', '-n', namespace]);
  expect(status.stdout).toContain('held at 10%: 1 of 10 pods');
});

it('D02 OnDelete leaks: counted, named, not called 10 %, and taken back by the rollback', async () => {
  const namespace = await cluster.namespace();
  const before = await createSet(cluster, namespace, { replicas: 10, updateStrategy: { type: 'OnDelete' } });
  const args = ['rollout', 'sts/web', '-n', namespace, '--image', 'app=app:2', '--percent', '10', '--min-ready', '0'];
  const held = await bedrock(cluster, [...args, '--strategy', 'on-delete', '--yes']);
  expect(held, held.stdout + held.stderr).toMatchObject({ code: 0 });
  await deletePods(namespace, 'web-2', 'web-3');
  const { stdout } = await bedrock(cluster, ['status', 'sts/web', '-n', namespace]);
  expect(stdout).toContain('came back at the new version out of turn: web-3 and web-2');
  expect(stdout).toContain('held at 30%: 3 of 10 pods');
  const back = await bedrock(cluster, ['rollback', 'sts/web', '-n', namespace]);
  expect(back, back.stdout + back.stderr).toMatchObject({ code: 0 });
  const pods = await podsOf(cluster, namespace);
  expect(pods.map(revisionOf)).toEqual(pods.map(() => before.status?.updateRevision));
});

describe('D08 OnDelete, whether or not this server promotes its currentRevision', () => {
  it('ends with all pods, and goes back to the version from before', async () => {
    const namespace = await cluster.namespace();
    const before = await createSet(cluster, namespace, {
      updateStrategy: { type: 'OnDelete' },
      revisionHistoryLimit: 0,
    });
    const args = ['rollout', 'sts/web', '-n', namespace, '--image', 'app=app:2', '--strategy', 'on-delete'];
    const run = await bedrock(cluster, [...args, '--min-ready', '0', '--yes']);
    expect(run, run.stdout + run.stderr).toMatchObject({ code: 0 });
    expect(run.stdout).toContain('complete: 3 pods at app 2');
    const set = await getSet(cluster, namespace);
    if (cluster.version === '1.34') expect(set.status?.currentRevision).not.toBe(set.status?.updateRevision);
    const back = await bedrock(cluster, ['rollback', 'sts/web', '-n', namespace]);
    expect(back, back.stdout + back.stderr).toMatchObject({ code: 0 });
    const pods = await podsOf(cluster, namespace);
    expect(pods.map(revisionOf)).toEqual(pods.map(() => before.status?.updateRevision));
  });
});
