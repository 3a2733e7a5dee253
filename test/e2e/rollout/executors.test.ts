import { expect, it } from 'vitest';
import {
  bedrock,
  createSet,
  getSet,
  podsOf,
  revisionOf,
  runBedrock,
  sharedCluster,
  WatchLog,
} from '../harness/index.ts';

const cluster = await sharedCluster();
const MAX = 3;
const ROLLOUT = ['--image', 'app=app:2', '--max-unavailable', String(MAX), '--yes', '--min-ready', '0'];

it('kill -9 of the executor at ten different moments: the same command goes on, and no pod restarts twice', async () => {
  const namespace = await cluster.namespace();
  const before = await createSet(cluster, namespace, { replicas: 14, start: '1s', stop: '500ms' });
  const log = await WatchLog.start(cluster, namespace);
  const args = ['rollout', 'sts/web', '-n', namespace, ...ROLLOUT];
  for (let kill = 1; kill <= 10; kill++) {
    const run = runBedrock(cluster, args);
    // each time at another moment of the work: from before the first write to the middle of a batch
    const restarts = log.history().restarts();
    if (kill === 1) await run.says(/./);
    else {
      await Promise.race([
        log.until('another pod to be replaced', (history) => history.restarts() > restarts),
        run.code,
      ]);
      await new Promise((resolve) => setTimeout(resolve, kill * 37));
    }
    if (run.over) break;
    run.kill('SIGKILL');
    await run.code;
  }
  const last = await bedrock(cluster, args);
  expect(last, last.stdout + last.stderr).toMatchObject({ code: 0 });
  await log.mark();
  const history = log.history();
  const set = await getSet(cluster, namespace);
  expect(new Set((await podsOf(cluster, namespace)).map(revisionOf))).toEqual(new Set([set.status?.updateRevision]));
  expect(history.maxUnavailable().count).toBeLessThanOrEqual(MAX);
  const twice = [...history.restartsPerOrdinal().values()].filter((restarts) => restarts > 1).length;
  const status = await bedrock(cluster, ['status', 'sts/web', '-n', namespace, '-o', 'json']);
  const { record } = JSON.parse(status.stdout) as { record: { status: { lostRaces: { pod: string }[] } } };
  const written = record.status;
  console.log(`10 kills: ${twice} of 14 pods restarted twice, ${written.lostRaces.length} lost races listed`);
  expect(twice).toBeLessThanOrEqual(written.lostRaces.length);
  expect(written.lostRaces.length).toBeLessThanOrEqual(10 * MAX);
  expect(before.status?.updateRevision).not.toBe(set.status?.updateRevision);
});

it('of two executors started together one works and one watches, whose pause goes through the record', async () => {
  const namespace = await cluster.namespace();
  // slow to stop, so that no race is lost on a busy machine: a second restart would then be a fault
  await createSet(cluster, namespace, { replicas: 8, start: '1s', stop: '2s' });
  const log = await WatchLog.start(cluster, namespace);
  const args = [
    'rollout',
    'sts/web',
    '-n',
    namespace,
    '--image',
    'app=app:2',
    '--max-unavailable',
    '2',
    '--yes',
    '--min-ready',
    '0',
  ];
  const both = [runBedrock(cluster, args), runBedrock(cluster, args)];
  await log.until('the rollout to move', (history) => history.restarts() > 0);
  const paused = await bedrock(cluster, ['pause', 'web', '-n', namespace]);
  expect(paused, paused.stderr).toMatchObject({ code: 0 });
  await Promise.all(both.map((run) => run.says(/paused/i)));
  expect((await bedrock(cluster, ['resume', 'web', '-n', namespace])).code).toBe(0);
  expect(await Promise.all(both.map((run) => run.code))).toEqual([0, 0]);
  await log.mark();
  expect(log.history().maxUnavailable().count).toBeLessThanOrEqual(2);
  expect(log.history().restarts()).toBe(8);
});
