import type { Resource, Resources } from './resources.ts';

/** What a path of the API is about. */
export interface Target {
  resource: Resource;
  /** '' for all, or for what lies in none. */
  namespace: string;
  /** '' for the collection. */
  name: string;
  subresource: string;
}

/** Reads /api/v1/... and /apis/GROUP/VERSION/...; undefined where nothing is served there. */
export function parsePath(resources: Resources, path: string): Target | undefined {
  const parts = path.split('/').filter(Boolean).map(decodeURIComponent);
  const core = parts[0] === 'api';
  if (!core && parts[0] !== 'apis') return undefined;
  const group = core ? '' : (parts[1] ?? '');
  const version = parts[core ? 1 : 2] ?? '';
  const rest = parts.slice(core ? 2 : 3);
  // /namespaces/web is the namespace itself; /namespaces/web/pods is what lies in it.
  const namespaced = rest[0] === 'namespaces' && rest.length > 2 && rest[2] !== 'status';
  const namespace = namespaced ? (rest[1] ?? '') : '';
  const [plural = '', name = '', subresource = ''] = namespaced ? rest.slice(2) : rest;
  const resource = resources.find(group, version, plural);
  if (resource === undefined || rest.length > (namespaced ? 5 : 3)) return undefined;
  if (resource.namespaced && !namespaced && name) return undefined;
  if (subresource && !resource.subresources.includes(subresource)) return undefined;
  return { resource, namespace, name, subresource };
}
