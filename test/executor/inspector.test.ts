import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/rollout/json.ts';
import { World } from '../cases/kit.ts';

/** A rollout whose pods start for an hour. */
function starting(world: World): string {
  const manifest = JSON.parse(world.manifest('app:2'));
  manifest.spec.template.metadata.annotations['kubelet.test/start'] = '1h';
  return JSON.stringify(manifest);
}

function warn(world: World, about: JsonObject, reason: string, message: string): void {
  const at = `${new Date(world.clock.now()).toISOString().slice(0, 19)}Z`;
  world.simulator.create({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${about.name}.${reason}` },
    involvedObject: { namespace: 'default', ...about },
    type: 'Warning',
    reason,
    message,
    count: 1,
    firstTimestamp: at,
    lastTimestamp: at,
  });
}

const LINE = 'rollout -f web.yaml --force-conflicts --progress-deadline 2m --yes';

test('a pod that waits for its volume: starting is not stuck, and the deadline says what it waited for', async () => {
  const world = await World.start();
  const running = world.start(LINE, { files: { 'web.yaml': starting(world) } });
  await world.until('web-2 is new', () => world.pod('web-2')?.image === 'app:2');
  const pod = { kind: 'Pod', name: 'web-2', uid: world.pod('web-2')?.uid ?? '' };
  warn(world, pod, 'FailedMount', 'Unable to attach or mount volumes: timed out waiting for "data"');
  await world.pass(60_000);
  expect(world.phase()).toBe('Progressing');
  const { code, said } = await world.end(running);
  expect(code, said).toBe(3);
  expect(said).toContain('no progress for 2m: web-2 not available (Unable to attach or mount volumes');
});

test('what may not be read is not told, and nothing fails for it', async () => {
  const world = await World.start();
  world.simulator.server.access.deny(({ user, resource }) => user === 'ann' && ['events', 'nodes'].includes(resource));
  const { code, said } = await world.run(LINE, { files: { 'web.yaml': starting(world) } });
  expect(code, said).toBe(3);
  expect(said).toContain('web-2 not available (0 of 1 containers Ready)');
});

test('a refusal of long ago, or of another pod, is not told of this one', async () => {
  const world = await World.start({ replicas: 12 });
  const set = { kind: 'StatefulSet', name: 'web', uid: String(world.set().metadata.uid) };
  warn(world, set, 'FailedCreate', 'create Pod web-11 in StatefulSet web failed error: an old quota');
  await world.pass(120_000);
  world.simulator.create({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'small' },
    spec: { hard: { pods: '11' } },
  });
  await world.pass(1000);
  const { code, said } = await world.run('rollout web --image app=app:2 --yes');
  expect(code, said).toBe(3);
  expect(said).toContain('web-11 does not start: FailedCreate');
  expect(said).toContain('exceeded quota: small');
  expect(said).not.toContain('an old quota');
  expect(said).not.toContain('web-1 cannot be created');
});

test('nothing is read where nothing is missing, stuck or failed', async () => {
  const world = await World.start();
  const read: string[] = [];
  const { code } = await world.run('rollout web --image app=app:2 --yes', {
    over: (api) => ({
      clock: api.clock,
      watch: (request) => api.watch(request),
      request: (request) => {
        if (/events|nodes|\/log$/.test(request.path)) read.push(request.path);
        return api.request(request);
      },
    }),
  });
  expect(code).toBe(0);
  expect(read).toEqual([]);
});
