import type { JsonObject } from '../rollout/json.ts';
import type { ApiServer } from './api-server.ts';
import { type ApiObject, keyOf, nameOf, namespaceOf } from './objects.ts';
import { apiVersionOf, type Resource } from './resources.ts';
import { type Matcher, parseFieldSelector, parseLabelSelector } from './selectors.ts';
import { badRequest, expired } from './status.ts';

export type Query = Readonly<Record<string, string>>;

interface Continue {
  version: number;
  /** The key after which the next page begins. */
  after: string;
}

const TOO_OLD =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without ' +
  'the continue parameter, or use the continue token in this response to retrieve the remainder of the results. ' +
  'Continuing with the provided token results in an inconsistent list - objects that were created, modified, or ' +
  'deleted between the time the first chunk was returned and now may show up in the list.';

/** A page of a list: `limit` and `continue`, consistent over its pages. @throws StatusError 410 where that is forgotten */
export function listObjects(server: ApiServer, resource: Resource, namespace: string, query: Query): JsonObject {
  const matches = selectorOf(query);
  const from = query.continue ? readToken(query.continue) : null;
  // A token without a version goes on inconsistently, after a 410.
  const version = from === null || from.version < 0 ? server.store.version : from.version;
  let found: ApiObject[] | null;
  if (version === server.store.version) found = server.store.list(resource, namespace);
  else found = server.store.listAt(resource, namespace, version);
  if (found === null) throw expired(TOO_OLD, { continue: token({ version: -1, after: from?.after ?? '' }) });
  const rest = found.filter((object) => matches(object) && (from === null || keyOfObject(object) > from.after));
  const limit = Number(query.limit ?? 0);
  const items = limit > 0 ? rest.slice(0, limit) : rest;
  const metadata: JsonObject = { resourceVersion: String(version) };
  const last = items.at(-1);
  if (last !== undefined && items.length < rest.length) {
    metadata.continue = token({ version, after: keyOfObject(last) });
    if (!query.labelSelector && !query.fieldSelector) metadata.remainingItemCount = rest.length - items.length;
  }
  return { kind: `${resource.kind}List`, apiVersion: apiVersionOf(resource), metadata, items };
}

export function selectorOf(query: Query): Matcher {
  const byLabel = parseLabelSelector(query.labelSelector);
  const byField = parseFieldSelector(query.fieldSelector);
  return (object) => byLabel(object) && byField(object);
}

function keyOfObject(object: ApiObject): string {
  return keyOf(namespaceOf(object), nameOf(object));
}

function token(from: Continue): string {
  return Buffer.from(JSON.stringify(from)).toString('base64url');
}

function readToken(text: string): Continue {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (typeof parsed === 'object' && parsed !== null && 'version' in parsed && 'after' in parsed) {
      return { version: Number(parsed.version), after: String(parsed.after) };
    }
  } catch {
    // Said below.
  }
  throw badRequest('continue key is not valid');
}
