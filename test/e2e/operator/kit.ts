import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import type { ResourceStatus } from '../../../src/rollout/resource-status.ts';
import {
  type BedrockOptions,
  type BedrockRun,
  type Cluster,
  eventually,
  RawError,
  runBedrock,
  type SetOptions,
  setManifest,
} from '../harness/index.ts';

const CRD = resolve(import.meta.dirname, '../../../plugin-manifest/crd.yaml');
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** The cluster knows StatefulsetRollouts when this resolves, whoever has taught it. */
export async function installCrd(cluster: Cluster): Promise<void> {
  const crd: unknown = parse(await readFile(CRD, 'utf8'));
  await cluster.api.post(CRDS, crd).catch((error: unknown) => {
    if (!(error instanceof RawError) || error.status !== 409) throw error;
  });
  await eventually('StatefulsetRollouts to be served', async () => {
    const served = await cluster.api.get(path('default')).catch(() => null);
    return served !== null;
  });
}

export function path(namespace: string, name?: string): string {
  const all = `/apis/rollouts.bedrock.dev/v1alpha1/namespaces/${namespace}/statefulsetrollouts`;
  return name === undefined ? all : `${all}/${name}`;
}

/** An operator that looks after one namespace. Killed after the test where it still runs. */
export function startOperator(cluster: Cluster, namespace: string, options: BedrockOptions = {}): BedrockRun {
  return runBedrock(
    cluster,
    ['operator', '-n', namespace, '--lease-namespace', namespace, '--listen', '127.0.0.1:0'],
    options,
  );
}

/** What it logged, and a test wants to know. */
export interface LogLine {
  level: string;
  message: string;
  port?: number;
  [fact: string]: unknown;
}

export function logOf(run: BedrockRun): LogLine[] {
  return run.json as LogLine[];
}

interface ResourceObject {
  metadata: { name: string; uid: string; generation: number; resourceVersion: string };
  spec: Record<string, unknown>;
  status?: ResourceStatus;
}

/** A resource that embeds the whole of a set as createSet() makes it, at another image. */
export function embedding(image: string, options: SetOptions = {}): { statefulset: { spec: object } } {
  const { spec } = setManifest({ ...options, image }) as { spec: Record<string, unknown> };
  const { updateStrategy: _strategy, replicas: _replicas, ...kept } = spec;
  return { statefulset: { spec: JSON.parse(JSON.stringify(kept)) } };
}

export function createResource(
  cluster: Cluster,
  namespace: string,
  spec: Record<string, unknown>,
  name = 'web',
): Promise<ResourceObject> {
  return cluster.api.post(path(namespace), {
    apiVersion: 'rollouts.bedrock.dev/v1alpha1',
    kind: 'StatefulsetRollout',
    metadata: { name },
    spec,
  });
}

export function patchResource(
  cluster: Cluster,
  namespace: string,
  spec: Record<string, unknown>,
  name = 'web',
): Promise<ResourceObject> {
  return cluster.api.patch(path(namespace, name), { spec });
}

export function getResource(cluster: Cluster, namespace: string, name = 'web'): Promise<ResourceObject> {
  return cluster.api.get(path(namespace, name));
}

/** "Paused (PercentReached)" */
export function phaseOf({ status }: ResourceObject): string {
  const { phase = 'none', reason } = status ?? {};
  return reason === undefined ? phase : `${phase} (${reason})`;
}

/** Waits until the resource says so; then it is answered. */
export async function untilPhase(
  cluster: Cluster,
  namespace: string,
  phase: string,
  { name = 'web', timeoutMs = 120_000 } = {},
): Promise<ResourceObject> {
  let last = '';
  return eventually(
    `statefulsetrollout ${name} to be ${phase}`,
    async () => {
      const resource = await getResource(cluster, namespace, name);
      last = JSON.stringify(resource.status);
      return phaseOf(resource) === phase ? resource : null;
    },
    timeoutMs,
  ).catch((error: Error) => {
    throw new Error(`${error.message}; it says ${last}`);
  });
}

/** "True Forbidden" */
export function condition({ status }: ResourceObject, type: string): string {
  const found = status?.conditions?.find((each) => each.type === type);
  return found === undefined ? 'absent' : `${found.status} ${found.reason}`;
}
