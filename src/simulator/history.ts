import type { Clock } from '../cluster/api.ts';
import type { Caller } from './caller.ts';
import { type ApiObject, at, isTerminating, nameOf, namespaceOf, text, uidOf } from './objects.ts';
import { PODS, type Resource } from './resources.ts';

/** One write that took place. The objects are those of the store: frozen, and free to keep. */
export interface Write {
  at: number;
  user: string;
  verb: 'create' | 'update' | 'delete' | 'evict';
  resource: Resource;
  subresource: string;
  namespace: string;
  name: string;
  before: ApiObject | null;
  /** Null where the object is gone by it. */
  after: ApiObject | null;
}

/** The whole life of one pod object. */
export interface Incarnation {
  namespace: string;
  name: string;
  uid: string;
  /** controller-revision-hash */
  revision: string;
  createdAt: number;
  /** The first write that set its deletion on its way. */
  deletion: { at: number; user: string; verb: Write['verb'] } | null;
  goneAt: number | null;
}

/** What was written, when and by whom: for invariants, which look at the truth rather than at what a client sees. */
export class History {
  readonly writes: Write[] = [];
  readonly pods: Incarnation[] = [];
  readonly #byUid = new Map<string, Incarnation>();
  readonly #listeners = new Set<(write: Write) => void>();

  constructor(private readonly clock: Clock) {}

  /** Calls back at the moment of every write; returns what ends it. */
  onWrite(listener: (write: Write) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Keeps no more than the last writes and the living pods: for runs without an end. */
  limit = Number.POSITIVE_INFINITY;

  note(
    caller: Caller,
    verb: Write['verb'],
    resource: Resource,
    subresource: string,
    before: ApiObject | null,
    after: ApiObject | null,
  ): void {
    const object = after ?? before;
    if (object === null) return;
    const write: Write = {
      at: this.clock.now(),
      user: caller.user,
      verb,
      resource,
      subresource,
      namespace: namespaceOf(object),
      name: nameOf(object),
      before,
      after,
    };
    this.writes.push(write);
    if (resource === PODS) this.#notePod(write, object);
    if (this.writes.length > 2 * this.limit) this.#forget();
    for (const listener of this.#listeners) listener(write);
  }

  #notePod(write: Write, pod: ApiObject): void {
    const uid = uidOf(pod);
    let life = this.#byUid.get(uid);
    if (life === undefined) {
      life = {
        namespace: write.namespace,
        name: write.name,
        uid,
        revision: text(at(pod.metadata.labels)['controller-revision-hash']),
        createdAt: write.at,
        deletion: null,
        goneAt: null,
      };
      this.#byUid.set(uid, life);
      this.pods.push(life);
    }
    const going = write.after === null || isTerminating(write.after);
    if (going && life.deletion === null) life.deletion = { at: write.at, user: write.user, verb: write.verb };
    if (write.after === null) life.goneAt = write.at;
  }

  #forget(): void {
    this.writes.splice(0, this.writes.length - this.limit);
    const living = this.pods.filter((life) => life.goneAt === null);
    this.pods.splice(0, this.pods.length, ...living);
    this.#byUid.clear();
    for (const life of living) this.#byUid.set(life.uid, life);
  }
}
