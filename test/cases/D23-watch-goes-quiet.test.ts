import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { HttpApi } from '../../src/cluster/http-api.ts';
import { SetCache } from '../../src/cluster/set-cache.ts';
import { event, json, MockServer, until } from '../cluster/harness/mock-server.ts';
import { FlakyApi, type Sent } from './flaky-api.ts';
import { World } from './kit.ts';
import { complete, underWay } from './under-way.ts';

// kubernetes-client/javascript#596, #364, #958, #1933: watches that go quiet or die without an error, and after a restart
// of the API server come back as tens of requests a second, while the screen shows old data as live

const WATCHED = ['statefulsets', 'pods', 'leases'];

/** The most requests of one second, and the closest two lists of one resource. */
function pressure(sent: readonly Sent[]): { mostASecond: number; listsApartMs: number } {
  const mostASecond = Math.max(
    ...sent.map(({ at }) => sent.filter((other) => other.at >= at && other.at < at + 1000).length),
  );
  const gaps = WATCHED.flatMap((resource) => {
    const lists = sent.filter((each) => each.kind === 'list' && each.resource === resource);
    return lists.slice(1).map(({ at }, index) => at - (lists[index]?.at ?? 0));
  });
  return { mostASecond, listsApartMs: Math.min(...gaps) };
}

test.each([
  ['accepted, and then without a word', 'silent'],
  ['without so much as an answer', 'mute'],
] as const)(
  '(a) watches %s for ten minutes: a fresh list goes before each write, and it ends all the same',
  async (_, how) => {
    const running = await underWay();
    const { world, line } = running;
    const from = world.clock.now();
    line.line = how;
    await world.untilPhase('Complete');
    const silent = line.sent.filter(({ at }) => at > from + 16_000);
    const writes = silent.filter(({ kind, resource }) => kind === 'write' && resource !== 'leases');
    expect(writes.length).toBeGreaterThan(0);
    for (const write of writes) {
      const lists = silent.filter(({ kind, at }) => kind === 'list' && at <= write.at && at > write.at - 15_000);
      expect(new Set(lists.map(({ resource }) => resource)), `before ${write.method} ${write.path}`).toContain('pods');
    }
    expect(pressure(line.sent.filter(({ at }) => at > from)).listsApartMs).toBeGreaterThanOrEqual(5_000);
    await complete(running);
  },
);

test('(b) refused for a minute: nothing is written, it is said since when, few ask, and one watch each is there after', async () => {
  const running = await underWay();
  const { world, line } = running;
  const from = world.clock.now();
  const taken = world.taken().length;
  line.line = 'refused';
  await world.pass(60_000);
  expect(running.words()).toMatch(
    /^last update (59s|1m) ago, not acting since \d\d:\d\d:\d\d, reconnecting .*connection refused/,
  );
  const meanwhile = line.sent.filter(({ at }) => at > from);
  expect(pressure(meanwhile).mostASecond).toBeLessThanOrEqual(6);
  expect(meanwhile.length / 60).toBeLessThanOrEqual(3);
  expect(meanwhile.filter(({ kind, resource }) => kind === 'write' && resource !== 'leases')).toEqual([]);
  expect(world.taken()).toHaveLength(taken);
  line.line = 'good';
  await world.until('it goes on', () => world.taken().length > taken);
  expect(running.words()).toBe('live');
  await world.pass(10_000);
  expect(line.watches()).toEqual({ statefulsets: 1, pods: 1, leases: 1 });
  await complete(running);
});

