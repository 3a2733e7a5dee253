import type { Api } from '../cluster/api.ts';
import { nameOf, objectAt, textAt, uidOf } from '../cluster/fields.ts';
import { ListWatch } from '../cluster/list-watch.ts';
import { setsPath } from '../cluster/ref.ts';
import { type ResourceRead, readResource, resourcesPath } from '../cluster/resource.ts';
import type { Json, JsonObject } from '../rollout/json.ts';
import { RESOURCE_ANNOTATION, setNameOf } from '../rollout/resource.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

export function keyOf({ namespace, name }: { namespace: string; name: string }): string {
  return `${namespace}/${name}`;
}

/** Of one namespace, or of all: null. */
interface PlacedWatch {
  namespace: string | null;
  watch: ListWatch;
}

/** All StatefulsetRollouts and StatefulSets that the operator looks after: two watches for each namespace, or two in all. */
export class World {
  readonly #resources: PlacedWatch[];
  readonly #sets: PlacedWatch[];
  /** By "namespace/name". */
  readonly #byKey = new Map<string, JsonObject>();
  readonly #setByKey = new Map<string, JsonObject>();
  /** "namespace/set" -> the keys of the resources that are about it. */
  readonly #about = new Map<string, Set<string>>();
  readonly #read = new WeakMap<JsonObject, ResourceRead>();

  /**
   * @param namespaces null for all
   * @param changed called with the key of a resource that there is something new for
   */
  constructor(api: Api, namespaces: readonly string[] | null, changed: (key: string) => void) {
    const paths = namespaces ?? [null];
    this.#resources = paths.map((namespace) => ({
      namespace,
      watch: new ListWatch(api, { path: resourcesPath(namespace), keep: slimResource }),
    }));
    this.#sets = paths.map((namespace) => ({
      namespace,
      watch: new ListWatch(api, { path: setsPath(namespace), keep: slimSet }),
    }));
    for (const { watch } of this.#resources) {
      watch.subscribe((change) => {
        if (change === null) return;
        for (const key of this.#took(change.type === 'DELETED', change.object)) changed(key);
      });
    }
    for (const { watch } of this.#sets) {
      watch.subscribe((change) => {
        if (change === null) return;
        const key = placeOf(change.object);
        keep(this.#setByKey, key, change.type === 'DELETED', change.object);
        for (const resource of this.#about.get(key) ?? []) changed(resource);
      });
    }
  }

  /** Whether one may act on it: everything was listed, and nothing was lost since. */
  get fresh(): boolean {
    return this.#watches().every((watch) => watch.fresh);
  }

  /** Why it is not, in words; null where it is. */
  get trouble(): string | null {
    const broken = this.#watches().find(({ state }) => state !== 'live');
    return broken === undefined ? null : (broken.detail ?? 'the first list has not come yet');
  }

  /** Resolves when all is listed, or has failed once; it goes on trying all the same. */
  async tried(): Promise<void> {
    await Promise.allSettled(this.#watches().map((watch) => watch.ready()));
  }

  keys(): string[] {
    return [...this.#byKey.keys()];
  }

  resource(key: string): ResourceRead | null {
    const raw = this.#byKey.get(key);
    if (raw === undefined) return null;
    const known = this.#read.get(raw) ?? readResource(raw);
    this.#read.set(raw, known);
    return known;
  }

  /** The set as last seen; `known: false` where that is not all of it, since it does not carry our annotation. */
  set(key: string): { raw: JsonObject; known: boolean } | null {
    const raw = this.#setByKey.get(key);
    return raw === undefined ? null : { raw, known: isOurs(raw) };
  }

  /** Who was there before `key` and is about the same set; null where that is nobody. */
  elderOf(key: string): string | null {
    const own = this.#byKey.get(key);
    const read = this.resource(key);
    if (own === undefined || read?.kind !== 'resource') return null;
    const { namespace } = read.resource;
    const rivals = this.#about.get(keyOf({ namespace, name: setNameOf(read.resource) })) ?? [];
    const elders = [...rivals]
      .filter((rival) => rival !== key && this.resource(rival)?.kind === 'resource')
      .map((rival) => this.#byKey.get(rival))
      .filter((raw) => raw !== undefined && ageOf(raw) < ageOf(own))
      .map((raw) => nameOf(raw ?? null));
    return elders.sort()[0] ?? null;
  }

  /** The answer to a write of ours. */
  putSet(raw: Json): void {
    put(this.#sets, raw);
  }

  putResource(raw: Json): void {
    put(this.#resources, raw);
  }

  close(): void {
    for (const watch of this.#watches()) watch.close();
  }

  #watches(): ListWatch[] {
    return [...this.#resources, ...this.#sets].map(({ watch }) => watch);
  }

  /** @returns the keys that it is news for */
  #took(deleted: boolean, raw: JsonObject): string[] {
    const key = placeOf(raw);
    const before = this.#place(key);
    keep(this.#byKey, key, deleted, raw);
    const after = this.#place(key);
    if (before !== null && before !== after) {
      const left = this.#about.get(before);
      left?.delete(key);
      if (left?.size === 0) this.#about.delete(before);
    }
    if (after !== null) this.#about.set(after, (this.#about.get(after) ?? new Set()).add(key));
    // another resource of the same set may be the elder one now
    const others = [before, after].flatMap((place) => (place === null ? [] : [...(this.#about.get(place) ?? [])]));
    return [...new Set([key, ...others])];
  }

  #place(key: string): string | null {
    const read = this.resource(key);
    if (read === null || read.kind === 'broken') return null;
    return keyOf({ namespace: read.resource.namespace, name: setNameOf(read.resource) });
  }
}

function put(watches: readonly PlacedWatch[], raw: Json): void {
  const place = textAt(raw, 'metadata', 'namespace');
  watches.find(({ namespace }) => namespace === null || namespace === place)?.watch.put(raw);
}

function placeOf(raw: JsonObject): string {
  return keyOf({ namespace: textAt(raw, 'metadata', 'namespace'), name: nameOf(raw) });
}

/** One that was made anew under the same name may be told of before the old one is told gone. */
function keep(items: Map<string, JsonObject>, key: string, deleted: boolean, raw: JsonObject): void {
  if (!deleted) items.set(key, raw);
  else if (uidOf(items.get(key) ?? null) === uidOf(raw)) items.delete(key);
}

function ageOf(raw: JsonObject): string {
  return `${textAt(raw, 'metadata', 'creationTimestamp')} ${uidOf(raw)}`;
}

function isOurs(raw: JsonObject): boolean {
  return textAt(raw, 'metadata', 'annotations', RESOURCE_ANNOTATION) !== '';
}

function slimResource(raw: JsonObject): JsonObject {
  return { ...raw, metadata: slimMetadata(raw) };
}

/** Of sets that no resource has claimed only their name is of interest, and those may be thousands. */
function slimSet(raw: JsonObject): JsonObject {
  const metadata = slimMetadata(raw);
  if (isOurs(raw)) return { ...raw, metadata };
  const { name, namespace, uid, resourceVersion } = metadata;
  return {
    metadata: { name: name ?? '', namespace: namespace ?? '', uid: uid ?? '', resourceVersion: resourceVersion ?? '' },
  };
}

function slimMetadata(raw: JsonObject): JsonObject {
  const { managedFields: _fields, ...metadata } = objectAt(raw, 'metadata');
  const { [LAST_APPLIED]: _applied, ...annotations } = objectAt(metadata, 'annotations');
  return { ...metadata, annotations };
}
