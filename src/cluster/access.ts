import { RESOURCE } from '../rollout/resource.ts';
import type { Api } from './api.ts';
import { objectAt } from './fields.ts';
import type { SetRef } from './ref.ts';

/** Something one may be allowed to do. */
export interface Need {
  verb: string;
  /** "" for the core group. */
  group: string;
  resource: string;
  subresource?: string;
  /** Of the one object by its name only: a Role may name it in resourceNames. */
  ofOne?: true;
}

const SETS = { group: 'apps', resource: 'statefulsets' };
const PODS = { group: '', resource: 'pods' };
const LEASES = { group: 'coordination.k8s.io', resource: 'leases' };

function verbs(of: Omit<Need, 'verb'>, ...names: string[]): Need[] {
  return names.map((verb) => ({ verb, ...of }));
}

/** Without these no rollout begins. @param disrupt by eviction, or by plain deletion */
export function mustHaves(disrupt: 'evict' | 'delete'): Need[] {
  return [
    ...verbs({ ...SETS, ofOne: true }, 'get', 'patch'),
    ...verbs(SETS, 'list', 'watch'),
    ...verbs(PODS, 'get', 'list', 'watch'),
    ...(disrupt === 'evict' ? verbs({ ...PODS, subresource: 'eviction' }, 'create') : verbs(PODS, 'delete')),
    ...verbs({ group: 'apps', resource: 'controllerrevisions' }, 'list'),
    ...verbs(LEASES, 'get', 'create', 'update'),
  ];
}

/** Besides, of the StatefulsetRollout that decides about a set: by its own name, where there is one. */
export const RESOURCE_NEEDS: readonly Need[] = verbs(
  { group: RESOURCE.group, resource: RESOURCE.plural, ofOne: true },
  'get',
  'patch',
);

/** Without these something is not shown; and pods that our own rollout broke cannot be deleted (design, F9). */
export const NICE_TO_HAVES: readonly Need[] = [
  ...verbs(LEASES, 'list', 'watch'),
  ...verbs(PODS, 'delete'),
  ...verbs({ group: '', resource: 'events' }, 'list'),
  ...verbs({ group: 'policy', resource: 'poddisruptionbudgets' }, 'list'),
  ...verbs({ group: 'autoscaling', resource: 'horizontalpodautoscalers' }, 'list'),
  ...verbs({ ...PODS, subresource: 'log' }, 'get'),
];

/**
 * Which of `needs` the server says we do not have, in their order (SelfSubjectAccessReviews, all at once).
 * @throws ApiError, ConnectionError where it cannot be asked
 */
export async function checkAccess(
  api: Api,
  namespace: string,
  name: string,
  needs: readonly Need[],
): Promise<{ missing: Need[] }> {
  const allowed = await Promise.all(needs.map((need) => isAllowed(api, { namespace, name }, need)));
  return { missing: needs.filter((_, index) => !allowed[index]) };
}

async function isAllowed(api: Api, { namespace, name }: SetRef, { ofOne, ...need }: Need): Promise<boolean> {
  const answer = await api.request({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { namespace, ...need, ...(ofOne ? { name } : {}) } },
    },
  });
  return objectAt(answer, 'status').allowed === true;
}

/** "create pods/eviction": as a Role names it. */
export function describeNeed({ verb, group, resource, subresource }: Need): string {
  const full = subresource === undefined ? resource : `${resource}/${subresource}`;
  return `${verb} ${group === '' ? full : `${full}.${group}`}`;
}
