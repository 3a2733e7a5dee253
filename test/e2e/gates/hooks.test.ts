import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  allReady,
  type Cluster,
  createSet,
  eventually,
  getPod,
  podsPath,
  runBedrock,
  sharedCluster,
  WatchLog,
} from '../harness/index.ts';

let cluster: Cluster;
/** The stand-in for the kubelet runs a pod's commands on this machine: here they leave word. */
let folder: string;

beforeAll(async () => {
  cluster = await sharedCluster();
  folder = await mkdtemp(join(tmpdir(), 'bedrock-hooks-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

function rollout(namespace: string, ...flags: string[]) {
  const change = ['--image', 'app=app:2', '--yes', '-o', 'line', '--min-ready', '0'];
  return runBedrock(cluster, [
    'rollout',
    'sts/web',
    '-n',
    namespace,
    ...change,
    '--hook-retry-interval',
    '1s',
    ...flags,
  ]);
}

/** Lines that a hook has appended. */
async function linesOf(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line !== '');
}

describe('hooks, run in the pods of a real control plane', () => {
  it('one that refuses twice and then agrees, before each pod and after it', async () => {
    const namespace = await cluster.namespace();
    await createSet(cluster, namespace, { replicas: 2 });
    const before = join(folder, `${namespace}-before`);
    const after = join(folder, `${namespace}-after`);
    await using log = await WatchLog.start(cluster, namespace);
    const asked = `echo "$BEDROCK_HOOK $BEDROCK_POD $BEDROCK_ORDINAL $BEDROCK_ADDRESS" >> ${before}`;
    const refuse = `test $(grep -c "$BEDROCK_POD " ${before}) -ge 3 || { echo still the primary; exit 7; }`;
    const run = rollout(
      namespace,
      '--before-pod',
      `${asked}; ${refuse}`,
      '--after-pod',
      `echo "$BEDROCK_HOOK $BEDROCK_POD" >> ${after}`,
    );
    const { podIP } = (await getPod(cluster, namespace, 'web-1')).status ?? {};
    await run.says(/waits +web-1: its before-pod hook refuses: exit status 7: still the primary/);
    expect(await run.code, run.stdout + run.stderr).toBe(0);
    const lines = await linesOf(before);
    expect(lines.slice(0, 3)).toEqual(Array(3).fill(`before-pod web-1 1 ${podIP}`));
    expect(lines.map((line) => line.split(' ')[1])).toEqual(['web-1', 'web-1', 'web-1', 'web-0', 'web-0', 'web-0']);
    expect(await linesOf(after)).toEqual(['after-pod web-1', 'after-pod web-0']);
    await log.mark();
    expect(log.history().restarts()).toBe(2);
  });

  it('one that hangs holds its pod, is cut off, and asked again', async () => {
    const namespace = await cluster.namespace();
    await createSet(cluster, namespace, { replicas: 2 });
    const free = join(folder, `${namespace}-free`);
    const pod = await getPod(cluster, namespace, 'web-1');
    const run = rollout(namespace, '--before-pod', `test -e ${free} || sleep 20`, '--hook-timeout', '2s');
    await run.says(/waits +web-1: its before-pod hook refuses: no answer within 2s/);
    expect((await getPod(cluster, namespace, 'web-1')).metadata.uid).toBe(pod.metadata.uid);
    await writeFile(free, '');
    expect(await run.code, run.stdout + run.stderr).toBe(0);
  });

  it('one whose pod dies in the middle: the pod comes back old, and is asked anew', async () => {
    const namespace = await cluster.namespace();
    await createSet(cluster, namespace, { replicas: 2 });
    const asked = join(folder, `${namespace}-asked`);
    const first = (await getPod(cluster, namespace, 'web-1')).metadata.uid;
    // of the first pod of this name it never ends
    const hook = `echo "$BEDROCK_POD $BEDROCK_UID" >> ${asked}; test "$BEDROCK_UID" != ${first} || sleep 30`;
    const run = rollout(namespace, '--before-pod', hook);
    await eventually('the hook of web-1 runs', async () => (await linesOf(asked)).length === 1);
    await cluster.api.delete(podsPath(namespace, 'web-1'));
    expect(await run.code, run.stdout + run.stderr).toBe(0);
    await allReady(cluster, namespace);
    const lines = await linesOf(asked);
    expect(lines[0]).toBe(`web-1 ${first}`);
    expect(lines.filter((line) => line === `web-1 ${first}`)).toHaveLength(1);
    expect(lines.at(-1)).toMatch(/^web-0 /);
  });

  it('one that refuses more often than it may stops the rollout, with its last words', async () => {
    const namespace = await cluster.namespace();
    await createSet(cluster, namespace, { replicas: 2 });
    const run = rollout(namespace, '--before-pod', 'echo no quorum >&2; exit 1', '--hook-retries', '1');
    expect(await run.code, run.stdout + run.stderr).toBe(3);
    expect(run.stdout).toContain('its before-pod hook refused 2 times: exit status 1: no quorum');
  });
});
