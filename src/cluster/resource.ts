import { isObject, type Json, type JsonObject, sameJson } from '../rollout/json.ts';
import { FIELD_MANAGER } from '../rollout/record.ts';
import { RESOURCE, type Resource, resourceSpecSchema } from '../rollout/resource.ts';
import type { ResourceStatus } from '../rollout/resource-status.ts';
import { type Api, ApiError } from './api.ts';
import { nameOf, numberAt, objectAt, textAt, uidOf, versionOf } from './fields.ts';
import { listAll } from './list.ts';
import { isStatus, plainText } from './words.ts';

const EDIT_TRIES = 5;

/** Which StatefulsetRollout. */
export interface ResourceRef {
  namespace: string;
  name: string;
}

/** A raw StatefulsetRollout, read; `broken` where its spec says what nobody can follow, with why, for people. */
export type ResourceRead = { kind: 'resource'; resource: Resource } | BrokenResource;

/** What can still be told of a resource whose spec cannot be followed. */
export interface BrokenResource extends Omit<Resource, 'spec'> {
  kind: 'broken';
  /** "statefulsetrollout web: spec.percent: Too big: expected number to be <=100" */
  why: string;
}

/** @param namespace null for all */
export function resourcesPath(namespace: string | null): string {
  const { group, version, plural } = RESOURCE;
  const base = `/apis/${group}/${version}`;
  return namespace === null ? `${base}/${plural}` : `${base}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
}

export function resourcePath({ namespace, name }: ResourceRef): string {
  return `${resourcesPath(namespace)}/${encodeURIComponent(name)}`;
}

/** Reads a raw object without trust, whatever it is: no API server with our schema need have looked at it. */
export function readResource(raw: Json): ResourceRead {
  const facts = {
    namespace: textAt(raw, 'metadata', 'namespace'),
    name: nameOf(raw),
    uid: uidOf(raw),
    resourceVersion: versionOf(raw),
    generation: numberAt(raw, 'metadata', 'generation'),
    deleting: textAt(raw, 'metadata', 'deletionTimestamp') !== '',
    status: objectAt(raw, 'status'),
  };
  const parsed = resourceSpecSchema.safeParse(isObject(raw) ? raw.spec : undefined);
  if (parsed.success) return { kind: 'resource', resource: { ...facts, spec: parsed.data } };
  const words = parsed.error.issues
    .slice(0, 3)
    .map(({ path, message }) => `${['spec', ...path].join('.')}: ${message}`);
  const why = plainText(`${RESOURCE.singular} ${facts.name || '(without a name)'}: ${words.join('; ')}`);
  return { kind: 'broken', ...facts, why };
}

/**
 * The resource; null where there is none of that name, or the server knows no StatefulsetRollouts.
 * @throws ApiError 403 where it may not be read
 */
export async function getResource(api: Api, ref: ResourceRef): Promise<ResourceRead | null> {
  try {
    return readResource(await api.request({ method: 'GET', path: resourcePath(ref) }));
  } catch (error) {
    if (isStatus(error, 404)) return null;
    throw error;
  }
}

/**
 * All resources of a namespace (or of all: null), as of one version; null where the server knows no StatefulsetRollouts.
 * @throws ApiError 403 where they may not be listed
 */
export async function listResources(api: Api, namespace: string | null): Promise<ResourceRead[] | null> {
  try {
    const { items } = await listAll(api, { path: resourcesPath(namespace) });
    return items.map(readResource);
  } catch (error) {
    if (isStatus(error, 404)) return null;
    throw error;
  }
}

/**
 * A merge patch of the spec, over the very version that was read. The answer is the raw object.
 * @throws ApiError 409 where somebody wrote meanwhile; 422 where the schema refuses it
 */
export function patchResourceSpec(
  api: Api,
  ref: ResourceRef & { resourceVersion: string },
  spec: JsonObject,
): Promise<Json> {
  return api.request({
    method: 'PATCH',
    path: resourcePath(ref),
    query: { fieldManager: FIELD_MANAGER },
    contentType: 'application/merge-patch+json',
    body: { metadata: { resourceVersion: ref.resourceVersion }, spec },
  });
}

/** There is nothing to edit, or it cannot be read. */
export class ResourceError extends Error {
  override readonly name = 'ResourceError';
}

/**
 * Changes the spec, whoever else writes meanwhile: reads, asks `edit` for a merge patch of the spec, writes it over what
 * was read. null from `edit` writes nothing.
 * @param edit called again where somebody was faster
 * @throws ResourceError where it is gone, or broken
 */
export async function editResource(
  api: Api,
  ref: ResourceRef,
  edit: (resource: Resource) => JsonObject | null,
): Promise<Resource> {
  for (let attempt = 1; ; attempt++) {
    const resource = usable(await getResource(api, ref), ref);
    const patch = edit(resource);
    if (patch === null) return resource;
    try {
      return usable(readResource(await patchResourceSpec(api, resource, patch)), ref);
    } catch (error) {
      if (!isStatus(error, 409) || attempt === EDIT_TRIES) throw error;
    }
  }
}

/**
 * Makes the status what `status` says. null where it says so already, and nothing was written; else the raw object.
 * @param known the resource as it was last read: a resource of that name that was made since is left alone
 * @throws ApiError 409 where it is another one now; 404 where it is gone
 */
export async function writeResourceStatus(
  api: Api,
  known: Pick<Resource, 'namespace' | 'name' | 'uid' | 'status'>,
  status: ResourceStatus,
): Promise<Json | null> {
  const value = plain(status);
  if (sameJson(known.status, value)) return null;
  try {
    return await api.request({
      method: 'PATCH',
      path: `${resourcePath(known)}/status`,
      query: { fieldManager: FIELD_MANAGER },
      contentType: 'application/json-patch+json',
      // a uid in the body is no condition here: of a custom resource's status nothing but the status is looked at
      body: [
        { op: 'test', path: '/metadata/uid', value: known.uid },
        { op: 'add', path: '/status', value },
      ],
    });
  } catch (error) {
    // what the schema refuses names its fields; a test that failed says nothing
    if (!isStatus(error, 422) || error.causes.length > 0) throw error;
    throw new ApiError(409, 'Conflict', `${RESOURCE.singular} ${known.name} is another one of its name now`);
  }
}

/** Without members that are undefined. */
function plain(status: ResourceStatus): JsonObject {
  const copy: unknown = JSON.parse(JSON.stringify(status));
  return isObject(copy) ? copy : {};
}

function usable(read: ResourceRead | null, { namespace, name }: ResourceRef): Resource {
  if (read === null) {
    throw new ResourceError(`${RESOURCE.singular} ${name} not found in namespace ${namespace}`);
  }
  if (read.kind === 'broken') throw new ResourceError(read.why);
  return read.resource;
}
