import type { ApiServer } from './api-server.ts';
import type { Caller } from './caller.ts';
import {
  type ApiObject,
  controllerOf,
  isTerminating,
  list,
  nameOf,
  namespaceOf,
  objects,
  text,
  uidOf,
} from './objects.ts';
import type { Latency } from './process.ts';
import { CONTROLLER_REVISIONS, NAMESPACES, PODS, type Resource, STATEFULSETS } from './resources.ts';
import { StatusError } from './status.ts';

const CALLER: Caller = { user: 'system:serviceaccount:kube-system:generic-garbage-collector', manager: null };
const DEPENDENTS: readonly Resource[] = [PODS, CONTROLLER_REVISIONS];

/** Takes away what belonged to a deleted set, or lets it live (orphans); empties deleted namespaces. */
export class GarbageCollector {
  constructor(
    private readonly server: ApiServer,
    private readonly lag: Latency,
  ) {
    server.store.listen(STATEFULSETS, ({ type, object }) => {
      if (type === 'DELETED') this.#soon(() => this.#background(object));
      else if (isTerminating(object)) this.#soon(() => this.#finalize(object));
    });
    for (const resource of DEPENDENTS) {
      server.store.listen(resource, ({ type, object, before }) => {
        if (type === 'DELETED') this.#soon(() => this.#ownersOf(object));
        else if (object.metadata.ownerReferences !== before?.metadata.ownerReferences) {
          this.#soon(() => this.#checkOwner(resource, object));
        }
      });
    }
    server.store.listen(NAMESPACES, ({ type, object }) => {
      if (type === 'DELETED') this.#soon(() => this.#emptyNamespace(nameOf(object)));
    });
  }

  #soon(run: () => void): void {
    this.server.clock.schedule(this.lag(), run);
  }

  #dependentsOf(owner: ApiObject, resource: Resource): ApiObject[] {
    return this.server.store
      .list(resource, namespaceOf(owner))
      .filter((object) => objects(object.metadata.ownerReferences).some(({ uid }) => uid === uidOf(owner)));
  }

  #background(owner: ApiObject): void {
    for (const resource of DEPENDENTS) {
      for (const object of this.#dependentsOf(owner, resource)) this.#delete(resource, object);
    }
  }

  #finalize(owner: ApiObject): void {
    const finalizers = list(owner.metadata.finalizers);
    if (finalizers.includes('orphan')) {
      for (const resource of DEPENDENTS) {
        for (const object of this.#dependentsOf(owner, resource)) this.#release(resource, object, owner);
      }
      this.#removeFinalizer(owner, 'orphan');
    } else if (finalizers.includes('foregroundDeletion')) {
      this.#background(owner);
      const left = DEPENDENTS.some((resource) => this.#dependentsOf(owner, resource).length > 0);
      if (!left) this.#removeFinalizer(owner, 'foregroundDeletion');
    }
  }

  /** What was made for, or taken over by, a set that is gone by now goes too. */
  #checkOwner(resource: Resource, object: ApiObject): void {
    const owner = controllerOf(object);
    if (owner?.kind !== STATEFULSETS.kind) return;
    const set = this.server.store.get(STATEFULSETS, namespaceOf(object), text(owner.name));
    if (set === undefined || uidOf(set) !== owner.uid) this.#delete(resource, object);
  }

  /** A set that waits for its dependents may go with the last of them. */
  #ownersOf(pod: ApiObject): void {
    for (const { uid } of objects(pod.metadata.ownerReferences)) {
      const owner = this.server.store.list(STATEFULSETS, namespaceOf(pod)).find((set) => uidOf(set) === uid);
      if (owner !== undefined && isTerminating(owner)) this.#finalize(owner);
    }
  }

  #emptyNamespace(namespace: string): void {
    for (const resource of this.server.store.resources.all()) {
      if (!resource.namespaced) continue;
      for (const object of this.server.store.list(resource, namespace)) this.#delete(resource, object);
    }
  }

  #release(resource: Resource, object: ApiObject, owner: ApiObject): void {
    const ownerReferences = objects(object.metadata.ownerReferences).filter(({ uid }) => uid !== uidOf(owner));
    this.#update(resource, object, { ownerReferences });
  }

  #removeFinalizer(owner: ApiObject, finalizer: string): void {
    const latest = this.server.store.get(STATEFULSETS, namespaceOf(owner), nameOf(owner));
    if (latest === undefined || uidOf(latest) !== uidOf(owner)) return;
    const finalizers = list(latest.metadata.finalizers).filter((each) => each !== finalizer);
    this.#update(STATEFULSETS, latest, { finalizers });
  }

  #update(resource: Resource, object: ApiObject, metadata: ApiObject['metadata']): void {
    const body = { ...object, metadata: { ...object.metadata, ...metadata } };
    this.#attempt(() => this.server.update(CALLER, resource, namespaceOf(object), nameOf(object), body));
  }

  #delete(resource: Resource, object: ApiObject): void {
    const preconditions = { uid: uidOf(object) };
    this.#attempt(() => this.server.delete(CALLER, resource, namespaceOf(object), nameOf(object), { preconditions }));
  }

  #attempt(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
    }
  }
}