test('(a) a pod that falls while watches say nothing costs budget before the next one goes', async () => {
  const world = await World.start({ replicas: 3 });
  const line = new FlakyApi(world.simulator.api('ann'));
  const running = world.start('rollout web --image app=app:2 --interval 1m --min-ready 0s --yes', { over: () => line });
  await world.until(
    'web-2 is new and Ready',
    () => world.images()[2] === 'app:2' && world.pod('web-2')?.ready === true,
  );
  await world.pass(10_000);
  line.line = 'silent';
  const unready = (value: string | null) =>
    world.patchPod('web-0', { metadata: { annotations: { 'kubelet.test/unready': value } } });
  await unready('true');
  await world.pass(5 * 60_000);
  expect(world.pod('web-0')?.ready).toBe(false);
  expect(world.taken()).toEqual(['web-2']);
  await unready(null);
  expect(await world.end(running)).toMatchObject({ code: 0 });
  expect(world.mostUnavailable()).toHaveLength(1);
});

test.each([
  ['after a second', 'closing'],
  ['with nothing in it', 'closed'],
] as const)('(c) each watch is closed %s: no storm, and it ends all the same', async (_, how) => {
  const running = await underWay();
  const { world, line } = running;
  const from = world.clock.now();
  line.line = how;
  line.cut();
  await complete(running);
  const watches = line.sent.filter(({ kind, at }) => kind === 'watch' && at > from);
  const seconds = (world.clock.now() - from) / 1000;
  expect(seconds).toBeGreaterThan(20);
  // what no watch brings, lists do
  expect(seconds).toBeLessThan(120);
  for (const resource of WATCHED) {
    expect(watches.filter((each) => each.resource === resource).length / seconds, resource).toBeLessThanOrEqual(1);
  }
});

test('(d) a reset in the middle: watched from where it was, nothing listed anew, no pod taken twice', async () => {
  const running = await underWay();
  const { world, line } = running;
  const from = world.clock.now();
  line.cut();
  await world.pass(3_000);
  const after = line.sent.filter(({ at, kind }) => at >= from && (kind === 'watch' || kind === 'list'));
  expect(after.map(({ kind }) => kind)).toEqual(['watch', 'watch', 'watch']);
  expect(after.every(({ query }) => Number(query.resourceVersion) > 0)).toBe(true);
  await complete(running);
  expect(new Set(world.taken()).size).toBe(world.taken().length);
});

describe('(e) half a line, then the end', () => {
  let server: MockServer;
  let api: HttpApi;

  beforeEach(async () => {
    server = await new MockServer().start();
    api = server.api();
  });

  afterEach(async () => {
    await api.close();
    await server.stop();
  });

  test('is a break, and what it was about comes with the next watch', async () => {
    const set = (version: number, replicas: number) => ({
      metadata: { name: 'web', namespace: 'x', uid: 'u', resourceVersion: String(version) },
      spec: { replicas, selector: { matchLabels: { app: 'web' } }, template: {} },
    });
    let watches = 0;
    server.handler = ({ url }, response) => {
      const { pathname, searchParams } = new URL(url, 'https://x');
      const sets = pathname.endsWith('/statefulsets');
      if (searchParams.get('watch') !== 'true') {
        json(response, 200, { metadata: { resourceVersion: '10' }, items: sets ? [set(10, 3)] : [] });
        return;
      }
      response.writeHead(200, { 'content-type': 'application/json' });
      response.flushHeaders();
      if (!sets) return;
      watches++;
      const line = event('MODIFIED', set(11, 5));
      if (watches === 1) response.end(line.slice(0, line.length / 2));
      else response.write(line);
    };
    const cache = new SetCache(api, { namespace: 'x', name: 'web' });
    await cache.ready();
    await until('a break', () => !cache.fresh);
    await until('the second watch', () => JSON.stringify(cache.rawSet()).includes('"replicas":5'));
    const resumed = server.requests
      .map(({ url }) => new URL(url, 'https://x'))
      .filter(
        ({ pathname, searchParams }) => pathname.endsWith('/statefulsets') && searchParams.get('watch') === 'true',
      );
    expect(resumed.map(({ searchParams }) => searchParams.get('resourceVersion'))).toEqual(['10', '10']);
    expect(cache.fresh).toBe(true);
    cache.close();
  });
});
