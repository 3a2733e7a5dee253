import type { Json, JsonObject } from '../rollout/json.ts';
import { type ApiObject, at, isTerminating, list, millis, nameOf, number, objects, text } from './objects.ts';
import type { Resource } from './resources.ts';

/** One column of `kubectl get`. */
export interface Column {
  name: string;
  type: 'string' | 'integer' | 'date';
  /** Only with -o wide. */
  wide?: boolean;
  cell(object: ApiObject, now: number): Json;
}

const NAME: Column = { name: 'Name', type: 'string', cell: nameOf };
const AGE: Column = { name: 'Age', type: 'string', cell: (object, now) => age(object.metadata.creationTimestamp, now) };

const containersOf = (spec: Json | undefined): JsonObject[] => objects(at(spec).containers);
const orNone = (value: Json | undefined): string => (value === undefined || value === '' ? '<none>' : String(value));

const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  pods: [
    NAME,
    { name: 'Ready', type: 'string', cell: readyOf },
    { name: 'Status', type: 'string', cell: podStatus },
    { name: 'Restarts', type: 'string', cell: restartsOf },
    AGE,
    { name: 'IP', type: 'string', wide: true, cell: (pod) => orNone(at(pod.status).podIP) },
    { name: 'Node', type: 'string', wide: true, cell: (pod) => orNone(at(pod.spec).nodeName) },
    { name: 'Nominated Node', type: 'string', wide: true, cell: () => '<none>' },
    { name: 'Readiness Gates', type: 'string', wide: true, cell: () => '<none>' },
  ],
  statefulsets: [
    NAME,
    {
      name: 'Ready',
      type: 'string',
      cell: (set) => `${number(at(set.status).readyReplicas)}/${number(at(set.spec).replicas, 1)}`,
    },
    AGE,
    {
      name: 'Containers',
      type: 'string',
      wide: true,
      cell: (set) =>
        containersOf(at(set.spec, 'template').spec)
          .map((each) => text(each.name))
          .join(','),
    },
    {
      name: 'Images',
      type: 'string',
      wide: true,
      cell: (set) =>
        containersOf(at(set.spec, 'template').spec)
          .map((each) => text(each.image))
          .join(','),
    },
  ],
  nodes: [
    NAME,
    { name: 'Status', type: 'string', cell: nodeStatus },
    { name: 'Roles', type: 'string', cell: () => '<none>' },
    AGE,
    { name: 'Version', type: 'string', cell: (node) => text(at(node.status, 'nodeInfo').kubeletVersion) },
  ],
  poddisruptionbudgets: [
    NAME,
    { name: 'Min Available', type: 'string', cell: (budget) => String(at(budget.spec).minAvailable ?? 'N/A') },
    { name: 'Max Unavailable', type: 'string', cell: (budget) => String(at(budget.spec).maxUnavailable ?? 'N/A') },
    { name: 'Allowed Disruptions', type: 'integer', cell: (budget) => number(at(budget.status).disruptionsAllowed) },
    AGE,
  ],
  leases: [NAME, { name: 'Holder', type: 'string', cell: (lease) => text(at(lease.spec).holderIdentity) }, AGE],
  controllerrevisions: [
    NAME,
    { name: 'Controller', type: 'string', cell: controllerOf },
    { name: 'Revision', type: 'integer', cell: (revision) => number(revision.revision) },
    AGE,
  ],
  namespaces: [NAME, { name: 'Status', type: 'string', cell: (namespace) => text(at(namespace.status).phase) }, AGE],
  configmaps: [NAME, { name: 'Data', type: 'integer', cell: (map) => Object.keys(at(map.data)).length }, AGE],
  events: [
    { name: 'Last Seen', type: 'string', cell: (event, now) => age(event.lastTimestamp, now) },
    { name: 'Type', type: 'string', cell: (event) => text(event.type) },
    { name: 'Reason', type: 'string', cell: (event) => text(event.reason) },
    { name: 'Object', type: 'string', cell: involved },
    { name: 'Message', type: 'string', cell: (event) => text(event.message) },
  ],
};

export function columnsOf(resource: Resource): readonly Column[] {
  if (resource.columns.length === 0) return COLUMNS[resource.plural] ?? [NAME, AGE];
  return [NAME, ...resource.columns.map(printerColumn)];
}

/** Of a column's jsonPath only `.a.b.c` is read. */
function printerColumn(column: JsonObject): Column {
  const keys = text(column.jsonPath).split('.').filter(Boolean);
  const last = keys.pop() ?? '';
  const isDate = column.type === 'date';
  return {
    name: text(column.name),
    type: isDate ? 'string' : column.type === 'integer' ? 'integer' : 'string',
    wide: number(column.priority) > 0,
    cell: (object, now) => {
      const value = at(object, ...keys)[last];
      return isDate ? age(value, now) : (value ?? '');
    },
  };
}

/** "5s", "3m20s", "2h": as kubectl shows ages. */
export function age(since: Json | undefined, now: number): string {
  const seconds = Math.floor((now - millis(since)) / 1000);
  if (!Number.isFinite(seconds)) return '<unknown>';
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (seconds < 120) return `${Math.max(0, seconds)}s`;
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`;
  if (hours < 3) return `${minutes}m`;
  if (hours < 8) return minutes % 60 === 0 ? `${hours}h` : `${hours}h${minutes % 60}m`;
  return hours < 48 ? `${hours}h` : `${Math.floor(hours / 24)}d`;
}

function readyOf(pod: ApiObject): string {
  const ready = objects(at(pod.status).containerStatuses).filter((status) => status.ready === true).length;
  return `${ready}/${containersOf(pod.spec).length}`;
}

function podStatus(pod: ApiObject): string {
  if (isTerminating(pod)) return 'Terminating';
  const status = at(pod.status);
  for (const container of objects(status.containerStatuses)) {
    const waiting = text(at(container.state, 'waiting').reason);
    if (waiting) return waiting;
  }
  if (text(status.reason)) return text(status.reason);
  const isBound = Boolean(text(at(pod.spec).nodeName));
  return status.phase === 'Pending' && isBound ? 'ContainerCreating' : text(status.phase);
}

function restartsOf(pod: ApiObject): string {
  return String(objects(at(pod.status).containerStatuses).reduce((sum, each) => sum + number(each.restartCount), 0));
}

function nodeStatus(node: ApiObject): string {
  const ready = objects(at(node.status).conditions).find(({ type }) => type === 'Ready')?.status;
  const words = ready === 'True' ? 'Ready' : 'NotReady';
  return at(node.spec).unschedulable === true ? `${words},SchedulingDisabled` : words;
}

function controllerOf(revision: ApiObject): string {
  const owner = at(list(revision.metadata.ownerReferences)[0]);
  return owner.name === undefined ? '<none>' : `statefulset.apps/${text(owner.name)}`;
}

function involved(event: ApiObject): string {
  const object = at(event.involvedObject);
  return `${text(object.kind).toLowerCase()}/${text(object.name)}`;
}
