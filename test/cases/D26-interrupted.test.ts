import { expect, test } from 'vitest';
import { World } from './kit.ts';

// QwenLM/qwen-code#7781, derailed/k9s#3279: a signal in the middle, and nobody knows how far it got, or a script sees 0.
// What only a terminal can show is in test/e2e/cases/D26-terminal.test.ts.

const ROLLOUT = 'rollout web --image app=app:2 --max-unavailable 3 --min-ready 0s --yes';

async function underWay(line = ROLLOUT) {
  const world = await World.start({ replicas: 9, start: '3s', stop: '2s' });
  const rollout = world.start(line);
  await world.until('three pods go', () => world.taken().length === 3);
  return { world, rollout };
}

test.each([
  ['SIGINT', 130, 'line'],
  ['SIGTERM', 143, 'line'],
  ['SIGHUP', 129, 'line'],
  ['SIGINT', 130, 'jsonl'],
  ['SIGTERM', 143, 'jsonl'],
] as const)(
  '%s ends with %d in %s mode: nothing further is taken, what was taken gets its fence, the Lease is given back',
  async (signal, code, output) => {
    const { world, rollout } = await underWay(`${ROLLOUT} -o ${output}`);
    // the last eviction may not have its fence yet
    rollout.host.signal(signal);
    const asked = world.clock.now();
    const ended = await world.end(rollout);
    expect(ended.code, ended.said).toBe(code);
    expect(world.clock.now() - asked).toBeLessThanOrEqual(3_000);
    expect(ended.said).toMatch(/kubectl bedrock (resume|rollout|promote) sts\/web/);
    const lease = world.simulator.server.store.resources.ofKind('coordination.k8s.io/v1', 'Lease');
    const held = lease === undefined ? [] : world.simulator.server.store.list(lease, 'default');
    expect(JSON.stringify(held)).toContain('"holderIdentity":""');
    await world.pass(60_000);
    expect(world.taken()).toHaveLength(3);
    // they come back new, and nothing else does
    expect(world.images().filter((image) => image === 'app:2')).toHaveLength(3);
    expect(world.mostUnavailable().length).toBeLessThanOrEqual(3);
  },
);

test('standard output closed: the same, with 3, and no crash', async () => {
  const { world, rollout } = await underWay();
  rollout.host.closeOutput();
  expect((await world.end(rollout)).code).toBe(3);
  await world.pass(60_000);
  expect(world.taken()).toHaveLength(3);
});

test('after kill -9 the next start tells what the cluster says, and offers to go on', async () => {
  const { world, rollout } = await underWay();
  world.kill(rollout);
  await world.pass(70_000);
  const status = await world.run('status web');
  const updated = world.images().filter((image) => image === 'app:2').length;
  expect(status.said).toContain(`${updated} of 9 updated`);
  const next = await world.run('rollout web --image app=app:2 --dry-run=client');
  expect(next.said).toMatch(/ann@laptop/);
  expect(world.taken()).toHaveLength(3);
  expect((await world.run(ROLLOUT)).code).toBe(0);
  expect(new Set(world.images())).toEqual(new Set(['app:2']));
});
