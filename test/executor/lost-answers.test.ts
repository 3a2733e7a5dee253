import { expect, test } from 'vitest';
import type { ApiRequest } from '../../src/cluster/api.ts';
import type { RequestFault } from '../../src/simulator/index.ts';
import { World } from '../cases/kit.ts';

// After a call without an answer, or with a 5xx of an API server whose etcd was too slow, nobody knows whether it was
// done: what is seen next decides, before that pod or that write is touched again.

const UNKNOWN = ['lost-before', 'lost-after', 'internal', 'internal-after'] as const;
const ALL_NEW = Array.from({ length: 6 }, () => 'app:2');

const isEviction = ({ path }: ApiRequest) => path.endsWith('/eviction');
const isApply = ({ contentType, query }: ApiRequest) =>
  contentType === 'application/apply-patch+yaml' && query?.dryRun === undefined;

function isPatchOf(part: RegExp): (request: ApiRequest) => boolean {
  return ({ method, path, body }) =>
    method === 'PATCH' && path.endsWith('/statefulsets/web') && part.test(JSON.stringify(body));
}

async function rolled(fault: RequestFault, matches: (request: ApiRequest) => boolean, stop = '1s'): Promise<World> {
  const world = await World.start({ replicas: 6, start: '2s', stop });
  world.simulator.faults.next(fault, matches);
  const ended = await world.run('rollout web --image app=app:2 --max-unavailable 2 --min-ready 0s --yes');
  expect(ended, ended.said).toMatchObject({ code: 0 });
  expect(world.phase()).toBe('Complete');
  expect(world.images()).toEqual(ALL_NEW);
  expect(world.mostUnavailable().length).toBeLessThanOrEqual(2);
  return world;
}

/** Names that come again, once for each time. */
function again(names: readonly string[]): string[] {
  return names.filter((name, index) => names.indexOf(name) < index);
}

test.each(UNKNOWN)('an eviction, %s: what became of it is found out before that pod is asked again', async (fault) => {
  // gone before a second question could be answered
  const world = await rolled(fault, isEviction, '100ms');
  expect(again(world.takings().map(({ pod }) => pod))).toEqual(world.record().status.lostRaces.map(({ pod }) => pod));
});

test('an eviction that was done and answered by 500, and a pause at once: it is known to be ours, and the fence follows', async () => {
  const world = await World.start({ replicas: 6, start: '1s', stop: '3s' });
  world.simulator.faults.next('internal-after', isEviction);
  const rollout = world.start('rollout web --image app=app:2 --min-ready 0s --yes');
  await world.until('a pod goes', () => world.taken().length > 0);
  await world.run('pause web', { user: 'bob' });
  await world.pass(20_000);
  expect(world.images()).toEqual(['app:1', 'app:1', 'app:1', 'app:1', 'app:1', 'app:2']);
  rollout.host.signal('SIGTERM');
  expect((await world.end(rollout)).code).toBe(143);
});

test.each(UNKNOWN)('a move of the fence, %s: taken for ours where it was done', async (fault) => {
  const world = await rolled(fault, isPatchOf(/"partition":[0-5]\b/));
  expect(world.record().status.events.map(({ kind }) => kind)).not.toContain('foreign-change');
  expect(again(world.takings().map(({ pod }) => pod))).toEqual(world.record().status.lostRaces.map(({ pod }) => pod));
});

test.each(UNKNOWN)('the first write, %s', async (fault) => {
  const world = await rolled(fault, isPatchOf(/app:2/));
  expect(world.takings()).toHaveLength(6);
});

test.each(UNKNOWN)('the apply of a manifest behind the fence, %s', async (fault) => {
  const world = await World.start();
  const files = { 'web.yaml': world.manifest('app:2') };
  world.simulator.faults.next(fault, isApply);
  const ended = await world.run('rollout -f web.yaml --force-conflicts --min-ready 0s --yes', { files });
  expect(ended, ended.said).toMatchObject({ code: 0 });
  // complete is not said of the old template, and the controller rolls nothing by itself
  expect(world.images()).toEqual(['app:2', 'app:2', 'app:2']);
  expect(world.takings().map(({ user }) => user)).toEqual(['ann', 'ann', 'ann']);
});

test('an executor that dies between the fence and the apply of its manifest: the next one applies it', async () => {
  const world = await World.start();
  const files = { 'web.yaml': world.manifest('app:2') };
  const line = 'rollout -f web.yaml --force-conflicts --min-ready 0s --yes';
  // the apply never arrives, and the one that sent it is not heard of again
  world.simulator.faults.next('lost-before', isApply);
  const first = world.start(line, { files });
  await world.until('the fence stands', () => JSON.stringify(world.spec().updateStrategy).includes('32767'));
  world.kill(first);
  expect(world.images()).toEqual(['app:1', 'app:1', 'app:1']);
  await world.pass(60_000);
  const second = await world.run(line, { files });
  expect(second, second.said).toMatchObject({ code: 0 });
  expect(world.images()).toEqual(['app:2', 'app:2', 'app:2']);
  expect(world.takings().map(({ user }) => user)).toEqual(['ann', 'ann', 'ann']);
});
