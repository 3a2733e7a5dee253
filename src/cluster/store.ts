import { isObject, type Json, type JsonObject } from '../rollout/json.ts';
import { isOlder, uidOf, versionOf } from './fields.ts';

export interface Change {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: JsonObject;
  /** As it was; null where it was not there. */
  before: JsonObject | null;
}

/** Objects by uid, from watch, lists and our own writes in any order: what is known never becomes older. */
export class Store {
  readonly #items = new Map<string, JsonObject>();
  /** uid -> the latest version seen of an object that is kept. */
  readonly #versions = new Map<string, string>();
  /** uid -> the version at which it went. A list that was begun before may still have it. */
  #gone = new Map<string, string>();
  #goneBeforeList: Map<string, string> = new Map();
  #changes = 0;

  /**
   * @param byContent an object that differs from the one before in its version alone is no change: of a kubelet's many
   * writes most are of something that was not kept. Not for objects whose version somebody writes back.
   */
  constructor(private readonly byContent = false) {}

  /** Counts up with each change. */
  get changes(): number {
    return this.#changes;
  }

  get items(): ReadonlyMap<string, JsonObject> {
    return this.#items;
  }

  /** @returns what that changes; null where it is old news */
  set(object: JsonObject): Change | null {
    const uid = uidOf(object);
    if (uid === '') return null;
    const version = versionOf(object);
    const gone = this.#gone.get(uid) ?? this.#goneBeforeList.get(uid);
    // the same uid again means that it only left our selector and came back
    if (gone !== undefined && !isOlder(gone, version)) return null;
    const had = this.#items.get(uid);
    const known = this.#versions.get(uid);
    if (known !== undefined && (known === version || isOlder(version, known))) return null;
    this.#versions.set(uid, version);
    if (had && this.byContent && isSameButVersion(had, object)) return null;
    this.#items.set(uid, object);
    this.#changes++;
    return had ? { type: 'MODIFIED', object, before: had } : { type: 'ADDED', object, before: null };
  }

  delete(object: Json): Change | null {
    const uid = uidOf(object);
    const had = this.#items.get(uid);
    this.#gone.set(uid, versionOf(object));
    return had ? this.#drop(uid, had) : null;
  }

  /** Call before a list is asked for: what went before this moment cannot be in it. */
  listBegins(): void {
    this.#goneBeforeList = this.#gone;
    this.#gone = new Map();
  }

  /** @param version of the list: what we know of later versions is kept */
  replace(objects: readonly JsonObject[], version: string): Change[] {
    this.#goneBeforeList = new Map();
    const listed = new Set(objects.map(uidOf));
    const changes: (Change | null)[] = [];
    for (const [uid, object] of this.#items) {
      if (listed.has(uid) || isOlder(version, this.#versions.get(uid) ?? '')) continue;
      changes.push(this.#drop(uid, object));
    }
    changes.push(...objects.map((object) => this.set(object)));
    return changes.filter((change) => change !== null);
  }

  #drop(uid: string, object: JsonObject): Change {
    this.#items.delete(uid);
    this.#versions.delete(uid);
    this.#changes++;
    return { type: 'DELETED', object, before: object };
  }
}

function isSameButVersion(a: JsonObject, b: JsonObject): boolean {
  const { metadata: ofA, ...restA } = a;
  const { metadata: ofB, ...restB } = b;
  if (!isObject(ofA) || !isObject(ofB)) return false;
  return isSame(restA, restB) && isSame({ ...ofA, resourceVersion: '' }, { ...ofB, resourceVersion: '' });
}

function isSame(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => isSame(item, b[index]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => isSame(a[name], b[name]));
}
