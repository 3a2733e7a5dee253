import { checkAccess, describeNeed, mustHaves, type Need, NICE_TO_HAVES } from '../cluster/access.ts';
import type { Api } from '../cluster/api.ts';
import { RefusedError } from '../rollout/errors.ts';

/** Broken pods are deleted, not evicted (design, F9): a rollout that may not is one that cannot get out of trouble. */
const DELETE_PODS: Need = { verb: 'delete', group: '', resource: 'pods' };

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
  const refused = missing.filter((need) => needed.includes(need));
  if (refused.length > 0) {
    throw new RefusedError(
      [
        `not permitted in namespace ${ref.namespace}, and needed to roll ${ref.name} out:`,
        ...refused.map((need) => `  ${describeNeed(need).padEnd(36)} check: ${canI(need, ref)}`),
        'Nothing was written.',
      ].join('\n'),
    );
  }
  return missing.map(describeNeed);
}

function canI(
  { verb, group, resource, subresource, ofSet }: Need,
  { namespace, name }: { namespace: string; name: string },
): string {
  const full = `${resource}${group === '' ? '' : `.${group}`}${ofSet ? `/${name}` : ''}`;
  return `kubectl auth can-i ${verb} ${full}${subresource === undefined ? '' : ` --subresource=${subresource}`} -n ${namespace}`;
}
