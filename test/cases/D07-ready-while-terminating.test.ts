import { expect, test } from 'vitest';
import { World } from './kit.ts';

// grafana/rollout-operator#20: a terminating pod goes on reporting Ready

test('a pod counts as unavailable from its deletionTimestamp, and a long grace is no missing progress', async () => {
  const world = await World.start({
    replicas: 3,
    stop: '15m',
    podSpec: { terminationGracePeriodSeconds: 1200 },
  });
  const running = world.start('rollout web --image app=app:2 --progress-deadline 2m --yes');
  await world.until('web-2 is going', () => world.pod('web-2')?.deleting === true);
  await world.pass(180_000);
  expect(world.pod('web-2')).toMatchObject({ ready: true, deleting: true });
  expect(world.taken()).toEqual(['web-2']);
  expect((await world.run('status web')).said).toMatch(/web-2 +old +terminating, grace 20m +3m/);
  const { code, said } = await world.end(running);
  expect(code, said).toBe(0);
  expect(world.mostUnavailable()).toHaveLength(1);
});

test('one that somebody else deletes, Ready as it is, uses the budget', async () => {
  const world = await World.start({ replicas: 3, stop: '60s' });
  await world.deletePod('web-0');
  const running = world.start('rollout web --image app=app:2 --yes');
  await world.pass(30_000);
  expect(world.pod('web-0')).toMatchObject({ ready: true, deleting: true });
  expect(world.taken()).toEqual([]);
  const { code, said } = await world.end(running);
  expect(code, said).toBe(0);
  expect(world.mostUnavailable()).toHaveLength(1);
});
