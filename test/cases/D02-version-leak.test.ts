import { expect, test } from 'vitest';
import { objectOf, World } from './kit.ts';

// kubernetes#119685, kubernetes#70442: a pod that dies before its turn must not come back at the new version

async function drain(world: World, ...names: string[]): Promise<void> {
  for (const name of names) await world.deletePod(name, 'drainer');
  await world.healed();
}

test('held at 10 %: drained pods come back at the old version', async () => {
  const world = await World.start({ replicas: 10 });
  const held = await world.run('rollout web --image app=app:2 --percent 10 --yes');
  expect(held, held.said).toMatchObject({ code: 0 });
  await drain(world, 'web-2', 'web-3');
  expect(world.images().filter((image) => image === 'app:2')).toHaveLength(1);
  expect((await world.run('status web')).said).toMatch(/1 of 10 updated/);
});

test('OnDelete leaks: the pods are counted and named, it is not called 10 %, and the way back includes them', async () => {
  const world = await World.start({ replicas: 10, spec: { updateStrategy: { type: 'OnDelete' } } });
  const held = await world.run('rollout web --image app=app:2 --percent 10 --strategy on-delete --yes');
  expect(held, held.said).toMatchObject({ code: 0 });
  expect(held.said).toContain('holds nothing');
  await drain(world, 'web-2', 'web-3');
  const { said } = await world.run('status web');
  expect(said).toMatch(/2 out of turn/);
  expect(said).toContain('came back at the new version out of turn: web-3 and web-2');
  expect(said).toContain('held at 30%: 3 of 10 pods');
  const back = await world.run('rollback web');
  expect(back, back.said).toMatchObject({ code: 0 });
  expect(new Set(world.images())).toEqual(new Set(['app:1']));
  expect(world.taken().toSorted()).toEqual(['web-2', 'web-3', 'web-9', 'web-9']);
});

test('a controller that leaks behind the fence, as early 1.27 and 1.28: shown, with the command that puts it back', async () => {
  const world = await World.start({ replicas: 4 });
  await world.run('rollout web --image app=app:2 --percent 25 --yes');
  const fresh = world.simulator.pods().find((pod) => pod.metadata.name === 'web-3');
  const { labels, ownerReferences, annotations } = objectOf(fresh?.metadata ?? {});
  const metadata = { name: 'web-1', labels: labels ?? {}, ownerReferences: ownerReferences ?? [] };
  await world.deletePod('web-1');
  await world.until('web-1 is gone', () => world.pod('web-1') === null);
  world.simulator.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata, annotations: annotations ?? {} },
    spec: { containers: [{ name: 'app', image: 'app:2' }] },
  });
  await world.until('web-1 is Ready', () => world.pod('web-1')?.ready === true);
  const { said } = await world.run('status web');
  expect(said).toContain('came back at the new version out of turn: web-1');
  expect(said).toContain('kubectl delete pod web-1 -n default --context test');
  await drain(world, 'web-1');
  expect(world.pod('web-1')?.image).toBe('app:1');
});
