import { RefusedError } from '../rollout/errors.ts';
import type { Json } from '../rollout/json.ts';
import type { RecordSpec } from '../rollout/record.ts';
import {
  RESOURCE,
  RESOURCE_ANNOTATION,
  type ResourceSpec,
  resourceName,
  resourcePatch,
  setNameOf,
} from '../rollout/resource.ts';
import type { Api } from './api.ts';
import { nameOf, objectAt, textAt } from './fields.ts';
import { getResource, patchResourceSpec, type ResourceRead, type ResourceRef } from './resource.ts';
import { isStatus } from './words.ts';

/** A DNS subdomain, as every name of an object; anything else would be another path of the API. */
const NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

/** The name of the StatefulsetRollout that decides about a raw StatefulSet; null where none does. */
export function deciderOf(rawSet: Json): string | null {
  const name = objectAt(rawSet, 'metadata', 'annotations')[RESOURCE_ANNOTATION];
  return typeof name === 'string' && NAME.test(name) ? name : null;
}

/**
 * The StatefulsetRollout that decides about a raw StatefulSet; null where none does, it is gone, or it is about another
 * set: an annotation is soon copied along with a manifest.
 * @throws RefusedError where it may not be read
 */
export async function getDecider(api: Api, rawSet: Json): Promise<ResourceRead | null> {
  const name = deciderOf(rawSet);
  if (name === null) return null;
  const ref = { namespace: textAt(rawSet, 'metadata', 'namespace'), name };
  const read = await mayBe('get', ref, getResource(api, ref));
  return read?.kind === 'resource' && setNameOf(read.resource) !== nameOf(rawSet) ? null : read;
}

/**
 * Writes to the resource what an edit changes in the record of the set that it decides about, so that whoever executes
 * finds the same in both. Nothing where no resource decides about the set, and where it is gone.
 * @throws RefusedError where we may not; ApiError 409 where somebody was faster: read again
 */
export async function editDecider(api: Api, rawSet: Json, before: RecordSpec, after: RecordSpec): Promise<void> {
  const changed = resourcePatch(before, after);
  if (changed === null) return;
  const read = await getDecider(api, rawSet);
  if (read === null) return;
  // to go on is to go on from a pause, too, that has reached the resource and not the record yet
  const spec = changed.resumedAt === undefined ? changed : { ...changed, pauseRequested: after.pauseRequested };
  const resource = read.kind === 'broken' ? read : read.resource;
  try {
    await mayBe('patch', resource, patchResourceSpec(api, resource, spec));
  } catch (error) {
    if (!isStatus(error, 404)) throw error;
  }
}

/** spec of the resource that decides about a raw StatefulSet; null where none does, it is gone, or it is broken. */
export async function wantedByDecider(api: Api, rawSet: Json): Promise<ResourceSpec | null> {
  const read = await getDecider(api, rawSet);
  return read?.kind === 'resource' ? read.resource.spec : null;
}

/**
 * What was asked of a resource, with the permission named where it is missing.
 * @throws RefusedError for 403
 */
export async function mayBe<T>(verb: 'get' | 'patch', ref: ResourceRef, asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (!isStatus(error, 403)) throw error;
    const { group, plural } = RESOURCE;
    throw new RefusedError(
      `${resourceName(ref.name)} in ${ref.namespace} decides here, and you may not ${verb} it: nothing was changed. ` +
        `Needed: ${verb} ${plural}.${group} (plugin-manifest/rbac.yaml has it); ` +
        `check: kubectl auth can-i ${verb} ${plural}.${group}/${ref.name} -n ${ref.namespace}`,
    );
  }
}
