import type { Json } from '../rollout/json.ts';
import { FIELD_MANAGER } from '../rollout/record.ts';
import { type Api, ApiError } from './api.ts';
import { podPath, type SetRef, setPath } from './ref.ts';
import { isStatus } from './words.ts';

/** RFC 6902, as far as we need it. */
export type JsonPatchOperation =
  | { op: 'test' | 'add' | 'replace'; path: string; value: Json }
  | { op: 'remove'; path: string };

/**
 * One JSON patch of the set, whole or not at all. The answer is the raw StatefulSet.
 * @throws ApiError 422 where a `test` fails, among others
 */
export function patchSet(api: Api, ref: SetRef, operations: readonly JsonPatchOperation[]): Promise<Json> {
  return api.request({
    method: 'PATCH',
    path: setPath(ref),
    query: { fieldManager: FIELD_MANAGER },
    contentType: 'application/json-patch+json',
    body: [...operations],
  });
}

/** Fields of a manifest that other managers own with other values. */
export class ApplyConflict extends Error {
  override readonly name = 'ApplyConflict';
  constructor(
    set: string,
    readonly conflicts: readonly { manager: string; field: string }[],
  ) {
    const words = conflicts.map(({ manager, field }) => `${field} (${manager})`);
    super(
      `statefulset ${set}: others own fields that the file sets: ${words.join(', ')}. Take them with --force-conflicts`,
    );
  }
}

/**
 * Server-side apply of a whole manifest. The answer is the raw StatefulSet.
 * @throws ApplyConflict where others own fields that it sets, and not `force`
 */
export async function applySet(
  api: Api,
  ref: SetRef,
  manifest: Json,
  options: { force?: boolean | undefined; dryRun?: boolean | undefined } = {},
): Promise<Json> {
  try {
    return await apply(api, ref, manifest, options);
  } catch (error) {
    const conflicts = isStatus(error, 409) ? conflictsOf(error) : [];
    if (conflicts.length === 0) throw error;
    const foreign = conflicts.filter(({ manager }) => manager !== FIELD_MANAGER);
    if (foreign.length > 0) throw new ApplyConflict(ref.name, foreign);
    // what we patched is owned by our name too, but as another manager than the one that applies: ours to take
    return apply(api, ref, manifest, { ...options, force: true });
  }
}

function apply(
  api: Api,
  ref: SetRef,
  manifest: Json,
  { force, dryRun }: { force?: boolean | undefined; dryRun?: boolean | undefined },
): Promise<Json> {
  const query: Record<string, string> = { fieldManager: FIELD_MANAGER, fieldValidation: 'Strict' };
  if (force) query.force = 'true';
  if (dryRun) query.dryRun = 'All';
  return api.request({
    method: 'PATCH',
    path: setPath(ref),
    query,
    contentType: 'application/apply-patch+yaml',
    body: manifest,
  });
}

function conflictsOf(error: ApiError): { manager: string; field: string }[] {
  return error.causes
    .filter(({ reason }) => reason === 'FieldManagerConflict')
    .map(({ message, field }) => ({ manager: /^conflict with "([^"]+)"/.exec(message)?.[1] ?? message, field }));
}

/** What became of a request to take a pod away; see `evictPod`. */
export type EvictionAnswer =
  | { kind: 'accepted' }
  /** It is not there any more, or another pod has its name. */
  | { kind: 'gone' }
  /** By a PodDisruptionBudget (named where it is known) or a webhook. `retryAfterMs` is 0 where no time is named. */
  | { kind: 'refused'; why: string; budget: string | null; retryAfterMs: number }
  | { kind: 'overloaded'; retryAfterMs: number }
  | { kind: 'forbidden'; why: string }
  /** The API server could not say: it may have been done. Look before you ask again. */
  | { kind: 'unknown'; why: string }
  /** Others wrote at the same moment: ask again. */
  | { kind: 'conflict'; why: string };

export interface PodRequest {
  pod: string;
  /** The very pod that is meant: one that took its name since is left alone. */
  uid: string;
  dryRun: boolean;
}

/** More than one budget matches: somebody has to change that first. */
const PERMANENT_RETRY_MS = 60_000;

/**
 * Asks the eviction API, which keeps PodDisruptionBudgets. A dry run uses no budget.
 * @throws ConnectionError where there was no answer: it may have been done
 */
export function evictPod(api: Api, { namespace }: SetRef, { pod, uid, dryRun }: PodRequest): Promise<EvictionAnswer> {
  const deleteOptions = { preconditions: { uid }, ...(dryRun ? { dryRun: ['All'] } : {}) };
  return answerOf(
    api.request({
      method: 'POST',
      path: `${podPath(namespace, pod)}/eviction`,
      ...(dryRun ? { query: { dryRun: 'All' } } : {}),
      body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod, namespace }, deleteOptions },
    }),
  );
}

/** Deletes a pod past all budgets, with its own grace period. @throws ConnectionError as `evictPod` */
export function deletePod(api: Api, { namespace }: SetRef, { pod, uid, dryRun }: PodRequest): Promise<EvictionAnswer> {
  return answerOf(
    api.request({
      method: 'DELETE',
      path: podPath(namespace, pod),
      ...(dryRun ? { query: { dryRun: 'All' } } : {}),
      body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } },
    }),
  );
}

async function answerOf(request: Promise<Json>): Promise<EvictionAnswer> {
  try {
    await request;
    return { kind: 'accepted' };
  } catch (error) {
    if (!(error instanceof ApiError) || error.code === 401) throw error;
    return refusalOf(error);
  }
}

/** The answers of pkg/registry/core/pod/storage/eviction.go, and of what may stand before it. */
function refusalOf(error: ApiError): EvictionAnswer {
  const { code, message, causes } = error;
  const retryAfterMs = (error.retryAfterSeconds ?? 0) * 1000;
  const refused = (why: string, budget: string | null, after = retryAfterMs): EvictionAnswer => ({
    kind: 'refused',
    why,
    budget,
    retryAfterMs: after,
  });
  if (/admission webhook|denied the request|failed calling webhook/.test(message)) return refused(message, null);
  switch (code) {
    case 404:
      return { kind: 'gone' };
    case 409:
      return /precondition/i.test(message) ? { kind: 'gone' } : { kind: 'conflict', why: message };
    case 429: {
      const cause = causes.find(({ reason }) => reason === 'DisruptionBudget');
      if (!cause) return { kind: 'overloaded', retryAfterMs };
      return refused(cause.message || message, /disruption budget "?([^\s"]+)"?/i.exec(cause.message)?.[1] ?? null);
    }
    case 403: {
      // a budget whose controller does not keep up answers so, and names itself
      const budget = /^poddisruptionbudgets?\.policy "([^"]+)" is forbidden/i.exec(message)?.[1];
      return budget === undefined ? { kind: 'forbidden', why: message } : refused(message, budget);
    }
    case 500:
      return /more than one PodDisruptionBudget/i.test(message)
        ? refused(message, null, PERMANENT_RETRY_MS)
        : { kind: 'unknown', why: message };
    // of a proxy, or of an API server that waited for etcd in vain; 504 also where others wrote the budget meanwhile
    case 502:
    case 503:
    case 504:
      return { kind: 'unknown', why: message };
    default:
      return refused(message, null);
  }
}
