import type { Api } from '../cluster/api.ts';
import { readLease } from '../cluster/lease.ts';
import { observeSet } from '../cluster/observe.ts';
import { PodTracker } from '../cluster/pod-tracker.ts';
import { getSet, listPods, listRevisions } from '../cluster/reads.ts';
import { annotationPath, checkSize, readRecord } from '../cluster/record-store.ts';
import { type SetRef, setPath, setsPath } from '../cluster/ref.ts';
import { isStatus } from '../cluster/words.ts';
import { patchSet } from '../cluster/writes.ts';
import { annotationsOf, writePatch } from '../executor/patch.ts';
import type { BeginsFrom, RestWrite } from '../rollout/desired-begin.ts';
import { isObject, type Json, type JsonObject } from '../rollout/json.ts';
import { ANNOTATIONS, FIELD_MANAGER, type RecordSpec } from '../rollout/record.ts';
import { RESOURCE_ANNOTATION } from '../rollout/resource.ts';

/** The set as it is now; null where it is not there. */
export async function freshSet(api: Api, ref: SetRef): Promise<JsonObject | null> {
  try {
    const raw = await api.request({ method: 'GET', path: setPath(ref) });
    return isObject(raw) ? raw : null;
  } catch (error) {
    if (isStatus(error, 404)) return null;
    throw error;
  }
}

export function createSet(api: Api, ref: SetRef, object: JsonObject): Promise<Json> {
  const query = { fieldManager: FIELD_MANAGER, fieldValidation: 'Strict' };
  return api.request({ method: 'POST', path: setsPath(ref.namespace), query, body: object });
}

/**
 * A manager of its own: with that of `rollout -f`, what this leaves out (the template) would be taken for given up, and be
 * removed from the set.
 */
const KEEPER = `${FIELD_MANAGER}-operator`;

/** A controller states what it keeps, by force: whoever else owned a field. */
export function keepSet(api: Api, ref: SetRef, manifest: JsonObject): Promise<Json> {
  return api.request({
    method: 'PATCH',
    path: setPath(ref),
    query: { fieldManager: KEEPER, fieldValidation: 'Strict', force: 'true' },
    contentType: 'application/apply-patch+yaml',
    body: manifest,
  });
}

/** The set carries the name of the resource that decides about it. */
export function claimSet(api: Api, ref: SetRef, raw: Json, name: string): Promise<Json> {
  return patchSet(api, ref, [
    ...(annotationsOf(raw) === null ? [{ op: 'add' as const, path: '/metadata/annotations', value: {} }] : []),
    { op: 'add', path: annotationPath(RESOURCE_ANNOTATION), value: name },
  ]);
}

/**
 * Changes the record's spec, and not the resource: what that says already.
 * @throws ApiError 422 where somebody else has edited it meanwhile
 */
export function editRecord(api: Api, ref: SetRef, raw: Json, edit: (spec: RecordSpec) => RecordSpec): Promise<Json> {
  const record = readRecord(raw);
  const before = annotationsOf(raw)?.[ANNOTATIONS.spec];
  if (record === null || before === undefined) return Promise.resolve(raw);
  const value = JSON.stringify(edit(record.spec));
  checkSize(raw, { [ANNOTATIONS.spec]: value });
  const path = annotationPath(ANNOTATIONS.spec);
  return patchSet(api, ref, [
    { op: 'test', path, value: before },
    { op: 'add', path, value },
  ]);
}

/** One patch that brings a set to rest, refused where it has changed meanwhile. */
export function restSet(api: Api, ref: SetRef, raw: Json, { record, strategy, template }: RestWrite): Promise<Json> {
  const { generation } = observeSet(raw);
  const patch = writePatch(
    raw,
    {
      kind: 'write',
      what: 'start',
      generation,
      strategy,
      ...(template === null ? {} : { template: { replace: template } }),
      then: {},
      mustSee: false,
      why: 'rest',
    },
    record,
  );
  return patchSet(api, ref, patch);
}

/** What a rollout of the set begins from, as it is now. */
export async function beginsFrom(api: Api, ref: SetRef, user: string): Promise<BeginsFrom & { raw: JsonObject }> {
  const raw = await getSet(api, ref);
  const now = api.clock.now();
  const set = observeSet(raw);
  const [pods, revisions, lease] = await Promise.all([
    listPods(api, ref, raw),
    listRevisions(api, ref, set.uid),
    readLease(api, ref),
  ]);
  return {
    raw,
    set,
    pods: new PodTracker().observePods(pods, set, now),
    revisions,
    record: readRecord(raw),
    holder: lease?.live ? lease.identity : null,
    user,
    now: new Date(now).toISOString(),
  };
}

/**
 * The template as the API server completes it; what it refuses is refused before anything is written.
 * @throws ApiError 422 with what is wrong with it
 */
export async function completedTemplate(api: Api, ref: SetRef, template: Json): Promise<Json> {
  const raw = await api.request({
    method: 'PATCH',
    path: setPath(ref),
    query: { fieldManager: FIELD_MANAGER, dryRun: 'All', fieldValidation: 'Strict' },
    contentType: 'application/json-patch+json',
    body: [{ op: 'replace', path: '/spec/template', value: template }],
  });
  return isObject(raw) && isObject(raw.spec) ? (raw.spec.template ?? template) : template;
}

/** A key of a Secret, decoded; null where there is none. Never logged. */
export async function secretValue(api: Api, namespace: string, name: string, key: string): Promise<string | null> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets/${encodeURIComponent(name)}`;
  const raw = await api.request({ method: 'GET', path });
  const value = isObject(raw) && isObject(raw.data) ? raw.data[key] : undefined;
  return typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : null;
}
