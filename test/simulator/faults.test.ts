import { expect, test } from 'vitest';
import { type Api, ApiError, ConnectionError, type WatchEvent } from '../../src/cluster/api.ts';
import { Simulator, VirtualClock } from '../../src/simulator/index.ts';
import { at, conditionOf, isReady, nameOf } from '../../src/simulator/objects.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';

function start(seed = 1, version: '1.34' | '1.37' = '1.37') {
  const clock = new VirtualClock();
  const simulator = new Simulator({ seed, version, clock });
  return { clock, simulator, api: simulator.api('alice') };
}

/** Runs the clock until the call has ended, and answers how. */
async function outcome<T>(clock: VirtualClock, call: Promise<T>): Promise<{ value: T } | { error: unknown }> {
  let result: { value: T } | { error: unknown } | null = null;
  call.then(
    (value) => {
      result = { value };
    },
    (error: unknown) => {
      result = { error };
    },
  );
  await clock.run(clock.now() + 120_000, () => result !== null);
  if (result === null) throw new Error('it never ended');
  return result;
}

const create = (api: Api, name: string) =>
  api.request({ method: 'POST', path: MAPS, body: { metadata: { name }, data: {} } });

test('a request that is lost before was not done, one that is lost after was', async () => {
  for (const [fault, done] of [
    ['lost-before', false],
    ['lost-after', true],
  ] as const) {
    const { clock, simulator, api } = start();
    simulator.faults.next(fault);
    expect(await outcome(clock, create(api, 'a'))).toEqual({ error: expect.any(ConnectionError) });
    expect(await outcome(clock, create(api, 'b'))).toHaveProperty('value');
    const read = await outcome(clock, api.request({ method: 'GET', path: `${MAPS}/a` }));
    expect('value' in read).toBe(done);
  }
});

test('refusals: overloaded, internal, conflict', async () => {
  const { clock, simulator, api } = start();
  for (const [fault, code] of [
    ['overloaded', 429],
    ['internal', 500],
    ['conflict', 409],
  ] as const) {
    simulator.faults.next(fault, ({ method }) => method === 'PATCH');
    const patch = {
      method: 'PATCH',
      path: `${MAPS}/a`,
      contentType: 'application/merge-patch+json',
      body: {},
    } as const;
    const answer = await outcome(clock, api.request(patch));
    expect(answer).toEqual({
      error: expect.objectContaining({ name: 'ApiError', code, causes: code === 500 ? expect.anything() : [] }),
    });
  }
});

test('a slow request is given up by its time-out, and still done', async () => {
  const { clock, simulator, api } = start();
  simulator.faults.rates.slowMs = 5000;
  simulator.faults.next('slow');
  const call = api.request({ method: 'POST', path: MAPS, body: { metadata: { name: 'a' } }, timeoutMs: 1000 });
  expect(await outcome(clock, call)).toEqual({ error: expect.any(ConnectionError) });
  await clock.run(clock.now() + 5000);
  expect(
    simulator.server.store.get(
      simulator.server.store.resources.find('', 'v1', 'configmaps') ?? never(),
      'default',
      'a',
    ),
  ).toBeDefined();
});

function watching(api: Api, version: string) {
  const events: WatchEvent[] = [];
  const query: Record<string, string> = version ? { resourceVersion: version } : {};
  const onEvent = (event: WatchEvent): void => {
    events.push(event);
  };
  return {
    events,
    ended: api.watch({ path: MAPS, query, onEvent, idleMs: 60_000, signal: new AbortController().signal }),
  };
}

test('watches break, end, and answer 410 in both shapes', async () => {
  const { clock, simulator, api } = start();
  const version = String(simulator.server.store.version);
  const broken = watching(api, version);
  await clock.run(clock.now() + 100);
  simulator.faults.breakWatches('cut');
  expect(await outcome(clock, broken.ended)).toEqual({ error: expect.any(ConnectionError) });

  const gone = watching(api, version);
  await clock.run(clock.now() + 100);
  simulator.faults.breakWatches('expired-event');
  expect(await outcome(clock, gone.ended)).toEqual({ value: undefined });
  expect(gone.events).toMatchObject([{ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } }]);

  const cut = watching(api, version);
  await clock.run(clock.now() + 100);
  simulator.faults.breakWatches('expired-answer');
  await outcome(clock, cut.ended);
  const refused = await outcome(clock, watching(api, version).ended);
  expect(refused).toEqual({ error: expect.any(ApiError) });
  expect(refused).toMatchObject({ error: { code: 410, reason: 'Expired' } });

  simulator.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } });
  simulator.server.store.compact();
  const old = watching(api, version);
  await outcome(clock, old.ended);
  expect(old.events).toMatchObject([{ type: 'ERROR', object: { code: 410 } }]);
});

test('a silent watch is given up, bookmarks keep it alive', async () => {
  const { clock, api } = start();
  const silent = watching(api, '1000');
  const query = { resourceVersion: '1000', allowWatchBookmarks: 'true', timeoutSeconds: '300' };
  const events: WatchEvent[] = [];
  const onEvent = (event: WatchEvent): void => {
    events.push(event);
  };
  const kept = api.watch({ path: MAPS, query, onEvent, idleMs: 70_000, signal: new AbortController().signal });
  expect(await outcome(clock, silent.ended)).toEqual({ error: expect.any(ConnectionError) });
  let over = false;
  void kept.then(() => {
    over = true;
  });
  await clock.run(clock.now() + 600_000, () => over);
  expect(over).toBe(true);
  expect(events.length).toBeGreaterThan(3);
  expect(events.every(({ type }) => type === 'BOOKMARK')).toBe(true);
});

