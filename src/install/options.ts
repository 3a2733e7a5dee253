/** What an installation of the operator can differ in. */
export interface InstallOptions {
  /** Where the operator runs. */
  namespace: string;
  image: string;
  /** The namespaces that it looks after; none: all. */
  watchNamespaces: readonly string[];
  /** Secrets that sign call-backs: the only ones that it may read. */
  callbackSecrets: readonly { namespace: string; name: string }[];
}

export const DEFAULT_NAMESPACE = 'bedrock-system';

/** The name of everything that the operator needs but its CustomResourceDefinition. */
export const OPERATOR = 'bedrock-operator';

/** Serves /healthz, /readyz and /metrics. */
export const OPERATOR_PORT = 8080;

export function defaultImage(version: string): string {
  return `ghcr.io/kubectl-bedrock/kubectl-bedrock:${version}`;
}

export const LABELS = { 'app.kubernetes.io/name': OPERATOR, 'app.kubernetes.io/part-of': 'kubectl-bedrock' } as const;

/** Finds everything of an installation but its CustomResourceDefinition. */
export const INSTALLED = `app.kubernetes.io/part-of=${LABELS['app.kubernetes.io/part-of']}`;
