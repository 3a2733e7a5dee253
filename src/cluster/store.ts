import type { Json, JsonObject } from '../rollout/json.ts';
import { isOlder, uidOf, versionOf } from './fields.ts';

export type Change = { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: JsonObject };

/** Objects by uid, from watch, lists and our own writes in any order: what is known never becomes older. */
export class Store {
  readonly #items = new Map<string, JsonObject>();
  /** uid -> the version at which it went. A list that was begun before may still have it. */
  #gone = new Map<string, string>();
  #goneBeforeList: Map<string, string> = new Map();
  #changes = 0;

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
    if (had && (versionOf(had) === version || isOlder(version, versionOf(had)))) return null;
    this.#items.set(uid, object);
    this.#changes++;
    return { type: had ? 'MODIFIED' : 'ADDED', object };
  }

  delete(object: Json): Change | null {
    const uid = uidOf(object);
    const had = this.#items.get(uid);
    this.#gone.set(uid, versionOf(object));
    if (!had) return null;
    this.#items.delete(uid);
    this.#changes++;
    return { type: 'DELETED', object: had };
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
      if (listed.has(uid) || isOlder(version, versionOf(object))) continue;
      this.#items.delete(uid);
      this.#changes++;
      changes.push({ type: 'DELETED', object });
    }
    changes.push(...objects.map((object) => this.set(object)));
    return changes.filter((change) => change !== null);
  }
}
