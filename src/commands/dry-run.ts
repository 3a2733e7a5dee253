import type { Api } from '../cluster/api.ts';
import { setPath } from '../cluster/ref.ts';
import { resourcePath } from '../cluster/resource.ts';
import { ApplyConflict, applySet } from '../cluster/writes.ts';
import { strategyValue } from '../executor/patch.ts';
import { holdingFence } from '../rollout/fence.ts';
import { isObject, type Json, type JsonObject } from '../rollout/json.ts';
import type { Manifest } from '../rollout/manifest.ts';
import { FIELD_MANAGER, type RecordSpec } from '../rollout/record.ts';

interface Ref {
  namespace: string;
  name: string;
}

/**
 * What the set's template would be after a server-side apply of the file; nothing is written.
 * @throws ApplyConflict where others own fields that the file sets, unless by force
 */
export async function dryRunApply(
  api: Api,
  ref: Ref,
  manifest: Manifest,
  force: boolean,
): Promise<{ template: Json; force: boolean }> {
  const apply = async (forced: boolean) => ({
    template: templateOf(await applySet(api, ref, manifest.apply, { force: forced, dryRun: true })),
    force: forced,
  });
  try {
    return await apply(force);
  } catch (error) {
    // what we wrote ourselves by patch (--image) is nobody else's: the API server takes patch and apply for two managers
    if (!(error instanceof ApplyConflict) || !error.conflicts.every(({ manager }) => manager === FIELD_MANAGER))
      throw error;
    return apply(true);
  }
}

/**
 * Sends what a rollout would write first, strategy and template, with dryRun=All, so that validation and webhooks have
 * their say. Nothing is written. The template of a file has been sent already, to learn it.
 * @throws ApiError in the API server's words
 */
export async function dryRunStart(api: Api, ref: Ref, spec: RecordSpec, generation: number): Promise<void> {
  const { template, manifest } = spec.target;
  const ownTemplate = template !== undefined && manifest === undefined;
  await api.request({
    method: 'PATCH',
    path: setPath(ref),
    query: { fieldManager: FIELD_MANAGER, dryRun: 'All' },
    contentType: 'application/json-patch+json',
    body: [
      { op: 'test', path: '/metadata/generation', value: generation },
      { op: 'add', path: '/spec/updateStrategy', value: strategyValue(holdingFence(spec)) },
      ...(ownTemplate ? [{ op: 'replace', path: '/spec/template', value: template }] : []),
    ],
  });
}

/**
 * Whether the API server, by the schema and whatever stands before it, takes an edit of a StatefulsetRollout.
 * @throws ApiError in its words
 */
export async function dryRunEdit(api: Api, resource: Ref, spec: JsonObject): Promise<void> {
  await api.request({
    method: 'PATCH',
    path: resourcePath(resource),
    query: { fieldManager: FIELD_MANAGER, dryRun: 'All' },
    contentType: 'application/merge-patch+json',
    body: { spec },
  });
}

function templateOf(set: Json): Json {
  const spec = isObject(set) && isObject(set.spec) ? set.spec : {};
  return spec.template ?? {};
}
