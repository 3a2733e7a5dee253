import type { JsonObject } from '../../src/rollout/json.ts';

/** Raw objects as an API server gives them, as small as they can be. */
export function rawSet(spec: JsonObject = {}, more: JsonObject = {}): JsonObject {
  return {
    metadata: { name: 'web', namespace: 'shop', uid: 'set-1', generation: 7, resourceVersion: '100' },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'app', image: 'web:1' }] } },
      ...spec,
    },
    status: { observedGeneration: 6, replicas: 3, currentRevision: 'web-a', updateRevision: 'web-b' },
    ...more,
  };
}

export const CREATED = Date.parse('2026-11-25T10:00:00Z');

export interface PodFacts {
  ready?: boolean;
  /** Of the Ready condition, milliseconds after the pod's creation. */
  stampMs?: number;
  restarts?: number;
  phase?: string;
  metadata?: JsonObject;
  spec?: JsonObject;
  /** One status for the one container. */
  container?: JsonObject;
  status?: JsonObject;
}

export function rawPod(ordinal: number, facts: PodFacts = {}): JsonObject {
  const { ready = true, stampMs = 2000, restarts = 0, phase = 'Running' } = facts;
  return {
    metadata: {
      name: `web-${ordinal}`,
      namespace: 'shop',
      uid: `pod-${ordinal}`,
      creationTimestamp: time(CREATED),
      labels: { 'controller-revision-hash': 'web-a' },
      ownerReferences: [{ kind: 'StatefulSet', name: 'web', uid: 'set-1', controller: true }],
      ...facts.metadata,
    },
    spec: {
      nodeName: 'node-1',
      terminationGracePeriodSeconds: 30,
      containers: [{ name: 'app', image: 'web:1' }],
      ...facts.spec,
    },
    status: {
      phase,
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: time(CREATED + stampMs) }],
      containerStatuses: [{ name: 'app', ready, restartCount: restarts, ...facts.container }],
      ...facts.status,
    },
  };
}

export function time(ms: number): string {
  return new Date(ms).toISOString();
}
