import type { JsonObject } from '../rollout/json.ts';
import { type ApiServer, type DeleteOptions, deleteOptionsOf } from './api-server.ts';
import type { Caller } from './caller.ts';
import {
  type ApiObject,
  at,
  conditionOf,
  isReady,
  isTerminating,
  list,
  nameOf,
  namespaceOf,
  number,
  text,
  timestamp,
  versionOf,
} from './objects.ts';
import { BUDGETS, PODS } from './resources.ts';
import { labelSelectorMatcher } from './selectors.ts';
import { forbidden, notFound, StatusError } from './status.ts';

const WOULD_VIOLATE = "Cannot evict pod as it would violate the pod's disruption budget.";
const ACCEPTED: JsonObject = Object.freeze({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: Object.freeze({}),
  status: 'Success',
  code: 201,
});
/** Twenty attempts, half a second apart. */
const CONFLICT_RETRIES_MS = 10_000;
/** More disrupted pods than this, not yet confirmed by the controller, and the server refuses. */
const MAX_DISRUPTED_PODS = 2000;

/**
 * The eviction subresource (pkg/registry/core/pod/storage/eviction.go; design, F11).
 * @throws StatusError 404, 409 (uid), 429 with the cause DisruptionBudget, 403, or 500 where two budgets match
 */
export function evict(
  server: ApiServer,
  caller: Caller,
  namespace: string,
  name: string,
  body: JsonObject,
): JsonObject {
  const pod = server.store.get(PODS, namespace, name);
  if (pod === undefined) throw notFound(PODS, name);
  const options = deleteOptionsOf(body.deleteOptions);
  if (list(body.dryRun).length > 0) options.dryRun = true;
  if (isBeyondBudgets(pod)) return evictAtOnce(server, caller, pod, options);
  takeBudget(server, caller, pod, options);
  // The precondition comes last: a budget taken for a pod that is another one by now stays taken (design, F11).
  server.delete(caller, PODS, namespace, name, { ...options, how: 'evict' });
  return ACCEPTED;
}

/** A conflict is tried again for ten seconds here, a stale uid as well, though it will never be another one. */
function evictAtOnce(server: ApiServer, caller: Caller, pod: ApiObject, options: DeleteOptions): JsonObject {
  try {
    server.delete(caller, PODS, namespaceOf(pod), nameOf(pod), { ...options, how: 'evict' });
    return ACCEPTED;
  } catch (error) {
    if (error instanceof StatusError && error.reason === 'Conflict' && !options.preconditions?.resourceVersion) {
      error.delayMs = CONFLICT_RETRIES_MS;
    }
    throw error;
  }
}

function isBeyondBudgets(pod: ApiObject): boolean {
  const phase = text(at(pod.status).phase);
  return phase === 'Succeeded' || phase === 'Failed' || phase === 'Pending' || isTerminating(pod);
}

function takeBudget(server: ApiServer, caller: Caller, pod: ApiObject, options: DeleteOptions): void {
  const budgets = server.store
    .list(BUDGETS, namespaceOf(pod))
    .filter((budget) => labelSelectorMatcher(at(budget.spec).selector)(pod));
  if (budgets.length > 1) {
    const message = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
    throw new StatusError(500, '', message);
  }
  const budget = budgets[0];
  if (budget === undefined) return;
  const status = at(budget.status);
  if (!isReady(pod) && needsNoBudget(budget)) {
    // Between this look and the deletion the pod may turn Ready.
    if (!options.preconditions?.resourceVersion) {
      options.preconditions = { ...options.preconditions, resourceVersion: String(versionOf(pod)) };
    }
    return;
  }
  refuseWithoutBudget(budget);
  if (options.dryRun) return;
  const disruptedPods = { ...at(status.disruptedPods), [nameOf(pod)]: timestamp(server.clock.now()) };
  const left = number(status.disruptionsAllowed) - 1;
  const next: JsonObject = { ...status, disruptionsAllowed: left, disruptedPods };
  if (left === 0) next.conditions = disruptionAllowed(budget, false, server.clock.now());
  const writer = { user: caller.user, manager: null };
  const namespace = namespaceOf(budget);
  server.update(writer, BUDGETS, namespace, nameOf(budget), { ...budget, status: next }, { subresource: 'status' });
}

function needsNoBudget(budget: ApiObject): boolean {
  if (at(budget.spec).unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  const { currentHealthy, desiredHealthy } = at(budget.status);
  return number(currentHealthy) >= number(desiredHealthy) && number(desiredHealthy) > 0;
}

function refuseWithoutBudget(budget: ApiObject): void {
  const name = nameOf(budget);
  const status = at(budget.status);
  if (number(status.observedGeneration) < number(budget.metadata.generation)) {
    throw refused(`The disruption budget ${name} is still being processed by the server.`, 10);
  }
  if (Object.keys(at(status.disruptedPods)).length > MAX_DISRUPTED_PODS) {
    const why = 'DisruptedPods map too big - too many evictions not confirmed by PDB controller';
    throw forbidden(BUDGETS, name, why);
  }
  if (number(status.disruptionsAllowed) > 0) return;
  const desired = number(status.desiredHealthy);
  const current = number(status.currentHealthy);
  if (current <= desired)
    throw refused(`The disruption budget ${name} needs ${desired} healthy pods and has ${current} currently`, 0);
  const condition = conditionOf(budget, 'DisruptionAllowed');
  const words = text(condition?.message);
  const detail = condition?.status === 'False' && words ? ` (${text(condition.reason)}): ${words}` : '';
  throw refused(`The disruption budget ${name} does not allow evicting pods currently${detail}`, 0);
}

function refused(why: string, retryAfterSeconds: number): StatusError {
  const causes = [{ reason: 'DisruptionBudget', message: why, field: '' }];
  return new StatusError(429, 'TooManyRequests', WOULD_VIOLATE, {}, causes, retryAfterSeconds || null);
}

/** status.conditions of a budget, with DisruptionAllowed as it is now. */
export function disruptionAllowed(budget: ApiObject, allowed: boolean, now: number): JsonObject[] {
  const old = conditionOf(budget, 'DisruptionAllowed');
  const status = allowed ? 'True' : 'False';
  return [
    {
      type: 'DisruptionAllowed',
      status,
      reason: allowed ? 'SufficientPods' : 'InsufficientPods',
      message: '',
      observedGeneration: number(budget.metadata.generation),
      lastTransitionTime: old?.status === status ? (old.lastTransitionTime ?? timestamp(now)) : timestamp(now),
    },
  ];
}
