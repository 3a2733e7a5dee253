import { expect, test } from 'vitest';
import type { Api, ExecRequest, ExecResult } from '../../src/cluster/api.ts';
import { World } from '../cases/kit.ts';

/** An API that runs commands as `run` says. */
const running =
  (run: (request: ExecRequest) => Promise<ExecResult>) =>
  (api: Api): Api => ({
    clock: api.clock,
    request: (request) => api.request(request),
    watch: (request) => api.watch(request),
    exec: run,
  });

const COMMAND = 'rollout web --image app=app:2 --before-pod leave --min-ready 0 --yes -o line';

test('a pod that agreed is not asked again by the executor that goes on with it', async () => {
  const world = await World.start({ spec: { updateStrategy: { type: 'RollingUpdate' } } });
  const asked: string[] = [];
  const over = running(async ({ pod }) => {
    asked.push(pod);
    return { exitCode: 0, output: '' };
  });
  const first = world.start(`${COMMAND} --interval 10s`, { over });
  await world.until('the first pod is taken', () => world.taken().length === 1);
  await world.pass(3_000);
  world.kill(first);
  // its Lease runs out
  await world.pass(60_000);
  const ended = await world.run('resume web --yes -o line', { over, user: 'bob' });
  expect(ended.code, ended.said).toBe(0);
  expect(asked).toEqual(['web-2', 'web-1', 'web-0']);
  expect(world.takings().map(({ pod }) => pod)).toEqual(['web-2', 'web-1', 'web-0']);
});

test('an executor that dies in the middle of a hook leaves the pod where it is, and the next one asks again', async () => {
  const world = await World.start();
  const asked: string[] = [];
  const silent = running(({ pod }) => {
    asked.push(pod);
    return new Promise(() => {});
  });
  const first = world.start(COMMAND, { over: silent });
  await world.until('the hook runs', () => asked.length === 1);
  await world.pass(5_000);
  expect(world.taken()).toEqual([]);
  world.kill(first);
  // its Lease runs out
  await world.pass(60_000);
  const over = running(async ({ pod }) => {
    asked.push(pod);
    return { exitCode: 0, output: '' };
  });
  const ended = await world.run('resume web --yes -o line', { over, user: 'bob' });
  expect(ended.code, ended.said).toBe(0);
  expect(asked).toEqual(['web-2', 'web-2', 'web-1', 'web-0']);
});

test('of a batch one pod after the other is asked, and none waits for the one before to be back', async () => {
  const world = await World.start({ replicas: 4, annotations: { 'kubelet.test/start': '20s' } });
  let underWay = 0;
  let most = 0;
  const over = (api: Api) =>
    running(async () => {
      most = Math.max(most, ++underWay);
      await new Promise<void>((resolve) => api.clock.after(2_000, resolve));
      underWay--;
      return { exitCode: 0, output: '' };
    })(api);
  const ended = await world.run(`${COMMAND} --max-unavailable 3`, { over });
  expect(ended.code, ended.said).toBe(0);
  expect(most).toBe(1);
  expect(world.mostUnavailable()).toHaveLength(3);
});

test('hooks that are run in pods ask for the permission first, also where the record names them', async () => {
  const world = await World.start();
  const forbidden = (api: Api): Api => ({
    clock: api.clock,
    watch: (request) => api.watch(request),
    request: async (request) => {
      const answer = await api.request(request);
      const isExec = JSON.stringify(request.body ?? null).includes('"subresource":"exec"');
      return isExec ? { status: { allowed: false } } : answer;
    },
  });
  const refused = await world.run(COMMAND, { over: forbidden });
  expect(refused.code).toBe(1);
  expect(refused.said).toMatch(/create pods\/exec +check: kubectl auth can-i create pods --subresource=exec/);
  expect(world.writes()).toEqual([]);
});