test('late and doubled events stay in order', async () => {
  const { clock, simulator, api } = start();
  simulator.faults.rates = { request: {}, watch: {}, duplicate: 0.3, late: 0.3, slowMs: 3000 };
  const { events } = watching(api, '');
  for (let i = 0; i < 40; i++) {
    simulator.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `map-${i}` } });
    await clock.run(clock.now() + 20);
  }
  await clock.run(clock.now() + 60_000);
  const versions = events.map(({ object }) => Number(at(at(object).metadata).resourceVersion));
  expect(versions).toEqual([...versions].sort((a, b) => a - b));
  expect(new Set(versions).size).toBe(40);
  expect(versions.length).toBeGreaterThan(40);
});

test('a continued list is answered 410 once its version is forgotten, with a token to go on all the same', async () => {
  const { clock, simulator, api } = start();
  for (const name of ['a', 'b', 'c']) simulator.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
  const first = await outcome(clock, api.request({ method: 'GET', path: MAPS, query: { limit: '2' } }));
  const token = 'value' in first ? String(at(at(first.value).metadata).continue) : '';
  simulator.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'd' } });
  simulator.server.store.compact();
  const second = await outcome(
    clock,
    api.request({ method: 'GET', path: MAPS, query: { limit: '2', continue: token } }),
  );
  expect(second).toMatchObject({ error: { code: 410, reason: 'Expired' } });
});

function withSet(policy = 'Parallel', extra = {}) {
  const started = start();
  const labels = { app: 'web' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'app:1' }] } };
  const spec = { replicas: 3, podManagementPolicy: policy, selector: { matchLabels: labels }, template, ...extra };
  started.simulator.create({ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'web' }, spec });
  const ready = () => started.simulator.pods().filter(isReady).length;
  return { ...started, ready };
}

test('a drained node loses its pods one by one within the budget, and gets no new ones', async () => {
  const { clock, simulator, ready } = withSet();
  const selector = { matchLabels: { app: 'web' } };
  simulator.create({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'web' },
    spec: { maxUnavailable: 1, selector },
  });
  await clock.run(clock.now() + 60_000, () => ready() === 3);
  const on = String(at(simulator.pods()[0]?.spec).nodeName);
  simulator.nodes.drain(on);
  await clock.run(clock.now() + 60_000);
  expect(simulator.pods().filter((pod) => at(pod.spec).nodeName === on)).toEqual([]);
  expect(ready()).toBe(3);
  expect(simulator.history.pods.some(({ deletion }) => deletion?.user === 'drainer' && deletion.verb === 'evict')).toBe(
    true,
  );
});

test('a dead node: pods not Ready after 40 s, terminating after 340 s, gone only when it is back', async () => {
  const { clock, simulator, ready } = withSet();
  await clock.run(clock.now() + 60_000, () => ready() === 3);
  const node = String(at(simulator.pods()[0]?.spec).nodeName);
  const mine = () => simulator.pods().filter((pod) => at(pod.spec).nodeName === node);
  simulator.nodes.kill(node);
  await clock.run(clock.now() + 39_000);
  expect(ready()).toBe(3);
  await clock.run(clock.now() + 2000);
  expect(mine().map((pod) => conditionOf(pod, 'Ready')?.status)).toEqual(['False']);
  await clock.run(clock.now() + 400_000);
  expect(mine().map((pod) => pod.metadata.deletionTimestamp !== undefined)).toEqual([true]);
  simulator.nodes.revive(node);
  await clock.run(clock.now() + 60_000);
  expect(ready()).toBe(3);
});

test('a pod crashes by order, and comes again', async () => {
  const { clock, simulator, ready } = withSet();
  await clock.run(clock.now() + 60_000, () => ready() === 3);
  simulator.kubelet.crash('default', 'web-1');
  expect(ready()).toBe(2);
  await clock.run(clock.now() + 10_000, () => ready() === 3);
  expect(ready()).toBe(3);
  expect(simulator.history.pods.map(({ name }) => name).sort()).toEqual(['web-0', 'web-1', 'web-2']);
});

test('who is denied a verb is told so by the call and by the review', async () => {
  const { clock, simulator, api } = withSet();
  simulator.server.access.deny(
    ({ user, verb, resource }) => user === 'alice' && verb === 'patch' && resource === 'statefulsets',
  );
  const path = '/apis/apps/v1/namespaces/default/statefulsets/web';
  const patch = { method: 'PATCH', path, contentType: 'application/merge-patch+json', body: {} } as const;
  const refused = await outcome(clock, api.request(patch));
  expect(refused).toMatchObject({
    error: {
      code: 403,
      message:
        'statefulsets.apps "web" is forbidden: User "alice" cannot patch resource "statefulsets" in API group "apps" in the namespace "default"',
    },
  });
  expect(await outcome(clock, simulator.api('bob').request(patch))).toHaveProperty('value');
});

test('objects that are handed out cannot be changed', async () => {
  const { simulator } = withSet();
  const set = simulator.set('web');
  expect(() => {
    at(set.spec).replicas = 9;
  }).toThrow(TypeError);
  expect(nameOf(set)).toBe('web');
});

function never(): never {
  throw new Error('the simulator serves no ConfigMaps');
}
