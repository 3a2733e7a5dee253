import { beforeAll, expect, it } from 'vitest';
import {
  allAt,
  createSet,
  eventually,
  getSet,
  podsOf,
  type SetHistory,
  sharedCluster,
  WatchLog,
} from '../harness/index.ts';
import {
  condition,
  createResource,
  embedding,
  getResource,
  installCrd,
  logOf,
  patchResource,
  path,
  startOperator,
  untilPhase,
} from './kit.ts';

const cluster = await sharedCluster();
const MAX = 3;
const SET = { replicas: 14, start: '1s', stop: '1s' };
/** min-ready none: the tests are about who acts, and not about how long a pod has to be Ready. */
const PACE = { maxUnavailable: String(MAX), minReady: '0s' };

beforeAll(() => installCrd(cluster));

/** The rules that no kill may break, as the watch log of the API server saw them. */
function expectInvariants(history: SetHistory, lostRaces = 0): void {
  expect(history.maxUnavailable().count, JSON.stringify(history.maxUnavailable())).toBeLessThanOrEqual(MAX);
  const twice = [...history.restartsPerOrdinal().values()].filter((restarts) => restarts > 1).length;
  expect(twice).toBeLessThanOrEqual(lostRaces);
}

/** By pod name. */
async function imagesOf(namespace: string): Promise<Map<string, string>> {
  const pods = await podsOf(cluster, namespace);
  return new Map(pods.map(({ metadata, spec }) => [metadata.name, spec.containers[0]?.image ?? '']));
}

async function lostRaces(namespace: string): Promise<number> {
  const { metadata } = await getSet(cluster, namespace);
  const text = metadata.annotations?.['rollouts.bedrock.dev/status'] ?? '{}';
  const { lostRaces: lost = [] } = JSON.parse(text) as { lostRaces?: unknown[] };
  return lost.length;
}

it('rolls out what a resource asks for, mirrors it, leaves the set held, and tells of it by Events and metrics', async () => {
  const namespace = await cluster.namespace();
  await createSet(cluster, namespace, SET);
  const log = await WatchLog.start(cluster, namespace);
  const operator = startOperator(cluster, namespace);
  await createResource(cluster, namespace, { ...embedding('app:2', SET), ...PACE });
  const resource = await untilPhase(cluster, namespace, 'Complete');
  await log.mark();
  const set = await allAt(cluster, namespace);
  const history = log.history();
  expectInvariants(history, await lostRaces(namespace));
  expect(history.fenceViolations(set.status?.updateRevision ?? '')).toEqual([]);
  expect(set.spec.updateStrategy.rollingUpdate?.partition).toBe(32767);
  expect(set.metadata.ownerReferences).toBeUndefined();
  expect(resource.status).toMatchObject({
    set: 'web',
    observedGeneration: resource.metadata.generation,
    counts: { replicas: 14, updated: 14 },
  });
  expect(condition(resource, 'Held')).toBe('True Fenced');
  const events = await cluster.kubectl(
    'get',
    'events',
    '-n',
    namespace,
    '-o',
    'jsonpath={range .items[*]}{.source.component} {.involvedObject.kind} {.reason}{"\\n"}{end}',
  );
  for (const kind of ['StatefulsetRollout', 'StatefulSet']) {
    expect(events.stdout).toContain(`bedrock-operator ${kind} Complete`);
  }
  const port = logOf(operator).find((line) => line.port !== undefined)?.port;
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  expect(metrics).toContain('bedrock_pods_replaced_total 14');
  expect(metrics).toContain('bedrock_rollouts{phase="Complete"} 1');
  expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
  operator.kill('SIGTERM');
  expect(await operator.code).toBe(0);
});

