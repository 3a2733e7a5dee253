import { isObject, type Json, type JsonObject } from '../rollout/json.ts';

/**
 * An API object. Frozen throughout, so that store, caches and clients share one copy: a change makes new objects along
 * its path only.
 */
export type ApiObject = JsonObject & { metadata: JsonObject };

/** The object at a path; an empty one where there is none. */
export function at(value: Json | undefined, ...path: string[]): JsonObject {
  let here: Json | undefined = value;
  for (const key of path) here = isObject(here) ? here[key] : undefined;
  return isObject(here) ? here : NOTHING;
}

export function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

export function number(value: Json | undefined, otherwise = 0): number {
  return typeof value === 'number' ? value : otherwise;
}

export function list(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : NO_ITEMS;
}

export function objects(value: Json | undefined): JsonObject[] {
  return list(value).filter(isObject);
}

export function nameOf(object: ApiObject): string {
  return text(object.metadata.name);
}

export function namespaceOf(object: ApiObject): string {
  return text(object.metadata.namespace);
}

export function uidOf(object: ApiObject): string {
  return text(object.metadata.uid);
}

export function versionOf(object: ApiObject): number {
  return Number(text(object.metadata.resourceVersion));
}

/** namespace/name, or the name alone: how the store orders its objects. */
export function keyOf(namespace: string, name: string): string {
  return namespace ? `${namespace}/${name}` : name;
}

/** The object with other metadata. */
export function withMetadata(object: JsonObject, metadata: JsonObject): ApiObject {
  return { ...object, metadata: { ...at(object.metadata), ...metadata } };
}

/** A value of nobody else: what a client sent may still be changed by the client. */
export function copy(value: Json): Json {
  if (Array.isArray(value)) return value.map(copy);
  if (!isObject(value)) return value;
  const result: JsonObject = {};
  for (const key of Object.keys(value)) {
    const member = value[key];
    if (member !== undefined) result[key] = copy(member);
  }
  return result;
}

/** Parts that are frozen already are not walked again. */
export function freeze<T extends Json>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const member of Object.values(value)) freeze(member);
  return value;
}

/** Equal JSON, whatever the order of keys; shared parts cost nothing. */
export function equal(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => equal(item, b[index]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && equal(a[key], b[key]));
}

/** metav1.Time: whole seconds. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

export function millis(value: Json | undefined): number {
  return typeof value === 'string' ? Date.parse(value) : Number.NaN;
}

/** The owner that controls this object. */
export function controllerOf(object: ApiObject): JsonObject | undefined {
  return find(object.metadata.ownerReferences, 'controller', true);
}

/** The condition of a type in status.conditions. */
export function conditionOf(object: ApiObject, type: string): JsonObject | undefined {
  return find(at(object.status).conditions, 'type', type);
}

/** The first member with this value: asked of each pod in each sync, so without a list in between. */
function find(value: Json | undefined, key: string, wanted: Json): JsonObject | undefined {
  for (const item of list(value)) if (isObject(item) && item[key] === wanted) return item;
  return undefined;
}

export function isTerminating(object: ApiObject): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

export function isReady(pod: ApiObject): boolean {
  return conditionOf(pod, 'Ready')?.status === 'True';
}

const NOTHING: JsonObject = Object.freeze({});
const NO_ITEMS: Json[] = Object.freeze([]) as unknown as Json[];
