import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  allReady,
  annotatePod,
  type Cluster,
  createSet,
  eventually,
  getPod,
  isReady,
  nativeRollout,
  type Pod,
  podsPath,
  run,
  STRATEGIC_PATCH,
  setsPath,
  sharedCluster,
  startCluster,
  Terminal,
  WatchLog,
} from './harness/index.ts';

/** What the other tests stand on. */
describe('the harness', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await sharedCluster();
    return () => cluster.stop();
  });

  const waiting = (pod: Pod) => pod.status?.containerStatuses?.[0]?.state?.waiting?.reason;

  it('makes a set whose pods become Ready, and measures a native rollout of it', async () => {
    const ns = await cluster.namespace();
    await using log = await WatchLog.start(cluster, ns);
    const before = await createSet(cluster, ns, { replicas: 3, start: '600ms', stop: '200ms' });
    expect(before.status?.readyReplicas).toBe(3);

    const { revision, makespanMs, history } = await nativeRollout(cluster, ns, { image: 'app:2' });
    expect(revision).not.toBe(before.status?.updateRevision);
    expect(history.maxUnavailable().count).toBe(1);
    expect(history.restartsPerOrdinal()).toEqual(
      new Map([
        [0, 1],
        [1, 1],
        [2, 1],
      ]),
    );
    // Three pods, one after the other, 0.8 s each.
    expect(makespanMs).toBeGreaterThan(2300);
    expect(makespanMs).toBeLessThan(20_000);
    // The controller's own rollout knows no fence: partition 0, all old pods above it.
    expect(
      history
        .fenceViolations(revision)
        .map(({ pod }) => pod)
        .sort(),
    ).toEqual(['web-0', 'web-1', 'web-2']);
    for (const [, lives] of history.incarnations()) {
      const [old, young] = lives;
      expect(old?.revision).toBe(before.status?.updateRevision);
      expect(young?.revision).toBe(revision);
      expect(old?.deletingAt ?? 0).toBeLessThanOrEqual(old?.goneAt ?? 0);
      expect(young?.readyAt).toBeGreaterThan(young?.createdAt ?? 0);
    }
    // The log that began before the set saw the same rollout, and what came before it.
    await log.mark();
    expect(log.history().maxUnavailable().count).toBe(3);
    expect(log.history().restarts()).toBe(3);
    expect(log.gaps).toBe(0);
  });

  it('holds old pods behind a partition, and sees it held', async () => {
    const ns = await cluster.namespace();
    await createSet(cluster, ns, { replicas: 4 });
    await using log = await WatchLog.start(cluster, ns);
    const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: 3 } };
    const template = { spec: { containers: [{ name: 'app', image: 'app:2' }] } };
    await cluster.api.patch(setsPath(ns, 'web'), { spec: { updateStrategy, template } }, STRATEGIC_PATCH);
    await eventually('web-3 at app:2', async () => {
      const pod = await getPod(cluster, ns, 'web-3');
      return pod.spec.containers[0]?.image === 'app:2' && isReady(pod);
    });
    const mark = await log.mark();
    await cluster.api.delete(podsPath(ns, 'web-0'));
    await eventually(
      'web-0 to go',
      async () =>
        (await getPod(cluster, ns, 'web-0').catch(() => null)) === null || !isReady(await getPod(cluster, ns, 'web-0')),
    );
    const set = await allReady(cluster, ns);
    await log.mark();
    expect(
      log
        .history()
        .fenceViolations(set.status?.updateRevision ?? '')
        .map(({ pod }) => pod),
    ).toEqual(['web-3']);
    expect(log.history('web', mark).restartsPerOrdinal()).toEqual(
      new Map([
        [0, 1],
        [1, 0],
        [2, 0],
        [3, 0],
      ]),
    );
    expect(log.history('web', mark).incarnations().get(0)?.[1]?.revision).toBe(set.status?.currentRevision);
    expect(() => log.history().makespan(set.status?.updateRevision ?? '')).toThrow('never was all at');
  });

  it('has pods that fail in every way the kubelet knows', async () => {
    const ns = await cluster.namespace();
    const one = { replicas: 1, wait: false };
    await createSet(cluster, ns, { ...one, name: 'bad', image: 'app:bad1' });
    await createSet(cluster, ns, { ...one, name: 'never', image: 'app:never' });
    await createSet(cluster, ns, {
      ...one,
      name: 'crash',
      image: 'app:crash',
      annotations: { 'kubelet.test/crash-after': '200ms', 'kubelet.test/back-off': '300ms' },
    });
    await createSet(cluster, ns, {
      ...one,
      name: 'huge',
      podSpec: { containers: [{ name: 'big', image: 'x:1', resources: { requests: { cpu: '100' } } }] },
    });
    await createSet(cluster, ns, {
      name: 'slow',
      replicas: 2,
      start: '100ms',
      annotations: { 'kubelet.test/start-slow-1': '3s' },
    });
    await eventually(
      'ImagePullBackOff',
      async () => waiting(await getPod(cluster, ns, 'bad-0')) === 'ImagePullBackOff',
    );
    await eventually(
      'three restarts',
      async () => ((await getPod(cluster, ns, 'crash-0')).status?.containerStatuses?.[0]?.restartCount ?? 0) >= 3,
    );
    const never = await eventually('Running', async () => {
      const pod = await getPod(cluster, ns, 'never-0');
      return pod.status?.phase === 'Running' ? pod : null;
    });
    expect(isReady(never)).toBe(false);
    await eventually('Unschedulable', async () =>
      (await getPod(cluster, ns, 'huge-0')).status?.conditions?.some(({ reason }) => reason === 'Unschedulable'),
    );
  });

  it('has pods that lose readiness, crash for good, and stay behind a finalizer, as a test tells them', async () => {
    const ns = await cluster.namespace();
    await createSet(cluster, ns, { replicas: 1 });
    const pod = () => getPod(cluster, ns, 'web-0');
    await annotatePod(cluster, ns, 'web-0', { 'kubelet.test/unready': 'true' });
    await eventually('not Ready', async () => !isReady(await pod()));
    await annotatePod(cluster, ns, 'web-0', { 'kubelet.test/unready': null });
    await eventually('Ready again', async () => isReady(await pod()));
    await annotatePod(cluster, ns, 'web-0', { 'kubelet.test/crash': 'true' });
    await eventually(
      'CrashLoopBackOff',
      async () => waiting(await pod()) === 'CrashLoopBackOff' && !isReady(await pod()),
    );
    await annotatePod(cluster, ns, 'web-0', { 'kubelet.test/crash': null });
    await eventually('Ready after the crash', async () => isReady(await pod()));
    const { uid } = (await pod()).metadata;
    await cluster.api.patch(podsPath(ns, 'web-0'), { metadata: { finalizers: ['e2e/hold'] } });
    await cluster.api.delete(podsPath(ns, 'web-0'));
    // A second is three times what a pod needs to stop.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect((await pod()).metadata).toMatchObject({ uid, deletionTimestamp: expect.any(String) });
    await cluster.api.patch(podsPath(ns, 'web-0'), { metadata: { finalizers: null } });
    await eventually('a new web-0', async () => (await pod()).metadata.uid !== uid && isReady(await pod()));
  });

  it('gives users who may do just what a test allows them', async () => {
    const ns = await cluster.namespace();
    const kubeconfig = await cluster.user(ns, [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }]);
    const env = { KUBECONFIG: kubeconfig };
    await eventually('the role to be seen', async () => (await cluster.kubectlWith({ env }, 'get', 'pods')).code === 0);
    const refused = await cluster.kubectlWith({ env }, 'get', 'statefulsets');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('cannot list resource "statefulsets"');
  });

  it('lets nobody hurt the shared control plane', async () => {
    await expect(cluster.parts.kill('etcd')).rejects.toThrow('startCluster()');
  });

  it('runs a program in a terminal: keys, screen, exit code, how the terminal was left', async () => {
    const terminal = await Terminal.open(
      ['sh', '-c', 'stty -echo; read line; echo "got $line $(tput cols)"; read end; exit 7'],
      cluster.env,
      { width: 71, height: 20 },
    );
    await terminal.press('h', 'i', 'Enter');
    await terminal.shows(/^got hi 71$/m);
    expect(await terminal.state()).toEqual({ alternateScreen: false, cursorVisible: true, cooked: false });
    await terminal.press('Enter');
    expect(await terminal.code()).toBe(7);
    const other = await Terminal.open(['sleep', '60'], cluster.env);
    await other.kill('SIGHUP');
    expect(await other.code()).toBe(129);
    const third = await Terminal.open(['sleep', '60'], cluster.env);
    await third.pid();
    await third.press('C-c');
    expect(await third.code()).toBe(130);
  });
});

