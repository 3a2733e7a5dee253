import { isObject, type Json, type JsonObject, sameJson } from './json.ts';
import type { ContainerImage } from './observation.ts';

const CONTAINER_LISTS = ['containers', 'initContainers'] as const;

/** Every container of a pod template with its image: the running ones first, then the init containers. */
export function templateImages(template: Json): ContainerImage[] {
  return CONTAINER_LISTS.flatMap((list) =>
    containersOf(template, list).map((container) => ({
      container: String(container.name ?? ''),
      image: String(container.image ?? ''),
    })),
  );
}

/** A copy of the template in which `change` has seen every container and init container. */
export function mapContainers(template: Json, change: (container: JsonObject) => JsonObject): Json {
  if (!isObject(template) || !isObject(template.spec)) return template;
  const spec: JsonObject = { ...template.spec };
  for (const list of CONTAINER_LISTS) {
    if (Array.isArray(spec[list])) {
      spec[list] = spec[list].map((container) => (isObject(container) ? change(container) : container));
    }
  }
  return { ...template, spec };
}

function containersOf(template: Json, list: (typeof CONTAINER_LISTS)[number]): JsonObject[] {
  if (!isObject(template) || !isObject(template.spec)) return [];
  const found = template.spec[list];
  return Array.isArray(found) ? found.filter(isObject) : [];
}

/** The annotation that `kubectl rollout restart` sets in a template. */
export const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';

/** A copy of the template with the annotation of `kubectl rollout restart`. */
export function restarted(template: Json, at: string): Json {
  const object = isObject(template) ? template : {};
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const annotations = isObject(metadata.annotations) ? metadata.annotations : {};
  return { ...object, metadata: { ...metadata, annotations: { ...annotations, [RESTARTED_AT]: at } } };
}

/** One field that two templates do not agree on. `undefined`: it is not there. */
export interface FieldChange {
  /** As people write it: spec.containers[app].resources.limits.cpu */
  path: string;
  before: Json | undefined;
  after: Json | undefined;
}

/** Where two JSON values differ, at the deepest path. Lists of named things are compared by name, as Kubernetes merges them. */
export function differences(before: Json | undefined, after: Json | undefined, path = ''): FieldChange[] {
  if (before !== undefined && after !== undefined && sameJson(before, after)) return [];
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) => differences(before[key], after[key], join(path, key)));
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const [left, right] = [byName(before), byName(after)];
    if (left !== null && right !== null) {
      const names = [...new Set([...left.keys(), ...right.keys()])];
      return names.flatMap((name) => differences(left.get(name), right.get(name), `${path}[${name}]`));
    }
  }
  if (before === undefined && after === undefined) return [];
  return [{ path, before, after }];
}

function join(path: string, key: string): string {
  if (!/^[A-Za-z0-9_-]+$/.test(key)) return `${path}[${key}]`;
  return path === '' ? key : `${path}.${key}`;
}

function byName(list: Json[]): Map<string, Json> | null {
  const named = new Map<string, Json>();
  for (const entry of list) {
    if (!isObject(entry) || typeof entry.name !== 'string' || named.has(entry.name)) return null;
    named.set(entry.name, entry);
  }
  return named;
}
