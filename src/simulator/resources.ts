import type { JsonObject } from '../rollout/json.ts';
import type { Schema } from './schema.ts';

/** The kinds that the simulator serves, as discovery would name them. */
export interface Resource {
  group: string;
  version: string;
  plural: string;
  singular: string;
  kind: string;
  namespaced: boolean;
  shortNames: readonly string[];
  categories: readonly string[];
  subresources: readonly string[];
  /** metadata.generation counts the changes of spec. */
  generations: boolean;
  /** The status is written through the subresource only. */
  statusSubresource: boolean;
  /** additionalPrinterColumns of a custom resource. */
  columns: readonly JsonObject[];
  /** openAPIV3Schema of a custom resource; null: everything goes. */
  schema: Schema | null;
}

type Options = Partial<Omit<Resource, 'group' | 'version' | 'plural' | 'kind'>>;

/** A kind with the usual defaults; `group/version`, or only a version for the core group. */
export function resource(groupVersion: string, plural: string, kind: string, options: Options = {}): Resource {
  const slash = groupVersion.indexOf('/');
  return {
    group: slash < 0 ? '' : groupVersion.slice(0, slash),
    version: groupVersion.slice(slash + 1),
    plural,
    singular: kind.toLowerCase(),
    kind,
    namespaced: true,
    shortNames: [],
    categories: [],
    subresources: [],
    generations: false,
    statusSubresource: false,
    columns: [],
    schema: null,
    ...options,
  };
}

const all = { categories: ['all'] };

export const PODS = resource('v1', 'pods', 'Pod', {
  ...all,
  shortNames: ['po'],
  subresources: ['status', 'eviction', 'log', 'binding'],
  generations: true,
  statusSubresource: true,
});
export const STATEFULSETS = resource('apps/v1', 'statefulsets', 'StatefulSet', {
  ...all,
  shortNames: ['sts'],
  subresources: ['status', 'scale'],
  generations: true,
  statusSubresource: true,
});
export const CONTROLLER_REVISIONS = resource('apps/v1', 'controllerrevisions', 'ControllerRevision');
export const BUDGETS = resource('policy/v1', 'poddisruptionbudgets', 'PodDisruptionBudget', {
  shortNames: ['pdb'],
  subresources: ['status'],
  generations: true,
  statusSubresource: true,
});
export const NODES = resource('v1', 'nodes', 'Node', {
  namespaced: false,
  shortNames: ['no'],
  subresources: ['status'],
  statusSubresource: true,
});
export const NAMESPACES = resource('v1', 'namespaces', 'Namespace', { namespaced: false, shortNames: ['ns'] });
export const EVENTS = resource('v1', 'events', 'Event', { shortNames: ['ev'] });
export const LEASES = resource('coordination.k8s.io/v1', 'leases', 'Lease');
export const QUOTAS = resource('v1', 'resourcequotas', 'ResourceQuota', {
  shortNames: ['quota'],
  subresources: ['status'],
  statusSubresource: true,
});
export const CRDS = resource('apiextensions.k8s.io/v1', 'customresourcedefinitions', 'CustomResourceDefinition', {
  namespaced: false,
  shortNames: ['crd', 'crds'],
  subresources: ['status'],
  generations: true,
  statusSubresource: true,
});

const BUILT_IN: readonly Resource[] = [
  PODS,
  STATEFULSETS,
  CONTROLLER_REVISIONS,
  BUDGETS,
  NODES,
  NAMESPACES,
  EVENTS,
  LEASES,
  CRDS,
  QUOTAS,
  resource('v1', 'configmaps', 'ConfigMap', { shortNames: ['cm'] }),
  resource('v1', 'secrets', 'Secret'),
  resource('v1', 'services', 'Service', { ...all, shortNames: ['svc'] }),
  resource('v1', 'serviceaccounts', 'ServiceAccount', { shortNames: ['sa'] }),
  resource('v1', 'persistentvolumeclaims', 'PersistentVolumeClaim', { shortNames: ['pvc'] }),
  resource('v1', 'limitranges', 'LimitRange', { shortNames: ['limits'] }),
];

/** Which kinds there are; custom ones come and go with their CustomResourceDefinition. */
export class Resources {
  readonly #byPath = new Map<string, Resource>();

  constructor() {
    for (const resource of BUILT_IN) this.add(resource);
  }

  add(resource: Resource): void {
    this.#byPath.set(pathKey(resource.group, resource.version, resource.plural), resource);
  }

  remove(resource: Resource): void {
    this.#byPath.delete(pathKey(resource.group, resource.version, resource.plural));
  }

  find(group: string, version: string, plural: string): Resource | undefined {
    return this.#byPath.get(pathKey(group, version, plural));
  }

  ofKind(apiVersion: string, kind: string): Resource | undefined {
    return [...this.#byPath.values()].find((each) => each.kind === kind && apiVersionOf(each) === apiVersion);
  }

  all(): Resource[] {
    return [...this.#byPath.values()];
  }
}

/** "apps/v1", "v1" */
export function apiVersionOf(resource: Pick<Resource, 'group' | 'version'>): string {
  return resource.group ? `${resource.group}/${resource.version}` : resource.version;
}

function pathKey(group: string, version: string, plural: string): string {
  return `${group}/${version}/${plural}`;
}
