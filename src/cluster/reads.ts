import { isObject, type Json, type JsonObject } from '../rollout/json.ts';
import type { Api } from './api.ts';
import { ApiError } from './api.ts';
import { listAt, nameOf, numberAt, objectAt, textAt, timeAt } from './fields.ts';
import { type Listed, listAll } from './list.ts';
import { nearNames } from './near-names.ts';
import { podPath, podsPath, type SetRef, setPath, setsPath } from './ref.ts';
import { selectorText, selects } from './selector.ts';
import { slimPod } from './slim-pod.ts';
import { isStatus, plainText } from './words.ts';

/**
 * The raw StatefulSet.
 * @throws ApiError 404 with the names that may have been meant
 */
export async function getSet(api: Api, ref: SetRef): Promise<JsonObject> {
  try {
    const raw = await api.request({ method: 'GET', path: setPath(ref) });
    if (!isObject(raw)) throw new Error(`${setPath(ref)} did not answer with an object`);
    return raw;
  } catch (error) {
    throw isStatus(error, 404) ? await notFound(api, ref) : error;
  }
}

/** What to say of a set that is not there. Asks for the other names, and does without where it may not. */
export async function notFound(api: Api, { namespace, name }: SetRef): Promise<ApiError> {
  const others = await optional(listAll(api, { path: setsPath(namespace) })).catch(() => null);
  const near = nearNames(name, (others?.items ?? []).map(nameOf));
  const hint = near.length > 0 ? `; did you mean ${near.join(' or ')}?` : '';
  return new ApiError(404, 'NotFound', `statefulset ${name} not found in namespace ${namespace}${hint}`);
}

export interface Revision {
  name: string;
  /** For people; the highest is the latest (design, F12). */
  revision: number;
  /** Milliseconds; null where it is not known. */
  createdAt: number | null;
  template: Json;
  /** The annotation kubernetes.io/change-cause. */
  changeCause: string | null;
}

/** The ControllerRevisions of a set, the latest first. */
export async function listRevisions(api: Api, { namespace }: SetRef, setUid: string): Promise<Revision[]> {
  const path = `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/controllerrevisions`;
  const { items } = await listAll(api, { path });
  return items
    .filter((raw) =>
      listAt(raw, 'metadata', 'ownerReferences').some((owner) => owner.controller === true && owner.uid === setUid),
    )
    .map((raw) => ({
      name: nameOf(raw),
      revision: numberAt(raw, 'revision'),
      createdAt: timeAt(raw, 'metadata', 'creationTimestamp'),
      template: templateOf(raw),
      changeCause: plainText(textAt(raw, 'metadata', 'annotations', 'kubernetes.io/change-cause')) || null,
    }))
    .sort((a, b) => b.revision - a.revision);
}

/** The data is a strategic merge patch, which replaces the whole template: the marker is not part of it. */
function templateOf(raw: Json): Json {
  const { $patch, ...template } = objectAt(raw, 'data', 'spec', 'template');
  return template;
}

/** A PodDisruptionBudget. */
export interface Budget {
  name: string;
  disruptionsAllowed: number;
  maxUnavailable: string | null;
  minAvailable: string | null;
  /** "allows 1 now (maxUnavailable 1; 9 of 10 healthy)" */
  words: string;
}

/** Those whose selector matches the pods of this template; null where we may not look. */
export async function listBudgets(api: Api, { namespace }: SetRef, template: Json): Promise<Budget[] | null> {
  const path = `/apis/policy/v1/namespaces/${encodeURIComponent(namespace)}/poddisruptionbudgets`;
  const found = await optional(listAll(api, { path }));
  const labels = objectAt(template, 'metadata', 'labels');
  return found?.items.filter((raw) => selects(raw.spec, labels)).map(budgetOf) ?? null;
}

function budgetOf(raw: JsonObject): Budget {
  const maxUnavailable = countAt(raw, 'maxUnavailable');
  const minAvailable = countAt(raw, 'minAvailable');
  const disruptionsAllowed = numberAt(raw, 'status', 'disruptionsAllowed');
  const rule = maxUnavailable !== null ? `maxUnavailable ${maxUnavailable}` : `minAvailable ${minAvailable ?? 0}`;
  const healthy = `${numberAt(raw, 'status', 'currentHealthy')} of ${numberAt(raw, 'status', 'expectedPods')} healthy`;
  return {
    name: nameOf(raw),
    disruptionsAllowed,
    maxUnavailable,
    minAvailable,
    words: `allows ${disruptionsAllowed} now (${rule}; ${healthy})`,
  };
}

function countAt(raw: Json, field: string): string | null {
  const value = objectAt(raw, 'spec')[field];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}

export interface Autoscaler {
  name: string;
  minReplicas: number;
  maxReplicas: number;
}

