import { afterEach, describe, expect, test } from 'vitest';
import { run } from '../../src/commands/run.ts';
import type { JsonObject } from '../../src/rollout/json.ts';
import { type RunningOperator, startOperator } from '../operator/kit.ts';
import { type SetParts, startCluster, type TestCluster } from './cluster.ts';
import { decide, decider } from './decider.ts';
import type { FakeParts } from './fake-host.ts';

const FAST = 15;

const operators: RunningOperator[] = [];
afterEach(async () => {
  const alive = operators.splice(0).filter(({ api }) => !api.dead);
  await Promise.all(alive.map(({ operator }) => operator.stop()));
});

function operate({ simulator }: TestCluster): RunningOperator {
  const running = startOperator({ simulator });
  operators.push(running);
  return running;
}

async function call(cluster: TestCluster, line: string, parts: FakeParts = {}) {
  const host = cluster.host(parts);
  const code = await run(line.split(' '), host);
  return { code, out: host.out(), err: host.err(), asked: host.asked };
}

const template = (image: string): JsonObject => ({
  metadata: { labels: { app: 'web' }, annotations: { 'kubelet.test/start': '1ms', 'kubelet.test/stop': '20ms' } },
  spec: { containers: [{ name: 'app', image }] },
});
const NAMING: JsonObject = { targetRef: { name: 'web' }, minReady: '0s', maxUnavailable: '4' };
const EMBEDDING: JsonObject = {
  statefulset: {
    spec: {
      replicas: 4,
      serviceName: 'web',
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: { app: 'web' } },
      template: template('app:1'),
    },
  },
  minReady: '0s',
  maxUnavailable: '4',
};

async function decided(spec: JsonObject, parts: SetParts = {}): Promise<TestCluster> {
  const cluster = await startCluster({ speed: FAST, ...parts });
  await decide(cluster.simulator, spec);
  return cluster;
}

const imageOf = (spec: JsonObject) => JSON.stringify(spec).match(/"image":"([^"]+)"/)?.[1];

