import type { JsonObject } from '../rollout/json.ts';
import type { Version } from './defaults.ts';
import { apiVersionOf, type Resource } from './resources.ts';

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
/** Where a subresource answers with another kind than its object's. */
const SUBRESOURCE_KINDS: Readonly<Record<string, { kind: string; group: string; version: string }>> = {
  scale: { kind: 'Scale', group: 'autoscaling', version: 'v1' },
  eviction: { kind: 'Eviction', group: 'policy', version: 'v1' },
  binding: { kind: 'Binding', group: '', version: 'v1' },
};
const REVIEWS: JsonObject = {
  name: 'selfsubjectaccessreviews',
  singularName: 'selfsubjectaccessreview',
  namespaced: false,
  kind: 'SelfSubjectAccessReview',
  verbs: ['create'],
};
const REVIEW_GROUP = 'authorization.k8s.io';

export function versionInfo(version: Version): JsonObject {
  const [major = '1', minor = '0'] = version.split('.');
  return {
    major,
    minor,
    gitVersion: `v${version}.0+simulator`,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '2026-01-01T00:00:00Z',
    goVersion: 'none',
    compiler: 'none',
    platform: 'simulator',
  };
}

/** What /api, /apis, /api/v1 and /apis/GROUP[/VERSION] answer; undefined for any other path. */
export function discover(resources: readonly Resource[], path: string): JsonObject | undefined {
  const parts = path.split('/').filter(Boolean);
  if (parts[0] === 'api' && parts.length === 1) {
    return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
  }
  if (parts[0] === 'api' && parts.length === 2 && parts[1] === 'v1') return resourceList(resources, '', 'v1');
  if (parts[0] !== 'apis') return undefined;
  if (parts.length === 1) return { kind: 'APIGroupList', apiVersion: 'v1', groups: groupsOf(resources) };
  if (parts.length === 2) {
    const group = groupsOf(resources).find(({ name }) => name === parts[1]);
    return group === undefined ? undefined : { kind: 'APIGroup', apiVersion: 'v1', ...group };
  }
  return parts.length === 3 ? resourceList(resources, parts[1] ?? '', parts[2] ?? '') : undefined;
}

function groupsOf(resources: readonly Resource[]): JsonObject[] {
  const names = [...new Set(resources.map(({ group }) => group)), REVIEW_GROUP].filter(Boolean).sort();
  return names.map((name) => {
    const of = [...new Set(resources.filter(({ group }) => group === name).map(({ version }) => version))];
    const versions = (of.length > 0 ? of : ['v1']).map((version) => ({ groupVersion: `${name}/${version}`, version }));
    return { name, versions, preferredVersion: versions[0] ?? {} };
  });
}

function resourceList(resources: readonly Resource[], group: string, version: string): JsonObject | undefined {
  const of = resources.filter((each) => each.group === group && each.version === version);
  const found = of.flatMap((each) => [
    resourceJson(each),
    ...each.subresources.map((name) => subresourceJson(each, name)),
  ]);
  if (group === REVIEW_GROUP && version === 'v1') found.push(REVIEWS);
  if (found.length === 0) return undefined;
  const groupVersion = group ? `${group}/${version}` : version;
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: found };
}

function resourceJson(resource: Resource): JsonObject {
  const json: JsonObject = {
    name: resource.plural,
    singularName: resource.singular,
    namespaced: resource.namespaced,
    kind: resource.kind,
    verbs: VERBS,
  };
  if (resource.shortNames.length > 0) json.shortNames = [...resource.shortNames];
  if (resource.categories.length > 0) json.categories = [...resource.categories];
  return json;
}

function subresourceJson(resource: Resource, name: string): JsonObject {
  const kind = SUBRESOURCE_KINDS[name] ?? { kind: resource.kind };
  const verbs =
    name === 'eviction' || name === 'binding' ? ['create'] : name === 'log' ? ['get'] : ['get', 'patch', 'update'];
  return { name: `${resource.plural}/${name}`, singularName: '', namespaced: resource.namespaced, ...kind, verbs };
}

/** The index of OpenAPI v3. */
export function openApiIndex(resources: readonly Resource[]): JsonObject {
  const versions = [...new Set(resources.map(groupPath))];
  return {
    paths: Object.fromEntries(versions.map((path) => [path, { serverRelativeURL: `/openapi/v3/${path}?hash=1` }])),
  };
}

/**
 * OpenAPI v3 of one group: that patches and the like take `fieldValidation`, which is what kubectl looks for before it
 * leaves validation to the server; and the schemas of custom resources, for `kubectl explain`.
 */
export function openApiOf(resources: readonly Resource[], path: string): JsonObject | undefined {
  const of = resources.filter((each) => groupPath(each) === path);
  if (of.length === 0) return undefined;
  const parameters = ['dryRun', 'fieldManager', 'fieldValidation', 'force'].map((name) => ({
    name,
    in: 'query',
    schema: { type: 'string', uniqueItems: true },
  }));
  const paths = of.map((each) => {
    const { group, version, kind } = each;
    const operation = {
      'x-kubernetes-group-version-kind': { group, version, kind },
      parameters,
      responses: { 200: { description: 'OK' } },
    };
    const where = each.namespaced ? `namespaces/{namespace}/${each.plural}` : each.plural;
    return [`/${path}/${where}/{name}`, { patch: { 'x-kubernetes-action': 'patch', ...operation } }];
  });
  return {
    openapi: '3.0.0',
    info: { title: 'Simulator', version: 'unversioned' },
    paths: Object.fromEntries(paths),
    components: { schemas: Object.fromEntries(of.flatMap(schemaOf)) },
  };
}

function schemaOf({ group, version, kind, schema }: Resource): [string, JsonObject][] {
  if (schema === null) return [];
  const name = `${group.split('.').reverse().join('.')}.${version}.${kind}`;
  return [[name, { ...schema, 'x-kubernetes-group-version-kind': [{ group, version, kind }] }]];
}

function groupPath(resource: Resource): string {
  return resource.group ? `apis/${apiVersionOf(resource)}` : `api/${resource.version}`;
}
