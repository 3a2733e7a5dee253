import type { ApiRequest } from '../../src/cluster/api.ts';
import { isObject, type Json } from '../../src/rollout/json.ts';
import { ANNOTATIONS } from '../../src/rollout/record.ts';
import type { Write } from '../../src/simulator/index.ts';
import { annotationOf, strategyOf, templateOf } from './facts.ts';
import type { RequestKind } from './schedule.ts';

/** What a request of ours is about, told from the request alone. */
export function kindOfRequest({ method, path, query, body }: ApiRequest): RequestKind {
  if (method === 'GET') return 'read';
  if (path.includes('/leases')) return 'lease';
  if (path.includes('/pods/')) {
    const dry = query?.dryRun !== undefined || (isObject(body) && body.dryRun !== undefined);
    return dry ? 'probe' : 'evict';
  }
  const text = JSON.stringify(body ?? null);
  if (text.includes('"/spec/template"') || text.includes('"template":')) return 'template';
  if (text.includes('"/spec/updateStrategy"')) return 'fence';
  return text.includes(ANNOTATIONS.status.replace('/', '~1')) || text.includes(`"${ANNOTATIONS.status}":`)
    ? 'status'
    : 'spec';
}

/** The same, told from what it did. null for what none of our executors does. */
export function kindOfWrite({ resource, before, after, verb }: Write): RequestKind | null {
  switch (resource.plural) {
    case 'leases':
      return 'lease';
    case 'pods':
      return verb === 'evict' || verb === 'delete' ? 'evict' : null;
    case 'statefulsets': {
      if (before === null || after === null) return null;
      if (!same(templateOf(before), templateOf(after))) return 'template';
      if (!same(strategyOf(before), strategyOf(after))) return 'fence';
      return annotationOf(before, 'status') === annotationOf(after, 'status') ? 'spec' : 'status';
    }
    default:
      return null;
  }
}

/** Parts of the store that nobody changed are shared. */
export function same(a: Json, b: Json): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