describe('a rollout of a set that a resource decides about', () => {
  test.each([
    ['names the set', NAMING],
    ['embeds it', EMBEDDING],
  ])('is executed by the operator where it %s, and watched', async (_what, spec) => {
    const cluster = await decided(spec);
    operate(cluster);
    const { code, out } = await call(cluster, 'rollout web --image app=app:2 --yes');
    expect(out).toContain('the operator, as statefulsetrollout/web will say');
    expect(out).toContain('app:1 -> app:2');
    expect(out).toContain('sts/web complete');
    expect(out).toMatch(/watching +in default/);
    expect(code).toBe(0);
    expect(new Set(cluster.images())).toEqual(new Set(['app:2']));
    expect(imageOf((await decider(cluster.simulator)).spec)).toBe('app:2');
    expect(cluster.annotation('status')).toMatchObject({ startedBy: 'operator@cluster' });
    const again = await call(cluster, 'rollout sroll/web --image app=app:2 --yes');
    expect(again).toMatchObject({ code: 0, out: expect.stringContaining('nothing to do') });
  });

  test('a dry run shows the plan and writes nothing', async () => {
    const cluster = await decided(NAMING);
    for (const by of ['client', 'server']) {
      const { code, out } = await call(cluster, `rollout web --image app=app:2 --percent 25 --dry-run=${by}`);
      expect(code).toBe(0);
      expect(out).toContain('app:1 -> app:2');
      expect(out).toContain('25%');
    }
    expect(cluster.writes()).toEqual([]);
  });

  test('keeps its pace, but what the flags say; promoted, its next rollout begins at the first step', async () => {
    const cluster = await decided({ ...NAMING, steps: ['1', '100%'] });
    operate(cluster);
    expect((await call(cluster, 'rollout web --image app=app:2 --max-unavailable 2 --yes --exit-at-pause')).code).toBe(
      0,
    );
    expect((await decider(cluster.simulator)).spec).toMatchObject({ steps: ['1', '100%'], maxUnavailable: '2' });
    expect(cluster.images()).toEqual(['app:1', 'app:1', 'app:1', 'app:2']);
    const promoted = await call(cluster, 'promote web');
    expect(promoted.err).toContain('executes it. Follow: kubectl bedrock status');
    await expect.poll(() => new Set(cluster.images())).toEqual(new Set(['app:2']));
    await expect.poll(() => cluster.annotation('status').phase).toBe('Complete');
    expect((await call(cluster, 'rollout web --image app=app:3 --yes --exit-at-pause')).code).toBe(0);
    expect(cluster.images()).toEqual(['app:2', 'app:2', 'app:2', 'app:3']);
  });

  test('a restart is a new identity, and the same command goes on with it', async () => {
    const cluster = await decided({ ...NAMING, steps: ['1', '100%'] });
    operate(cluster);
    expect((await call(cluster, 'rollout web --restart --yes --exit-at-pause')).code).toBe(0);
    const { rolloutIdentity } = (await decider(cluster.simulator)).spec;
    expect(rolloutIdentity).toMatch(/^restart-/);
    expect((await call(cluster, 'rollout web --restart --steps 100% --yes')).code).toBe(0);
    expect((await decider(cluster.simulator)).spec).toMatchObject({ rolloutIdentity, steps: ['100%'] });
  });

  test('back to a revision by its number: the very one', async () => {
    const cluster = await decided(NAMING);
    operate(cluster);
    expect((await call(cluster, 'rollout web --restart --yes')).code).toBe(0);
    expect((await call(cluster, 'rollout web --image app=app:2 --yes')).code).toBe(0);
    expect((await call(cluster, 'rollout web --to-revision 1 --yes')).code).toBe(0);
    expect(new Set(cluster.images())).toEqual(new Set(['app:1']));
    expect((await call(cluster, 'history web')).out).not.toMatch(/^5 /m);
  });

  test('a file says all that it says to a resource that embeds the set, and its template only to one that names it', async () => {
    const file = (more: string) => `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web}
spec: {${more} template: ${JSON.stringify(template('app:2'))}}
`;
    const files = { 'a.yaml': file('minReadySeconds: 1,'), 'b.yaml': file('') };
    const embedding = await decided(EMBEDDING);
    operate(embedding);
    expect((await call(embedding, 'rollout -f a.yaml --force-conflicts --yes', { files })).code).toBe(0);
    expect((await decider(embedding.simulator)).spec).toMatchObject({
      statefulset: { spec: { minReadySeconds: 1, replicas: 4 } },
    });
    expect(new Set(embedding.images())).toEqual(new Set(['app:2']));
    const naming = await decided(NAMING);
    const refused = await call(naming, 'rollout -f a.yaml --force-conflicts --yes', { files });
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('spec.minReadySeconds') });
    expect(naming.writes()).toEqual([]);
    operate(naming);
    expect((await call(naming, 'rollout -f b.yaml --force-conflicts --yes', { files })).code).toBe(0);
    expect(new Set(naming.images())).toEqual(new Set(['app:2']));
  });

  test('is refused without the right to edit the resource', async () => {
    const cluster = await decided(NAMING);
    cluster.simulator.server.access.deny(
      ({ resource, verb }) => resource === 'statefulsetrollouts' && verb === 'patch',
    );
    const { code, err } = await call(cluster, 'rollout web --image app=app:2 --yes');
    expect(code).toBe(1);
    expect(err).toContain('patch statefulsetrollouts.rollouts.bedrock.dev');
    expect(cluster.writes()).toEqual([]);
  });
});

