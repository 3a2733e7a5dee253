import { describe, expect, test } from 'vitest';
import { StatusError } from '../../src/simulator/index.ts';
import { World } from './kit.ts';

// grafana/rollout-operator#246: counting only the pods that exist, all are Ready

const WAYS = [
  {
    by: 'a quota',
    words: 'exceeded quota: small',
    forbid: (world: World) => {
      world.simulator.create({
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'small' },
        spec: { hard: { pods: '3' } },
      });
    },
  },
  {
    by: 'a webhook',
    words: 'admission webhook "tolerations.corp" denied the request: toleration not allowed',
    forbid: (world: World) => {
      world.simulator.server.admission.push(({ verb, resource, object }) => {
        if (verb !== 'create' || resource.plural !== 'pods' || JSON.stringify(object).includes('app:1')) return;
        throw new StatusError(
          403,
          'Forbidden',
          'admission webhook "tolerations.corp" denied the request: toleration not allowed',
          {},
        );
      });
    },
  },
];

describe.each(WAYS)('$by', ({ words, forbid }) => {
  test.each(['OrderedReady', 'Parallel'] as const)(
    '%s: it stops at that ordinal, in the words of the refusal',
    async (policy) => {
      const world = await World.start({ replicas: 4, policy });
      forbid(world);
      await world.pass(1000);
      const { code, said } = await world.run('rollout web --image app=app:2 --max-unavailable 2 --min-ready 10s --yes');
      expect(code, said).toBe(3);
      expect(said).toContain(words);
      expect(said).toContain('FailedCreate');
      expect(said).toContain('kubectl bedrock rollback sts/web');
      // a second one may have gone before the first was known to be missing, within the budget; none after
      expect(world.taken().length).toBeLessThanOrEqual(2);
      expect(world.phase()).toBe('Paused (PodFailed)');
    },
  );
});

test('the blocker says it at once, and when the quota is lifted it goes on by itself', async () => {
  const world = await World.start({ replicas: 3 });
  world.simulator.create({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'small' },
    spec: { hard: { pods: '2' } },
  });
  await world.pass(1000);
  const running = world.start('rollout web --image app=app:2 --yes');
  await world.until('web-2 is missing', () => world.pod('web-2') === null);
  await world.pass(10_000);
  const quota = '/api/v1/namespaces/default/resourcequotas/small';
  await world.settle(world.simulator.api('bob').request({ method: 'DELETE', path: quota }));
  const { code, said } = await world.end(running);
  expect(code, said).toBe(0);
  expect(world.images()).toEqual(['app:2', 'app:2', 'app:2']);
});

test('events that may not be read: it still stops, by the deadline, and never says done', async () => {
  const world = await World.start({ replicas: 3 });
  world.simulator.server.access.deny(({ resource, user }) => resource === 'events' && user === 'ann');
  world.simulator.create({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'small' },
    spec: { hard: { pods: '2' } },
  });
  await world.pass(1000);
  const { code, said } = await world.run('rollout web --image app=app:2 --progress-deadline 1m --yes');
  expect(code, said).toBe(3);
  expect(said).toContain('not permitted: list events');
  expect(said).toMatch(/no progress for 1m: web-2 not created again/);
  expect(world.taken()).toEqual(['web-2']);
});

test('within the budget too: the next pod would be missing as well, so it stays', async () => {
  const world = await World.start({ replicas: 4 });
  world.simulator.create({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'small' },
    spec: { hard: { pods: '3' } },
  });
  await world.pass(1000);
  const { code, said } = await world.run('rollout web --image app=app:2 --max-unavailable 3 --interval 10s --yes');
  expect(code, said).toBe(3);
  expect(world.taken()).toEqual(['web-3']);
});
