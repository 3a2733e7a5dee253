import { expect, test } from 'vitest';
import { World } from './kit.ts';

// apecloud/kubeblocks#381, garage-operator#200: the template is changed already when the first delete is refused

const deny = (world: World, verb: string, resource: string, subresource = '') =>
  world.simulator.server.access.deny(
    (asked) =>
      asked.user === 'ann' && asked.verb === verb && asked.resource === resource && asked.subresource === subresource,
  );

test.each([
  ['delete', 'pods', '', 'delete pods'],
  ['create', 'pods', 'eviction', 'create pods/eviction'],
  ['patch', 'statefulsets', '', 'patch statefulsets.apps'],
  ['watch', 'pods', '', 'watch pods'],
  ['list', 'controllerrevisions', '', 'list controllerrevisions.apps'],
  ['create', 'leases', '', 'create leases.coordination.k8s.io'],
])('without %s %s %s nothing is written, and it is named', async (verb, resource, subresource, words) => {
  const world = await World.start();
  deny(world, verb, resource, subresource);
  const { code, said } = await world.run('rollout web --image app=app:2 --yes');
  expect(code, said).toBe(1);
  expect(said).toContain(words);
  expect(said).toContain('kubectl auth can-i');
  expect(said).toContain('namespace default');
  expect(world.writes()).toEqual([]);
});

test.each([
  ['list', 'events'],
  ['list', 'poddisruptionbudgets'],
  ['list', 'horizontalpodautoscalers'],
])('without %s %s it goes without, and says so', async (verb, resource) => {
  const world = await World.start();
  deny(world, verb, resource);
  const { code, said } = await world.run('rollout web --image app=app:2 --yes');
  expect(code, said).toBe(0);
  expect(said).toMatch(new RegExp(`not permitted: ${verb} ${resource}.*; the rollout goes without`));
});

test('a Role that is taken away after 3 of 9: it stops, says what is done, and leaves the fence where it is', async () => {
  const world = await World.start({ replicas: 9 });
  const running = world.start('rollout web --image app=app:2 --yes');
  await world.until('three were taken', () => world.taken().length === 3);
  deny(world, 'create', 'pods', 'eviction');
  const { code, said } = await world.end(running);
  expect(code, said).toBe(3);
  expect(said).toContain('3 of 9 pods at app 2');
  expect(said).toMatch(/cannot create resource "pods\/eviction"/);
  expect(world.phase()).toBe('Paused (Forbidden)');
  expect(world.spec().updateStrategy).toMatchObject({ rollingUpdate: { partition: 6 } });
  await world.pass(600_000);
  expect(world.images().filter((image) => image === 'app:2')).toHaveLength(3);
});
