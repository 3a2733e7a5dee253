import type { ApiObject } from './objects.ts';
import { freeze, keyOf, nameOf, namespaceOf, versionOf, withMetadata } from './objects.ts';
import { type Resource, Resources } from './resources.ts';

export interface StoreEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  version: number;
  /** As it is now; of a deletion, as it was, with the version of the deletion. */
  object: ApiObject;
  /** As it was before; null of an addition. */
  before: ApiObject | null;
}

type Listener = (event: StoreEvent) => void;

class Table {
  readonly objects = new Map<string, ApiObject>();
  /** Events in order; those up to `floor` are forgotten. */
  events: StoreEvent[] = [];
  floor: number;
  readonly listeners = new Set<Listener>();
  sortedKeys: string[] | null = null;

  constructor(floor: number) {
    this.floor = floor;
  }
}

/** How many events of one kind are kept for watches and continued lists. */
const KEPT_EVENTS = 4000;

/** The objects, one version counter over all of them, and what happened lately. No rules of the API are here. */
export class Store {
  readonly resources = new Resources();
  readonly #tables = new Map<Resource, Table>();
  #version = 1000;
  /** Of a kind of which nothing has happened yet. */
  #floor = 0;

  /** The version of the last write. */
  get version(): number {
    return this.#version;
  }

  get(resource: Resource, namespace: string, name: string): ApiObject | undefined {
    return this.#table(resource).objects.get(keyOf(namespace, name));
  }

  /** All of one namespace (or all, for ''), in the order of their keys. */
  list(resource: Resource, namespace: string): ApiObject[] {
    const table = this.#table(resource);
    table.sortedKeys ??= [...table.objects.keys()].sort();
    return pick(table.objects, table.sortedKeys, namespace);
  }

  /** As `list`, at an earlier version; null where that is forgotten. */
  listAt(resource: Resource, namespace: string, version: number): ApiObject[] | null {
    const table = this.#table(resource);
    if (version < table.floor) return null;
    const objects = new Map(table.objects);
    for (let i = table.events.length - 1; i >= 0; i--) {
      const event = table.events[i];
      if (event === undefined || event.version <= version) break;
      const key = keyOf(namespaceOf(event.object), nameOf(event.object));
      if (event.before === null) objects.delete(key);
      else objects.set(key, event.before);
    }
    return pick(objects, [...objects.keys()].sort(), namespace);
  }

  /** Puts in an object (new, or instead of the one of its name); answers it with its new version. */
  put(resource: Resource, object: ApiObject): ApiObject {
    const table = this.#table(resource);
    const key = keyOf(namespaceOf(object), nameOf(object));
    const before = table.objects.get(key) ?? null;
    const stored = freeze(withMetadata(object, { resourceVersion: String(++this.#version) }));
    table.objects.set(key, stored);
    if (before === null) table.sortedKeys = null;
    this.#tell(table, { type: before === null ? 'ADDED' : 'MODIFIED', version: this.#version, object: stored, before });
    return stored;
  }

  /** Takes an object out; answers it with the version of its deletion. */
  remove(resource: Resource, before: ApiObject): ApiObject {
    const table = this.#table(resource);
    const object = freeze(withMetadata(before, { resourceVersion: String(++this.#version) }));
    table.objects.delete(keyOf(namespaceOf(before), nameOf(before)));
    table.sortedKeys = null;
    this.#tell(table, { type: 'DELETED', version: this.#version, object, before });
    return object;
  }

  /** The events after a version; null where some of them are forgotten. */
  since(resource: Resource, version: number): StoreEvent[] | null {
    const table = this.#table(resource);
    if (version < table.floor) return null;
    let first = table.events.length;
    while (first > 0 && (table.events[first - 1] as StoreEvent).version > version) first--;
    return table.events.slice(first);
  }

  /** Is told of every event, at the moment of the write; returns what ends it. */
  listen(resource: Resource, listener: Listener): () => void {
    const { listeners } = this.#table(resource);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Forgets what happened so far: watches and lists that go on from there are answered 410. */
  compact(resource?: Resource): void {
    if (resource === undefined) this.#floor = this.#version;
    for (const table of resource ? [this.#table(resource)] : this.#tables.values()) {
      table.events = [];
      table.floor = this.#version;
    }
  }

  #table(resource: Resource): Table {
    let table = this.#tables.get(resource);
    if (table === undefined) {
      table = new Table(this.#floor);
      this.#tables.set(resource, table);
    }
    return table;
  }

  #tell(table: Table, event: StoreEvent): void {
    table.events.push(event);
    if (table.events.length > 2 * KEPT_EVENTS) {
      table.events = table.events.slice(-KEPT_EVENTS);
      table.floor = versionOf((table.events[0] as StoreEvent).object) - 1;
    }
    for (const listener of [...table.listeners]) listener(event);
  }
}

function pick(objects: Map<string, ApiObject>, keys: string[], namespace: string): ApiObject[] {
  const prefix = namespace ? `${namespace}/` : '';
  const found: ApiObject[] = [];
  for (const key of keys) {
    if (!key.startsWith(prefix)) continue;
    const object = objects.get(key);
    if (object !== undefined) found.push(object);
  }
  return found;
}
