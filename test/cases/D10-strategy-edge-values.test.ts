import { describe, expect, test } from 'vitest';
import type { Api, ApiRequest } from '../../src/cluster/api.ts';
import { isObject, type Json } from '../../src/rollout/json.ts';
import { objectOf, World } from './kit.ts';

// kubernetes PR 84596: a patch without the type reset the partition to 0, and everything rolled

/** What a JSON patch writes over the set's strategy. */
function strategiesIn({ method, path, body }: ApiRequest): Json[] {
  if (method !== 'PATCH' || !path.endsWith('/statefulsets/web') || !Array.isArray(body)) return [];
  const operations = body.filter(isObject).filter((each) => each.path === '/spec/updateStrategy');
  return operations.map(({ value }) => value ?? null);
}

describe.each<[string, Json]>([
  ['empty', {}],
  ['without a block', { type: 'RollingUpdate' }],
  ['with a null block', { type: 'RollingUpdate', rollingUpdate: null }],
  ['with a partition', { type: 'RollingUpdate', rollingUpdate: { partition: 10 } }],
  ['with maxUnavailable', { type: 'RollingUpdate', rollingUpdate: { partition: 0, maxUnavailable: 2 } }],
  ['OnDelete', { type: 'OnDelete' }],
])('%s', (_, updateStrategy) => {
  test('nothing to roll ends at once; a rollout writes type and partition together and puts the own strategy back', async () => {
    const world = await World.start({ spec: { updateStrategy } });
    const before = world.spec().updateStrategy;
    expect(await world.run('rollout web --image app=app:1 --yes')).toMatchObject({
      code: 0,
      said: expect.stringContaining('nothing to do'),
    });
    expect(world.writes()).toEqual([]);
    const strategies: Json[] = [];
    const over = (api: Api): Api => ({
      clock: api.clock,
      watch: (request) => api.watch(request),
      request: (request) => {
        strategies.push(...strategiesIn(request));
        return api.request(request);
      },
    });
    const { code, said } = await world.run('rollout web --image app=app:2 --yes', { over });
    expect(code, said).toBe(0);
    expect(world.images()).toEqual(['app:2', 'app:2', 'app:2']);
    expect(world.spec().updateStrategy).toEqual(before);
    // as it is sent: whether an API server fills in what is missing depends on its version
    expect(strategies.length).toBeGreaterThan(2);
    for (const strategy of strategies) expect(['RollingUpdate', 'OnDelete']).toContain(objectOf(strategy).type);
  });
});

test('a partition at or above replicas, and a template that waits behind it: gone on with, then put back', async () => {
  const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: 10 } };
  const world = await World.start({ version: '1.34', spec: { updateStrategy } });
  await world.patchImage('app:2');
  await world.pass(10_000);
  expect(world.images()).toEqual(['app:1', 'app:1', 'app:1']);
  const { code, said } = await world.run('rollout web --percent 100 --yes');
  expect(code, said).toBe(0);
  expect(world.images()).toEqual(['app:2', 'app:2', 'app:2']);
  expect(world.spec().updateStrategy).toEqual(updateStrategy);
});
