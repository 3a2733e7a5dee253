import type { ApiRequest } from '../cluster/api.ts';
import { isObject, type Json, type JsonObject } from '../rollout/json.ts';
import { type ApiServer, deleteOptionsOf, type WriteOptions } from './api-server.ts';
import type { Caller } from './caller.ts';
import { evict } from './eviction.ts';
import { listObjects, type Query, selectorOf } from './lists.ts';
import { logOf } from './logs.ts';
import { type ApiObject, at, nameOf, namespaceOf, text } from './objects.ts';
import { parsePath, type Target } from './paths.ts';
import type { Resource } from './resources.ts';
import { readScale, writeScale } from './scale.ts';
import { badRequest, methodNotAllowed, noSuchPath } from './status.ts';

/** An answer in the 2xx. */
export interface Answer {
  code: number;
  body: Json;
}

/** Who may write what under which name of a manager. */
export function callerOf(user: string, query: Query): Caller {
  return { user, manager: query.fieldManager || user };
}

/**
 * Answers one request that is not a watch.
 * @throws StatusError for every other answer
 */
export function handle(server: ApiServer, user: string, request: ApiRequest): Answer {
  const query = request.query ?? {};
  const review = reviewOf(server, user, request);
  if (review !== null) return { code: 201, body: review };
  const target = parsePath(server.store.resources, request.path);
  if (target === undefined) throw noSuchPath();
  checkAccess(server, user, request.method, target, false);
  const caller = callerOf(user, query);
  if (target.subresource === 'scale') return scale(server, caller, target, request, query);
  switch (request.method) {
    case 'GET':
      return { code: 200, body: read(server, target, query) };
    case 'POST':
      return post(server, caller, target, request.body, query);
    case 'PUT':
    case 'PATCH':
      return { code: 200, body: write(server, caller, target, request, query) };
    case 'DELETE':
      return { code: 200, body: remove(server, caller, target, request.body, query) };
  }
}

/** @throws StatusError 403 */
export function checkAccess(server: ApiServer, user: string, method: string, target: Target, watch: boolean): void {
  server.access.check({
    user,
    verb: verbOf(method, target.name, watch),
    group: target.resource.group,
    resource: target.resource.plural,
    subresource: target.subresource,
    namespace: target.namespace,
    name: target.name,
  });
}

function verbOf(method: string, name: string, watch: boolean): string {
  if (method === 'GET') return watch ? 'watch' : name ? 'get' : 'list';
  if (method === 'DELETE') return name ? 'delete' : 'deletecollection';
  return { POST: 'create', PUT: 'update', PATCH: 'patch' }[method] ?? method.toLowerCase();
}

function read(server: ApiServer, { resource, namespace, name, subresource }: Target, query: Query): Json {
  if (subresource === 'log') return logOf(server.get(resource, namespace, name), server.clock.now(), query);
  return name ? server.get(resource, namespace, name) : listObjects(server, resource, namespace, query);
}

function post(server: ApiServer, caller: Caller, target: Target, body: Json | undefined, query: Query): Answer {
  const { resource, namespace, name, subresource } = target;
  const given = objectOf(body);
  if (subresource === 'eviction') return { code: 201, body: evict(server, caller, namespace, name, given) };
  if (name) throw methodNotAllowed();
  checkKind(resource, given);
  return { code: 201, body: server.create(caller, resource, namespace, given, writeOptions(query, subresource)) };
}

function write(server: ApiServer, caller: Caller, target: Target, request: ApiRequest, query: Query): Json {
  const { resource, namespace, name, subresource } = target;
  const options = writeOptions(query, subresource);
  if (!name) throw methodNotAllowed();
  if (request.method === 'PUT') {
    const body = objectOf(request.body);
    checkKind(resource, body);
    if (text(at(body.metadata).name) !== name) {
      throw badRequest(
        `the name of the object (${text(at(body.metadata).name)}) does not match the name on the URL (${name})`,
      );
    }
    return server.update(caller, resource, namespace, name, body, options);
  }
  const type = request.contentType ?? 'application/json';
  return server.patch(caller, resource, namespace, name, request.body ?? null, type, options);
}

function remove(server: ApiServer, caller: Caller, target: Target, body: Json | undefined, query: Query): Json {
  const { resource, namespace, name } = target;
  const options = deleteOptionsOf(body, query);
  if (!name) {
    const matches = selectorOf(query);
    const items = server.store.list(resource, namespace).filter(matches);
    for (const item of items) server.delete(caller, resource, namespaceOf(item), nameOf(item), options);
    return { kind: `${resource.kind}List`, apiVersion: 'v1', metadata: {}, items };
  }
  const object = server.delete(caller, resource, namespace, name, options);
  const gone = server.store.get(resource, namespace, name) === undefined;
  // A pod is answered with itself, as on its way; others with a Status once they are gone.
  if (!gone || resource.plural === 'pods') return object;
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details: detailsOf(resource, object) };
}

function detailsOf(resource: Resource, object: ApiObject): JsonObject {
  const details: JsonObject = { name: nameOf(object), kind: resource.plural, uid: text(object.metadata.uid) };
  return resource.group ? { ...details, group: resource.group } : details;
}

function scale(server: ApiServer, caller: Caller, target: Target, request: ApiRequest, query: Query): Answer {
  if (request.method === 'GET') return { code: 200, body: readScale(server, target) };
  if (request.method !== 'PUT' && request.method !== 'PATCH') throw methodNotAllowed();
  return { code: 200, body: writeScale(server, caller, target, request, writeOptions(query, '')) };
}

function writeOptions(query: Query, subresource: string): WriteOptions {
  return {
    dryRun: query.dryRun === 'All',
    subresource,
    force: query.force === 'true',
    strict: query.fieldValidation === 'Strict',
  };
}

function objectOf(body: Json | undefined): JsonObject {
  if (!isObject(body)) throw badRequest('the body of the request is not an object');
  return body;
}

function checkKind(resource: Resource, body: JsonObject): void {
  if (body.kind !== undefined && body.kind !== resource.kind) {
    throw badRequest(`the object provided is unrecognized (must be of type ${resource.kind})`);
  }
}

/** SelfSubjectAccessReview: no object, only an answer. */
function reviewOf(server: ApiServer, user: string, request: ApiRequest): JsonObject | null {
  if (request.path !== '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews') return null;
  if (request.method !== 'POST') throw methodNotAllowed();
  const body = objectOf(request.body);
  const asked = at(body.spec, 'resourceAttributes');
  const allowed = server.access.allows({
    user,
    verb: text(asked.verb),
    group: text(asked.group),
    resource: text(asked.resource),
    subresource: text(asked.subresource),
    namespace: text(asked.namespace),
    name: text(asked.name),
  });
  return { ...body, status: { allowed, reason: allowed ? '' : 'a rule of the simulator denies it' } };
}
