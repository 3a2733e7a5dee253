import { describe, expect, test } from 'vitest';
import { podsOfPercent, stepTargets, unavailableBudget } from '../../src/rollout/percent.ts';
import { World } from './kit.ts';

// openkruise/kruise#196, openkruise/rollouts#180: 20 % of 3 rounds to 0, or takes all of 2

test.each([
  [10, 3, 1],
  [20, 3, 1],
  [50, 1, 1],
  [1, 1, 1],
  [0, 5, 0],
  [33, 7, 3],
  [66, 7, 5],
  [99, 7, 6],
  [100, 7, 7],
  [1, 1000, 10],
  [0.05, 1000, 1],
  [99, 100, 99],
  [99.9, 100, 99],
  [100, 0, 0],
  [33.3, 1000, 333],
])('%d %% of %i pods are %i', (percent, replicas, pods) => {
  expect(podsOfPercent(percent, replicas)).toBe(pods);
});

test.each([
  ['25%', 2, 1],
  ['10%', 5, 1],
  ['10%', 25, 2],
  ['50%', 3, 1],
  ['100%', 3, 3],
  ['2', 3, 2],
])('%s unavailable of %i are %i', (maxUnavailable, replicas, pods) => {
  expect(unavailableBudget(maxUnavailable, replicas)).toBe(pods);
});

test('steps that add no pod are merged', () => {
  expect(stepTargets({ steps: ['1', '10%', '20%', '50%'], percent: 100 }, 3)).toEqual([1, 2, 3]);
  expect(stepTargets({ steps: ['25%', '50%', '75%'], percent: 100 }, 1)).toEqual([1]);
});

describe('shown before the start, as pods', () => {
  test.each([
    ['--percent 10', '10% of 3 -> 1 pod: web-2'],
    ['--percent 99', '99% of 3 -> 2 pods: web-2 down to web-1'],
    ['--steps 1,10%,50%', '1 pod, then 2, then 3'],
    ['--max-unavailable 50%', '1 at once (50% of 3)'],
  ])('%s', async (flags, words) => {
    const world = await World.start();
    const { code, said } = await world.run(`rollout web --image app=app:2 ${flags} --dry-run=client`);
    expect(code, said).toBe(0);
    expect(said).toContain(words);
    expect(world.writes()).toEqual([]);
  });

  test('0 %: the template is written, nothing moves', async () => {
    const world = await World.start();
    const { code, said } = await world.run('rollout web --image app=app:2 --percent 0 --yes');
    expect(code, said).toBe(0);
    expect(world.taken()).toEqual([]);
    expect(world.images()).toEqual(['app:1', 'app:1', 'app:1']);
  });

  test('20 % of 3 moves the one pod and rests there', async () => {
    const world = await World.start();
    expect((await world.run('rollout web --image app=app:2 --percent 20 --yes')).code).toBe(0);
    expect(world.images()).toEqual(['app:1', 'app:1', 'app:2']);
  });
});
