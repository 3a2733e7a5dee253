import { expect, test } from 'vitest';
import { FlakyApi, gone, type Sent } from './flaky-api.ts';
import { World } from './kit.ts';
import { complete, ROLLOUT, underWay } from './under-way.ts';

// kubernetes-client/javascript#392, kubernetes#25151: "too old resource version" comes as HTTP 410, or inside of a stream
// that was answered by 200; a loop that asks again from the same version never ends

/** At most one list in five seconds. */
function expectFewLists(sent: readonly Sent[], from: number, to: number): void {
  for (const resource of ['statefulsets', 'pods', 'leases']) {
    const lists = sent.filter((each) => each.kind === 'list' && each.resource === resource && each.at > from);
    expect(lists.length, resource).toBeLessThanOrEqual(1 + (to - from) / 5_000);
  }
}

test.each([
  ['(a) HTTP 410', 'expired-answer'],
  ['(b) an ERROR event after a 200', 'expired-event'],
] as const)('%s: listed anew, what vanished meanwhile is gone, and it goes on', async (_, fault) => {
  const running = await underWay();
  const { world, line, session } = running;
  const from = world.clock.now();
  world.simulator.faults.breakWatches(fault, '/pods');
  // gone while nobody watched: only the difference of two lists can tell
  await world.deletePod('web-0');
  await world.pass(8_000);
  expect(
    line.sent.filter(({ kind, resource, at }) => kind === 'list' && resource === 'pods' && at >= from),
  ).toHaveLength(1);
  const seen = session()
    .live()
    .observation?.pods.find(({ name }) => name === 'web-0');
  expect(seen?.uid).toBe(world.pod('web-0')?.uid);
  // the two of ours, and the one that somebody else has taken
  await complete(running, 3);
  expectFewLists(line.sent, from, world.clock.now());
});

test('(c) 410 on a further page of a list: read once more, in one piece', async () => {
  const world = await World.start({ replicas: 12 });
  const line = new FlakyApi(world.simulator.api('ann'));
  const pages: string[] = [];
  line.onRead = ({ path, query = {} }) => {
    if (!path.endsWith('/pods')) return undefined;
    pages.push(query.continue === undefined ? `limit ${query.limit ?? 'none'}` : 'continue');
    if (query.continue !== undefined) return gone();
    return query.limit === undefined ? undefined : { metadata: { resourceVersion: '1', continue: 'more' }, items: [] };
  };
  const ended = await world.run(ROLLOUT, { over: () => line });
  expect(ended, ended.said).toMatchObject({ code: 0 });
  expect(pages.slice(0, 3)).toEqual(['limit 500', 'continue', 'limit none']);
  expect(world.images()).toEqual(Array.from({ length: 12 }, () => 'app:2'));
});

test('(d) ERROR 500 in every stream: it backs off, and goes on once the streams are whole', async () => {
  const running = await underWay();
  const { world, line } = running;
  const from = world.clock.now();
  line.line = 'broken-stream';
  line.cut();
  await world.pass(120_000);
  const asked = line.sent.filter(({ at, kind }) => at > from && kind !== 'write');
  expect(asked.length / 120).toBeLessThan(1.5);
  const times = asked.filter(({ kind, resource }) => kind === 'watch' && resource === 'pods').map(({ at }) => at);
  const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
  expect(Math.max(...gaps)).toBeGreaterThan(10_000);
  expectFewLists(line.sent, from, world.clock.now());
  line.line = 'good';
  await complete(running);
});