it('makes a set that is not there, and pods of it wait for nobody', async () => {
  const namespace = await cluster.namespace();
  startOperator(cluster, namespace);
  const spec = embedding('app:1', SET);
  await createResource(cluster, namespace, {
    ...PACE,
    statefulset: {
      metadata: { labels: { team: 'a' } },
      spec: { ...spec.statefulset.spec, replicas: 3, minReadySeconds: 1 },
    },
  });
  await untilPhase(cluster, namespace, 'Complete');
  const set = await allAt(cluster, namespace);
  expect(set.spec).toMatchObject({ replicas: 3, minReadySeconds: 1 });
  expect(set.metadata.labels).toMatchObject({ team: 'a' });
  // what the resource no longer states is given up
  await patchResource(cluster, namespace, { statefulset: { spec: { minReadySeconds: null } } });
  await eventually('minReadySeconds to be given up', async () => {
    const now = (await getSet(cluster, namespace)).spec as { minReadySeconds?: number };
    return (now.minReadySeconds ?? 0) === 0;
  });
});

it('kill -9 at eight moments of a rollout: the next operator goes on, and no pod restarts twice', async () => {
  const namespace = await cluster.namespace();
  await createSet(cluster, namespace, SET);
  const log = await WatchLog.start(cluster, namespace);
  await createResource(cluster, namespace, { ...embedding('app:2', SET), ...PACE });
  for (let kill = 1; kill <= 8; kill++) {
    const restarts = log.history().restarts();
    const operator = startOperator(cluster, namespace);
    if (kill === 1) await operator.says(/this operator acts now/);
    else {
      await eventually('another pod to be replaced', async () => {
        const { status } = await getResource(cluster, namespace);
        return log.history().restarts() > restarts || status?.phase === 'Complete';
      });
    }
    await new Promise((resolve) => setTimeout(resolve, kill * 53));
    operator.kill('SIGKILL');
    await operator.code;
    const { status } = await getResource(cluster, namespace);
    if (status?.phase === 'Complete') break;
  }
  startOperator(cluster, namespace);
  await untilPhase(cluster, namespace, 'Complete');
  await log.mark();
  const set = await allAt(cluster, namespace);
  expectInvariants(log.history(), await lostRaces(namespace));
  expect(log.history().restarts()).toBeGreaterThanOrEqual(14);
  expect(set.spec.updateStrategy.rollingUpdate?.partition).toBe(32767);
});

it('of two operators one acts; the other takes over when that one is killed', async () => {
  const namespace = await cluster.namespace();
  await createSet(cluster, namespace, SET);
  const log = await WatchLog.start(cluster, namespace);
  const first = startOperator(cluster, namespace);
  await first.says(/this operator acts now/);
  const second = startOperator(cluster, namespace);
  await createResource(cluster, namespace, { ...embedding('app:2', SET), ...PACE });
  await log.until('the rollout to move', (history) => history.restarts() > 2);
  expect(logOf(second).map(({ message }) => message)).not.toContain('this operator acts now');
  first.kill('SIGKILL');
  await untilPhase(cluster, namespace, 'Complete');
  expect(logOf(second).map(({ message }) => message)).toContain('this operator acts now');
  await log.mark();
  expectInvariants(log.history(), await lostRaces(namespace));
  await allAt(cluster, namespace);
});

it('edited during a rollout: the pause holds, and the new speed and percent are kept to', async () => {
  const namespace = await cluster.namespace();
  await createSet(cluster, namespace, SET);
  const log = await WatchLog.start(cluster, namespace);
  startOperator(cluster, namespace);
  await createResource(cluster, namespace, { ...embedding('app:2', SET), ...PACE, maxUnavailable: '1' });
  await log.until('the rollout to move', (history) => history.restarts() > 1);
  await patchResource(cluster, namespace, { pauseRequested: true, pausedBy: 'ann' });
  await untilPhase(cluster, namespace, 'Paused (Requested)');
  await log.mark();
  const paused = log.history().restarts();
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  // one may have been on its way when the pause came
  expect(log.history().restarts()).toBeLessThanOrEqual(paused + 1);
  await patchResource(cluster, namespace, { pauseRequested: false, percent: 50, maxUnavailable: '3' });
  await untilPhase(cluster, namespace, 'Paused (PercentReached)');
  const images = [...(await imagesOf(namespace)).values()];
  expect(images.filter((image) => image === 'app:2')).toHaveLength(7);
  await patchResource(cluster, namespace, { percent: 100 });
  await untilPhase(cluster, namespace, 'Complete');
  await log.mark();
  expectInvariants(log.history(), await lostRaces(namespace));
});

