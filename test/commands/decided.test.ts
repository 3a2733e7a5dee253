import { describe, expect, test } from 'vitest';
import { run } from '../../src/commands/run.ts';
import type { JsonObject } from '../../src/rollout/json.ts';
import { startCluster, type TestCluster } from './cluster.ts';
import { decide, decider, deleteDecider, patchDecider } from './decider.ts';

const call = (cluster: TestCluster, line: string) => {
  const host = cluster.host();
  return run(line.split(' '), host).then((code) => ({ code, out: host.out(), err: host.err() }));
};

const isResource = ({ resource }: { resource: string }) => resource === 'statefulsetrollouts';

/** A set held at half of its way, which a StatefulsetRollout has decided about since. */
async function halfWay(spec: JsonObject = {}): Promise<TestCluster> {
  const cluster = await startCluster();
  expect((await call(cluster, 'rollout web --image app=app:2 --percent 50 --min-ready 0 --yes')).code).toBe(0);
  await decide(cluster.simulator, { targetRef: { name: 'web' }, percent: 50, minReady: '0s', ...spec });
  return cluster;
}

describe('an edit of a set that a resource decides about', () => {
  test.each([
    ['pause web', { pauseRequested: true, pausedBy: 'ann@laptop' }],
    ['pause --all', { pauseRequested: true, pausedBy: 'ann@laptop' }],
    ['speed web --max-unavailable 3', { maxUnavailable: '3' }],
    ['promote web --percent 75 --no-execute', { percent: 75 }],
    ['rollback web --no-execute', { rollback: { by: 'ann@laptop', summary: 'asked to' } }],
  ])('%s is made to the resource, then to the record', async (line, wanted) => {
    const cluster = await halfWay();
    const before = cluster.writes().length;
    expect((await call(cluster, line)).code).toBe(0);
    expect(cluster.writes().slice(before)).toEqual(['update statefulsetrollouts/web', 'update statefulsets/web']);
    const { spec } = await decider(cluster.simulator);
    expect(spec).toMatchObject(wanted);
    expect(cluster.annotation('spec')).toMatchObject(wanted);
  });

  test('names the rollout that is to go back', async () => {
    const cluster = await halfWay();
    const { rolloutIdentity } = cluster.annotation('spec');
    await call(cluster, 'rollback web --no-execute');
    expect((await decider(cluster.simulator)).spec.rollback).toMatchObject({ identity: rolloutIdentity });
  });

  test('goes on from a pause that only the resource knows of yet', async () => {
    const cluster = await halfWay({ pauseRequested: true });
    expect((await call(cluster, 'resume web --no-execute')).code).toBe(0);
    expect((await decider(cluster.simulator)).spec).toMatchObject({ pauseRequested: false });
  });

  test('keeps what somebody else writes to the resource in the same moment', async () => {
    const cluster = await halfWay();
    const theirs: Promise<void>[] = [];
    cluster.simulator.server.access.deny((asked) => {
      // denies nothing: it is the moment between our read of the resource and our write
      const ours = isResource(asked) && asked.user === 'ann' && asked.verb === 'patch';
      if (ours && theirs.length === 0)
        theirs.push(patchDecider(cluster.simulator, { spec: { progressDeadline: '1h' } }));
      return false;
    });
    cluster.simulator.faults.next(
      'conflict',
      ({ method, path }) => method === 'PATCH' && path.includes('rollouts/web'),
    );
    expect((await call(cluster, 'pause web')).code).toBe(0);
    await Promise.all(theirs);
    expect((await decider(cluster.simulator)).spec).toMatchObject({ pauseRequested: true, progressDeadline: '1h' });
    expect(theirs).toHaveLength(1);
    expect(cluster.annotation('spec')).toMatchObject({ pauseRequested: true });
  });

  test('leaves a resource alone that is about another set: its annotation was copied', async () => {
    const cluster = await startCluster();
    expect((await call(cluster, 'rollout web --image app=app:2 --percent 50 --min-ready 0 --yes')).code).toBe(0);
    await decide(cluster.simulator, { targetRef: { name: 'db' } });
    const before = cluster.writes().length;
    expect((await call(cluster, 'pause web')).code).toBe(0);
    expect(cluster.writes().slice(before)).toEqual(['update statefulsets/web']);
    expect((await call(cluster, 'resume web')).code).toBe(0);
  });

  test('goes to the record alone where the resource is gone', async () => {
    const cluster = await halfWay();
    await deleteDecider(cluster.simulator);
    const before = cluster.writes().length;
    expect((await call(cluster, 'pause web')).code).toBe(0);
    expect(cluster.writes().slice(before)).toEqual(['update statefulsets/web']);
    expect(cluster.annotation('spec')).toMatchObject({ pauseRequested: true });
  });

  test.each(['get', 'patch'])('is refused without the permission to %s it, and nothing is written', async (verb) => {
    const cluster = await halfWay();
    cluster.simulator.server.access.deny((asked) => isResource(asked) && asked.user === 'ann' && asked.verb === verb);
    const before = cluster.writes().length;
    const { code, err } = await call(cluster, 'pause web');
    expect(code).toBe(1);
    expect(err).toContain(`Needed: ${verb} statefulsetrollouts.rollouts.bedrock.dev`);
    expect(err).toContain(`kubectl auth can-i ${verb} statefulsetrollouts.rollouts.bedrock.dev/web -n default`);
    expect(cluster.writes()).toHaveLength(before);
    expect(cluster.annotation('spec')).toMatchObject({ pauseRequested: false });
  });
});

