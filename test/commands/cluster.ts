import { afterEach } from 'vitest';
import type { Connected } from '../../src/cluster/connection.ts';
import { openSession } from '../../src/executor/session.ts';
import type { Json, JsonObject } from '../../src/rollout/json.ts';
import { ANNOTATIONS } from '../../src/rollout/record.ts';
import { RealClock, Simulator } from '../../src/simulator/index.ts';
import { type FakeHost, type FakeParts, fakeHost } from './fake-host.ts';

/** A cluster with one set `web` of ready pods, and a process in front of it. */
export interface TestCluster {
  simulator: Simulator;
  host(parts?: FakeParts): FakeHost;
  /** What anyone but the control plane has written since the set was ready: "patch statefulsets/web". */
  writes(): string[];
  annotation(name: keyof typeof ANNOTATIONS): JsonObject;
  strategy(): Json;
  /** Images of the pods that are there, by ordinal. */
  images(): string[];
  patch(body: JsonObject): Promise<void>;
}

const clocks: RealClock[] = [];

afterEach(() => {
  for (const clock of clocks.splice(0)) clock.stop();
});

export interface SetParts {
  replicas?: number;
  updateStrategy?: Json;
  metadata?: JsonObject;
  /** How much faster than the wall's its clock goes. */
  speed?: number;
}

export async function startCluster(parts: SetParts = {}): Promise<TestCluster> {
  const clock = new RealClock(parts.speed);
  clocks.push(clock);
  const fast = [0, 1] as const;
  const simulator = new Simulator({
    seed: 1,
    version: '1.34',
    clock,
    latency: fast,
    eventDelay: fast,
    controllerLag: fast,
    controllerLatency: fast,
  });
  const replicas = parts.replicas ?? 4;
  const labels = { app: 'web' };
  const annotations = { 'kubelet.test/start': '1ms', 'kubelet.test/stop': '20ms' };
  simulator.create({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'web', ...parts.metadata },
    spec: {
      replicas,
      serviceName: 'web',
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: labels },
      ...(parts.updateStrategy === undefined ? {} : { updateStrategy: parts.updateStrategy }),
      template: { metadata: { labels, annotations }, spec: { containers: [{ name: 'app', image: 'app:1' }] } },
    },
  });
  await until(() => {
    const status = objectOf(simulator.set('web').status);
    return status.readyReplicas === replicas && status.observedGeneration === 1;
  });
  const since = simulator.history.writes.length;
  const connected: Connected = {
    api: simulator.api('ann'),
    context: 'test',
    server: 'https://test',
    namespace: 'default',
    user: 'ann',
    close: async () => {},
  };
  const raw = () => objectOf(simulator.set('web'));
  return {
    simulator,
    host: (hostParts = {}) =>
      fakeHost({
        connect: async (flags) => ({ ...connected, namespace: flags.namespace ?? 'default' }),
        openSession,
        ...hostParts,
      }),
    writes: () =>
      simulator.history.writes
        .slice(since)
        .filter(({ user }) => user === 'ann')
        .map(({ verb, resource, name }) => `${verb} ${resource.plural}/${name}`),
    annotation: (name) =>
      objectOf(JSON.parse(String(objectOf(objectOf(raw().metadata).annotations)[ANNOTATIONS[name]]))),
    strategy: () => objectOf(raw().spec).updateStrategy ?? null,
    images: () =>
      simulator
        .pods()
        .map((pod) => ({
          name: String(pod.metadata.name),
          image: String(objectOf((objectOf(pod.spec).containers as Json[])[0]).image),
        }))
        .sort((a, b) => a.name.localeCompare(b.name))
        .map(({ image }) => image),
    patch: async (body) => {
      await simulator.api('bob').request({
        method: 'PATCH',
        path: '/apis/apps/v1/namespaces/default/statefulsets/web',
        query: { fieldManager: 'bob' },
        contentType: 'application/strategic-merge-patch+json',
        body,
      });
    },
  };
}

export const imagePatch = (image: string): JsonObject => ({
  spec: { template: { spec: { containers: [{ name: 'app', image }] } } },
});

/** Waits for a condition of the cluster; the test's own time-out ends it. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

function objectOf(value: unknown): JsonObject {
  if (typeof value !== 'object' || value === null) throw new Error(`${String(value)} is no object`);
  return value as JsonObject;
}
