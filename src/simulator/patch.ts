import { applyPatch, type Operation } from 'rfc6902';
import { isObject, type Json, type JsonObject } from '../rollout/json.ts';
import { copy } from './objects.ts';
import { badRequest, StatusError } from './status.ts';

/** RFC 7396. Parts that are not touched are shared with `target`. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const result: JsonObject = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

/**
 * RFC 6902.
 * @throws StatusError 422 where a test fails or a path is missing, as the API server answers
 */
export function jsonPatch(target: Json, patch: Json): Json {
  if (!Array.isArray(patch))
    throw badRequest('error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch');
  const result = copy(target);
  const operations = patch.map(operation);
  const failures = applyPatch(result, operations);
  if (failures.every((failure) => failure === null)) return result;
  // which operation it was the server keeps to itself
  throw new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
}

function operation(value: Json): Operation {
  if (!isObject(value) || typeof value.op !== 'string' || typeof value.path !== 'string') {
    throw badRequest('error decoding patch: an operation needs "op" and "path"');
  }
  const { op, path, from } = value;
  switch (op) {
    case 'add':
    case 'replace':
    case 'test':
      return { op, path, value: copy(value.value ?? null) };
    case 'remove':
      return { op, path };
    case 'move':
    case 'copy':
      return { op, path, from: typeof from === 'string' ? from : '' };
    default:
      throw badRequest(`error decoding patch: unexpected kind: ${op}`);
  }
}
