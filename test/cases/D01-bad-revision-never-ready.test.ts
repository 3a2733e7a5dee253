import { describe, expect, test } from 'vitest';
import { World } from './kit.ts';

// kubernetes#67250: under OrderedReady the controller waits for ever for the broken pod, so a revert alone does nothing

describe.each(['OrderedReady', 'Parallel'] as const)('%s', (policy) => {
  test.each([
    ['an image that is not there', 'app:bad'],
    ['a readiness probe that never passes', 'app:never'],
  ])('%s: rolled back by the template first, then by deleting just the pod that it broke', async (_, image) => {
    const world = await World.start({ policy });
    const before = world.pods();
    const forward = await world.run(`rollout web --image app=${image} --progress-deadline 2m --yes`);
    expect(forward, forward.said).toMatchObject({ code: 3 });
    expect(forward.said).toContain('web-2');
    expect(forward.said).toContain('kubectl bedrock rollback sts/web');
    expect(world.taken()).toEqual(['web-2']);

    world.mark();
    const back = await world.run('rollback web');
    expect(back, back.said).toMatchObject({ code: 0 });
    expect(world.images()).toEqual(['app:1', 'app:1', 'app:1']);
    expect(world.pods().slice(0, 2)).toEqual(before.slice(0, 2));
    // after the template and after the controller has seen it; one pod, and nobody asked a budget for a broken one
    expect(world.takings()).toEqual([{ pod: 'web-2', user: 'ann', how: 'delete', image: 'app:1', observed: true }]);
  });
});

test('a pod that fits no node', async () => {
  const world = await World.start({ policy: 'OrderedReady' });
  const manifest = world.manifest('app:2', { resources: { requests: { cpu: '100' } } });
  const forward = await world.run('rollout -f web.yaml --force-conflicts --yes', { files: { 'web.yaml': manifest } });
  expect(forward, forward.said).toMatchObject({ code: 3 });
  expect(forward.said).toMatch(/web-2 does not start: Unschedulable/);
  world.mark();
  const back = await world.run('rollback web');
  expect(back, back.said).toMatchObject({ code: 0 });
  expect(world.taken()).toEqual(['web-2']);
});

test('an OnDelete set that stays one: the broken pod is deleted, once the controller has seen the old template', async () => {
  const world = await World.start({ spec: { updateStrategy: { type: 'OnDelete' } } });
  const forward = await world.run('rollout web --image app=app:bad --strategy on-delete --yes');
  expect(forward.code, forward.said).toBe(3);
  world.mark();
  const back = await world.run('rollback web');
  expect(back, back.said).toMatchObject({ code: 0 });
  expect(world.images()).toEqual(['app:1', 'app:1', 'app:1']);
  expect(world.taken()).toEqual(['web-2']);
  expect(world.spec().updateStrategy).toEqual({ type: 'OnDelete' });
});
