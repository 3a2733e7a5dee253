import { RefusedError, UsageError } from './errors.ts';
import { isObject, type Json, type JsonObject, sameJson } from './json.ts';
import { isCountOrPercent } from './percent.ts';
import { ANNOTATIONS } from './record.ts';

/** A StatefulSet as a file states it, taken apart. */
export interface Manifest {
  /** For people: the file's name, or "standard input". */
  source: string;
  name: string;
  /** null where the file does not say. */
  namespace: string | null;
  replicas: number | null;
  /** What is to be put back at the end, completed; null where the file does not say. */
  updateStrategy: JsonObject | null;
  /** Of the fields that the API server does not let anyone change: those the file states. */
  immutable: { [field: string]: Json };
  /** What is sent by server-side apply: the file without status, updateStrategy, replicas and what the server fills in. */
  apply: JsonObject;
}

/** Fields of its spec that the API server does not let anyone change. */
export const IMMUTABLE = ['selector', 'serviceName', 'volumeClaimTemplates', 'podManagementPolicy'] as const;

/** Filled in by the API server; a manifest made by `kubectl get -o yaml` carries them, and apply refuses some of them. */
const SERVER_METADATA = ['managedFields', 'uid', 'resourceVersion', 'creationTimestamp', 'generation', 'selfLink'];
const FOREIGN_ANNOTATIONS = ['kubectl.kubernetes.io/last-applied-configuration', ...Object.values(ANNOTATIONS)];

/**
 * @param objects what the file holds, without empty documents
 * @param source how to name the file to people
 * @throws UsageError where it is not exactly one StatefulSet of apps/v1, or its strategy is one we cannot put back
 */
export function manifestOf(objects: readonly Json[], source: string): Manifest {
  const object = onlyStatefulSet(objects, source);
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const spec = isObject(object.spec) ? object.spec : {};
  if (typeof metadata.name !== 'string') throw new UsageError(`${source}: metadata.name is missing`);
  if (!isObject(spec.template)) throw new UsageError(`${source}: spec.template is missing`);
  const replicas = spec.replicas ?? null;
  if (replicas !== null && typeof replicas !== 'number')
    throw new UsageError(`${source}: spec.replicas is not a number`);
  const { updateStrategy, replicas: _replicas, ...appliedSpec } = spec;
  return {
    source,
    name: metadata.name,
    namespace: typeof metadata.namespace === 'string' ? metadata.namespace : null,
    replicas,
    updateStrategy: strategyOf(updateStrategy ?? null, source),
    immutable: Object.fromEntries(IMMUTABLE.flatMap((field) => (spec[field] == null ? [] : [[field, spec[field]]]))),
    apply: { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: appliedMetadata(metadata), spec: appliedSpec },
  };
}

function onlyStatefulSet(objects: readonly Json[], source: string): JsonObject {
  const flat = objects.flatMap((value) =>
    isObject(value) && value.kind === 'List' && Array.isArray(value.items) ? value.items : [value],
  );
  const [object, ...others] = flat;
  if (object === undefined) throw new UsageError(`${source} is empty: it must hold one StatefulSet`);
  if (others.length > 0) {
    const kinds = flat.map((value) => (isObject(value) ? named(value.kind) : typeof value));
    throw new UsageError(
      `${source} holds ${flat.length} objects (${kinds.join(', ')}): it must hold one StatefulSet and nothing else`,
    );
  }
  if (!isObject(object) || object.kind !== 'StatefulSet' || object.apiVersion !== 'apps/v1') {
    const what = isObject(object) ? `a ${named(object.kind)} of ${named(object.apiVersion)}` : `a ${typeof object}`;
    throw new UsageError(`${source} holds ${what}: it must hold one StatefulSet of apps/v1`);
  }
  return object;
}

function named(value: Json | undefined): string {
  return typeof value === 'string' && value !== '' ? value : JSON.stringify(value ?? null);
}

function appliedMetadata(metadata: JsonObject): JsonObject {
  const kept: JsonObject = { ...metadata };
  for (const field of SERVER_METADATA) delete kept[field];
  if (isObject(kept.annotations)) {
    const annotations: JsonObject = { ...kept.annotations };
    for (const name of FOREIGN_ANNOTATIONS) delete annotations[name];
    kept.annotations = annotations;
  }
  return kept;
}

/**
 * Complete, because a RollingUpdate without rollingUpdate is not defaulted where it replaces a strategy (design, F2).
 * @throws UsageError where it is no strategy that we could put back
 */
