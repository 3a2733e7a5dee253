import type { WatchEvent } from '../cluster/api.ts';
import { isObject, type Json, type JsonObject } from '../rollout/json.ts';
import { columnsOf } from './columns.ts';
import { type ApiObject, at, objects } from './objects.ts';
import type { Resource } from './resources.ts';

/** Whether a client asks for meta.k8s.io/v1 Tables, as `kubectl get` does. */
export function wantsTable(accept: string | undefined): boolean {
  return /as=Table/.test(accept ?? '') && /g=meta\.k8s\.io/.test(accept ?? '');
}

/** An object or a list, as a Table. */
export function tableOf(resource: Resource, body: JsonObject, now: number, includeObject: string): JsonObject {
  const isList = Array.isArray(body.items);
  const items = isList ? objects(body.items) : [body];
  const { resourceVersion, continue: token, remainingItemCount } = at(body.metadata);
  const metadata: JsonObject = {};
  for (const [key, value] of Object.entries({ resourceVersion, continue: token, remainingItemCount })) {
    if (value !== undefined) metadata[key] = value;
  }
  const columns = columnsOf(resource);
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: columns.map((column) => ({
      name: column.name,
      type: column.type,
      format: column.name === 'Name' ? 'name' : '',
      description: '',
      priority: column.wide ? 1 : 0,
    })),
    rows: items.map((item): JsonObject => {
      const object: ApiObject = { ...item, metadata: at(item.metadata) };
      const cells = columns.map((column) => column.cell(object, now));
      if (includeObject === 'None') return { cells };
      return { cells, object: includeObject === 'Object' ? item : partial(item) };
    }),
  };
}

export function tableEvent(resource: Resource, event: WatchEvent, now: number, includeObject: string): WatchEvent {
  if (event.type === 'ERROR' || !isObject(event.object)) return event;
  if (event.type !== 'BOOKMARK') return { ...event, object: tableOf(resource, event.object, now, includeObject) };
  const table = tableOf(resource, { metadata: at(event.object.metadata), items: [] }, now, includeObject);
  return { ...event, object: table };
}

function partial(item: JsonObject): Json {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: at(item.metadata) };
}
