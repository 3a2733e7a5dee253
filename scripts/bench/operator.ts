import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { type DemoCluster, openCluster } from '../../src/commands/demo/cluster.ts';
import { isObject, type JsonObject } from '../../src/rollout/json.ts';
import { ANNOTATIONS, statusSchema } from '../../src/rollout/record.ts';
import { RESOURCE } from '../../src/rollout/resource.ts';
import type { Benchmark, Rows } from './benchmark.ts';
import { byResource, OperatorProcess, total } from './operator-process.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const REST_MS = 60_000;

/**
 * The operator against a simulated cluster in another process, in real time: many rollouts at once, and many sets at rest.
 * Its own metrics tell what it asked of the API server.
 */
export const operator: Benchmark = {
  what: '100 resources of 10 pods rolled out at once, and 500 resources of 20 pods at rest for a minute',
  async run({ pods }) {
    const busy = await rollAll(pods ?? 100);
    const rest = await leaveAlone((pods ?? 100) * 5);
    const rows: Rows = [['', 'CPU', 'memory, at most', 'requests'], busy.row, rest.row];
    return { rows, notes: [...busy.notes, ...rest.notes] };
  },
};

async function rollAll(resources: number): Promise<{ row: string[]; notes: string[] }> {
  const each = 10;
  await using cluster = await filled(resources, each);
  for (const name of namesOf(resources))
    createResource(cluster, name, 'app:2', { maxUnavailable: '2', minReady: '0s' });
  const startedAt = performance.now();
  await using running = await OperatorProcess.start(cluster.kubeconfig, 'default');
  await settled(cluster, resources);
  const seconds = (performance.now() - startedAt) / 1000;
  const before = await running.metrics();
  const { cpuMs, memoryMiB } = await running.end();
  const lost = lostRaces(cluster, resources);
  const all = resources * each;
  const requests = total(before, 'bedrock_api_requests_total');
  const failed = [...before].filter(
    ([line]) => line.startsWith('bedrock_api_requests_total') && !line.includes('code="200"'),
  );
  return {
    row: [
      `${resources} x ${each} pods rolled`,
      `${(cpuMs / 1000).toFixed(1)} s`,
      `${Math.round(memoryMiB)} MiB`,
      String(requests),
    ],
    notes: [
      `all ${total(before, 'bedrock_pods_replaced_total')} of ${all} pods replaced in ${seconds.toFixed(0)} s; per pod ${(cpuMs / all).toFixed(0)} ms of CPU and ${(requests / all).toFixed(1)} requests; ` +
        `${failed.reduce((sum, [, value]) => sum + value, 0)} of them refused or unanswered; ${lost} races lost`,
      `  ${byResource(before)}`,
    ],
  };
}

async function leaveAlone(resources: number): Promise<{ row: string[]; notes: string[] }> {
  const each = 20;
  await using cluster = await filled(resources, each);
  for (const name of namesOf(resources)) createResource(cluster, name, 'app:1', {});
  await using running = await OperatorProcess.start(cluster.kubeconfig, 'default');
  await settled(cluster, resources);
  await sleep(15_000);
  const before = await running.metrics();
  await sleep(REST_MS);
  const after = await running.metrics();
  const spent = (name: string) => total(after, name) - total(before, name);
  const memory = total(after, 'process_resident_memory_bytes') / 2 ** 20;
  const { cpuMs, memoryMiB } = await running.end();
  return {
    row: [
      `${resources} x ${each} pods at rest`,
      `${(cpuMs / 1000).toFixed(1)} s`,
      `${Math.round(memoryMiB)} MiB`,
      String(total(after, 'bedrock_api_requests_total')),
    ],
    notes: [
      `at rest, in ${REST_MS / 1000} s: ${(spent('process_cpu_seconds_total') * 1000).toFixed(0)} ms of CPU, ${spent('bedrock_api_requests_total')} requests, ${Math.round(memory)} MiB`,
    ],
  };
}

/** Pods that were gone before the fence had followed: they came back old, and went twice. */
function lostRaces({ simulator }: DemoCluster, sets: number): number {
  return namesOf(sets).reduce((sum, name) => {
    const { annotations } = simulator.set(name).metadata;
    const text = isObject(annotations) ? annotations[ANNOTATIONS.status] : undefined;
    return sum + (typeof text === 'string' ? statusSchema.parse(JSON.parse(text)).lostRaces.length : 0);
  }, 0);
}

function namesOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `web-${index}`);
}

/** A cluster that knows StatefulsetRollouts, with so many sets of Ready pods. */
async function filled(sets: number, pods: number): Promise<DemoCluster> {
  const cluster = await openCluster('1.37');
  const { simulator } = cluster;
  simulator.create(objectIn(parse(await readFile(join(ROOT, 'plugin-manifest/crd.yaml'), 'utf8'))));
  simulator.kubelet.hurry(true);
  for (const name of namesOf(sets)) {
    simulator.create(
      objectIn({
        apiVersion: 'apps/v1',
        kind: 'StatefulSet',
        metadata: { name },
        spec: { ...specOf(name, 'app:1'), replicas: pods },
      }),
    );
  }
  await until(`${sets * pods} pods to be Ready`, () =>
    namesOf(sets).every((name) => {
      const { status } = simulator.set(name);
      return isObject(status) && status.readyReplicas === pods;
    }),
  );
  simulator.kubelet.hurry(false);
  return cluster;
}

function createResource({ simulator }: DemoCluster, name: string, image: string, more: JsonObject): void {
  simulator.create({
    apiVersion: `${RESOURCE.group}/${RESOURCE.version}`,
    kind: RESOURCE.kind,
    metadata: { name },
    spec: { statefulset: { spec: specOf(name, image) }, ...more },
  });
}

function specOf(name: string, image: string): JsonObject {
  const labels = { app: name };
  return {
    serviceName: name,
    podManagementPolicy: 'Parallel',
    selector: { matchLabels: labels },
    template: {
      metadata: { labels, annotations: { 'kubelet.test/start': '2s', 'kubelet.test/stop': '1s' } },
      spec: { containers: [{ name: 'app', image }] },
    },
  };
}

function settled({ simulator }: DemoCluster, resources: number): Promise<void> {
  const { store } = simulator.server;
  const kind = store.resources.ofKind(`${RESOURCE.group}/${RESOURCE.version}`, RESOURCE.kind);
  if (kind === undefined) throw new Error('the cluster does not know StatefulsetRollouts');
  return until(`${resources} rollouts to be complete`, () =>
    store.list(kind, 'default').every(({ status }) => isObject(status) && status.phase === 'Complete'),
  );
}

async function until(what: string, there: () => boolean): Promise<void> {
  const deadline = performance.now() + 900_000;
  while (!there()) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await sleep(200);
  }
}

function objectIn(value: unknown): JsonObject & { metadata: JsonObject } {
  if (!isObject(value) || !isObject(value.metadata)) throw new Error('this is no object');
  return { ...value, metadata: value.metadata };
}