describe('where the operator is dead', () => {
  test('--yes executes here what it would have begun, and it goes on with that when it returns', async () => {
    const cluster = await decided({ ...NAMING, steps: ['1', '100%'] });
    const { code, err, out } = await call(cluster, 'rollout web --image app=app:2 --yes --exit-at-pause');
    expect(err).toContain('The operator of statefulsetrollout/web does not stir');
    expect(err).toContain('Executing here');
    expect(out).toMatch(/executing +in default/);
    expect(code).toBe(0);
    expect(cluster.images()).toEqual(['app:1', 'app:1', 'app:1', 'app:2']);
    const { rolloutIdentity } = cluster.annotation('spec');
    operate(cluster);
    expect((await call(cluster, 'promote web')).err).toContain('executes it. Follow: kubectl bedrock status');
    await expect.poll(() => new Set(cluster.images()), { timeout: 5000 }).toEqual(new Set(['app:2']));
    expect(cluster.annotation('spec').rolloutIdentity).toBe(rolloutIdentity);
  });

  test('a person is asked, and no leaves it to whoever comes', async () => {
    const cluster = await decided(NAMING);
    const { code, err, asked } = await call(cluster, 'rollout web --image app=app:2 -o line --yes=false', {
      terminal: true,
      answer: true,
    });
    expect(asked).toEqual(['Start?', 'Execute here?']);
    expect(code).toBe(0);
    expect(err).toContain('does not stir');
    const declined = await call(cluster, 'rollback web -o line', { terminal: true, answer: false });
    expect(declined).toMatchObject({ code: 3, asked: ['Execute here?'] });
    expect(new Set(cluster.images())).toEqual(new Set(['app:2']));
    expect((await decider(cluster.simulator)).spec.rollback).toMatchObject({ by: 'ann@laptop' });
    const here = await call(cluster, 'resume web --yes');
    expect(here.code).toBe(0);
  });

  test('resume, promote and rollback take over with --yes', async () => {
    const cluster = await decided({ ...NAMING, steps: ['1', '50%', '100%'] });
    expect((await call(cluster, 'rollout web --image app=app:2 --yes --exit-at-pause')).code).toBe(0);
    const promoted = await call(cluster, 'promote web --yes --exit-at-pause');
    expect(promoted).toMatchObject({ code: 0, err: expect.stringContaining('Executing here') });
    expect(cluster.images()).toEqual(['app:1', 'app:1', 'app:2', 'app:2']);
    expect((await call(cluster, 'rollback web --yes')).code).toBe(0);
    expect(new Set(cluster.images())).toEqual(new Set(['app:1']));
    expect((await decider(cluster.simulator)).spec.rollback).toMatchObject({
      identity: cluster.annotation('spec').rolloutIdentity,
    });
  });

  test('a viewer with --yes takes over from one that dies half-way', async () => {
    const cluster = await decided({ ...NAMING, maxUnavailable: '1', minPodEvictionInterval: '10s' });
    const { api } = operate(cluster);
    const watching = call(cluster, 'rollout web --image app=app:2 --yes');
    await expect.poll(() => cluster.images().includes('app:2'), { timeout: 5000 }).toBe(true);
    api.kill();
    const { code, out } = await watching;
    expect(out).toContain('the executor is gone: executing here now');
    expect(code).toBe(0);
    expect(new Set(cluster.images())).toEqual(new Set(['app:2']));
  });
});

test('hold and unhold are done by the operator, between rollouts', async () => {
  const cluster = await decided({ ...NAMING, hold: false });
  operate(cluster);
  expect((await call(cluster, 'rollout web --image app=app:2 --yes')).code).toBe(0);
  expect(cluster.strategy()).toMatchObject({ rollingUpdate: { partition: 0 } });
  const held = await call(cluster, 'hold web --yes');
  expect(held).toMatchObject({ code: 0, err: expect.stringContaining('sts/web is held') });
  expect(cluster.strategy()).toMatchObject({ rollingUpdate: { partition: 32767 } });
  const letGo = await call(cluster, 'unhold sroll/web --yes');
  expect(letGo).toMatchObject({ code: 0, err: expect.stringContaining('let go') });
  expect(cluster.strategy()).toMatchObject({ rollingUpdate: { partition: 0 } });
});
