import { z } from 'zod';
import { CEL_RULES } from '../rollout/cel.ts';
import { isObject, type Json, type JsonObject } from '../rollout/json.ts';

/** What a structural schema may say of one value, besides what is in it (apiextensions.k8s.io/v1 JSONSchemaProps). */
const KEPT = [
  'description',
  'type',
  'format',
  'default',
  'enum',
  'pattern',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'required',
  'x-kubernetes-int-or-string',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  CEL_RULES,
] as const;

/** Says nothing: every integer of JSON is below it. */
const NO_LIMIT = Number.MAX_SAFE_INTEGER;

/** The structural schema of what a client may send for `schema`: no references, no unions of types, nothing unknown. */
export function structuralSchema(schema: z.ZodType): JsonObject {
  const json: unknown = z.toJSONSchema(schema, { io: 'input', target: 'openapi-3.0' });
  return structural(JSON.parse(JSON.stringify(json)), '');
}

/** @throws Error naming the field where it says what a structural schema cannot */
function structural(schema: Json | undefined, path: string): JsonObject {
  if (!isObject(schema)) throw new Error(`${path}: not a schema`);
  const result: JsonObject = {};
  for (const name of KEPT) {
    const value = schema[name];
    if (value !== undefined && value !== NO_LIMIT) result[name] = value;
  }
  const fallback = schema.default;
  // kubectl explain shows no defaults
  if (typeof fallback !== 'object' && fallback !== undefined && typeof result.description === 'string') {
    result.description = `${result.description} Default: ${fallback}.`;
  }
  // both are of any length and form in zod's words, and the server knows this one
  if (result.format === 'date-time') delete result.pattern;
  if (result['x-kubernetes-int-or-string'] === true) {
    delete result.type;
    return result;
  }
  if (Array.isArray(schema.anyOf)) return { ...result, type: commonType(schema.anyOf, path) };
  if (typeof result.type !== 'string') throw new Error(`${path}: has no type`);
  if (isObject(schema.properties)) {
    const fields = Object.entries(schema.properties);
    result.properties = Object.fromEntries(fields.map(([name, of]) => [name, structural(of, `${path}.${name}`)]));
  } else if (isObject(schema.additionalProperties) && !preserves(schema)) {
    result.additionalProperties = structural(schema.additionalProperties, `${path}[*]`);
  }
  if (schema.items !== undefined) result.items = structural(schema.items, `${path}[]`);
  return result;
}

function preserves(schema: JsonObject): boolean {
  return schema['x-kubernetes-preserve-unknown-fields'] === true;
}

function commonType(schemas: readonly Json[], path: string): Json {
  const types = new Set(schemas.map((each) => (isObject(each) ? each.type : undefined)));
  const [type] = types;
  if (types.size !== 1 || type === undefined) throw new Error(`${path}: may be of several types`);
  return type;
}
