import { describe, expect, test } from 'vitest';
import { World } from './kit.ts';

// kubernetes/website#6921, argo-rollouts#22: "undo" twice flips between the last two versions

describe.each([
  ['1.34', 'OrderedReady'],
  ['1.34', 'Parallel'],
  ['1.37', 'OrderedReady'],
  ['1.37', 'Parallel'],
] as const)('%s %s', (version, policy) => {
  test('30 % at B and back: the three pods at B are replaced, the seven others stay; a second undo changes nothing', async () => {
    const world = await World.start({ version, policy, replicas: 10 });
    const before = world.pods();
    expect((await world.run('rollout web --image app=app:2 --percent 30 --yes')).code).toBe(0);
    world.mark();
    const back = await world.run('rollback web');
    expect(back, back.said).toMatchObject({ code: 0 });
    expect(world.pods().slice(0, 7)).toEqual(before.slice(0, 7));
    expect(world.taken().toSorted()).toEqual(['web-7', 'web-8', 'web-9']);
    expect(new Set(world.images())).toEqual(new Set(['app:1']));

    world.mark();
    const again = await world.run('rollback web');
    expect(again.code).toBe(0);
    expect(again.said).toContain('it is rolled back already (forward again: kubectl bedrock rollout --to-revision N)');
    expect(world.writes()).toEqual([]);
  });
});

test('A -> B (bad) -> undo, and undo again while the first is on its way: one way back', async () => {
  const world = await World.start({ replicas: 4, start: '10s' });
  expect((await world.run('rollout web --image app=app:2 --percent 75 --yes')).code).toBe(0);
  const first = world.start('rollback web');
  await world.until('it is on its way back', () => world.taken().length === 4);
  const second = await world.run('rollback web', { user: 'bob' });
  expect(second).toMatchObject({ code: 0, said: expect.stringContaining('rolled back already') });
  const { code, said } = await world.end(first);
  expect(code, said).toBe(0);
  expect(world.images()).toEqual(['app:1', 'app:1', 'app:1', 'app:1']);
});

test('A -> A: nothing to do, nothing written', async () => {
  const world = await World.start();
  const same = await world.run('rollout web --image app=app:1 --yes');
  expect(same).toMatchObject({
    code: 0,
    said: expect.stringContaining('nothing to do: all 3 pods run app=app:1 already'),
  });
  expect(world.writes()).toEqual([]);
});

test('the record says from the start what the way back goes to: by the revision, not by "the one before"', async () => {
  const world = await World.start();
  await world.run('rollout web --image app=app:2 --yes');
  await world.run('rollout web --image app=app:3 --percent 50 --yes');
  expect(world.record().origin.template).toMatchObject({ spec: { containers: [{ image: 'app:2' }] } });
  const back = await world.run('rollback web');
  expect(back, back.said).toMatchObject({ code: 0 });
  expect(world.images()).toEqual(['app:2', 'app:2', 'app:2']);
});
