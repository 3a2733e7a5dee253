import type { WatchEvent } from '../cluster/api.ts';
import type { ApiServer } from './api-server.ts';
import { type Query, selectorOf } from './lists.ts';
import { type ApiObject, versionOf, withMetadata } from './objects.ts';
import { apiVersionOf, type Resource } from './resources.ts';
import { badRequest, expired, type StatusError } from './status.ts';
import type { StoreEvent } from './store.ts';

/** How often a watch that asked for it is told the version of a quiet store. */
const BOOKMARK_MS = 60_000;

export interface WatchSink {
  event(event: WatchEvent): void;
  /** The server ends the watch in good order. */
  end(): void;
}

/**
 * Opens a watch: what is there already (where no version is given), what happened since a version, then everything as
 * it happens, at the moment of the write. Returns what ends it.
 * @throws StatusError 400 for a version that is none. One that is too old is told as an ERROR event, then the end.
 */
export function openWatch(
  server: ApiServer,
  resource: Resource,
  namespace: string,
  query: Query,
  sink: WatchSink,
): () => void {
  const matches = selectorOf(query);
  const wanted = (object: ApiObject): boolean =>
    (!namespace || object.metadata.namespace === namespace) && matches(object);
  const from = query.resourceVersion ?? '';
  if (!/^\d*$/.test(from)) throw badRequest(`invalid resource version "${from}"`);
  const initial = query.sendInitialEvents === 'true' || from === '' || from === '0';

  if (initial && query.sendInitialEvents !== 'false') {
    for (const object of server.store.list(resource, namespace).filter(wanted)) sink.event({ type: 'ADDED', object });
    if (query.sendInitialEvents === 'true') {
      const annotations = { 'k8s.io/initial-events-end': 'true' };
      sink.event(bookmark(resource, server.store.version, { annotations }));
    }
  } else if (!initial) {
    const missed = server.store.since(resource, Number(from));
    if (missed === null) {
      sink.event({ type: 'ERROR', object: tooOld(Number(from), server.store.version).toJson() });
      sink.end();
      return () => undefined;
    }
    for (const event of missed) send(sink, wanted, event);
  }
  const stopListening = server.store.listen(resource, (event) => send(sink, wanted, event));
  const stopMarking = query.allowWatchBookmarks === 'true' ? mark(server, resource, sink) : () => undefined;
  const seconds = Number(query.timeoutSeconds ?? 0);
  const stop = (): void => {
    stopListening();
    stopMarking();
    cancelEnd();
  };
  const end = (): void => {
    if (query.allowWatchBookmarks === 'true') sink.event(bookmark(resource, server.store.version));
    stop();
    sink.end();
  };
  const cancelEnd = seconds > 0 ? server.clock.schedule(seconds * 1000, end) : () => undefined;
  return stop;
}

export function tooOld(version: number, now: number): StatusError {
  return expired(`too old resource version: ${version} (${now})`);
}

/** To a watch with a selector, an object that begins (or ceases) to match is added (or deleted). */
function send(sink: WatchSink, wanted: (object: ApiObject) => boolean, event: StoreEvent): void {
  const is = event.type !== 'DELETED' && wanted(event.object);
  const was = event.before !== null && wanted(event.before);
  if (is) sink.event({ type: was ? 'MODIFIED' : 'ADDED', object: event.object });
  else if (was) {
    const object =
      event.type === 'DELETED' || event.before === null
        ? event.object
        : withMetadata(event.before, { resourceVersion: String(versionOf(event.object)) });
    sink.event({ type: 'DELETED', object });
  }
}

function mark(server: ApiServer, resource: Resource, sink: WatchSink): () => void {
  let cancel = (): void => undefined;
  const next = (): void => {
    cancel = server.clock.schedule(BOOKMARK_MS, () => {
      sink.event(bookmark(resource, server.store.version));
      next();
    });
  };
  next();
  return () => cancel();
}

function bookmark(
  resource: Resource,
  version: number,
  metadata: { annotations?: Record<string, string> } = {},
): WatchEvent {
  return {
    type: 'BOOKMARK',
    object: {
      kind: resource.kind,
      apiVersion: apiVersionOf(resource),
      metadata: { resourceVersion: String(version), creationTimestamp: null, ...metadata },
    },
  };
}
