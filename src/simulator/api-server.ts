import { isObject, type Json, type JsonObject } from '../rollout/json.ts';
import { Access } from './access.ts';
import type { Caller } from './caller.ts';
import type { SimulatorClock } from './clock.ts';
import type { Version } from './defaults.ts';
import { History } from './history.ts';
import {
  type ApiObject,
  at,
  isTerminating,
  list,
  nameOf,
  namespaceOf,
  number,
  objects,
  text,
  timestamp,
  uidOf,
  versionOf,
  withMetadata,
} from './objects.ts';
import type { Random } from './random.ts';
import { NAMESPACES, NODES, PODS, type Resource } from './resources.ts';
import type { CelEvaluator } from './schema-validation.ts';
import { alreadyExists, conflict, notFound } from './status.ts';
import { Store } from './store.ts';
import { applied, created, patched, updated } from './writes.ts';

export interface WriteOptions {
  dryRun?: boolean;
  subresource?: string;
  /** Of a server-side apply. */
  force?: boolean;
  /** fieldValidation=Strict. */
  strict?: boolean;
}

export interface DeleteOptions {
  dryRun?: boolean;
  gracePeriodSeconds?: number;
  propagationPolicy?: string;
  preconditions?: { uid?: string; resourceVersion?: string };
  /** How the history names it. */
  how?: 'delete' | 'evict';
}

/** A write that is about to be done: admission may refuse it. */
export interface Attempt {
  verb: 'create' | 'update' | 'delete';
  resource: Resource;
  subresource: string;
  caller: Caller;
  /** Of a deletion: what is to be deleted. */
  object: ApiObject;
}

/** The rules of the API over the store: defaults, validation, versions, graceful deletion. Synchronous, without I/O. */
export class ApiServer {
  readonly store = new Store();
  readonly history: History;
  readonly access = new Access();
  /** May throw a StatusError, as a webhook or a quota would. */
  readonly admission: ((attempt: Attempt) => void)[] = [];

  constructor(
    readonly clock: SimulatorClock,
    readonly version: Version,
    readonly random: Random,
    readonly cel: CelEvaluator | null = null,
  ) {
    this.history = new History(clock);
  }

  get(resource: Resource, namespace: string, name: string): ApiObject {
    const object = this.store.get(resource, namespace, name);
    if (object === undefined) throw notFound(resource, name);
    return object;
  }

  create(
    caller: Caller,
    resource: Resource,
    namespace: string,
    body: JsonObject,
    options: WriteOptions = {},
  ): ApiObject {
    if (resource.namespaced && this.store.get(NAMESPACES, '', namespace) === undefined) {
      throw notFound(NAMESPACES, namespace);
    }
    const context = this.#context(caller, resource, 'Update', options);
    const object = created(context, namespace, body, this.random.uid());
    if (this.store.get(resource, namespace, nameOf(object)) !== undefined)
      throw alreadyExists(resource, nameOf(object));
    return this.#put(caller, 'create', resource, null, object, options);
  }

  update(
    caller: Caller,
    resource: Resource,
    namespace: string,
    name: string,
    body: JsonObject,
    options: WriteOptions = {},
  ): ApiObject {
    const before = this.get(resource, namespace, name);
    const subresource = options.subresource ?? '';
    const after = updated(this.#context(caller, resource, 'Update', options), before, body, subresource);
    return this.#put(caller, 'update', resource, before, after, options);
  }

  patch(
    caller: Caller,
    resource: Resource,
    namespace: string,
    name: string,
    patch: Json,
    contentType: string,
    options: WriteOptions = {},
  ): ApiObject {
    if (contentType === 'application/apply-patch+yaml') {
      return this.#apply(caller, resource, namespace, name, patch, options);
    }
    const before = this.get(resource, namespace, name);
    return this.update(caller, resource, namespace, name, patched(resource, before, patch, contentType), options);
  }

  /** Answers the object as it is after: terminating, or gone. */
  delete(caller: Caller, resource: Resource, namespace: string, name: string, options: DeleteOptions = {}): ApiObject {
    const before = this.get(resource, namespace, name);
    checkPreconditions(resource, before, options.preconditions ?? {});
    for (const admit of this.admission) {
      admit({ verb: 'delete', resource, subresource: '', caller, object: before });
    }
    const graceSeconds = resource === PODS ? graceOf(before, options) : 0;
    const finalizers = withPropagation(before, options.propagationPolicy);
    if (options.dryRun) return before;
    if (graceSeconds === 0 && finalizers.length === 0) {
      const object = this.store.remove(resource, before);
      this.history.note(caller, options.how ?? 'delete', resource, '', before, null);
      return object;
    }
    if (isTerminating(before) && graceSeconds >= number(before.metadata.deletionGracePeriodSeconds)) return before;
    const metadata: JsonObject = {
      ...before.metadata,
      deletionTimestamp: before.metadata.deletionTimestamp ?? timestamp(this.clock.now() + graceSeconds * 1000),
      deletionGracePeriodSeconds: graceSeconds,
    };
    if (finalizers.length > 0) metadata.finalizers = finalizers;
    if (resource.generations && !isTerminating(before)) metadata.generation = number(before.metadata.generation) + 1;
    const after = this.store.put(resource, { ...before, metadata });
    this.history.note(caller, options.how ?? 'delete', resource, '', before, after);
    return after;
  }

  /** What only parts of the cluster may do: binds a pod to its node, as the binding subresource does. */
  bind(caller: Caller, pod: ApiObject, node: string): void {
    const before = this.get(PODS, namespaceOf(pod), nameOf(pod));
    if (uidOf(before) !== uidOf(pod) || text(at(before.spec).nodeName)) return;
    const scheduled = { type: 'PodScheduled', status: 'True', lastTransitionTime: timestamp(this.clock.now()) };
    const conditions = objects(at(before.status).conditions).filter(({ type }) => type !== 'PodScheduled');
    const status = { ...at(before.status), conditions: [...conditions, scheduled] };
    const labels = { ...at(before.metadata.labels), ...this.#topologyOf(node) };
    const after = withMetadata({ ...before, spec: { ...at(before.spec), nodeName: node }, status }, { labels });
    this.#put(caller, 'update', PODS, before, after, {});
  }

  /** What the admission plugin PodTopologyLabels copies to a pod, from 1.35 on. */
  #topologyOf(node: string): JsonObject {
    if (this.version === '1.34') return {};
    const labels = Object.entries(at(this.get(NODES, '', node).metadata.labels));
    return Object.fromEntries(labels.filter(([key]) => /^topology\.kubernetes\.io\/(zone|region)$/.test(key)));
  }

  #apply(
    caller: Caller,
    resource: Resource,
    namespace: string,
    name: string,
    config: Json,
    options: WriteOptions,
  ): ApiObject {
    const before = this.store.get(resource, namespace, name);
    const context = this.#context(caller, resource, 'Apply', options);
    const writer = context.writer ?? { manager: 'unknown', operation: 'Apply', subresource: '', time: '' };
    const uid = before === undefined ? this.random.uid() : uidOf(before);
    const force = options.force ?? false;
    const after = applied({ ...context, writer }, namespace, name, before, config, force, uid);
    return this.#put(caller, before === undefined ? 'create' : 'update', resource, before ?? null, after, options);
  }

