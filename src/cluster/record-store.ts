import type { z } from 'zod';
import { isObject, type Json, type JsonObject } from '../rollout/json.ts';
import {
  ANNOTATIONS,
  originSchema,
  RECORD_SCHEMA_VERSION,
  type RecordSpec,
  type RecordStatus,
  type RolloutRecord,
  specSchema,
  statusSchema,
} from '../rollout/record.ts';
import { followResource } from '../rollout/resource.ts';
import type { Api } from './api.ts';
import { editDecider, wantedByDecider } from './decided.ts';
import { nameOf, objectAt, textAt, uidOf } from './fields.ts';
import { type SetRef, setPath } from './ref.ts';
import { errorText, isStatus } from './words.ts';
import { patchSet } from './writes.ts';

/** k8s.io/apimachinery/pkg/api/validation: names and values of all annotations of one object together. */
const ANNOTATIONS_LIMIT = 256 * 1024;
const EDIT_TRIES = 5;

/** An annotation of ours says what we do not understand. */
export class RecordError extends Error {
  override readonly name = 'RecordError';
}

/**
 * The record that a raw StatefulSet carries; null where it has none.
 * @throws RecordError where an annotation is broken, or of a newer version of this program
 */
export function readRecord(rawSet: Json): RolloutRecord | null {
  const spec = readAnnotation(rawSet, ANNOTATIONS.spec, specSchema);
  if (spec === null) return null;
  return {
    spec,
    status: readAnnotation(rawSet, ANNOTATIONS.status, statusSchema),
    origin: readAnnotation(rawSet, ANNOTATIONS.origin, originSchema),
  };
}

/**
 * Changes spec of the record, whoever else writes meanwhile: reads, changes, writes only what was read. The answer is
 * the raw StatefulSet. Where a StatefulsetRollout decides about the set, it is edited first, else its operator would put
 * its own values back.
 * @param edit called again where somebody was faster, also on what it has made itself; may throw, then nothing is written
 * @throws RecordError where there is no record to edit; RefusedError where the resource may not be edited
 */
export function editSpec(api: Api, ref: SetRef, edit: (spec: RecordSpec) => RecordSpec): Promise<Json> {
  return editAnnotation(api, ref, async (raw, before) => {
    const after = edit(before);
    return { after, first: () => editDecider(api, raw, before, after) };
  });
}

/**
 * Makes spec of the record what the StatefulsetRollout that decides about the set says now. The answer is the raw StatefulSet.
 * @throws RecordError where there is no record
 */
export function followDecider(api: Api, ref: SetRef): Promise<Json> {
  return editAnnotation(api, ref, async (raw, before) => {
    const wanted = await wantedByDecider(api, raw);
    return { after: wanted === null ? before : followResource(before, wanted), first: async () => {} };
  });
}

/** @param edit what the spec is to be, and what has to be done first */
async function editAnnotation(
  api: Api,
  ref: SetRef,
  edit: (raw: Json, before: RecordSpec) => Promise<{ after: RecordSpec; first: () => Promise<void> }>,
): Promise<Json> {
  for (let attempt = 1; ; attempt++) {
    const raw = await api.request({ method: 'GET', path: setPath(ref) });
    const record = readRecord(raw);
    if (record === null) throw new RecordError(`statefulset ${ref.name} has no rollout to change`);
    const { after, first } = await edit(raw, record.spec);
    const text = JSON.stringify(after);
    if (text === textAt(raw, 'metadata', 'annotations', ANNOTATIONS.spec)) return raw;
    checkSize(raw, { [ANNOTATIONS.spec]: text });
    try {
      await first();
      return await writeSpec(api, ref, raw, text);
    } catch (error) {
      const raced = isStatus(error, 409) || isStatus(error, 422);
      if (!raced) throw error;
      if (attempt === EDIT_TRIES) throw new RecordError(refusedEdit(ref, error));
    }
  }
}

