import { expect, it } from 'vitest';
import {
  allAt,
  allReady,
  bedrock,
  createSet,
  eventually,
  getPod,
  getSet,
  podsOf,
  podsPath,
  revisionOf,
  STRATEGIC_PATCH,
  setsPath,
  sharedCluster,
} from '../harness/index.ts';

const cluster = await sharedCluster();

/** Rolls an OnDelete set by hand, as people do: on servers up to 1.36 currentRevision stays where it was. */
async function rollByHand(namespace: string, image: string): Promise<void> {
  await cluster.api.patch(
    setsPath(namespace, 'web'),
    { spec: { template: { spec: { containers: [{ name: 'app', image }] } } } },
    STRATEGIC_PATCH,
  );
  await eventually('the controller to see the template', async () => {
    const set = await getSet(cluster, namespace);
    return set.status?.observedGeneration === set.metadata.generation;
  });
  for (const pod of await podsOf(cluster, namespace)) await cluster.api.delete(podsPath(namespace, pod.metadata.name));
  await allAt(cluster, namespace);
}

it('an OnDelete set with a stale currentRevision is settled, rolled, and held pods come back at the right revision', async () => {
  const namespace = await cluster.namespace();
  const first = await createSet(cluster, namespace, { replicas: 4, updateStrategy: { type: 'OnDelete' } });
  await rollByHand(namespace, 'app:2');
  const before = await getSet(cluster, namespace);
  const old = before.status?.updateRevision;
  if (Number(cluster.version.split('.')[1]) < 37) {
    expect(before.status?.currentRevision).toBe(first.status?.currentRevision);
  }

  const held = await bedrock(cluster, [
    'rollout',
    'sts/web',
    '-n',
    namespace,
    '--image',
    'app=app:3',
    '--percent',
    '25',
    '--yes',
    '--min-ready',
    '0',
  ]);
  expect(held, held.stdout + held.stderr).toMatchObject({ code: 0 });
  const victim = await getPod(cluster, namespace, 'web-1');
  await cluster.api.delete(podsPath(namespace, 'web-1'));
  await eventually(
    'web-1 to be made anew',
    async () => (await getPod(cluster, namespace, 'web-1')).metadata.uid !== victim.metadata.uid,
  );
  await allReady(cluster, namespace);
  const pods = await podsOf(cluster, namespace);
  expect(pods.slice(0, 3).map(revisionOf)).toEqual([old, old, old]);

  const promoted = await bedrock(cluster, ['promote', 'web', '-n', namespace]);
  expect(promoted, promoted.stdout + promoted.stderr).toMatchObject({ code: 0 });
  const after = await getSet(cluster, namespace);
  expect(after.spec.updateStrategy).toEqual({ type: 'OnDelete' });
  expect(new Set((await podsOf(cluster, namespace)).map(revisionOf))).toEqual(new Set([after.status?.updateRevision]));
});

it('--strategy on-delete leaves the set OnDelete, and shows the leak', async () => {
  const namespace = await cluster.namespace();
  await createSet(cluster, namespace, { replicas: 4, updateStrategy: { type: 'OnDelete' } });
  const args = [
    'rollout',
    'sts/web',
    '-n',
    namespace,
    '--image',
    'app=app:2',
    '--strategy',
    'on-delete',
    '--percent',
    '25',
    '--yes',
    '--min-ready',
    '0',
  ];
  const held = await bedrock(cluster, args);
  expect(held, held.stdout + held.stderr).toMatchObject({ code: 0 });
  expect((await getSet(cluster, namespace)).spec.updateStrategy.type).toBe('OnDelete');
  const victim = await getPod(cluster, namespace, 'web-0');
  await cluster.api.delete(podsPath(namespace, 'web-0'));
  await eventually(
    'web-0 to be made anew',
    async () => (await getPod(cluster, namespace, 'web-0')).metadata.uid !== victim.metadata.uid,
  );
  await allReady(cluster, namespace);
  const status = await bedrock(cluster, ['status', 'sts/web', '-n', namespace]);
  expect(status.stdout).toMatch(/out of turn.*web-0|web-0.*out of turn/s);
});