describe('hold and unhold', () => {
  test.each([
    ['hold web --yes', { hold: true }, /says hold: true, and its operator does not stir: sts\/web is not held yet/],
    ['unhold web --yes', { hold: false }, /whoever writes the template of sts\/web moves its pods/],
  ])('%s edits the resource, and nothing else', async (line, wanted, words) => {
    const cluster = await startCluster({ speed: 15 });
    if (line.startsWith('unhold')) expect((await call(cluster, 'hold web --yes')).code).toBe(0);
    await decide(cluster.simulator, { targetRef: { name: 'web' }, hold: !wanted.hold });
    const before = cluster.writes().length;
    const { code, err } = await call(cluster, line);
    expect(code).toBe(1);
    expect(err).toMatch(words);
    expect(cluster.writes().slice(before)).toEqual(['update statefulsetrollouts/web']);
    expect((await decider(cluster.simulator)).spec).toMatchObject(wanted);
  });

  test('in a rollout they are about its end', async () => {
    const cluster = await halfWay();
    const { code, err } = await call(cluster, 'unhold web --yes');
    expect(code).toBe(0);
    expect(err).toContain('At the end of its rollout sts/web is let go');
    expect(cluster.annotation('spec')).toMatchObject({ hold: false });
    expect((await decider(cluster.simulator)).spec).toMatchObject({ hold: false });
  });

  test('a set whose resource is gone is let go as any other', async () => {
    const cluster = await halfWay();
    await deleteDecider(cluster.simulator);
    expect((await call(cluster, 'unhold web --yes')).code).toBe(0);
    expect(cluster.strategy()).toMatchObject({ rollingUpdate: { partition: 0 } });
  });
});

describe('is said', () => {
  test('by status and list', async () => {
    const cluster = await halfWay();
    expect((await call(cluster, 'status web')).out).toContain('decided by statefulsetrollout/web');
    expect(JSON.parse((await call(cluster, 'status web -o json')).out)).toMatchObject({
      decidedBy: 'statefulsetrollout/web',
    });
    expect((await call(cluster, 'list')).out).toMatch(/web .*decided by statefulsetrollout\/web/);
  });

  test('and what kubectl would do to the set itself is not advised, nor to let it go', async () => {
    const cluster = await halfWay();
    const { out } = await call(cluster, 'status web');
    expect(out).toContain('kubectl bedrock promote sts/web');
    expect(out).not.toContain('without this tool');
  });
});

describe('a set named by its resource', () => {
  test.each(['sroll/web', 'statefulsetrollout/web', 'statefulsetrollouts.rollouts.bedrock.dev web'])(
    '%s',
    async (name) => {
      const cluster = await startCluster();
      await decide(cluster.simulator, { targetRef: { name: 'web' } });
      const { code, out } = await call(cluster, `status ${name} -o json`);
      expect(code).toBe(0);
      expect(JSON.parse(out)).toMatchObject({ statefulSet: 'web' });
    },
  );

  test('that is not there, or is broken', async () => {
    const cluster = await startCluster();
    await decide(cluster.simulator, { targetRef: { name: 'web' } }, false);
    expect((await call(cluster, 'status sroll/wed')).err).toContain(
      'statefulsetrollout/wed not found in namespace default; for a StatefulSet write sts/wed',
    );
    await patchDecider(cluster.simulator, { spec: { percent: 300 } });
    expect((await call(cluster, 'status sroll/web')).err).toContain('spec.percent');
  });
});
