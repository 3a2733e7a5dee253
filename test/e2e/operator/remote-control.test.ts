import { beforeAll, expect, it } from 'vitest';
import {
  allAt,
  bedrock,
  type Cluster,
  createSet,
  eventually,
  getSet,
  runBedrock,
  runInTmux,
  sharedCluster,
  WatchLog,
} from '../harness/index.ts';
import { createResource, getResource, installCrd, startOperator, untilPhase } from './kit.ts';

const cluster = await sharedCluster();
const MAX = 2;

beforeAll(() => installCrd(cluster));

/** A set of ten that a resource names, at rest under its operator. */
async function decided(spec: Record<string, unknown> = {}) {
  const namespace = await cluster.namespace();
  await createSet(cluster, namespace, { replicas: 10, start: '1s', stop: '500ms' });
  const log = await WatchLog.start(cluster, namespace);
  await createResource(cluster, namespace, {
    targetRef: { name: 'web' },
    minReady: '0s',
    maxUnavailable: String(MAX),
    ...spec,
  });
  const operator = startOperator(cluster, namespace);
  await eventually('the set to be held', async () => {
    const { updateStrategy } = (await getSet(cluster, namespace)).spec;
    return updateStrategy.rollingUpdate?.partition === 32767;
  });
  const run = (...args: string[]) => bedrock(cluster, [...args, '-n', namespace]);
  return { namespace, log, operator, run };
}

async function recordOf(on: Cluster, namespace: string): Promise<{ rolloutIdentity: string; editedBy?: string }> {
  const { metadata } = await getSet(on, namespace);
  return JSON.parse(metadata.annotations?.['rollouts.bedrock.dev/spec'] ?? '{}');
}

it('rollout, pause, speed, resume and promote by subcommand; the operator does it all, and the record says what the resource says', async () => {
  const { namespace, log, run } = await decided({ steps: ['2', '100%'] });
  const rollout = runBedrock(cluster, ['rollout', 'sroll/web', '-n', namespace, '--image', 'app=app:2', '--yes']);
  await rollout.says(/watching/);
  await rollout.says(/step 1 of 2 reached/);
  expect(log.history().restarts()).toBe(2);
  expect(await run('promote', 'sts/web')).toMatchObject({ code: 0 });
  await log.until('a third pod to go', (history) => history.restarts() > 2);
  expect(await run('pause', 'sroll/web')).toMatchObject({ code: 0 });
  await rollout.says(/paused/i);
  const { spec } = await untilPhase(cluster, namespace, 'Paused (Requested)');
  expect(spec).toMatchObject({ pauseRequested: true, promotedStep: 1 });
  const status = await run('status', 'sts/web');
  expect(status.stdout).toContain('decided by statefulsetrollout/web');
  expect(status.stdout).toMatch(/operator@\S+ .*executes/);
  expect(await run('speed', 'sts/web', '--max-unavailable', '1')).toMatchObject({ code: 0 });
  expect(await run('resume', 'sts/web')).toMatchObject({ code: 0 });
  const ended = await rollout.finished();
  expect(ended, ended.stdout + ended.stderr).toMatchObject({ code: 0 });
  await log.mark();
  const set = await allAt(cluster, namespace);
  expect(log.history().maxUnavailable().count).toBeLessThanOrEqual(MAX);
  expect(log.history().restarts()).toBe(10);
  expect(set.spec.updateStrategy.rollingUpdate?.partition).toBe(32767);
  expect((await getResource(cluster, namespace)).spec).toMatchObject({ maxUnavailable: '1', pauseRequested: false });
});

it('keys of the screen, and a rollback that ends it with 4', async () => {
  const { namespace, log } = await decided();
  const terminal = await runInTmux(cluster, ['rollout', 'sts/web', '-n', namespace, '--image', 'app=app:2'], {
    width: 140,
  });
  await terminal.shows(/the operator, as statefulsetrollout\/web will say/);
  await terminal.press('Enter');
  await terminal.shows(/by statefulsetrollout\/web/);
  await log.until('a pod to go', (history) => history.restarts() > 0);
  await terminal.press('Space');
  await terminal.shows(/paused/i);
  await untilPhase(cluster, namespace, 'Paused (Requested)');
  await terminal.press('+');
  await terminal.shows(/3 at once/);
  // the screen says what is asked for before it is written
  const { spec } = await eventually('the resource says so', async () => {
    const read = await getResource(cluster, namespace);
    return read.spec.maxUnavailable === '3' ? read : null;
  });
  expect(spec).toMatchObject({ pauseRequested: true });
  await terminal.press('r');
  await terminal.shows(/roll back/i);
  await terminal.press('y');
  await untilPhase(cluster, namespace, 'RolledBack');
  expect(await terminal.code(120_000)).toBe(4);
  const { rolloutIdentity } = await recordOf(cluster, namespace);
  expect((await getResource(cluster, namespace)).spec.rollback).toMatchObject({ identity: rolloutIdentity });
  expect((await allAt(cluster, namespace)).status?.updateRevision).toBeDefined();
});

it('an operator that was killed is taken over from, and the next one goes on with the same rollout', async () => {
  const { namespace, log, operator } = await decided();
  operator.kill('SIGKILL');
  await operator.code;
  const args = ['rollout', 'sts/web', '-n', namespace, '--image', 'app=app:2', '--yes'];
  const here = runBedrock(cluster, args);
  await here.says(/The operator of statefulsetrollout\/web does not stir/, 60_000);
  await here.says(/executing/);
  await log.until('three pods to go', (history) => history.restarts() >= 3);
  const { rolloutIdentity } = await recordOf(cluster, namespace);
  here.kill('SIGKILL');
  await here.code;
  startOperator(cluster, namespace);
  await untilPhase(cluster, namespace, 'Complete');
  await log.mark();
  await allAt(cluster, namespace);
  expect((await recordOf(cluster, namespace)).rolloutIdentity).toBe(rolloutIdentity);
  expect(log.history().maxUnavailable().count).toBeLessThanOrEqual(MAX);
});

it('on a terminal a dead operator is a question, and yes executes here', async () => {
  const { namespace, operator } = await decided();
  operator.kill('SIGKILL');
  await operator.code;
  const args = ['rollout', 'sts/web', '-n', namespace, '--image', 'app=app:2', '--max-unavailable', '5'];
  const terminal = await runInTmux(cluster, args, { width: 140 });
  await terminal.shows(/the operator, as statefulsetrollout\/web will say/);
  await terminal.press('Enter');
  await terminal.shows(/its operator is waited for/);
  await terminal.shows(/does not stir[\s\S]*executed here/);
  await terminal.press('Enter');
  await terminal.shows(/executing here/);
  expect(await terminal.code(120_000)).toBe(0);
  expect(await terminal.screen()).toContain('complete');
});