it('deleted during a rollout: the set stays as it is, held, and what dies comes back as it was', async () => {
  const namespace = await cluster.namespace();
  await createSet(cluster, namespace, SET);
  const log = await WatchLog.start(cluster, namespace);
  const operator = startOperator(cluster, namespace);
  await createResource(cluster, namespace, { ...embedding('app:2', SET), ...PACE });
  await log.until('the rollout to move', (history) => history.restarts() > 2);
  await cluster.api.delete(path(namespace, 'web'));
  await log.until('every pod to serve', (history) => (history.moments.at(-1)?.unavailable.length ?? 1) === 0);
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  await log.mark();
  const restarts = log.history().restarts();
  expect(restarts).toBeLessThan(14);
  operator.kill('SIGKILL');
  await operator.code;
  startOperator(cluster, namespace);
  await cluster.kubectl('delete', 'pod', 'web-0', '-n', namespace, '--wait=true');
  await log.until('web-0 to be back', (history) => history.moments.at(-1)?.unavailable.length === 0);
  expect((await imagesOf(namespace)).get('web-0')).toBe('app:1');
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  await log.mark();
  expect(log.history().restarts()).toBe(restarts + 1);
  expectInvariants(log.history(), await lostRaces(namespace));
  const set = await getSet(cluster, namespace);
  expect(set.spec.updateStrategy.rollingUpdate?.partition ?? 0).toBeGreaterThan(0);
});

it('RBAC taken away and given back: it stops with the reason, and goes on by itself', async () => {
  const namespace = await cluster.namespace();
  await createSet(cluster, namespace, SET);
  const log = await WatchLog.start(cluster, namespace);
  const sets = { apiGroups: ['apps'], resources: ['statefulsets'], verbs: ['get', 'list', 'watch', 'patch', 'create'] };
  const others = [
    { apiGroups: ['apps'], resources: ['controllerrevisions'], verbs: ['list'] },
    { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch', 'delete'] },
    { apiGroups: [''], resources: ['pods/eviction'], verbs: ['create'] },
    { apiGroups: [''], resources: ['events'], verbs: ['create', 'list'] },
    { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'list', 'watch', 'create', 'update'] },
    {
      apiGroups: ['rollouts.bedrock.dev'],
      resources: ['statefulsetrollouts'],
      verbs: ['get', 'list', 'watch', 'patch'],
    },
    { apiGroups: ['rollouts.bedrock.dev'], resources: ['statefulsetrollouts/status'], verbs: ['patch'] },
  ];
  const kubeconfig = await cluster.user(namespace, [sets, ...others]);
  startOperator(cluster, namespace, { kubeconfig });
  await createResource(cluster, namespace, { ...embedding('app:2', SET), ...PACE });
  await log.until('the rollout to move', (history) => history.restarts() > 2);
  const setRules = async (rules: object[]) => {
    const roles = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/roles`;
    const { items } = await cluster.api.get<{ items: { metadata: { name: string } }[] }>(roles);
    for (const { metadata } of items) await cluster.api.patch(`${roles}/${metadata.name}`, { rules });
  };
  await setRules([{ ...sets, verbs: ['get', 'list', 'watch'] }, ...others]);
  await eventually('the resource to say so', async () => {
    return condition(await getResource(cluster, namespace), 'Degraded') === 'True Forbidden';
  });
  await log.mark();
  const stopped = log.history().restarts();
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  await log.mark();
  expect(log.history().restarts()).toBeLessThanOrEqual(stopped + MAX);
  await setRules([sets, ...others]);
  await untilPhase(cluster, namespace, 'Complete');
  await log.mark();
  expectInvariants(log.history(), await lostRaces(namespace));
  await allAt(cluster, namespace);
});
