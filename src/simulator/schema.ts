import { isObject, type Json, type JsonObject } from '../rollout/json.ts';
import { at, list, text } from './objects.ts';

/** A structural schema (JSONSchemaProps of apiextensions.k8s.io/v1), as far as it is read here. */
export type Schema = JsonObject;

export const PRESERVES = 'x-kubernetes-preserve-unknown-fields';
export const INT_OR_STRING = 'x-kubernetes-int-or-string';

/** Without fields that the schema does not know; their paths go to `unknown`. */
export function pruned(schema: Schema, value: Json, path: string, unknown: string[]): Json {
  if (Array.isArray(value)) {
    if (!isObject(schema.items)) return value;
    const items = schema.items;
    return value.map((item, index) => pruned(items, item, `${path}[${index}]`, unknown));
  }
  if (!isObject(value) || schema[INT_OR_STRING] === true) return value;
  const result: JsonObject = {};
  for (const [name, member] of Object.entries(value)) {
    const of = fieldSchema(schema, name);
    const where = path === '' ? name : `${path}.${name}`;
    if (of !== null) result[name] = pruned(of, member, where, unknown);
    else if (schema[PRESERVES] === true) result[name] = member;
    else unknown.push(where);
  }
  return result;
}

/** With the defaults of what is left out; null where there is a default counts as left out, as the server has it. */
export function defaulted(schema: Schema, value: Json): Json {
  if (Array.isArray(value)) {
    if (!isObject(schema.items)) return value;
    const items = schema.items;
    return value.map((item) => defaulted(items, item));
  }
  if (!isObject(value)) return value;
  const result: JsonObject = { ...value };
  for (const [name, of] of Object.entries(at(schema.properties))) {
    const fallback = at(of).default;
    const given = result[name];
    if (fallback !== undefined && (given === undefined || given === null)) result[name] = fallback;
    else if (given === null && at(of).nullable !== true) delete result[name];
  }
  for (const [name, member] of Object.entries(result)) {
    const of = fieldSchema(schema, name);
    if (of !== null) result[name] = defaulted(of, member);
  }
  return result;
}

/** Of one member of an object; null where the schema says nothing of it. */
export function fieldSchema(schema: Schema, name: string): Schema | null {
  const own = at(schema.properties)[name];
  if (isObject(own)) return own;
  return isObject(schema.additionalProperties) ? schema.additionalProperties : null;
}

/** Everything in a value that has a schema, the value itself first. `old` is what was there before, where that is known. */
export interface Node {
  schema: Schema;
  value: Json;
  old: Json | undefined;
  path: string;
}

export function* nodes(schema: Schema, value: Json, old: Json | undefined, path: string): Generator<Node> {
  yield { schema, value, old, path };
  if (Array.isArray(value)) {
    if (!isObject(schema.items)) return;
    // items of a list have no old self, unless it is a map by keys
    for (const [index, item] of value.entries()) {
      yield* nodes(schema.items, item, oldItem(schema, item, old), `${path}[${index}]`);
    }
  } else if (isObject(value)) {
    for (const [name, member] of Object.entries(value)) {
      const of = fieldSchema(schema, name);
      const where = path === '' ? name : `${path}.${name}`;
      if (of !== null) yield* nodes(of, member, at(old)[name], where);
    }
  }
}

function oldItem(schema: Schema, item: Json, old: Json | undefined): Json | undefined {
  if (schema['x-kubernetes-list-type'] !== 'map') return undefined;
  const keys = list(schema['x-kubernetes-list-map-keys']).map(text);
  return list(old).find((each) => keys.every((key) => at(each)[key] === at(item)[key]));
}
