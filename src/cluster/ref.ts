/** Which StatefulSet. */
export interface SetRef {
  namespace: string;
  name: string;
}

export function setPath({ namespace, name }: SetRef): string {
  return `${setsPath(namespace)}/${encodeURIComponent(name)}`;
}

export function setsPath(namespace: string | null): string {
  return namespace === null
    ? '/apis/apps/v1/statefulsets'
    : `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/statefulsets`;
}

export function podsPath(namespace: string): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`;
}

export function podPath(namespace: string, pod: string): string {
  return `${podsPath(namespace)}/${encodeURIComponent(pod)}`;
}
