import { describe, expect, test } from 'vitest';
import { World } from './kit.ts';

// kubernetes#96218, openkruise/kruise#898: a pod that was broken before must neither be forgotten nor block its cure

async function brokenAt(...names: string[]): Promise<World> {
  const world = await World.start({ replicas: 3, annotations: { 'kubelet.test/back-off': '24h' } });
  for (const name of names) world.simulator.kubelet.crash('default', name);
  await world.pass(5000);
  return world;
}

test('the broken one goes first, wherever its ordinal, and no second one is down meanwhile', async () => {
  const world = await brokenAt('web-0');
  const { code, said } = await world.run('rollout web --image app=app:2 --yes');
  expect(code, said).toBe(0);
  expect(said).toContain('not Ready before the start: web-0');
  expect(said).toMatch(/first +web-0: not serving, so costs no availability/);
  expect(world.taken()).toEqual(['web-0', 'web-2', 'web-1']);
  expect(world.mostUnavailable()).toHaveLength(1);
});

test('--broken-first=false: it keeps its turn, uses the budget, and the blocker says whose it is', async () => {
  const world = await brokenAt('web-0');
  const running = world.start('rollout web --image app=app:2 --broken-first=false --progress-deadline 5m --yes');
  await world.pass(60_000);
  expect(world.taken()).toEqual([]);
  expect((await world.run('status web')).said).toContain(
    'web-0 (old version) is unavailable and uses the budget: 1 pod of 1',
  );
  expect((await world.end(running)).code).toBe(3);
});

test('it is not our failure: the new version is not stopped, or turned round, for an old pod', async () => {
  const world = await brokenAt('web-0');
  const { code, said } = await world.run('rollout web --image app=app:2 --on-failure rollback --yes');
  expect(code, said).toBe(0);
  expect(world.images()).toEqual(['app:2', 'app:2', 'app:2']);
});

describe('all old pods are broken', () => {
  test('one confirmation, then batches of the chosen size', async () => {
    const world = await brokenAt('web-0', 'web-1', 'web-2');
    const { code, said } = await world.run('rollout web --image app=app:2 --max-unavailable 2 --yes');
    expect(code, said).toBe(0);
    expect(said).toContain('not Ready before the start: web-0, web-1 and web-2');
    expect(world.images()).toEqual(['app:2', 'app:2', 'app:2']);
  });
});