/**
 * Writes the status, and nothing else of the set, if it still is the one that `rawSet` carries: a write that is late must
 * not undo what was written with a fence or a template meanwhile. The answer is the raw StatefulSet.
 * @throws ApiError 422 where the status has been written meanwhile; ConnectionError
 */
export function writeStatus(api: Api, ref: SetRef, rawSet: Json, status: RecordStatus): Promise<Json> {
  const path = annotationPath(ANNOTATIONS.status);
  const before = objectAt(rawSet, 'metadata', 'annotations')[ANNOTATIONS.status] ?? null;
  return patchSet(api, ref, [
    { op: 'test', path, value: before },
    { op: 'add', path, value: JSON.stringify(status) },
  ]);
}

/**
 * @param wanted annotations that are about to be written to `rawSet`
 * @throws RecordError where all annotations together would be more than the API server takes
 */
export function checkSize(rawSet: Json, wanted: Readonly<Record<string, string>>): void {
  const all: JsonObject = { ...objectAt(rawSet, 'metadata', 'annotations'), ...wanted };
  let bytes = 0;
  for (const [name, value] of Object.entries(all)) bytes += Buffer.byteLength(name) + Buffer.byteLength(String(value));
  if (bytes <= ANNOTATIONS_LIMIT) return;
  const kib = Math.ceil(bytes / 1024);
  throw new RecordError(
    `the record of this rollout does not fit: the annotations of statefulset ${nameOf(rawSet)} would be ${kib} KiB, ` +
      'and Kubernetes takes 256 KiB. Remove large ones, such as kubectl.kubernetes.io/last-applied-configuration',
  );
}

/** RFC 6901 */
export function annotationPath(name: string): string {
  return `/metadata/annotations/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function refusedEdit({ namespace, name }: SetRef, error: unknown): string {
  return (
    `the rollout of statefulset ${name} could not be edited, ${EDIT_TRIES} times in a row (${errorText(error)}). Nothing was ` +
    `changed; how it stands: kubectl bedrock status sts/${name} -n ${namespace}`
  );
}

/**
 * Over the spec that was read, of the set that was read; what else changes of it meanwhile does not matter: in a fast
 * rollout that is several times a second, and a pause must not be refused for it.
 * @throws ApiError 422 where the spec has been written meanwhile
 */
function writeSpec(api: Api, ref: SetRef, rawSet: Json, text: string): Promise<Json> {
  const path = annotationPath(ANNOTATIONS.spec);
  return patchSet(api, ref, [
    { op: 'test', path: '/metadata/uid', value: uidOf(rawSet) },
    { op: 'test', path, value: textAt(rawSet, 'metadata', 'annotations', ANNOTATIONS.spec) },
    { op: 'add', path, value: text },
  ]);
}

function readAnnotation<T extends z.ZodType>(rawSet: Json, name: string, schema: T): z.output<T> | null {
  const text = objectAt(rawSet, 'metadata', 'annotations')[name];
  if (typeof text !== 'string') return null;
  const set = nameOf(rawSet);
  const namespace = textAt(rawSet, 'metadata', 'namespace');
  const wayOut = `To drop it: kubectl annotate statefulset ${set} -n ${namespace} ${name}-`;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RecordError(`the annotation ${name} of statefulset ${set} is not JSON. ${wayOut}`);
  }
  const version = isObject(value) ? value.schemaVersion : undefined;
  if (typeof version === 'number' && version > RECORD_SCHEMA_VERSION) {
    throw new RecordError(
      `the annotation ${name} of statefulset ${set} was written by a newer kubectl bedrock (version ${version} of the record, this one knows ${RECORD_SCHEMA_VERSION}): update this one`,
    );
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const words = parsed.error.issues.slice(0, 3).map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`);
  throw new RecordError(`the annotation ${name} of statefulset ${set} is broken: ${words.join('; ')}. ${wayOut}`);
}
