import { isObject, type Json, type JsonObject } from '../rollout/json.ts';
import { equal, list } from './objects.ts';

/**
 * Lists that a strategic-merge patch merges item by item, and by which key; from the `patchMergeKey` tags of
 * k8s.io/api/core/v1. A list that is not named here is replaced whole.
 */
const MERGE_KEYS: Readonly<Record<string, string>> = {
  containers: 'name',
  initContainers: 'name',
  ephemeralContainers: 'name',
  volumes: 'name',
  env: 'name',
  imagePullSecrets: 'name',
  resourceClaims: 'name',
  ports: 'containerPort',
  volumeMounts: 'mountPath',
  volumeDevices: 'devicePath',
  hostAliases: 'ip',
  topologySpreadConstraints: 'topologyKey',
  conditions: 'type',
  addresses: 'type',
  ownerReferences: 'uid',
  podIPs: 'ip',
  hostIPs: 'ip',
};

/** Lists of plain values that are merged as sets. */
const MERGED_SETS = new Set(['finalizers']);

/** A patch of the type application/strategic-merge-patch+json, for the built-in kinds. */
export function strategicMergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  if (patch.$patch === 'replace') return withoutDirectives(patch);
  if (patch.$patch === 'delete') return {};
  let result: JsonObject = isObject(target) ? { ...target } : {};
  const retained = list(patch.$retainKeys);
  if (retained.length > 0) {
    result = Object.fromEntries(Object.entries(result).filter(([key]) => retained.includes(key)));
  }
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$deleteFromPrimitiveList/')) {
      const of = key.slice(key.indexOf('/') + 1);
      result[of] = list(result[of]).filter((item) => !list(value).includes(item));
    } else if (key.startsWith('$')) {
      // Order and directives of lists: looked up where the list itself is patched.
    } else if (value === null) {
      delete result[key];
    } else if (Array.isArray(value)) {
      result[key] = mergeList(key, list(result[key]), value, patch[`$setElementOrder/${key}`]);
    } else {
      result[key] = strategicMergePatch(result[key], value);
    }
  }
  return result;
}

function mergeList(key: string, target: Json[], patch: Json[], order: Json | undefined): Json[] {
  const mergeKey = MERGE_KEYS[key];
  if (MERGED_SETS.has(key)) return [...target, ...patch.filter((item) => !target.some((old) => equal(old, item)))];
  if (mergeKey === undefined || !patch.every(isObject)) return patch;
  const items = patch.filter(isObject);
  if (items.some((item) => item.$patch === 'replace')) {
    return items.filter((item) => item.$patch === undefined).map(withoutDirectives);
  }
  const result = target.filter(isObject);
  for (const item of items) {
    const index = result.findIndex((old) => equal(old[mergeKey], item[mergeKey]));
    if (item.$patch === 'delete') {
      if (index >= 0) result.splice(index, 1);
    } else if (index >= 0) {
      result[index] = strategicMergePatch(result[index], item) as JsonObject;
    } else {
      result.push(withoutDirectives(item));
    }
  }
  return Array.isArray(order) ? ordered(result, order, mergeKey) : result;
}

function ordered(items: JsonObject[], order: Json[], mergeKey: string): Json[] {
  const rank = (item: JsonObject): number => {
    const index = order.findIndex((wanted) => isObject(wanted) && equal(wanted[mergeKey], item[mergeKey]));
    return index < 0 ? order.length : index;
  };
  return [...items].sort((a, b) => rank(a) - rank(b));
}

function withoutDirectives(value: JsonObject): JsonObject {
  const result: JsonObject = {};
  for (const [key, member] of Object.entries(value)) {
    if (key.startsWith('$') || member === null) continue;
    if (Array.isArray(member)) result[key] = member.map((item) => (isObject(item) ? withoutDirectives(item) : item));
    else result[key] = isObject(member) ? withoutDirectives(member) : member;
  }
  return result;
}
