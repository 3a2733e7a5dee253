import { expect, it } from 'vitest';
import {
  createSet,
  getSet,
  podsOf,
  revisionOf,
  runBedrock,
  runInTmux,
  sharedCluster,
  WatchLog,
} from '../harness/index.ts';

const cluster = await sharedCluster();
const SANE = { alternateScreen: false, cursorVisible: true, cooked: true };

async function running(replicas = 10) {
  const namespace = await cluster.namespace();
  await createSet(cluster, namespace, { replicas, start: '2s', stop: '300ms' });
  const log = await WatchLog.start(cluster, namespace);
  const args = ['rollout', 'sts/web', '-n', namespace, '--image', 'app=app:2', '--min-ready', '0'];
  return { namespace, log, args };
}

it('the plan, Enter, pause within a second, speed, resume, to the end', async () => {
  const { log, args, namespace } = await running();
  const terminal = await runInTmux(cluster, args);
  await terminal.shows(/10 pods/);
  await terminal.press('Enter');
  await log.until('a pod to go', (history) => history.restarts() > 0);
  await terminal.press('Space');
  const pressed = Date.now();
  await terminal.shows(/paused/i);
  const begun = log.history().moments.at(-1);
  await log.mark();
  // what was going when the key was pressed may come back; nothing else goes more than a second after it
  const goes = [...log.history().incarnations().values()]
    .flat()
    .filter((life) => life.deletingAt !== null && life.deletingAt > pressed + 1_000);
  expect(goes).toEqual([]);
  expect(begun).toBeDefined();
  // a key names the speed that it leads to, from the one that is shown
  await terminal.press('+');
  await terminal.shows(/2 at once/);
  await terminal.press('+');
  await terminal.shows(/3 at once/);
  await terminal.press('Space');
  await log.until('three at once', (history) => history.maxUnavailable().count === 3);
  expect(await terminal.code(120_000)).toBe(0);
  expect(await terminal.state()).toEqual(SANE);
  expect(await terminal.screen()).toContain('complete');
  const set = await getSet(cluster, namespace);
  expect(new Set((await podsOf(cluster, namespace)).map(revisionOf))).toEqual(new Set([set.status?.updateRevision]));
});

it('q in the plan changes nothing', async () => {
  const { namespace, args } = await running(2);
  const before = await getSet(cluster, namespace);
  const terminal = await runInTmux(cluster, args);
  await terminal.shows(/2 pods/);
  await terminal.press('q');
  await terminal.code();
  expect((await getSet(cluster, namespace)).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  expect(await terminal.state()).toEqual(SANE);
});

it.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s leaves the set held, the terminal sane and ends with %d', async (signal, code) => {
  const { namespace, log, args } = await running();
  const terminal = await runInTmux(cluster, [...args, '--yes']);
  await log.until('a pod to go', (history) => history.restarts() > 0);
  await terminal.kill(signal);
  expect(await terminal.code()).toBe(code);
  expect(await terminal.state()).toEqual(SANE);
  expect(await terminal.screen()).toMatch(/kubectl bedrock (resume|rollout)/);
  await log.mark();
  const partition = (await getSet(cluster, namespace)).spec.updateStrategy.rollingUpdate?.partition ?? 0;
  expect(partition).toBeGreaterThan(0);
  const { restarts } = { restarts: log.history().restarts() };
  // held: whatever was going comes back, and nothing more goes
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  expect(log.history().restarts()).toBeLessThanOrEqual(restarts + 1);
});

it('Ctrl-C asks first; a second one leaves at once, held', async () => {
  const { namespace, log, args } = await running();
  const terminal = await runInTmux(cluster, [...args, '--yes']);
  await log.until('a pod to go', (history) => history.restarts() > 0);
  await terminal.press('C-c');
  await terminal.shows(/leave/i);
  await terminal.press('C-c');
  expect(await terminal.code()).toBe(130);
  expect(await terminal.state()).toEqual(SANE);
  expect((await getSet(cluster, namespace)).spec.updateStrategy.rollingUpdate?.partition).toBeGreaterThan(0);
});

it('q asks, and leaves the set held with exit code 3', async () => {
  const { namespace, log, args } = await running();
  const terminal = await runInTmux(cluster, [...args, '--yes']);
  await log.until('a pod to go', (history) => history.restarts() > 0);
  await terminal.press('q');
  await terminal.shows(/held/i);
  await terminal.press('q');
  expect(await terminal.code()).toBe(3);
  expect((await getSet(cluster, namespace)).spec.updateStrategy.rollingUpdate?.partition).toBeGreaterThan(0);
});

it('in line mode the first signal leaves, held', async () => {
  const { namespace, log, args } = await running();
  const run = runBedrock(cluster, [...args, '--yes']);
  await log.until('a pod to go', (history) => history.restarts() > 0);
  run.kill('SIGTERM');
  expect(await run.code).toBe(143);
  expect(run.stdout + run.stderr).toMatch(/kubectl bedrock (resume|rollout)/);
  expect(run.stdout + run.stderr).not.toContain('\u001b');
  expect((await getSet(cluster, namespace)).spec.updateStrategy.rollingUpdate?.partition).toBeGreaterThan(0);
});
