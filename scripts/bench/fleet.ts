import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ANNOTATIONS, statusSchema } from '../../src/rollout/record.ts';
import { RESOURCE } from '../../src/rollout/resource.ts';
import { type Cluster, startCluster } from '../../test/e2e/harness/cluster.ts';
import type { List, StatefulSet } from '../../test/e2e/harness/objects.ts';
import { setManifest, setsPath } from '../../test/e2e/harness/sets.ts';
import type { Benchmark } from './benchmark.ts';
import { byResource, OperatorProcess, total } from './operator-process.ts';

const CRD = resolve(import.meta.dirname, '../../plugin-manifest/crd.yaml');
const EACH = 10;
const TIMES = { start: '2s', stop: '2s' } as const;
const DEADLINE_MS = 900_000;

/** The operator on a real control plane: many sets, each by its own resource, all rolled out at the same time. */
export const fleet: Benchmark = {
  what: `100 resources of ${EACH} pods rolled out at once, on a real control plane`,
  async run({ pods }) {
    const sets = pods ?? 100;
    await using cluster = await startCluster();
    const namespace = await cluster.namespace();
    await install(cluster);
    const manifests = Array.from({ length: sets }, (_, index) =>
      setManifest({ name: `web-${index}`, replicas: EACH, ...TIMES }),
    );
    for (const manifest of manifests) await cluster.api.post(setsPath(namespace), manifest);
    await until(`${sets * EACH} pods to be Ready`, async () =>
      (await setsOf(cluster, namespace)).every(({ status }) => status?.readyReplicas === EACH),
    );
    for (const manifest of manifests) await ask(cluster, namespace, manifest);
    const startedAt = performance.now();
    await using running = await OperatorProcess.start(cluster.kubeconfig, namespace);
    await until(`${sets} rollouts to be complete`, async () => {
      const { items } = await cluster.api.get<List<{ status?: { phase?: string } }>>(resourcesPath(namespace));
      return items.every(({ status }) => status?.phase === 'Complete');
    });
    const seconds = (performance.now() - startedAt) / 1000;
    const metrics = await running.metrics();
    const { cpuMs, memoryMiB } = await running.end();
    const lost = (await setsOf(cluster, namespace)).reduce((sum, set) => sum + lostRacesOf(set), 0);
    const requests = total(metrics, 'bedrock_api_requests_total');
    const all = sets * EACH;
    return {
      rows: [
        ['', 'time', 'CPU', 'memory, at most', 'requests', 'a pod'],
        [
          `${sets} x ${EACH} pods`,
          `${seconds.toFixed(0)} s`,
          `${(cpuMs / 1000).toFixed(1)} s`,
          `${Math.round(memoryMiB)} MiB`,
          String(requests),
          `${(cpuMs / all).toFixed(0)} ms, ${(requests / all).toFixed(1)} requests`,
        ],
      ],
      notes: [`${lost} races lost`, byResource(metrics)],
    };
  },
};

async function install(cluster: Cluster): Promise<void> {
  const steps = [
    ['apply', '--server-side', '-f', CRD],
    ['wait', '--for=condition=Established', `crd/${RESOURCE.plural}.${RESOURCE.group}`],
  ];
  for (const step of steps) {
    const { code, stderr } = await cluster.kubectl(...step);
    if (code !== 0) throw new Error(`kubectl ${step[0]}: ${stderr}`);
  }
}

/** Asks for another image, as somebody who adopts a set does. */
async function ask(cluster: Cluster, namespace: string, manifest: object): Promise<void> {
  const { metadata, spec } = JSON.parse(JSON.stringify(manifest).replace('app:1', 'app:2')) as StatefulSet;
  await cluster.api.post(resourcesPath(namespace), {
    apiVersion: `${RESOURCE.group}/${RESOURCE.version}`,
    kind: RESOURCE.kind,
    metadata: { name: metadata.name },
    spec: { statefulset: { spec }, maxUnavailable: 2, minReady: '0s' },
  });
}

function lostRacesOf({ metadata }: StatefulSet): number {
  const text = metadata.annotations?.[ANNOTATIONS.status];
  return text === undefined ? 0 : statusSchema.parse(JSON.parse(text)).lostRaces.length;
}

async function setsOf(cluster: Cluster, namespace: string): Promise<StatefulSet[]> {
  return (await cluster.api.get<List<StatefulSet>>(setsPath(namespace))).items;
}

function resourcesPath(namespace: string): string {
  return `/apis/${RESOURCE.group}/${RESOURCE.version}/namespaces/${namespace}/${RESOURCE.plural}`;
}

async function until(what: string, there: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!(await there())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await sleep(1_000);
  }
}
