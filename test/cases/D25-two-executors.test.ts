import { describe, expect, test } from 'vitest';
import type { Api, ApiRequest } from '../../src/cluster/api.ts';
import type { OpenSession } from '../../src/executor/contract.ts';
import { openSession } from '../../src/executor/session.ts';
import { isObject } from '../../src/rollout/json.ts';
import { viewModel } from '../../src/ui/view-model.ts';
import { FrozenApi } from './frozen-api.ts';
import { World } from './kit.ts';

// cilium#42920, helm#10829, kubernetes#23731: two actors roll one set; an old leader that has not noticed; a killed run
// whose lock blocks the next ones

const ROLLOUT = 'rollout web --image app=app:2 --max-unavailable 2 --min-ready 0s --yes';
const PODS = { replicas: 10, start: '4s', stop: '2s' };
const ALL_NEW = Array.from({ length: 10 }, () => 'app:2');

test('(a) started twice: one acts, the other watches and says who acts; its pause goes through the record', async () => {
  const world = await World.start(PODS);
  const ann = world.start(ROLLOUT);
  await world.until('ann acts', () => world.taken('ann').length > 0);
  const bob = world.start(ROLLOUT, { user: 'bob' });
  await world.until('bob has looked', () => bob.said().includes('ann@laptop'));
  expect(bob.said()).toMatch(/ann@laptop \(pid \d+\) executes this rollout: watching/);
  await world.run('pause web', { user: 'bob' });
  await world.pass(10_000);
  const taken = world.taken('ann').length;
  await world.pass(30_000);
  expect(world.taken('ann')).toHaveLength(taken);
  await world.run('resume web', { user: 'bob' });
  const ends = [await world.end(ann), await world.end(bob)];
  expect(ends.map(({ code }) => code)).toEqual([0, 0]);
  expect(world.images()).toEqual(ALL_NEW);
  expect(world.taken('bob')).toEqual([]);
  expect(world.mostUnavailable().length).toBeLessThanOrEqual(2);
});

test('(b) stopped for 30 s while another takes over: the late one makes no further write, and says so', async () => {
  const world = await World.start(PODS);
  const frozen = new FrozenApi(world.simulator.api('ann'));
  let late: OpenSession | null = null;
  const ann = world.start(ROLLOUT, {
    over: () => frozen,
    openSession: async (options) => {
      late = await openSession(options);
      return late;
    },
  });
  await world.until('ann acts', () => world.taken('ann').length >= 2);
  const bob = world.start(ROLLOUT, { user: 'bob' });
  await world.until('bob watches', () => bob.said().includes('watching'));
  frozen.stop();
  await world.pass(30_000);
  expect(world.taken('bob').length).toBeGreaterThan(0);
  world.mark();
  frozen.continue();
  const ended = await world.end(bob);
  expect(ended, ended.said).toMatchObject({ code: 0 });
  expect(world.writes('ann')).toEqual([]);
  expect(world.images()).toEqual(ALL_NEW);
  expect(world.mostUnavailable().length).toBeLessThanOrEqual(2);
  expect((late as OpenSession | null)?.live().role).toBe('viewer');
  expect((await world.end(ann)).code).toBe(0);
});

describe('(c) killed with -9', () => {
  test('the next one waits until the Lease has run out, and goes on', async () => {
    const world = await World.start(PODS);
    const ann = world.start(ROLLOUT);
    await world.until('ann acts', () => world.taken('ann').length >= 2);
    world.kill(ann);
    const died = world.clock.now();
    const bob = world.start(ROLLOUT, { user: 'bob' });
    await world.until('bob acts', () => world.taken('bob').length > 0);
    expect(world.clock.now() - died).toBeGreaterThan(14_000);
    expect(world.clock.now() - died).toBeLessThan(30_000);
    expect((await world.end(bob)).code).toBe(0);
    expect(world.images()).toEqual(ALL_NEW);
    expect(world.mostUnavailable().length).toBeLessThanOrEqual(2);
  });

  test('a viewer is offered to take over, and does so by one key', async () => {
    const world = await World.start(PODS);
    const ann = world.start(ROLLOUT);
    await world.until('ann acts', () => world.taken('ann').length >= 2);
    const api = world.simulator.api('bob');
    const opening = openSession({
      connected: { api, context: 'test', server: 'https://test' },
      ref: { namespace: 'default', name: 'web' },
      user: 'bob@laptop',
      execute: false,
      endOn: new Set(),
    });
    const bob = await world.settle(opening);
    expect(viewModel(bob.live()).header.hands).toMatch(/watching, ann@laptop .* executes/);
    world.kill(ann);
    await world.until('nobody executes', () => bob.live().holder === null);
    expect(viewModel(bob.live()).banner?.choices.map(({ text }) => text)).toContain('take over: execute here');
    await world.settle(bob.act({ kind: 'takeover' }));
    await world.untilPhase('Complete');
    expect(world.images()).toEqual(ALL_NEW);
    await world.settle(bob.done);
  });
});

test('each request to take a pod names the uid of the pod that was meant', async () => {
  const world = await World.start(PODS);
  const meant: boolean[] = [];
  const spy = (api: Api): Api => ({
    clock: api.clock,
    watch: (request) => api.watch(request),
    request: (request: ApiRequest) => {
      if (request.path.endsWith('/eviction')) {
        const { body } = request;
        const options = isObject(body) && isObject(body.deleteOptions) ? body.deleteOptions : {};
        const name = isObject(body) && isObject(body.metadata) ? String(body.metadata.name) : '';
        meant.push(JSON.stringify(options.preconditions) === JSON.stringify({ uid: world.pod(name)?.uid }));
      }
      return api.request(request);
    },
  });
  expect((await world.run(ROLLOUT, { over: spy })).code).toBe(0);
  expect(meant).toEqual(Array.from({ length: 10 }, () => true));
});
