import { expect, test } from 'vitest';
import { observeSet } from '../../src/cluster/observe.ts';
import { World } from './kit.ts';

// kubernetes#76748, #52653: zero counters are left out of a status, and 0 replicas are legal

test('0 replicas: the template is written, there is nothing to roll, and no number is NaN', async () => {
  const world = await World.start({ replicas: 0 });
  const { code, said } = await world.run('rollout web --image app=app:2 --percent 50 --steps 1,25% --yes');
  expect(code, said).toBe(0);
  expect(said).toContain('the set has 0 pods: only the template is written');
  expect(said).not.toMatch(/NaN|undefined|Infinity/);
  await world.patch({ spec: { replicas: 2 } });
  await world.until('two pods are there', () => world.pods().filter(({ ready }) => ready).length === 2);
  expect(world.images()).toEqual(['app:2', 'app:2']);
});

test('absent replicas are one, absent counters are none', async () => {
  const raw = {
    metadata: { name: 'web', namespace: 'default', uid: 'u', generation: 1 },
    spec: { template: { spec: { containers: [{ name: 'app', image: 'app:1' }] } } },
    status: {},
  };
  expect(observeSet(raw)).toMatchObject({ replicas: 1, statusReplicas: 0, observedGeneration: 0, updateRevision: '' });
});

test('a set that was just made, its status still empty, is waited for and rolled', async () => {
  const world = await World.start({ replicas: 2, start: '20s' });
  await world.patch({ spec: { replicas: 4 } });
  const { code, said } = await world.run('rollout web --image app=app:2 --yes');
  expect(code, said).toBe(0);
  expect(said).not.toMatch(/NaN|undefined/);
  expect(new Set(world.images())).toEqual(new Set(['app:2']));
});
