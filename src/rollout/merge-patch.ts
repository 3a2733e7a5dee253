import { isObject, type Json, type JsonObject, sameJson } from './json.ts';

/**
 * The JSON merge patch (RFC 7386) that makes `after` of `before`; null where they say the same. A member that is null in
 * `after` counts as absent: a merge patch cannot write one.
 */
export function mergePatch(before: JsonObject, after: JsonObject): JsonObject | null {
  const patch: JsonObject = {};
  for (const name of Object.keys(before)) if (!isThere(after[name]) && isThere(before[name])) patch[name] = null;
  for (const [name, value] of Object.entries(after)) {
    const was = before[name];
    if (!isThere(value) || sameJson(was, value)) continue;
    if (isObject(was) && isObject(value)) {
      const inner = mergePatch(was, value);
      if (inner !== null) patch[name] = inner;
    } else patch[name] = value;
  }
  return Object.keys(patch).length === 0 ? null : patch;
}

function isThere(value: Json | undefined): value is Exclude<Json, null> {
  return value !== undefined && value !== null;
}

/** `before` with a JSON merge patch (RFC 7386) applied. */
export function applyMergePatch(before: JsonObject, patch: JsonObject): JsonObject {
  const after: JsonObject = { ...before };
  for (const [name, value] of Object.entries(patch)) {
    const was = after[name];
    if (value === null) delete after[name];
    else after[name] = isObject(value) ? applyMergePatch(isObject(was) ? was : {}, value) : value;
  }
  return after;
}