/** HorizontalPodAutoscalers that scale this set; null where we may not look, or the server has none. */
export async function listAutoscalers(api: Api, { namespace, name }: SetRef): Promise<Autoscaler[] | null> {
  const path = `/apis/autoscaling/v2/namespaces/${encodeURIComponent(namespace)}/horizontalpodautoscalers`;
  const found = await optional(listAll(api, { path }));
  const ours = found?.items.filter((raw) => {
    const target = objectAt(raw, 'spec', 'scaleTargetRef');
    return target.kind === 'StatefulSet' && target.name === name;
  });
  return (
    ours?.map((raw) => ({
      name: nameOf(raw),
      minReplicas: numberAt(raw, 'spec', 'minReplicas') || 1,
      maxReplicas: numberAt(raw, 'spec', 'maxReplicas'),
    })) ?? null
  );
}

export interface ClusterEvent {
  /** Milliseconds of its last occurrence. */
  at: number;
  type: string;
  reason: string;
  message: string;
  count: number;
}

/** Events of one pod, the oldest first; null where we may not look. */
export function podEvents(
  api: Api,
  { namespace }: SetRef,
  pod: { name: string; uid: string },
): Promise<ClusterEvent[] | null> {
  return eventsOf(api, namespace, { 'involvedObject.name': pod.name, 'involvedObject.uid': pod.uid });
}

/** Events of the set itself, such as FailedCreate with the words of a quota; null where we may not look. */
export function setEvents(api: Api, { namespace, name }: SetRef, uid: string): Promise<ClusterEvent[] | null> {
  return eventsOf(api, namespace, {
    'involvedObject.kind': 'StatefulSet',
    'involvedObject.name': name,
    'involvedObject.uid': uid,
  });
}

async function eventsOf(api: Api, namespace: string, fields: Record<string, string>): Promise<ClusterEvent[] | null> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`;
  const fieldSelector = Object.entries(fields).map(([field, value]) => `${field}=${value}`);
  const found = await optional(listAll(api, { path, query: { fieldSelector: fieldSelector.join(',') } }));
  return found?.items.map(eventOf).sort((a, b) => a.at - b.at) ?? null;
}

/** Old recorders stamp lastTimestamp and count, new ones eventTime and series. */
function eventOf(raw: JsonObject): ClusterEvent {
  const series = objectAt(raw, 'series');
  const at = timeAt(series, 'lastObservedTime') ?? timeAt(raw, 'lastTimestamp') ?? timeAt(raw, 'eventTime');
  return {
    at: at ?? timeAt(raw, 'metadata', 'creationTimestamp') ?? 0,
    type: textAt(raw, 'type'),
    reason: textAt(raw, 'reason'),
    message: plainText(textAt(raw, 'message')),
    count: numberAt(series, 'count') || numberAt(raw, 'count') || 1,
  };
}

/**
 * The last lines of a container, raw: take control characters out before a terminal sees them. null where we may not
 * look, or there is no log (yet).
 */
export async function podLog(
  api: Api,
  { namespace }: SetRef,
  pod: string,
  container: string,
  { tailLines, previous }: { tailLines: number; previous: boolean },
): Promise<string[] | null> {
  const query = { container, tailLines: String(tailLines), previous: String(previous) };
  try {
    const text = await api.request({ method: 'GET', path: `${podPath(namespace, pod)}/log`, query });
    // a log of one line of JSON may come decoded
    const lines = typeof text === 'string' ? text : JSON.stringify(text);
    return lines.split('\n').filter((line) => line !== '');
  } catch (error) {
    if ([400, 403, 404].some((code) => isStatus(error, code))) return null;
    throw error;
  }
}

/** "v1.34.4"; null where we may not ask. */
export async function serverVersion(api: Api): Promise<string | null> {
  return optional(api.request({ method: 'GET', path: '/version' }).then((raw) => textAt(raw, 'gitVersion'))).then(
    (version) => version || null,
  );
}

/** Whether a node answers, and since when (milliseconds); null where we may not look, or there is no such node. */
export async function nodeReadiness(api: Api, node: string): Promise<{ ready: boolean; since: number | null } | null> {
  const raw = await optional(api.request({ method: 'GET', path: `/api/v1/nodes/${encodeURIComponent(node)}` }));
  if (raw === null) return null;
  const condition = listAt(raw, 'status', 'conditions').find((each) => textAt(each, 'type') === 'Ready');
  return { ready: textAt(condition ?? {}, 'status') === 'True', since: timeAt(condition ?? {}, 'lastTransitionTime') };
}

/** The pods that a set's selector finds, as slimPod() leaves them. */
export interface PodList extends Listed {
  selector: string;
  /** When it was asked for, milliseconds on the API server's clock. */
  at: number;
}

/** The pods that the set's selector finds. */
export async function listPods(api: Api, ref: SetRef, rawSet: JsonObject): Promise<JsonObject[]> {
  return (await podList(api, ref, rawSet)).items;
}

/** As listPods, with what it takes to watch on from there. */
export async function podList(api: Api, { namespace }: SetRef, rawSet: JsonObject): Promise<PodList> {
  const at = api.clock.now();
  const selector = selectorText(rawSet.spec);
  const path = podsPath(namespace);
  return { selector, at, ...(await listAll(api, { path, query: { labelSelector: selector }, keep: slimPod })) };
}

/** null for what is forbidden, or unknown to this server: nice to have, and no reason to stop. */
async function optional<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (isStatus(error, 403) || isStatus(error, 404)) return null;
    throw error;
  }
}
