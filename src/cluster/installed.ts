import { isObject, type Json, type JsonObject, sameJson } from '../rollout/json.ts';
import { FIELD_MANAGER } from '../rollout/record.ts';
import type { Api } from './api.ts';
import { nameOf, textAt } from './fields.ts';
import { listAll } from './list.ts';
import { isStatus } from './words.ts';

/** Where objects of a kind lie. */
interface Place {
  kind: string;
  /** "/apis/apps/v1" */
  base: string;
  plural: string;
  namespaced: boolean;
}

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const ADMISSION = '/apis/admissionregistration.k8s.io/v1';

function place(kind: string, base: string, plural: string, namespaced = true): Place {
  return { kind, base, plural, namespaced };
}

export const CRDS_PATH = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** Each kind that an installation is made of; what uses others before what is used, as they are taken away. */
const PLACES: readonly Place[] = [
  place('ValidatingAdmissionPolicyBinding', ADMISSION, 'validatingadmissionpolicybindings', false),
  place('ValidatingAdmissionPolicy', ADMISSION, 'validatingadmissionpolicies', false),
  place('Deployment', '/apis/apps/v1', 'deployments'),
  place('NetworkPolicy', '/apis/networking.k8s.io/v1', 'networkpolicies'),
  place('RoleBinding', RBAC, 'rolebindings'),
  place('ClusterRoleBinding', RBAC, 'clusterrolebindings', false),
  place('Role', RBAC, 'roles'),
  place('ClusterRole', RBAC, 'clusterroles', false),
  place('ServiceAccount', '/api/v1', 'serviceaccounts'),
];

const NEVER_LISTED: readonly Place[] = [
  place('Namespace', '/api/v1', 'namespaces', false),
  place('CustomResourceDefinition', '/apis/apiextensions.k8s.io/v1', 'customresourcedefinitions', false),
];

/** An object of an installation that is there. */
export interface Installed {
  path: string;
  /** "role/bedrock-operator -n payments" */
  words: string;
}

/** @throws Error for a kind that no installation has */
export function installedOf(object: JsonObject): Installed {
  const kind = textAt(object, 'kind');
  const found = [...PLACES, ...NEVER_LISTED].find((each) => each.kind === kind);
  if (found === undefined) throw new Error(`${kind} is no part of an installation`);
  return at(found, object);
}

function at({ kind, base, plural, namespaced }: Place, object: JsonObject): Installed {
  const namespace = namespaced ? textAt(object, 'metadata', 'namespace') : '';
  const name = nameOf(object);
  const within = namespaced ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return {
    path: `${base}${within}/${plural}/${encodeURIComponent(name)}`,
    words: `${kind.toLowerCase()}/${name}${namespaced ? ` -n ${namespace}` : ''}`,
  };
}

/**
 * Server-side apply. `created` where it was not there before.
 * @throws ApiError 409 where others own fields with other values, and not `force`
 */
export async function applyInstalled(
  api: Api,
  object: JsonObject,
  { dryRun, force }: { dryRun: boolean; force: boolean },
): Promise<'created' | 'changed' | 'unchanged'> {
  const { path } = installedOf(object);
  const before = await objectOrNull(api, path);
  const answer = await api.request({
    method: 'PATCH',
    path,
    query: {
      fieldManager: FIELD_MANAGER,
      fieldValidation: 'Strict',
      ...(dryRun ? { dryRun: 'All' } : {}),
      ...(force ? { force: 'true' } : {}),
    },
    contentType: 'application/apply-patch+yaml',
    body: object,
  });
  if (before === null) return 'created';
  return sameJson(wantedOf(before), wantedOf(answer)) ? 'unchanged' : 'changed';
}

/** Without what controllers and the API server write beside it. */
function wantedOf(raw: Json): Json {
  if (!isObject(raw)) return raw;
  const { status: _, metadata, ...rest } = raw;
  const { name = '', labels = {}, annotations = {} } = isObject(metadata) ? metadata : {};
  return { ...rest, metadata: { name, labels, annotations } };
}

async function objectOrNull(api: Api, path: string): Promise<Json> {
  try {
    return await api.request({ method: 'GET', path });
  } catch (error) {
    if (isStatus(error, 404)) return null;
    throw error;
  }
}

/** Everything of an installation that is there, in the order in which it is taken away: not its namespace, nor the CRD. */
export async function listInstalled(api: Api, labelSelector: string): Promise<Installed[]> {
  const lists = await Promise.all(PLACES.map((each) => listPlace(api, each, labelSelector)));
  return lists.flat();
}

async function listPlace(api: Api, where: Place, labelSelector: string): Promise<Installed[]> {
  try {
    const { items } = await listAll(api, { path: `${where.base}/${where.plural}`, query: { labelSelector } });
    return items.map((item) => at(where, item));
  } catch (error) {
    // a server that knows no such kind
    if (isStatus(error, 404)) return [];
    throw error;
  }
}

/** false where it was gone already. */
export async function removeInstalled(api: Api, path: string): Promise<boolean> {
  const body: Json = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background' };
  try {
    await api.request({ method: 'DELETE', path, body });
    return true;
  } catch (error) {
    if (isStatus(error, 404)) return false;
    throw error;
  }
}
