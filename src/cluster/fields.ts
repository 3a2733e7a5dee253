import { isObject, type Json, type JsonObject } from '../rollout/json.ts';

/** Members of raw API objects, read without trust: what is missing or of another type is empty. */
export function objectAt(value: Json | undefined, ...path: string[]): JsonObject {
  let at: Json | undefined = value;
  for (const key of path) at = isObject(at) ? at[key] : undefined;
  return isObject(at) ? at : {};
}

export function textAt(value: Json | undefined, ...path: string[]): string {
  const key = path.at(-1) ?? '';
  const found = objectAt(value, ...path.slice(0, -1))[key];
  return typeof found === 'string' ? found : '';
}

export function numberAt(value: Json | undefined, ...path: string[]): number {
  const key = path.at(-1) ?? '';
  const found = objectAt(value, ...path.slice(0, -1))[key];
  return typeof found === 'number' ? found : 0;
}

export function listAt(value: Json | undefined, ...path: string[]): JsonObject[] {
  const key = path.at(-1) ?? '';
  const found = objectAt(value, ...path.slice(0, -1))[key];
  return Array.isArray(found) ? found.filter(isObject) : [];
}

/** Milliseconds of an RFC 3339 time; null where there is none. */
export function timeAt(value: Json | undefined, ...path: string[]): number | null {
  const time = Date.parse(textAt(value, ...path));
  return Number.isNaN(time) ? null : time;
}

export function uidOf(object: Json): string {
  return textAt(object, 'metadata', 'uid');
}

export function nameOf(object: Json): string {
  return textAt(object, 'metadata', 'name');
}

export function versionOf(object: Json): string {
  return textAt(object, 'metadata', 'resourceVersion');
}

const DIGITS = /^\d+$/;

/**
 * Whether version `a` is older than `b`. Kubernetes compares them so from 1.35 on (KEP 5504); where one of them is not a
 * number nothing is known, and the answer is no.
 */
export function isOlder(a: string, b: string): boolean {
  return DIGITS.test(a) && DIGITS.test(b) && BigInt(a) < BigInt(b);
}
