import { describe, expect, test } from 'vitest';
import { World } from './kit.ts';

// argo-rollouts#995: Ready, then failing; with minReadySeconds 0 the rollout has moved on

const crashing = (after: string, backOff: string) => ({
  annotations: { 'kubelet.test/crash-after': after, 'kubelet.test/back-off': backOff },
});

describe.each([0, 30])('minReadySeconds %i', (minReadySeconds) => {
  test('pods that crash 3 s after Ready, again and again: no more than max-unavailable get the version', async () => {
    const world = await World.start({ replicas: 9, spec: { minReadySeconds }, ...crashing('3s', '15s') });
    const { code, said } = await world.run('rollout web --image app=app:crash --max-unavailable 2 --yes');
    expect(code, said).toBe(3);
    expect(said).toMatch(/keeps? crashing: CrashLoopBackOff/);
    expect(world.images().filter((image) => image === 'app:crash').length).toBeLessThanOrEqual(2);
    expect(world.mostUnavailable().length).toBeLessThanOrEqual(2);
  });
});

test('the last lines of the container, its last warnings and the next command are told', async () => {
  const world = await World.start({ ...crashing('3s', '15s') });
  const { said } = await world.run('rollout web --image app=app:crash --yes');
  expect(said).toContain('web-2 log: fatal: cannot open /data/LOCK');
  expect(said).toMatch(/web-2 event: BackOff.*: Back-off restarting failed container/);
  expect(said).toContain('kubectl bedrock rollback sts/web -n default');
  expect((await world.run('status web')).said).toContain('web-2 log: fatal: cannot open /data/LOCK');
});

test('a pod that was counted already and goes bad later stops it too', async () => {
  const world = await World.start({ replicas: 9, ...crashing('20s', '15s') });
  const { code, said } = await world.run('rollout web --image app=app:crash --yes');
  expect(code, said).toBe(3);
  expect(said).toContain('web-8 keeps crashing: CrashLoopBackOff');
  const at = world.taken().length;
  await world.pass(600_000);
  expect(world.taken()).toHaveLength(at);
});

test('one restart within the soak begins it anew', async () => {
  const world = await World.start({ replicas: 2, ...crashing('1h', '1s') });
  const running = world.start('rollout web --image app=app:2 --min-ready 30s --yes');
  await world.until('web-1 is new', () => world.pod('web-1')?.image === 'app:2' && world.pod('web-1')?.ready === true);
  await world.pass(25_000);
  const restarted = { restartCount: 1, name: 'app', image: 'app:2', imageID: '', ready: true, lastState: {} };
  await world.patchPod('web-1', { status: { containerStatuses: [restarted] } }, 'status');
  await world.pass(20_000);
  expect(world.taken()).toEqual(['web-1']);
  expect(await world.end(running)).toMatchObject({ code: 0 });
});

test('what pods did before the rollout is not held against them', async () => {
  const world = await World.start({ replicas: 3 });
  const often = { restartCount: 50, name: 'app', image: 'app:1', imageID: '', ready: true, lastState: {} };
  await world.patchPod('web-0', { status: { containerStatuses: [often] } }, 'status');
  await world.pass(1000);
  const running = world.start('rollout web --image app=app:2 --yes');
  await world.until('web-2 is going', () => world.taken().length === 1);
  // it merely loses its readiness: it may be mending itself, so it uses budget and is left alone
  await world.patchPod('web-0', { metadata: { annotations: { 'kubelet.test/unready': 'true' } } });
  await world.pass(60_000);
  expect(world.pod('web-0')).toMatchObject({ ready: false, image: 'app:1' });
  expect(world.taken()).toEqual(['web-2']);
  expect((await world.run('status web')).said).not.toMatch(/1 broken/);
  await world.patchPod('web-0', { metadata: { annotations: { 'kubelet.test/unready': null } } });
  expect(await world.end(running)).toMatchObject({ code: 0 });
});

test('a threshold of two: one failed pod uses budget, the second stops it', async () => {
  const world = await World.start({ replicas: 6, ...crashing('3s', '1h') });
  const line = 'rollout web --image app=app:crash --max-unavailable 3 --failure-threshold 2 --yes';
  const { code, said } = await world.run(line);
  expect(code, said).toBe(3);
  expect(world.record().status.failed.length).toBeGreaterThanOrEqual(2);
});

test('--on-failure rollback: all old again, and what it failed of is told', async () => {
  const world = await World.start({ ...crashing('3s', '15s') });
  const { code, said } = await world.run('rollout web --image app=app:crash --on-failure rollback --yes');
  expect(code, said).toBe(4);
  expect(world.images()).toEqual(['app:1', 'app:1', 'app:1']);
  expect(said).toContain('web-2 did not start: CrashLoopBackOff');
  expect(said).toContain('web-2 log: fatal: cannot open /data/LOCK');
});

test('--min-ready is asked of the new version: pods that were there before do not hold it up', async () => {
  const world = await World.start({ replicas: 2 });
  const running = world.start('rollout web --image app=app:2 --min-ready 1h --yes');
  await world.pass(10_000);
  expect(world.taken()).toEqual(['web-1']);
  await world.pass(1_800_000);
  expect(world.taken()).toEqual(['web-1']);
  const { code, said } = await world.end(running);
  expect(code, said).toBe(0);
});
