import { isObject, type Json, type JsonObject } from '../rollout/json.ts';
import { equal, objects, text } from './objects.ts';

/**
 * Field sets in the form of metadata.managedFields (FieldsV1): `f:name` is a member, `k:{"name":"app"}` an item of a
 * list with keys, `.` the thing itself. https://github.com/kubernetes-sigs/structured-merge-diff
 */
export type FieldSet = JsonObject;

/** By which keys the items of a list are told apart; any other list is one value. */
const LIST_KEYS: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  ephemeralContainers: ['name'],
  volumes: ['name'],
  env: ['name'],
  imagePullSecrets: ['name'],
  ports: ['containerPort', 'protocol'],
  volumeMounts: ['mountPath'],
  volumeDevices: ['devicePath'],
  hostAliases: ['ip'],
  topologySpreadConstraints: ['topologyKey', 'whenUnsatisfiable'],
  conditions: ['type'],
  ownerReferences: ['uid'],
};
const ATOMIC = new Set(['selector', 'nodeSelector', 'fieldRef', 'resourceFieldRef']);
/** Never owned by anybody. */
const OF_THE_SERVER = new Set([
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'metadata.resourceVersion',
  'metadata.generation',
  'metadata.creationTimestamp',
  'metadata.deletionTimestamp',
  'metadata.deletionGracePeriodSeconds',
  'metadata.managedFields',
  'metadata.selfLink',
]);

/** Every field that `value` states. */
export function fieldsOf(object: JsonObject): FieldSet {
  return changedFields({}, object);
}

/** Every field that `after` has and `before` does not have, or has with another value. */
export function changedFields(before: JsonObject, after: JsonObject): FieldSet {
  const { apiVersion: _a, kind: _k, ...members } = after;
  return ofMembers(before, members, '');
}

function ofMembers(before: JsonObject, after: JsonObject, path: string): FieldSet {
  const set: FieldSet = {};
  for (const [key, value] of Object.entries(after)) {
    const here = path ? `${path}.${key}` : key;
    if (OF_THE_SERVER.has(here) || equal(before[key], value)) continue;
    const below = ofValue(key, before[key], value, here);
    // A map of which only the server's own fields changed.
    if (isEmpty(below) && isObject(value) && !isEmpty(value) && !ATOMIC.has(key)) continue;
    set[`f:${key}`] = below;
  }
  return set;
}

function ofValue(key: string, before: Json | undefined, after: Json, path: string): FieldSet {
  const keys = keyedList(key, after);
  if (keys !== null) return ofItems(keys, objects(before), objects(after), path);
  if (!isObject(after) || ATOMIC.has(key) || Object.keys(after).length === 0) return {};
  const set = ofMembers(isObject(before) ? before : {}, after, path);
  const isMap = /(^|\.)(labels|annotations|data)$/.test(path);
  return isMap && before === undefined ? { '.': {}, ...set } : set;
}

function ofItems(keys: readonly string[], before: JsonObject[], after: JsonObject[], path: string): FieldSet {
  const set: FieldSet = {};
  for (const item of after) {
    const old = before.find((other) => keys.every((key) => equal(other[key], item[key])));
    if (old !== undefined && equal(old, item)) continue;
    set[itemKey(keys, item)] = { ...(old === undefined ? { '.': {} } : {}), ...ofMembers(old ?? {}, item, path) };
  }
  return set;
}

function itemKey(keys: readonly string[], item: JsonObject): string {
  const sorted = [...keys].sort().map((key) => [key, item[key] ?? (key === 'protocol' ? 'TCP' : null)]);
  return `k:${JSON.stringify(Object.fromEntries(sorted))}`;
}

function keyedList(key: string, value: Json): readonly string[] | null {
  if (!Array.isArray(value) || value.length === 0) return null;
  const keys = LIST_KEYS[key];
  return keys !== undefined && value.every((item) => isObject(item) && item[keys[0] ?? ''] !== undefined) ? keys : null;
}

export function isEmpty(set: FieldSet): boolean {
  return Object.keys(set).length === 0;
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  const result: FieldSet = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const mine = result[key];
    result[key] = isObject(mine) && isObject(value) ? union(mine, value) : value;
  }
  return result;
}

/** What of `a` is not in `b`: whole leaves, and `.` apart from what is below it. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  const result: FieldSet = {};
  for (const [key, value] of Object.entries(a)) {
    const other = b[key];
    if (!isObject(value) || !isObject(other)) {
      result[key] = value;
    } else if (isEmpty(value)) {
      if (!isEmpty(other) && !('.' in other)) result[key] = value;
    } else {
      const rest = difference(value, isEmpty(other) ? { '.': {} } : other);
      if (!isEmpty(rest)) result[key] = rest;
    }
  }
  return result;
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const result: FieldSet = {};
  for (const [key, value] of Object.entries(a)) {
    const other = b[key];
    if (!isObject(value) || !isObject(other)) continue;
    if (isEmpty(value) || isEmpty(other)) result[key] = {};
    else {
      const both = intersection(value, other);
      if (!isEmpty(both)) result[key] = both;
    }
  }
  return result;
}

/** "spec.template.spec.containers[name=\"app\"].image", as the words of a conflict name a field. */
export function fieldPaths(set: FieldSet, path = ''): string[] {
  return Object.entries(set).flatMap(([key, value]) => {
    if (key === '.') return Object.keys(set).length === 1 ? [path] : [];
    const here = key.startsWith('f:') ? `${path}.${key.slice(2)}` : `${path}[${itemWords(key)}]`;
    return isObject(value) && !isEmpty(value) ? fieldPaths(value, here) : [here];
  });
}

function itemWords(key: string): string {
  const parsed: unknown = JSON.parse(key.slice(2));
  return Object.entries(parsed as Record<string, Json>)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? JSON.stringify(text(value)) : String(value)}`)
    .join(',');
}

/** `object` without the fields of a set: members, and whole items where the set has their `.`. */
export function without(object: JsonObject, set: FieldSet): JsonObject {
  const result: JsonObject = { ...object };
  for (const [key, value] of Object.entries(set)) {
    if (!key.startsWith('f:') || !isObject(value)) continue;
    const name = key.slice(2);
    const member = result[name];
    if (member === undefined) continue;
    if (isEmpty(value)) delete result[name];
    else if (Array.isArray(member)) {
      const left = withoutItems(name, objects(member), value);
      if (left.length === 0) delete result[name];
      else result[name] = left;
    } else if (isObject(member)) {
      const left = without(member, value);
      if (isEmpty(left) && '.' in value) delete result[name];
      else result[name] = left;
    }
  }
  return result;
}

function withoutItems(name: string, items: JsonObject[], set: FieldSet): JsonObject[] {
  const keys = LIST_KEYS[name] ?? [];
  return items.flatMap((item) => {
    const of = set[itemKey(keys, item)];
    if (!isObject(of)) return [item];
    return '.' in of ? [] : [without(item, of)];
  });
}

/** Lays what an applied configuration states over an object: maps by key, lists by their keys, the rest whole. */
export function overlay(target: Json | undefined, applied: Json, key = ''): Json {
  const keys = keyedList(key, applied);
  if (keys !== null) {
    const result = objects(target);
    const items = [...result];
    for (const item of objects(applied)) {
      const index = items.findIndex((old) => itemKey(keys, old) === itemKey(keys, item));
      if (index < 0) items.push(item);
      else items[index] = overlay(items[index], item) as JsonObject;
    }
    return items;
  }
  if (!isObject(applied) || ATOMIC.has(key)) return applied;
  const result: JsonObject = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(applied)) result[name] = overlay(result[name], value, name);
  return result;
}
