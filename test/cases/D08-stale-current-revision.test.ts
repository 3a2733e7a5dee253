import { describe, expect, test } from 'vitest';
import { World } from './kit.ts';

// kubernetes#73492, #106055: servers up to 1.36 never promote currentRevision under OnDelete, 1.37 does

describe.each(['1.34', '1.37'] as const)('%s', (version) => {
  test('an OnDelete rollout ends with all pods, and its rollback finds the version from before', async () => {
    const world = await World.start({
      version,
      spec: { updateStrategy: { type: 'OnDelete' }, revisionHistoryLimit: 0 },
    });
    const forward = await world.run('rollout web --image app=app:2 --strategy on-delete --yes');
    expect(forward, forward.said).toMatchObject({ code: 0 });
    expect(forward.said).toContain('complete: 3 pods at app 2');
    const { currentRevision, updateRevision } = world.status();
    expect(currentRevision === updateRevision).toBe(version === '1.37');
    const back = await world.run('rollback web');
    expect(back, back.said).toMatchObject({ code: 0 });
    expect(world.images()).toEqual(['app:1', 'app:1', 'app:1']);
  });

  test('behind the fence a stale currentRevision is settled first: a pod that dies comes back as it was', async () => {
    const world = await World.start({ version, replicas: 4, spec: { updateStrategy: { type: 'OnDelete' } } });
    await world.patchImage('app:2');
    for (const { name } of world.pods()) await world.deletePod(name);
    await world.until('all run app:2', () => world.pods().every(({ ready, image }) => ready && image === 'app:2'));
    await world.pass(20_000);
    const held = await world.run('rollout web --image app=app:3 --percent 25 --yes');
    expect(held, held.said).toMatchObject({ code: 0 });
    await world.deletePod('web-0');
    await world.until(
      'web-0 is back',
      () => world.pod('web-0')?.ready === true && world.pod('web-0')?.deleting === false,
    );
    expect(world.images()).toEqual(['app:2', 'app:2', 'app:2', 'app:3']);
    const back = await world.run('rollback web');
    expect(back, back.said).toMatchObject({ code: 0 });
    expect(world.images()).toEqual(['app:2', 'app:2', 'app:2', 'app:2']);
    expect(world.spec().updateStrategy).toEqual({ type: 'OnDelete' });
  });
});