  #put(
    caller: Caller,
    verb: 'create' | 'update',
    resource: Resource,
    before: ApiObject | null,
    after: ApiObject,
    options: WriteOptions,
  ): ApiObject {
    const subresource = options.subresource ?? '';
    for (const admit of this.admission) admit({ verb, resource, subresource, caller, object: after });
    if (options.dryRun || after === before) return after;
    if (isTerminating(after) && list(after.metadata.finalizers).length === 0 && mayGo(resource, after)) {
      const object = this.store.remove(resource, after);
      this.history.note(caller, verb, resource, subresource, before, null);
      return object;
    }
    const stored = this.store.put(resource, after);
    this.history.note(caller, verb, resource, subresource, before, stored);
    return stored;
  }

  #context({ manager }: Caller, resource: Resource, operation: 'Apply' | 'Update', options: WriteOptions) {
    const { subresource = '', strict = false } = options;
    const now = this.clock.now();
    const writer = manager === null ? null : { manager, operation, subresource, time: timestamp(now) };
    return { resource, version: this.version, now, writer, strict, cel: this.cel };
  }
}

/** Without finalizers, a pod still waits for its kubelet. */
function mayGo(resource: Resource, object: ApiObject): boolean {
  return resource !== PODS || number(object.metadata.deletionGracePeriodSeconds) === 0;
}

/** Nobody has to stop a pod that runs nowhere, or not any more (pkg/registry/core/pod/strategy.go, CheckGracefulDelete). */
function graceOf(pod: ApiObject, options: DeleteOptions): number {
  const spec = at(pod.spec);
  const phase = at(pod.status).phase;
  if (!text(spec.nodeName) || phase === 'Failed' || phase === 'Succeeded') return 0;
  const wanted = options.gracePeriodSeconds ?? number(spec.terminationGracePeriodSeconds, 30);
  return isTerminating(pod) ? Math.min(wanted, number(pod.metadata.deletionGracePeriodSeconds)) : wanted;
}

/** Orphaning and foreground deletion are finalizers that the garbage collector takes off. */
function withPropagation(object: ApiObject, policy: string | undefined): Json[] {
  const finalizers = list(object.metadata.finalizers);
  const wanted = policy === 'Orphan' ? 'orphan' : policy === 'Foreground' ? 'foregroundDeletion' : null;
  return wanted === null || finalizers.includes(wanted) ? finalizers : [...finalizers, wanted];
}

function checkPreconditions(
  resource: Resource,
  object: ApiObject,
  wanted: { uid?: string; resourceVersion?: string },
): void {
  if (wanted.uid && wanted.uid !== uidOf(object)) {
    // The words of BeforeDelete (apiserver/pkg/registry/rest/delete.go), which names the kind here.
    throw conflict(
      { group: '', plural: resource.kind },
      nameOf(object),
      `the UID in the precondition (${wanted.uid}) does not match the UID in record (${uidOf(object)}). The object might have been deleted and then recreated`,
    );
  }
  if (wanted.resourceVersion && Number(wanted.resourceVersion) !== versionOf(object)) {
    throw conflict(
      { group: '', plural: resource.kind },
      nameOf(object),
      `the ResourceVersion in the precondition (${wanted.resourceVersion}) does not match the ResourceVersion in record (${versionOf(object)}). The object might have been modified`,
    );
  }
}

/** DeleteOptions as a body gives them. */
export function deleteOptionsOf(body: Json | undefined, query: Readonly<Record<string, string>> = {}): DeleteOptions {
  const given = isObject(body) ? body : {};
  const preconditions = at(given.preconditions);
  const options: DeleteOptions = {
    dryRun: list(given.dryRun).length > 0 || query.dryRun === 'All',
    preconditions: { uid: text(preconditions.uid), resourceVersion: text(preconditions.resourceVersion) },
    propagationPolicy: text(given.propagationPolicy) || query.propagationPolicy || '',
  };
  const grace = given.gracePeriodSeconds ?? (query.gracePeriodSeconds ? Number(query.gracePeriodSeconds) : undefined);
  if (typeof grace === 'number') options.gracePeriodSeconds = grace;
  return options;
}
