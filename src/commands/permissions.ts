import { checkAccess, describeNeed, mustHaves, type Need, NICE_TO_HAVES, RESOURCE_NEEDS } from '../cluster/access.ts';
import type { Api } from '../cluster/api.ts';
import { RefusedError } from '../rollout/errors.ts';
import { needsExec } from '../rollout/gate-plan.ts';
import type { RecordSpec } from '../rollout/record.ts';
import { resourceName } from '../rollout/resource.ts';

/** Broken pods are deleted, not evicted (design, F9): a rollout that may not is one that cannot get out of trouble. */
const DELETE_PODS: Need = { verb: 'delete', group: '', resource: 'pods' };

/** A WebSocket is opened by GET; from 1.35 on it is a create besides (kubernetes: KEP 4006). */
const EXEC_PODS: readonly Need[] = ['get', 'create'].map((verb) => ({
  verb,
  group: '',
  resource: 'pods',
  subresource: 'exec',
}));

/**
 * Asks for every permission before anything is written (case D20).
 * @returns what would be nice to have and is missing: "list events"
 * @throws RefusedError that names every verb, resource and namespace that is missing and needed
 */
export async function checkPermissions(
  api: Api,
  ref: { namespace: string; name: string },
  disrupt: 'evict' | 'delete',
): Promise<string[]> {
  const isDelete = (need: Need) => need.verb === 'delete' && need.resource === 'pods';
  const needed = [...mustHaves(disrupt).filter((need) => !isDelete(need)), DELETE_PODS];
  const nice = NICE_TO_HAVES.filter((need) => !isDelete(need));
  const { missing } = await checkAccess(api, ref.namespace, ref.name, [...needed, ...nice]);
  refuse(
    missing.filter((need) => needed.includes(need)),
    ref,
    `to roll ${ref.name} out`,
  );
  return missing.map(describeNeed);
}

/**
 * Asks for what hooks need, where the rollout has some that are run in a pod.
 * @throws RefusedError, as above
 */
export async function checkHookPermissions(
  api: Api,
  ref: { namespace: string; name: string },
  spec: Pick<RecordSpec, 'hooks'>,
): Promise<void> {
  if (!needsExec(spec)) return;
  const { missing } = await checkAccess(api, ref.namespace, ref.name, EXEC_PODS);
  refuse(missing, ref, `to run the hooks of ${ref.name}`);
}

/**
 * Asks for what editing a StatefulsetRollout needs. `resource` is the one that decides about the set.
 * @throws RefusedError, as above
 */
export async function checkResourcePermissions(api: Api, resource: { namespace: string; name: string }): Promise<void> {
  const { missing } = await checkAccess(api, resource.namespace, resource.name, RESOURCE_NEEDS);
  refuse(missing, resource, `to edit ${resourceName(resource.name)}, which decides about this set`);
}

function refuse(refused: readonly Need[], ref: { namespace: string; name: string }, what: string): void {
  if (refused.length === 0) return;
  throw new RefusedError(
    [
      `not permitted in namespace ${ref.namespace}, and needed ${what}:`,
      ...refused.map((need) => `  ${describeNeed(need).padEnd(36)} check: ${canI(need, ref)}`),
      'Nothing was written.',
    ].join('\n'),
  );
}

function canI(
  { verb, group, resource, subresource, ofOne }: Need,
  { namespace, name }: { namespace: string; name: string },
): string {
  const full = `${resource}${group === '' ? '' : `.${group}`}${ofOne ? `/${name}` : ''}`;
  return `kubectl auth can-i ${verb} ${full}${subresource === undefined ? '' : ` --subresource=${subresource}`} -n ${namespace}`;
}
