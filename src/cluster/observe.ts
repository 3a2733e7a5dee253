import { createHash } from 'node:crypto';
import { canonical, isObject, type Json } from '../rollout/json.ts';
import type { SetObservation, StrategyObservation } from '../rollout/observation.ts';
import { ANNOTATIONS, type Fence, FIELD_MANAGER, statusSchema } from '../rollout/record.ts';
import { deciderOf } from './decided.ts';
import { listAt, objectAt, textAt, timeAt } from './fields.ts';
import { type RawSet, setShape, shaped } from './shapes.ts';

/** Raw objects are never changed, so one look at each is enough: canonical templates of 100 KiB take their time. */
const observed = new WeakMap<object, SetObservation>();

/**
 * The facts of a raw StatefulSet. They do not depend on the moment; `_now` is there for callers that have it.
 * @throws MalformedError where a field is of another type than the API's
 */
export function observeSet(raw: Json, _now?: number): SetObservation {
  if (!isObject(raw)) return factsOf(raw);
  const known = observed.get(raw);
  if (known) return known;
  const facts = factsOf(raw);
  observed.set(raw, facts);
  return facts;
}

function factsOf(raw: Json): SetObservation {
  const { metadata, spec, status } = shaped(setShape, 'statefulset', raw);
  const template = objectAt(raw, 'spec', 'template');
  const decidedBy = deciderOf(raw);
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
    generation: metadata.generation,
    observedGeneration: status?.observedGeneration ?? 0,
    deleting: metadata.deletionTimestamp !== null,
    replicas: spec.replicas,
    start: spec.ordinals?.start ?? 0,
    policy: spec.podManagementPolicy ?? 'OrderedReady',
    minReadyMs: spec.minReadySeconds * 1000,
    strategy: strategyOf(spec.updateStrategy, objectAt(raw, 'spec').updateStrategy ?? null),
    template,
    templateHash: hashOf(template),
    images: (spec.template.spec?.containers ?? []).map(({ name, image }) => ({ container: name, image })),
    currentRevision: status?.currentRevision ?? '',
    updateRevision: status?.updateRevision ?? '',
    statusReplicas: status?.replicas ?? 0,
    written: writtenFence(metadata.annotations[ANNOTATIONS.status]),
    foreignWriter: foreignWriterOf(raw),
    ...(decidedBy === null ? {} : { decidedBy }),
  };
}

/** Equal for equal templates. */
export function hashOf(template: Json): string {
  return createHash('sha256').update(canonical(template)).digest('hex');
}

function strategyOf(strategy: RawSet['spec']['updateStrategy'], raw: Json): StrategyObservation {
  const type = strategy?.type || 'RollingUpdate';
  const rolling = strategy?.rollingUpdate;
  const maxUnavailable = rolling?.maxUnavailable ?? null;
  return {
    type,
    partition: type === 'RollingUpdate' ? (rolling?.partition ?? 0) : null,
    maxUnavailable: maxUnavailable === null ? null : String(maxUnavailable),
    raw,
  };
}

function writtenFence(annotation: string | undefined): Fence | null {
  if (annotation === undefined) return null;
  try {
    const status: unknown = JSON.parse(annotation);
    const fence = statusSchema.shape.fence.safeParse(isObject(status) ? status.fence : null);
    return fence.success ? fence.data : null;
  } catch {
    return null;
  }
}

const GUARDED = ['f:template', 'f:updateStrategy', 'f:ordinals'];

/** managedFields say who owns which field, and when each of them last wrote. */
function foreignWriterOf(raw: Json): SetObservation['foreignWriter'] {
  const writers = listAt(raw, 'metadata', 'managedFields')
    .filter((entry) => textAt(entry, 'manager') !== FIELD_MANAGER && textAt(entry, 'subresource') !== 'status')
    .filter((entry) => {
      const fields = objectAt(entry, 'fieldsV1', 'f:spec');
      return GUARDED.some((name) => name in fields);
    })
    .map((entry) => ({ manager: textAt(entry, 'manager') || 'an unnamed client', at: timeAt(entry, 'time') }))
    .sort((a, b) => (b.at ?? 0) - (a.at ?? 0));
  return writers[0] ?? null;
}
