import type { JsonObject } from '../rollout/json.ts';
import { RESOURCE } from '../rollout/resource.ts';
import { type InstallOptions, LABELS, OPERATOR } from './options.ts';

const RBAC = { apiVersion: 'rbac.authorization.k8s.io/v1' } as const;
const GROUP = 'rbac.authorization.k8s.io';

interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
  resourceNames?: string[];
}

function rule(group: string, resources: string, verbs: string, resourceNames?: string[]): Rule {
  const named = resourceNames === undefined ? {} : { resourceNames };
  return { apiGroups: [group], resources: resources.split(' '), ...named, verbs: verbs.split(' ') };
}

/** What rollouts of a namespace need. */
const RULES: readonly Rule[] = [
  rule(RESOURCE.group, RESOURCE.plural, 'get list watch patch'),
  rule(RESOURCE.group, `${RESOURCE.plural}/status`, 'patch'),
  // create: of an embedded statefulset. Never delete: a set outlives its resource
  rule('apps', 'statefulsets', 'get list watch create patch'),
  rule('apps', 'controllerrevisions', 'get list'),
  rule('', 'pods', 'get list watch delete'),
  rule('', 'pods/eviction', 'create'),
  rule('', 'pods/log', 'get'),
  rule('', 'events', 'list create patch'),
  rule('policy', 'poddisruptionbudgets', 'list'),
  rule('autoscaling', 'horizontalpodautoscalers', 'list'),
  rule('coordination.k8s.io', 'leases', 'get list watch create update'),
];

/** Hooks with a command run in pods, which is as much as a shell in them: bound by hand, where it is wanted. */
const HOOK_RULES: readonly Rule[] = [rule('', 'pods/exec', 'get create')];

/** Nodes belong to no namespace. */
const NODE_RULES: readonly Rule[] = [rule('', 'nodes', 'get')];

const ELECTION_RULES: readonly Rule[] = [rule('coordination.k8s.io', 'leases', 'get list watch create update')];

/** Roles and bindings of the operator, and ClusterRoles for the people who use the resource. */
export function accessOf(options: InstallOptions): JsonObject[] {
  const { namespace, watchNamespaces, callbackSecrets } = options;
  const everywhere = watchNamespaces.length === 0;
  const election = `${OPERATOR}-election`;
  return [
    role(namespace, election, ELECTION_RULES),
    binding(namespace, election, options),
    ...(everywhere ? [clusterRole(OPERATOR, [...RULES, ...NODE_RULES]), clusterBinding(OPERATOR, options)] : []),
    ...[...new Set(watchNamespaces)].flatMap((each) => [role(each, OPERATOR, RULES), binding(each, OPERATOR, options)]),
    ...[...new Set(callbackSecrets.map((secret) => secret.namespace))].flatMap((each) => {
      const names = callbackSecrets.filter((secret) => secret.namespace === each).map(({ name }) => name);
      const name = `${OPERATOR}-callback-secret`;
      return [role(each, name, [rule('', 'secrets', 'get', [...new Set(names)])]), binding(each, name, options)];
    }),
    clusterRole(`${OPERATOR}-hooks`, HOOK_RULES),
    ...people(),
  ];
}

/** Whoever may edit or view StatefulSets by the roles of Kubernetes may do so with StatefulsetRollouts. */
function people(): JsonObject[] {
  const aggregated = (to: string, verbs: string) => {
    const labels = Object.fromEntries(to.split(' ').map((each) => [`${GROUP}/aggregate-to-${each}`, 'true']));
    return clusterRole(
      `bedrock-rollouts-${to.split(' ').at(-1)}`,
      [rule(RESOURCE.group, RESOURCE.plural, verbs)],
      labels,
    );
  };
  return [aggregated('view', 'get list watch'), aggregated('admin edit', 'get list watch create update patch delete')];
}

function role(namespace: string, name: string, rules: readonly Rule[]): JsonObject {
  return { ...RBAC, kind: 'Role', metadata: { name, namespace, labels: LABELS }, rules: json(rules) };
}

function clusterRole(name: string, rules: readonly Rule[], labels: Record<string, string> = {}): JsonObject {
  return { ...RBAC, kind: 'ClusterRole', metadata: { name, labels: { ...LABELS, ...labels } }, rules: json(rules) };
}

function binding(namespace: string, name: string, options: InstallOptions): JsonObject {
  return {
    ...RBAC,
    kind: 'RoleBinding',
    metadata: { name, namespace, labels: LABELS },
    roleRef: { apiGroup: GROUP, kind: 'Role', name },
    subjects: [subject(options)],
  };
}

function clusterBinding(name: string, options: InstallOptions): JsonObject {
  return {
    ...RBAC,
    kind: 'ClusterRoleBinding',
    metadata: { name, labels: LABELS },
    roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name },
    subjects: [subject(options)],
  };
}

function subject({ namespace }: InstallOptions): JsonObject {
  return { kind: 'ServiceAccount', name: OPERATOR, namespace };
}

function json(rules: readonly Rule[]): JsonObject[] {
  return rules.map((each) => ({ ...each }));
}
