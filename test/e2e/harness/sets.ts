import type { Cluster } from './cluster.ts';
import { isReady, isTerminating, type List, ordinalOf, type Pod, revisionOf, type StatefulSet } from './objects.ts';
import { eventually } from './wait.ts';

export interface SetOptions {
  /** Default "web". */
  name?: string;
  /** Default 3. */
  replicas?: number;
  /** Default Parallel. */
  policy?: 'OrderedReady' | 'Parallel';
  /** Of the container `app`; default "app:1". The tag tells the kubelet what to do: see stages.yaml. */
  image?: string;
  /** From bound to Ready, and from asked to go to gone; "300ms" both by default. */
  start?: string;
  stop?: string;
  minReadySeconds?: number;
  updateStrategy?: StatefulSet['spec']['updateStrategy'];
  ordinalsStart?: number;
  revisionHistoryLimit?: number;
  /** Of the pod template. */
  annotations?: Record<string, string>;
  /** Of the set. */
  setAnnotations?: Record<string, string>;
  /** More of the pod's spec: containers besides `app`, resources, terminationGracePeriodSeconds. */
  podSpec?: Record<string, unknown> & { containers?: object[] };
  /** A PodDisruptionBudget of the set's name over its pods: its spec, without the selector. */
  pdb?: { minAvailable?: number | string; maxUnavailable?: number | string; unhealthyPodEvictionPolicy?: string };
  /** Default true: resolves when all pods are Ready. */
  wait?: boolean;
}

/** A StatefulSet's manifest of the API's own form, with the label app=NAME on its pods. */
export function setManifest(options: SetOptions = {}): object {
  const { name = 'web', image = 'app:1', start = '300ms', stop = '300ms', podSpec = {} } = options;
  const { containers = [], ...otherSpec } = podSpec;
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name, annotations: options.setAnnotations },
    spec: {
      replicas: options.replicas ?? 3,
      serviceName: name,
      podManagementPolicy: options.policy ?? 'Parallel',
      minReadySeconds: options.minReadySeconds,
      revisionHistoryLimit: options.revisionHistoryLimit,
      updateStrategy: options.updateStrategy,
      ordinals: options.ordinalsStart === undefined ? undefined : { start: options.ordinalsStart },
      selector: { matchLabels: { app: name } },
      template: {
        metadata: {
          labels: { app: name },
          annotations: { 'kubelet.test/start': start, 'kubelet.test/stop': stop, ...options.annotations },
        },
        spec: { containers: [{ name: 'app', image }, ...containers], ...otherSpec },
      },
    },
  };
}

/** Creates a StatefulSet (and its PodDisruptionBudget) and waits until all its pods are Ready. */
export async function createSet(cluster: Cluster, namespace: string, options: SetOptions = {}): Promise<StatefulSet> {
  const { name = 'web' } = options;
  if (options.pdb !== undefined) {
    await cluster.api.post(`/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`, {
      metadata: { name },
      spec: { ...options.pdb, selector: { matchLabels: { app: name } } },
    });
  }
  const made = await cluster.api.post<StatefulSet>(setsPath(namespace), setManifest(options));
  return options.wait === false ? made : await allReady(cluster, namespace, name);
}

/** Waits until the controller has seen the set and every pod of it is there and Ready, at whatever revision. */
export async function allReady(
  cluster: Cluster,
  namespace: string,
  name = 'web',
  timeoutMs = 120_000,
): Promise<StatefulSet> {
  return await eventually(
    `all pods of ${name} Ready`,
    async () => {
      const set = await getSet(cluster, namespace, name);
      const seen = set.status?.observedGeneration === set.metadata.generation;
      const pods = await podsOf(cluster, namespace, name);
      const ready = pods.filter((pod) => isReady(pod) && !isTerminating(pod));
      const counted = set.status?.readyReplicas ?? 0;
      return seen && pods.length === set.spec.replicas && ready.length === pods.length && counted === ready.length
        ? set
        : null;
    },
    timeoutMs,
  );
}

/** Waits until every pod is Ready at `revision` (a ControllerRevision's name), or at the set's updateRevision. */
export async function allAt(
  cluster: Cluster,
  namespace: string,
  name = 'web',
  revision?: string,
  timeoutMs = 120_000,
): Promise<StatefulSet> {
  return await eventually(
    `all pods of ${name} at ${revision ?? 'the update revision'}`,
    async () => {
      const set = await getSet(cluster, namespace, name);
      if (set.status?.observedGeneration !== set.metadata.generation) return null;
      const pods = await podsOf(cluster, namespace, name);
      const wanted = revision ?? set.status?.updateRevision;
      const there = pods.filter((pod) => isReady(pod) && !isTerminating(pod) && revisionOf(pod) === wanted);
      return pods.length === set.spec.replicas && there.length === pods.length ? set : null;
    },
    timeoutMs,
  );
}

export function setsPath(namespace: string, name?: string): string {
  return `/apis/apps/v1/namespaces/${namespace}/statefulsets${name === undefined ? '' : `/${name}`}`;
}

export function podsPath(namespace: string, name?: string): string {
  return `/api/v1/namespaces/${namespace}/pods${name === undefined ? '' : `/${name}`}`;
}

export function getSet(cluster: Cluster, namespace: string, name = 'web'): Promise<StatefulSet> {
  return cluster.api.get(setsPath(namespace, name));
}

export function getPod(cluster: Cluster, namespace: string, name: string): Promise<Pod> {
  return cluster.api.get(podsPath(namespace, name));
}

/** By ordinal, ascending; those with the label app=NAME. */
export async function podsOf(cluster: Cluster, namespace: string, name = 'web'): Promise<Pod[]> {
  const list = await cluster.api.get<List<Pod>>(`${podsPath(namespace)}?labelSelector=app%3D${name}`);
  return list.items.toSorted((a, b) => ordinalOf(a) - ordinalOf(b));
}

/** Sets annotations of a running pod (null takes one away): `{'kubelet.test/crash': 'true'}`, see stages.yaml. */
export async function annotatePod(
  cluster: Cluster,
  namespace: string,
  pod: string,
  annotations: Record<string, string | null>,
): Promise<void> {
  await cluster.api.patch(podsPath(namespace, pod), { metadata: { annotations } });
}
