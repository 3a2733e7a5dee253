import { durationMs } from '../../src/rollout/duration.ts';
import { isObject, type Json, type JsonObject } from '../../src/rollout/json.ts';
import { ANNOTATIONS, type RecordOrigin, type RecordSpec, type RecordStatus } from '../../src/rollout/record.ts';
import type { ApiObject } from '../../src/simulator/index.ts';

/** A StatefulSet as the invariants see it. */
export interface SetFacts {
  uid: string;
  generation: number;
  observedGeneration: number;
  replicas: number;
  statusReplicas: number;
  start: number;
  policy: string;
  template: Json;
  type: string;
  /** null where there is none. */
  partition: number | null;
  currentRevision: string;
  updateRevision: string;
  spec: RecordSpec | null;
  status: RecordStatus | null;
  origin: RecordOrigin | null;
  minReadyMs: number;
  /** So long a new pod is to be Ready before it counts, in milliseconds. */
  soakMs: number;
}

export interface PodFacts {
  name: string;
  uid: string;
  ordinal: number;
  revision: string;
  phase: string;
  ready: boolean;
  going: boolean;
}

export function setFacts(set: ApiObject): SetFacts {
  const spec = objectOf(set.spec);
  const status = objectOf(set.status);
  const record = recordPart<RecordSpec>(set, 'spec');
  const minReadyMs = Number(spec.minReadySeconds ?? 0) * 1000;
  return {
    uid: String(set.metadata.uid),
    generation: Number(set.metadata.generation),
    observedGeneration: Number(status.observedGeneration ?? 0),
    replicas: Number(spec.replicas ?? 1),
    statusReplicas: Number(status.replicas ?? 0),
    start: Number(objectOf(spec.ordinals).start ?? 0),
    policy: String(spec.podManagementPolicy),
    template: templateOf(set),
    ...partitionOf(strategyOf(set)),
    currentRevision: String(status.currentRevision ?? ''),
    updateRevision: String(status.updateRevision ?? ''),
    spec: record,
    status: recordPart<RecordStatus>(set, 'status'),
    origin: recordPart<RecordOrigin>(set, 'origin'),
    minReadyMs,
    soakMs: Math.max(record === null ? 0 : durationMs(record.minReady), minReadyMs),
  };
}

export function podFacts(pod: ApiObject): PodFacts {
  const name = String(pod.metadata.name);
  return {
    name,
    uid: String(pod.metadata.uid),
    ordinal: Number(/-(\d+)$/.exec(name)?.[1]),
    revision: String(objectOf(pod.metadata.labels)['controller-revision-hash'] ?? ''),
    phase: String(objectOf(pod.status).phase ?? ''),
    ready: isReady(pod),
    going: pod.metadata.deletionTimestamp !== undefined,
  };
}

export function isReady(pod: ApiObject): boolean {
  const { conditions } = objectOf(pod.status);
  return (
    Array.isArray(conditions) &&
    conditions.some((each) => isObject(each) && each.type === 'Ready' && each.status === 'True')
  );
}

export function templateOf(set: ApiObject): Json {
  return objectOf(set.spec).template ?? null;
}

export function strategyOf(set: ApiObject): Json {
  return objectOf(set.spec).updateStrategy ?? null;
}

function partitionOf(strategy: Json): { type: string; partition: number | null } {
  const { type, rollingUpdate } = objectOf(strategy);
  const partition = type === 'OnDelete' ? null : Number(objectOf(rollingUpdate).partition ?? 0);
  return { type: String(type), partition };
}

export function annotationOf(set: ApiObject, part: keyof typeof ANNOTATIONS): string | null {
  const text = objectOf(set.metadata.annotations)[ANNOTATIONS[part]];
  return typeof text === 'string' ? text : null;
}

const parsed = new Map<string, unknown>();

/** Most writes leave the record as it is. */
export function recordPart<T>(set: ApiObject, part: keyof typeof ANNOTATIONS): T | null {
  const text = annotationOf(set, part);
  if (text === null) return null;
  if (!parsed.has(text)) {
    if (parsed.size > 50) parsed.clear();
    parsed.set(text, JSON.parse(text));
  }
  return parsed.get(text) as T;
}

export function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}
