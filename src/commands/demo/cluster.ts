import { rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '../../rollout/json.ts';
import { type Simulator, serve, type Version } from '../../simulator/index.ts';
import { at, number } from '../../simulator/objects.ts';
import type { DemoSet } from './scenarios.ts';

/** A simulated cluster that is served, and the file by which clients find it. */
export interface DemoCluster extends AsyncDisposable {
  simulator: Simulator;
  url: string;
  /** The path of its kubeconfig, in a folder that only its user can enter. */
  kubeconfig: string;
  /** Takes the folder away at once: also for a process that is about to end. */
  removeFiles(): void;
}

/** Starts it in real time on a free port of 127.0.0.1. */
export async function openCluster(version: Version): Promise<DemoCluster> {
  const served = await serve({ seed: 1, version });
  const folder = await mkdtemp(join(tmpdir(), 'kubectl-bedrock-demo-'));
  const removeFiles = () => rmSync(folder, { recursive: true, force: true });
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, served.kubeconfig, { mode: 0o600 });
  const close = async () => {
    removeFiles();
    await served.close();
  };
  return { simulator: served.simulator, url: served.url, kubeconfig, removeFiles, [Symbol.asyncDispose]: close };
}

/** Creates the sets at their old version. Resolves when every pod is Ready, or at the abort. */
export async function createSets(
  { simulator }: DemoCluster,
  sets: readonly DemoSet[],
  pods: number,
  signal: AbortSignal,
): Promise<void> {
  simulator.kubelet.hurry(true);
  for (const set of sets) {
    simulator.create(statefulSet(set, pods));
    if (set.budget !== undefined) simulator.create(budget(set.name, set.budget));
    // one after the other, so that the pods of each are spread over all nodes
    await ready(simulator, set.name, pods, signal);
  }
  simulator.kubelet.hurry(false);
}

function ready(simulator: Simulator, name: string, pods: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!signal.aborted && number(at(simulator.set(name).status).readyReplicas) !== pods) return;
      forget();
      signal.removeEventListener('abort', look);
      resolve();
    };
    const forget = simulator.history.onWrite(({ resource }) => {
      if (resource.plural === 'statefulsets') look();
    });
    signal.addEventListener('abort', look);
    look();
  });
}

function statefulSet(set: DemoSet, replicas: number): JsonObject & { metadata: JsonObject } {
  const labels = { app: set.name };
  const annotations = Object.fromEntries(
    Object.entries(set.kubelet).map(([name, value]) => [`kubelet.test/${name}`, value]),
  );
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: set.name, labels },
    spec: {
      replicas,
      serviceName: set.name,
      podManagementPolicy: set.policy,
      ...(set.strategy === undefined ? {} : { updateStrategy: { type: set.strategy } }),
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations },
        spec: { terminationGracePeriodSeconds: 10, containers: [{ name: 'app', image: set.from }] },
      },
    },
  };
}

function budget(name: string, maxUnavailable: string): JsonObject & { metadata: JsonObject } {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name },
    spec: { maxUnavailable, selector: { matchLabels: { app: name } } },
  };
}
