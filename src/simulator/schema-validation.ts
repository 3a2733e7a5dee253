import { isObject, type Json } from '../rollout/json.ts';
import type { Version } from './defaults.ts';
import { at, list, number, objects, text } from './objects.ts';
import { INT_OR_STRING, type Node, nodes, type Schema } from './schema.ts';
import type { Cause } from './status.ts';

/**
 * Evaluates a rule in the Common Expression Language; true where it holds. Whole numbers are given as bigint where the
 * schema says integer. May throw, as CEL does.
 */
export type CelEvaluator = (rule: string, variables: { self: unknown; oldSelf?: unknown }) => boolean;

const RULES = 'x-kubernetes-validations';

/** What is wrong with `value`, in the words of the API server. Without an evaluator no rule in CEL is checked. */
export function schemaCauses(
  schema: Schema,
  value: Json,
  old: Json | undefined,
  version: Version,
  evaluate: CelEvaluator | null,
): Cause[] {
  const causes: Cause[] = [];
  let blocked = false;
  const all = [...nodes(schema, value, old, '')];
  for (const node of all) {
    const { blocking, others } = wrongWith(node, version);
    causes.push(...blocking, ...others);
    blocked ||= blocking.length > 0;
  }
  const ruled = all.filter((node) => objects(node.schema[RULES]).length > 0);
  if (blocked) return hasRules(schema) ? [...causes, UNCHECKED] : causes;
  if (evaluate !== null) for (const node of ruled) causes.push(...broken(node, version, evaluate));
  return causes;
}

const UNCHECKED: Cause = {
  reason: 'FieldValueInvalid',
  field: '<nil>',
  message:
    'Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
};

function hasRules(schema: Schema): boolean {
  return JSON.stringify(schema).includes(`"${RULES}"`);
}

/** `blocking`: what keeps the server from asking CEL at all. */
function wrongWith({ schema, value, path }: Node, version: Version): { blocking: Cause[]; others: Cause[] } {
  const expected = schema[INT_OR_STRING] === true ? 'integer,string' : text(schema.type);
  const actual = typeName(value);
  if (expected !== '' && !isOfType(expected, actual)) {
    const wrongType = `${path} in body must be of type ${expected}: ${JSON.stringify(actual)}`;
    const blocking = [invalidValue(path, actual, wrongType)];
    if (version === '1.37' && expected === 'integer' && actual === 'number') {
      const message = `Invalid value: "": Checked value must be of type integer (default format) in ${path}`;
      blocking.push({ reason: 'FieldValueInvalid', field: '<nil>', message });
    }
    return { blocking, others: [] };
  }
  if (typeof value === 'string') return ofText(schema, value, path);
  if (typeof value === 'number') return { blocking: [], others: ofNumber(schema, value, path) };
  if (Array.isArray(value)) return ofList(schema, value, path);
  if (!isObject(value)) return { blocking: [], others: [] };
  const missing = list(schema.required)
    .map(text)
    .filter((name) => value[name] === undefined);
  const blocking = missing.map((name) => ({
    reason: 'FieldValueRequired',
    field: path === '' ? name : `${path}.${name}`,
    message: 'Required value',
  }));
  return { blocking, others: [] };
}

function ofText(schema: Schema, value: string, path: string): { blocking: Cause[]; others: Cause[] } {
  const blocking: Cause[] = [];
  const others: Cause[] = [];
  const allowed = list(schema.enum);
  if (allowed.length > 0 && !allowed.includes(value)) {
    const supported = allowed.map((each) => JSON.stringify(each)).join(', ');
    const message = `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported}`;
    blocking.push({ reason: 'FieldValueNotSupported', field: path, message });
  }
  const longest = number(schema.maxLength, Number.POSITIVE_INFINITY);
  if (value.length > longest) {
    blocking.push({
      reason: 'FieldValueTooLong',
      field: path,
      message: `Too long: may not be more than ${longest} bytes`,
    });
  }
  if (schema.format === 'date-time' && !/^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.test(value)) {
    blocking.push(invalidValue(path, value, `${path} in body must be of type date-time: ${JSON.stringify(value)}`));
  }
  const shortest = number(schema.minLength);
  const pattern = text(schema.pattern);
  // of a text the server tells the first of these only
  if (value.length < shortest) {
    others.push(invalidValue(path, value, `${path} in body should be at least ${shortest} chars long`));
  } else if (value.length <= longest && pattern !== '' && !new RegExp(pattern).test(value)) {
    others.push(invalidValue(path, value, `${path} in body should match '${pattern}'`));
  }
  return { blocking, others };
}

function ofNumber(schema: Schema, value: number, path: string): Cause[] {
  const causes: Cause[] = [];
  const least = number(schema.minimum, Number.NEGATIVE_INFINITY);
  const most = number(schema.maximum, Number.POSITIVE_INFINITY);
  if (value < least)
    causes.push(invalidValue(path, value, `${path} in body should be greater than or equal to ${least}`));
  if (value > most) causes.push(invalidValue(path, value, `${path} in body should be less than or equal to ${most}`));
  return causes;
}

function ofList(schema: Schema, value: readonly Json[], path: string): { blocking: Cause[]; others: Cause[] } {
  const blocking: Cause[] = [];
  const most = number(schema.maxItems, Number.POSITIVE_INFINITY);
  if (value.length > most) {
    const message = `Too many: ${value.length}: must have at most ${most} items`;
    blocking.push({ reason: 'FieldValueTooMany', field: path, message });
  }
  const least = number(schema.minItems);
  const others =
    value.length < least
      ? [invalidValue(path, value.length, `${path} in body should have at least ${least} items`)]
      : [];
  return { blocking, others };
}

function broken({ schema, value, old, path }: Node, version: Version, evaluate: CelEvaluator): Cause[] {
  return objects(schema[RULES]).flatMap((each): Cause[] => {
    const rule = text(each.rule);
    const isTransition = /\boldSelf\b/.test(rule);
    if (isTransition && old === undefined) return [];
    const self = celValue(schema, value);
    const holds = evaluate(rule, isTransition ? { self, oldSelf: celValue(schema, old ?? null) } : { self });
    if (holds) return [];
    const why = text(each.message) || `failed rule: ${rule}`;
    return [{ reason: 'FieldValueInvalid', field: path, message: `Invalid value: ${shown(value, version)}${why}` }];
  });
}

/** Up to 1.34 the server shows the type, later the value, and of objects and lists nothing. */
function shown(value: Json, version: Version): string {
  if (version === '1.34') return `${JSON.stringify(typeName(value))}: `;
  return typeof value === 'object' ? '' : `${JSON.stringify(value)}: `;
}

/** As CEL has it: an integer is an int, not a double. */
function celValue(schema: Schema, value: Json): unknown {
  if (typeof value === 'number') {
    const isInt = schema.type === 'integer' || schema[INT_OR_STRING] === true;
    return isInt && Number.isInteger(value) ? BigInt(value) : value;
  }
  if (Array.isArray(value)) return value.map((item) => celValue(at(schema.items), item));
  if (!isObject(value)) return value;
  const members = Object.entries(value).map(([name, member]) => {
    const of = at(schema.properties)[name] ?? schema.additionalProperties;
    return [name, celValue(at(of), member)];
  });
  return Object.fromEntries(members);
}

function typeName(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function isOfType(expected: string, actual: string): boolean {
  if (expected === 'number' && actual === 'integer') return true;
  return expected.split(',').includes(actual);
}

function invalidValue(field: string, value: Json, why: string): Cause {
  return { reason: 'FieldValueInvalid', field, message: `Invalid value: ${JSON.stringify(value)}: ${why}` };
}
