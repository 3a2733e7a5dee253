import { describe, expect, test } from 'vitest';
import { World } from './kit.ts';

// opstrace#1294, cilium-cli#413: right after the patch the status is the old one

describe.each(['OrderedReady', 'Parallel'] as const)('%s', (policy) => {
  test('a controller that is 6 s behind: no pod is taken before it has seen the template', async () => {
    const world = await World.start({ policy, simulator: { controllerLag: [6000, 6000] } });
    const { code, said } = await world.run('rollout web --image app=app:2 --yes');
    expect(code, said).toBe(0);
    expect(world.images()).toEqual(['app:2', 'app:2', 'app:2']);
    expect(world.takings().map(({ image }) => image)).toEqual(['app:2', 'app:2', 'app:2']);
    expect(world.takings()[0]?.observed).toBe(true);
  });
});

test('a controller that is gone for a minute and a half: waited for, in words; nothing is taken, nothing called done', async () => {
  const world = await World.start({ simulator: { controllerLag: [90_000, 90_000] } });
  const running = world.start('rollout web --image app=app:2 --yes');
  await world.until('the template is written', () => world.phase() === 'Progressing');
  await world.pass(80_000);
  expect(world.taken()).toEqual([]);
  const { said } = await world.run('status web');
  expect(said).toContain('waiting for the StatefulSet controller to see the new template');
  expect(running.code()).toBe(null);
  running.host.signal('SIGTERM');
  expect((await world.end(running)).code).toBe(143);
});