describe.runIf(process.env.KUBEBUILDER_ASSETS)('a control plane of its own', () => {
  it('survives kill -9 of its parts, and leaves nothing behind', async () => {
    const cluster = await startCluster({ nodes: 1 });
    const folder = dirname(cluster.kubeconfig);
    const ns = await cluster.namespace();
    const log = await WatchLog.start(cluster, ns);
    await createSet(cluster, ns, { replicas: 2 });
    await cluster.parts.kill('kube-apiserver');
    await expect(cluster.api.get('/readyz')).rejects.toThrow();
    await cluster.parts.restart('kube-apiserver');
    await cluster.parts.kill('kube-controller-manager', 'SIGSTOP');
    await cluster.parts.restart('kube-controller-manager');
    await cluster.api.patch(setsPath(ns, 'web'), { spec: { replicas: 3 } });
    await allReady(cluster, ns);
    await log.mark();
    expect(log.history().restartsPerOrdinal()).toEqual(
      new Map([
        [0, 0],
        [1, 0],
        [2, 0],
      ]),
    );
    await log.stop();
    const pids = (['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kwok'] as const).map(
      (name) => cluster.parts.pid(name),
    );
    expect(pids).toEqual(pids.map(() => expect.any(Number)));
    await cluster.stop();
    expect(existsSync(folder)).toBe(false);
    expect((await run('ps', ['-ww', '-eo', 'command='], { env: process.env })).stdout).not.toContain(folder);
  });
});
