import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/rollout/json.ts';
import { World } from './kit.ts';

// argo-rollouts#908, kubernetes#89820: a plain delete goes past PodDisruptionBudgets, an eviction may be refused for ever

function guard(world: World, spec: JsonObject, name = 'web', app = 'web'): void {
  world.simulator.create({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name },
    spec: { selector: { matchLabels: { app } }, ...spec },
  });
}

/** Evictions that were asked for, whatever came of them. */
function counting(world: World): { evictions: () => number; api: Parameters<World['start']>[1] } {
  let evictions = 0;
  const api: Parameters<World['start']>[1] = {
    over: (own) => ({
      clock: own.clock,
      watch: (request) => own.watch(request),
      request: (request) => {
        if (request.path.endsWith('/eviction')) evictions++;
        return own.request(request);
      },
    }),
  };
  expect(world.taken()).toEqual([]);
  return { evictions: () => evictions, api };
}

describe('a budget that allows none', () => {
  test('is said before the start, waited for by name and counts, asked again without haste, and obeyed', async () => {
    const world = await World.start();
    guard(world, { maxUnavailable: 0 });
    await world.pass(2000);
    const { evictions, api } = counting(world);
    const running = world.start('rollout web --image app=app:2 --yes', api);
    await world.pass(120_000);
    expect(running.said()).toContain('pdb/web can never allow a disruption (maxUnavailable 0 of 3)');
    expect(world.taken()).toEqual([]);
    expect((await world.run('status web')).said).toMatch(/0 of 3 updated/);
    expect(evictions()).toBeGreaterThan(5);
    expect(evictions()).toBeLessThanOrEqual(26);
    const path = '/apis/policy/v1/namespaces/default/poddisruptionbudgets/web';
    const contentType = 'application/merge-patch+json';
    const body = { spec: { maxUnavailable: 1 } };
    await world.settle(world.simulator.api('bob').request({ method: 'PATCH', path, contentType, body }));
    const { code, said } = await world.end(running);
    expect(code, said).toBe(0);
    expect(said).toMatch(/pdb\/web|disruption budget/);
    expect(world.takings().every(({ how }) => how === 'evict')).toBe(true);
  });

  test('--disrupt delete goes past it, and says so', async () => {
    const world = await World.start();
    guard(world, { maxUnavailable: 0 });
    await world.pass(2000);
    const { code, said } = await world.run('rollout web --image app=app:2 --disrupt delete --yes');
    expect(code, said).toBe(0);
    expect(said).toContain('--disrupt delete goes past pdb/web');
    expect(world.takings().every(({ how }) => how === 'delete')).toBe(true);
  });

  test('a deadline ends the wait, in the words of the refusal', async () => {
    const world = await World.start();
    guard(world, { minAvailable: 3 });
    await world.pass(2000);
    const { code, said } = await world.run('rollout web --image app=app:2 --progress-deadline 1m --yes');
    expect(code, said).toBe(3);
    expect(said).toMatch(/no progress for 1m: web-2 may not be evicted: .*disruption budget web needs 3/);
  });
});

test('two budgets on one pod: said before the start, and not asked every moment', async () => {
  const world = await World.start();
  guard(world, { maxUnavailable: 1 });
  guard(world, { maxUnavailable: 1 }, 'other');
  await world.pass(2000);
  const { evictions, api } = counting(world);
  const running = world.start('rollout web --image app=app:2 --progress-deadline 5m --yes', api);
  const { code, said } = await world.end(running);
  expect(code, said).toBe(3);
  expect(said).toContain('pdb/other and pdb/web match the same pods');
  expect(evictions()).toBeLessThanOrEqual(6);
});

test('a budget shared with another set: our pods wait while its pod is down', async () => {
  const world = await World.start();
  const labels = { app: 'web', tier: 'db' };
  world.simulator.create({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'db' },
    spec: {
      replicas: 1,
      serviceName: 'db',
      selector: { matchLabels: { tier: 'db' } },
      template: { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'app:never' }] } },
    },
  });
  guard(world, { maxUnavailable: 1 });
  await world.pass(10_000);
  const running = world.start('rollout web --image app=app:2 --yes');
  await world.pass(60_000);
  expect(world.taken()).toEqual([]);
  running.host.signal('SIGTERM');
  expect((await world.end(running)).code).toBe(143);
});
