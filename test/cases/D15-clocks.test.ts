import { describe, expect, test } from 'vitest';
import type { Api } from '../../src/cluster/api.ts';
import { PodTracker } from '../../src/cluster/pod-tracker.ts';
import { isObject, type Json } from '../../src/rollout/json.ts';
import { timestamp } from '../../src/simulator/objects.ts';
import { World } from './kit.ts';

// kubernetes#29229: Ready is stamped by the node's clock

const MINUTE = 60_000;

/** The same, where each condition of a pod is stamped by a clock that is wrong by so much. */
function stampedBy(api: Api, offsetMs: number): Api {
  const skewed = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(skewed);
    if (!isObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [
        name,
        name === 'lastTransitionTime' ? timestamp(Date.parse(String(inner)) + offsetMs) : skewed(inner),
      ]),
    );
  };
  const isOfPods = (path: string) => /\/pods(\/|$)/.test(path);
  return {
    clock: api.clock,
    request: async (request) => {
      const answer = await api.request(request);
      return isOfPods(request.path) ? skewed(answer) : answer;
    },
    watch: (request) =>
      api.watch(
        isOfPods(request.path)
          ? { ...request, onEvent: (event) => request.onEvent({ ...event, object: skewed(event.object) }) }
          : request,
      ),
  };
}

describe.each([
  ['5 min ahead', 5 * MINUTE],
  ['5 min behind', -5 * MINUTE],
])('a node whose clock is %s', (_, offset) => {
  test('a pod counts a minute after we saw it Ready, neither earlier nor never', async () => {
    const world = await World.start({ replicas: 2, spec: { minReadySeconds: 60 } });
    const running = world.start('rollout web --image app=app:2 --yes', { over: (api) => stampedBy(api, offset) });
    await world.until(
      'web-1 is new and Ready',
      () => world.pod('web-1')?.image === 'app:2' && world.pod('web-1')?.ready === true,
    );
    const readyAt = world.clock.now();
    await world.until('web-0 goes', () => world.taken().length === 2);
    const soaked = world.clock.now() - readyAt;
    expect(soaked).toBeGreaterThanOrEqual(59_000);
    expect(soaked).toBeLessThanOrEqual(65_000);
    expect((await world.end(running)).code).toBe(0);
  });
});

test('a laptop that is 5 min behind the API server is told once, in the plan', async () => {
  const world = await World.start({ replicas: 2 });
  const behind = (api: Api): Api => {
    const { clock } = api;
    const wrong = {
      now: () => clock.now(),
      after: (ms: number, run: () => void) => clock.after(ms, run),
      skewMs: -5 * MINUTE,
    };
    return { ...stampedBy(api, 0), clock: wrong };
  };
  const { code, said } = await world.end(world.start('rollout web --image app=app:2 --yes', { over: behind }));
  expect(code).toBe(0);
  expect(said.split("this machine's clock is 5m behind the API server's")).toHaveLength(2);
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
