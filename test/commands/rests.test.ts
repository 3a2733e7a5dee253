import { expect, test } from 'vitest';
import '../../src/commands/hold.ts';
import type { JsonObject } from '../../src/rollout/json.ts';
import { World } from '../cases/kit.ts';

// How a set is left, and what is said of it by whoever comes next.

test('left at a step, it is promoted, not resumed', async () => {
  const world = await World.start({ replicas: 4 });
  const running = world.start('rollout web --image app=app:2 --steps 1,50%,100% --yes');
  await world.untilPhase('Paused (StepReached)');
  running.host.signal('SIGTERM');
  const { code, said } = await world.end(running);
  expect(code).toBe(143);
  expect(world.phase()).toBe('Paused (StepReached)');
  expect(said).toContain('kubectl bedrock promote sts/web -n default');
  expect(said).not.toContain('kubectl bedrock resume');
});

test('left on its way, it is resumed', async () => {
  const world = await World.start({ replicas: 4 });
  const running = world.start('rollout web --image app=app:2 --yes');
  await world.until('one is new', () => world.images().includes('app:2'));
  running.host.signal('SIGTERM');
  const { said } = await world.end(running);
  expect(world.phase()).toBe('Paused (Requested)');
  expect(said).toContain('kubectl bedrock resume sts/web -n default');
});

test('held, and somebody writes the template: the pods are told of as they are', async () => {
  const world = await World.start({ replicas: 4 });
  expect((await world.run('hold web --yes')).code).toBe(0);
  await world.patchImage('app:9');
  await world.pass(60_000);
  const { said } = await world.run('status web');
  expect(said).toContain('complete: 4 pods at app 1');
  expect(said).toContain('since then bob has changed its template');
});

test('--dry-run=server sends the strategy too, of a file as of an image, and writes nothing', async () => {
  for (const change of ['--image app=app:2', '-f web.yaml --force-conflicts']) {
    const world = await World.start();
    const sent: string[] = [];
    const { code, said } = await world.run(`rollout web ${change} --dry-run=server`, {
      files: { 'web.yaml': world.manifest('app:2') },
      over: (api) => ({
        clock: api.clock,
        watch: (request) => api.watch(request),
        request: (request) => {
          if (request.query?.dryRun === 'All') sent.push(JSON.stringify(request.body));
          return api.request(request);
        },
      }),
    });
    expect(code, said).toBe(0);
    expect(sent.join('\n')).toContain('/spec/updateStrategy');
    expect(world.writes()).toEqual([]);
  }
});

test('a strategy that a webhook refuses is known after a dry run', async () => {
  const world = await World.start();
  world.simulator.server.admission.push(({ object }) => {
    const { updateStrategy } = (object.spec ?? {}) as JsonObject;
    if (JSON.stringify(updateStrategy ?? {}).includes('32767')) throw new Error('no fences here');
  });
  await expect(world.run('rollout web --image app=app:2 --dry-run=server')).rejects.toThrow('no fences here');
});

test('a record that does not fit is refused before anything is asked or written', async () => {
  const world = await World.start({
    metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': 'x'.repeat(262_000) } },
  });
  const { code, said } = await world.run('rollout web --image app=app:2 --yes');
  expect(code, said).toBe(1);
  expect(said).toContain('the record of this rollout does not fit');
  expect(said).toContain('Kubernetes takes 256 KiB');
  expect(world.writes()).toEqual([]);
});