export function strategyOf(strategy: Json, source: string): JsonObject | null {
  if (strategy === null) return null;
  const refuse = (what: string): never => {
    throw new UsageError(`${source}: spec.updateStrategy ${what}`);
  };
  if (!isObject(strategy)) return refuse('is not an object');
  const type = strategy.type ?? 'RollingUpdate';
  if (type === 'OnDelete') {
    if (strategy.rollingUpdate != null) refuse('has rollingUpdate beside type OnDelete, which no API server accepts');
    return { type };
  }
  if (type !== 'RollingUpdate') return refuse(unknownStrategy(named(type)));
  const rollingUpdate = strategy.rollingUpdate ?? {};
  if (!isObject(rollingUpdate)) return refuse('.rollingUpdate is not an object');
  const { partition = 0, maxUnavailable } = rollingUpdate;
  if (typeof partition !== 'number' || !Number.isInteger(partition) || partition < 0) {
    refuse(`.rollingUpdate.partition is ${JSON.stringify(partition)}: it must be a number from 0 up`);
  }
  if (
    maxUnavailable != null &&
    (!isCountOrPercent(String(maxUnavailable)) || Number.parseFloat(String(maxUnavailable)) === 0)
  ) {
    refuse(
      `.rollingUpdate.maxUnavailable is ${JSON.stringify(maxUnavailable)}: it must be a number above 0, or a percentage`,
    );
  }
  return { type, rollingUpdate: { ...rollingUpdate, partition } };
}

/** Why a strategy type is refused. */
export function unknownStrategy(type: string): string {
  return type === 'Recreate'
    ? 'is of type Recreate: then the controller takes all pods down at once, and no fence can hold one. Use RollingUpdate or OnDelete.'
    : `is of type ${type}, which this version does not know. Use RollingUpdate or OnDelete.`;
}

/** @throws UsageError where the file speaks of another set than was named */
export function checkPlace(manifest: Manifest, ref: { namespace: string; name: string }): void {
  const { source } = manifest;
  if (manifest.name !== ref.name)
    throw new UsageError(`${source} is about ${manifest.name}, but ${ref.name} was named`);
  if (manifest.namespace !== null && manifest.namespace !== ref.namespace) {
    throw new UsageError(
      `${source} is about namespace ${manifest.namespace}, but the rollout is in ${ref.namespace}: add -n ${manifest.namespace}`,
    );
  }
}

/**
 * Whether this file may be rolled out over that set. `raw` is the set as read.
 * @throws RefusedError where the file changes what cannot be changed
 */
export function checkManifest(manifest: Manifest, ref: { namespace: string; name: string }, raw: Json): void {
  const { source } = manifest;
  const spec = isObject(raw) && isObject(raw.spec) ? raw.spec : {};
  for (const [field, stated] of Object.entries(manifest.immutable)) {
    if (!states(stated, spec[field] ?? null)) throw new RefusedError(immutableField(source, field, ref));
  }
  const replicas = typeof spec.replicas === 'number' ? spec.replicas : 1;
  if (manifest.replicas !== null && manifest.replicas !== replicas) {
    throw new RefusedError(
      `${source} says replicas: ${manifest.replicas}, the set has ${replicas}: a rollout does not scale. ` +
        `Take replicas out of the file, or scale first: kubectl scale sts/${ref.name} -n ${ref.namespace} --replicas=${manifest.replicas}`,
    );
  }
}

function immutableField(source: string, field: string, ref: { namespace: string; name: string }): string {
  const set = `sts/${ref.name} -n ${ref.namespace}`;
  return [
    `${source} changes spec.${field}, which cannot be changed in a StatefulSet that exists. Nothing was written. The way out:`,
    `  1. kubectl get ${set} -o yaml > old.yaml, and change spec.${field} there, but keep the old template`,
    `  2. kubectl delete ${set} --cascade=orphan (the pods go on running)`,
    '  3. kubectl apply -f old.yaml',
    `  4. kubectl bedrock rollout ${set} -f ${source}`,
    'With a new template in step 3 the set would have no old revision: a pod that dies would come back new.',
  ].join('\n');
}

/**
 * Whether `actual` says all that `stated` says. The API server adds defaults, so what a file leaves out cannot differ;
 * lists count whole.
 */
export function states(stated: Json, actual: Json): boolean {
  if (isObject(stated)) {
    if (!isObject(actual)) return false;
    return Object.entries(stated).every(
      ([key, value]) =>
        value === null || key === 'status' || key === 'creationTimestamp' || states(value, actual[key] ?? null),
    );
  }
  if (Array.isArray(stated)) {
    if (!Array.isArray(actual) || actual.length !== stated.length) return false;
    return stated.every((value, index) => states(value, actual[index] ?? null));
  }
  return sameJson(stated, actual) || String(stated) === String(actual);
}
