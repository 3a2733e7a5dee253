import { expect, test } from 'vitest';
import { World } from './kit.ts';

// opensearch-k8s-operator#1471: a watch that is late still shows the evicted pod Ready

const SEEDS = [1, 2, 3, 4, 5];

test.each(SEEDS)('events up to 10 s late, seed %i: never more than one pod down, each taken once', async (seed) => {
  const world = await World.start({
    replicas: 3,
    simulator: { seed, eventDelay: [seed === 1 ? 3000 : 0, seed === 1 ? 3000 : 10_000] },
  });
  const { code, said } = await world.run('rollout web --image app=app:2 --min-ready 0 --yes');
  expect(code, said).toBe(0);
  expect(world.mostUnavailable().length).toBeLessThanOrEqual(1);
  expect(world.taken()).toEqual(['web-2', 'web-1', 'web-0']);
});

test('a tool that is started again looks afresh before it takes a pod', async () => {
  const world = await World.start({ replicas: 3, stop: '5s', start: '5s', simulator: { eventDelay: [3000, 3000] } });
  const first = world.start('rollout web --image app=app:2 --min-ready 0 --yes');
  await world.until('web-2 is going', () => world.taken().length === 1);
  first.host.signal('SIGTERM');
  expect((await world.end(first)).code).toBe(143);
  const second = await world.run('rollout web --image app=app:2 --min-ready 0 --yes');
  expect(second, second.said).toMatchObject({ code: 0 });
  expect(world.mostUnavailable().length).toBeLessThanOrEqual(1);
  expect(world.taken()).toEqual(['web-2', 'web-1', 'web-0']);
});
