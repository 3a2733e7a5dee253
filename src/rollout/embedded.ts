import { isObject, type Json, type JsonObject } from './json.ts';
import { IMMUTABLE, states, strategyOf } from './manifest.ts';
import { HELD_STRATEGY, RESOURCE_ANNOTATION, type Resource, setNameOf } from './resource.ts';

/** On a StatefulSet made by us: what its template was made for, so that nobody need guess whether its pods run that. */
export const MADE_ANNOTATION = 'rollouts.bedrock.dev/made-for';

/** On a StatefulSet: of what we last applied, its hash: a field that the resource no longer states is given up by it. */
export const APPLIED_ANNOTATION = 'rollouts.bedrock.dev/applied';

/** Stated when the set is made, since a set that is there cannot be given others, or not without moving pods. */
const AT_BIRTH = [...IMMUTABLE, 'replicas', 'ordinals'];

type Embedding = Pick<Resource, 'namespace' | 'name' | 'spec'>;

/** spec of the StatefulSet that a resource embeds; null where it names one instead. */
export function embeddedSpec({ spec }: Pick<Resource, 'spec'>): JsonObject | null {
  return spec.statefulset?.spec ?? null;
}

/**
 * The update strategy that the set has once it is let go.
 * @throws UsageError where it is one that no fence can stand in for
 */
export function embeddedStrategy(resource: Embedding): JsonObject | null {
  const embedded = embeddedSpec(resource);
  if (embedded === null) return null;
  const stated = strategyOf(embedded.updateStrategy ?? null, `statefulsetrollout ${resource.name}: spec.statefulset`);
  return stated ?? { type: 'RollingUpdate', rollingUpdate: { partition: 0 } };
}

/** The update strategy that a resource states itself, for a set that is let go; null where it leaves that to the set. */
export function statedStrategy(resource: Embedding): JsonObject | null {
  return embeddedSpec(resource)?.updateStrategy == null ? null : embeddedStrategy(resource);
}

/** Whether the set has the strategy. Servers that do not know maxUnavailable drop it: it does not count. */
export function hasStrategy(wanted: JsonObject, raw: Json): boolean {
  const { rollingUpdate, ...rest } = wanted;
  if (!isObject(rollingUpdate)) return states(wanted, raw);
  const { maxUnavailable: _, ...compared } = rollingUpdate;
  return states({ ...rest, rollingUpdate: compared }, raw);
}

/** What is posted where there is no such set. The rest of its fields is applied, once it is there. */
export function newSet(resource: Embedding, template: Json, madeFor: string): JsonObject {
  const embedded = embeddedSpec(resource) ?? {};
  const { hold } = resource.spec;
  const stated = AT_BIRTH.filter((field) => embedded[field] !== undefined).map((field) => [field, embedded[field]]);
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: {
      name: setNameOf(resource),
      namespace: resource.namespace,
      annotations: { [RESOURCE_ANNOTATION]: resource.name, [MADE_ANNOTATION]: madeFor },
    },
    spec: {
      ...(Object.fromEntries(stated) as JsonObject),
      template,
      updateStrategy: hold ? HELD_STRATEGY : (embeddedStrategy(resource) ?? HELD_STRATEGY),
    },
  };
}

/**
 * What is sent by server-side apply: all that the resource states but template and updateStrategy, which only a rollout
 * may write, and what cannot be changed.
 */
export function appliedSet(resource: Embedding, hash: (value: Json) => string): JsonObject | null {
  const embedded = embeddedSpec(resource);
  if (embedded === null) return null;
  const { template: _template, updateStrategy: _strategy, ...spec } = embedded;
  for (const field of IMMUTABLE) delete spec[field];
  const { labels, annotations } = resource.spec.statefulset?.metadata ?? {};
  const metadata = {
    ...(labels === undefined ? {} : { labels }),
    annotations: { ...annotations, [RESOURCE_ANNOTATION]: resource.name },
  };
  const applied = hash({ metadata, spec });
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: {
      name: setNameOf(resource),
      namespace: resource.namespace,
      ...metadata,
      annotations: { ...metadata.annotations, [APPLIED_ANNOTATION]: applied },
    },
    spec,
  };
}

/** Whether `raw`, the set as it is, says all that was to be applied. */
export function isApplied({ metadata = {}, spec = {} }: JsonObject, raw: Json): boolean {
  // an item of a list says neither kind nor apiVersion
  return states({ metadata, spec }, raw);
}

/** Why the embedded set cannot become of the one that is there; null where it can. */
export function immutableChange(resource: Embedding, raw: Json): string | null {
  const embedded = embeddedSpec(resource) ?? {};
  const actual = isObject(raw) && isObject(raw.spec) ? raw.spec : {};
  const changed = IMMUTABLE.find(
    (field) => embedded[field] != null && !states(embedded[field] ?? null, actual[field] ?? null),
  );
  if (changed === undefined) return null;
  const set = `sts/${setNameOf(resource)} -n ${resource.namespace}`;
  return (
    `it changes spec.statefulset.spec.${changed}, which cannot be changed in a StatefulSet that exists; nothing was written. ` +
    `Put the old value back; or keep the template as it is now, and kubectl delete ${set} --cascade=orphan: the pods go on running, and the set is made again`
  );
}
