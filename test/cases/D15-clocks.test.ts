import { describe, expect, test } from 'vitest';
import { PodTracker } from '../../src/cluster/pod-tracker.ts';
import { timestamp } from '../../src/simulator/objects.ts';
import { objectOf, World } from './kit.ts';

// kubernetes#29229: Ready is stamped by the node's clock

const MINUTE = 60_000;

describe.each([
  ['5 min ahead', 5 * MINUTE],
  ['5 min behind', -5 * MINUTE],
])('a node whose clock is %s', (_, offset) => {
  test('a pod counts a minute after we saw it Ready, neither earlier nor never', async () => {
    const world = await World.start({ replicas: 2, spec: { minReadySeconds: 60 } });
    // every Ready condition that a kubelet writes carries its own time
    const skew = world.simulator.history.onWrite(({ resource, subresource, after, user }) => {
      if (resource.plural !== 'pods' || subresource !== 'status' || user !== 'kubelet' || after === null) return;
      const { conditions } = objectOf(after.status ?? {});
      const stamp = timestamp(world.clock.now() + offset);
      if (!Array.isArray(conditions) || JSON.stringify(conditions).includes(stamp)) return;
      const skewed = conditions.map((each) => ({ ...objectOf(each), lastTransitionTime: stamp }));
      const name = String(after.metadata.name);
      world.clock.schedule(
        0,
        () => void world.patchPod(name, { status: { conditions: skewed } }, 'status').catch(() => {}),
      );
    });
    const running = world.start('rollout web --image app=app:2 --yes');
    await world.until(
      'web-1 is new and Ready',
      () => world.pod('web-1')?.image === 'app:2' && world.pod('web-1')?.ready === true,
    );
    skew();
    const readyAt = world.clock.now();
    await world.until('web-0 goes', () => world.taken().length === 2);
    const soaked = world.clock.now() - readyAt;
    expect(soaked).toBeGreaterThanOrEqual(59_000);
    expect(soaked).toBeLessThanOrEqual(65_000);
    expect((await world.end(running)).code).toBe(0);
  });
});

test('a stamp in the future is not believed, also of a pod that was Ready before we looked', () => {
  const now = Date.parse('2026-11-25T12:00:00Z');
  const pod = (stampMs: number) => ({
    metadata: {
      name: 'web-0',
      uid: 'u',
      creationTimestamp: timestamp(now - 10 * MINUTE),
      ownerReferences: [{ uid: 'set', controller: true }],
    },
    spec: { containers: [{ name: 'app', image: 'app:1' }] },
    status: { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: timestamp(stampMs) }] },
  });
  const since = (stampMs: number) =>
    new PodTracker().observePods([pod(stampMs)], { name: 'web', uid: 'set' }, now)[0]?.readySince;
  expect(since(now + 5 * MINUTE)).toBe(now);
  expect(since(now - 60 * MINUTE)).toBe(now - 10 * MINUTE);
});
