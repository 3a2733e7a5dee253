import { expect, test } from 'vitest';
import { World } from './kit.ts';

// kubernetes#128529: the partition counts indexes from spec.ordinals.start

test('50 % of 9 from web-5: the five highest, the partition at the fifth from the top', async () => {
  const world = await World.start({ replicas: 9, spec: { ordinals: { start: 5 } } });
  const { code, said } = await world.run('rollout web --image app=app:2 --percent 50 --yes');
  expect(code, said).toBe(0);
  expect(said).toContain('50% of 9 -> 5 pods: web-13 down to web-9');
  expect(world.taken()).toEqual(['web-13', 'web-12', 'web-11', 'web-10', 'web-9']);
  expect(world.spec().updateStrategy).toMatchObject({ type: 'RollingUpdate', rollingUpdate: { partition: 4 } });
  await world.deletePod('web-8');
  await world.until(
    'web-8 is back',
    () => world.pod('web-8')?.ready === true && world.pod('web-8')?.deleting === false,
  );
  expect(world.pod('web-8')?.image).toBe('app:1');
});
