import { isObject, type Json, type JsonObject } from '../rollout/json.ts';
import { applyConfiguration, isConfigurationOf, trackUpdate, type Writer } from './apply.ts';
import { applyDefaults, type Version, withoutNulls } from './defaults.ts';
import { type ApiObject, at, equal, list, nameOf, number, text, timestamp, uidOf, versionOf } from './objects.ts';
import { jsonPatch, mergePatch } from './patch.ts';
import { apiVersionOf, BUDGETS, LEASES, PODS, type Resource, STATEFULSETS } from './resources.ts';
import { defaulted, pruned } from './schema.ts';
import { type CelEvaluator, schemaCauses } from './schema-validation.ts';
import { badRequest, conflict, invalid, modified, StatusError } from './status.ts';
import { strategicMergePatch } from './strategic.ts';
import { dropUnknownFields, validate } from './validation.ts';

/** Everything about a write that does not lie in its body. Pure: the store is not touched here. */
export interface WriteContext {
  resource: Resource;
  version: Version;
  now: number;
  /** Null: the write is not noted in managedFields (controllers of our own). */
  writer: Writer | null;
  /** For the rules of custom resources; null: they are not checked. */
  cel: CelEvaluator | null;
  /** fieldValidation=Strict: unknown fields of custom resources are refused, not dropped. */
  strict: boolean;
}

/** The object that a POST makes, or refuses. */
export function created(context: WriteContext, namespace: string, body: JsonObject, uid: string): ApiObject {
  const { resource, version } = context;
  const given = at(body.metadata);
  if (text(given.resourceVersion)) throw badRequest('resourceVersion should not be set on objects to be created');
  const { managedFields: _, ...rest } = given;
  const name = text(given.name) || `${text(given.generateName)}${uid.slice(-5)}`;
  const metadata: JsonObject = { ...rest, name, uid, creationTimestamp: timestamp(context.now) };
  if (resource.namespaced) metadata.namespace = namespace;
  if (resource.generations) metadata.generation = 1;
  let object: ApiObject = { ...typed(resource, body), metadata };
  if (resource.statusSubresource) object = withStatus(object, firstStatus(resource));
  object = applyDefaults(resource, dropUnknownFields(object, null, version), version);
  object = followSchema(context, object, null);
  validate(resource, object, null, version);
  return context.writer === null ? object : trackUpdate(resource, null, object, context.writer);
}

/** The object that a PUT (or the outcome of a patch) makes of `before`; `before` itself where nothing changes. */
export function updated(context: WriteContext, before: ApiObject, body: JsonObject, subresource: string): ApiObject {
  const { resource, version } = context;
  // of a custom resource's status no more of the metadata is looked at than the version
  const isCustomStatus = isCustom(resource) && subresource === 'status';
  const { uid: _, ...withoutUid } = at(body.metadata);
  checkPreconditions(resource, before, isCustomStatus ? withoutUid : at(body.metadata));
  let after: ApiObject;
  if (subresource === 'status') {
    after = { ...before, status: withoutNulls(body.status ?? {}) };
    after = followSchema(context, after, before);
  } else {
    const object = { ...typed(resource, body), metadata: metadataOf(before, at(body.metadata)) };
    after = resource.statusSubresource ? withStatus(object, before.status) : object;
    after = applyDefaults(resource, dropUnknownFields(after, before, version), version);
    after = followSchema(context, after, before);
  }
  if (resource.generations && subresource !== 'status' && !equal(after.spec, before.spec)) {
    after = { ...after, metadata: { ...after.metadata, generation: number(before.metadata.generation) + 1 } };
  }
  if (subresource !== 'status') validate(resource, after, before, version);
  if (equal(after, before)) return before;
  return context.writer === null ? after : trackUpdate(resource, before, after, context.writer);
}

/** The body of a patch laid over an object. */
export function patched(resource: Resource, before: ApiObject, patch: Json, contentType: string): JsonObject {
  const result = patchOf(resource, before, patch, contentType);
  if (!isObject(result)) throw badRequest('the patch does not leave an object');
  return result;
}

function patchOf(resource: Resource, before: ApiObject, patch: Json, contentType: string): Json {
  switch (contentType) {
    case 'application/json-patch+json':
      return jsonPatch(before, patch);
    case 'application/merge-patch+json':
      return mergePatch(before, patch);
    case 'application/strategic-merge-patch+json':
      if (!isCustom(resource)) return strategicMergePatch(before, patch);
      break;
  }
  const known = ['application/json-patch+json', 'application/merge-patch+json', 'application/apply-patch+yaml'];
  if (!isCustom(resource)) known.push('application/strategic-merge-patch+json');
  throw new StatusError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${known.join(', ')}`,
  );
}

/** What a server-side apply makes of `before`; a new object where there was none. */
export function applied(
  context: WriteContext & { writer: Writer },
  namespace: string,
  name: string,
  before: ApiObject | undefined,
  config: Json,
  force: boolean,
  uid: string,
): ApiObject {
  const { resource, writer } = context;
  if (!isObject(config) || !isConfigurationOf(resource, name, config)) {
    throw badRequest(`the apply configuration must be a ${apiVersionOf(resource)} ${resource.kind} named ${name}`);
  }
  const stated = withoutNulls(config) as JsonObject;
  const bare: ApiObject = { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata: { name } };
  if (before === undefined) {
    const object = created({ ...context, writer: null }, namespace, { ...stated, metadata: at(stated.metadata) }, uid);
    return { ...object, metadata: { ...object.metadata, managedFields: ownership(resource, bare, stated, writer) } };
  }
  const merged = applyConfiguration(resource, before, stated, writer, force);
  const after = updated({ ...context, writer: null }, before, merged, '');
  const managedFields = list(merged.metadata.managedFields);
  const { managedFields: old, ...metadata } = after.metadata;
  const same = equal({ ...after, metadata }, { ...before, metadata: withoutManagedFields(before) });
  if (same && equal(untimed(list(old)), untimed(managedFields))) return before;
  return { ...after, metadata: { ...metadata, managedFields } };
}

function ownership(resource: Resource, bare: ApiObject, stated: JsonObject, writer: Writer): Json {
  return applyConfiguration(resource, bare, stated, writer, true).metadata.managedFields ?? [];
}

function untimed(entries: Json[]): Json {
  return entries.map((entry) => ({ ...at(entry), time: '' }));
}

function withoutManagedFields(object: ApiObject): JsonObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return metadata;
}

/** uid and resourceVersion in the metadata of a body are conditions. */
function checkPreconditions(resource: Resource, before: ApiObject, metadata: JsonObject): void {
  const name = nameOf(before);
  const uid = text(metadata.uid);
  if (uid && uid !== uidOf(before)) {
    throw conflict(
      resource,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${uidOf(before)}`,
    );
  }
  const wanted = text(metadata.resourceVersion);
  if (!wanted && resource === LEASES) {
    const message = 'Invalid value: 0: must be specified for an update';
    throw invalid(resource, name, [{ reason: 'FieldValueInvalid', field: 'metadata.resourceVersion', message }]);
  }
  if (wanted && Number(wanted) !== versionOf(before)) throw modified(resource, name);
}

/** What a client may change of metadata, and the rest as it was. */
function metadataOf(before: ApiObject, given: JsonObject): JsonObject {
  const result: JsonObject = { ...before.metadata };
  for (const key of ['labels', 'annotations', 'finalizers', 'ownerReferences']) {
    const value = given[key];
    const empty = value === undefined || value === null || Object.keys(value).length === 0;
    if (empty) delete result[key];
    else result[key] = withoutNulls(value);
  }
  return result;
}

function typed(resource: Resource, body: JsonObject): JsonObject {
  const object = isCustom(resource) ? body : (withoutNulls(body) as JsonObject);
  return { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind };
}

export function isCustom(resource: Resource): boolean {
  return resource.group.includes('.') && !resource.group.endsWith('.k8s.io');
}

/**
 * A custom resource as its schema has it: pruned, with defaults.
 * @throws StatusError 422 where it does not follow; 400 for unknown fields, where the client wants to hear of them
 */
function followSchema(context: WriteContext, object: ApiObject, before: ApiObject | null): ApiObject {
  const { resource, version, cel, strict } = context;
  const { schema } = resource;
  if (schema === null) return object;
  const { apiVersion = null, kind = null, metadata, ...rest } = object;
  const unknown: string[] = [];
  const known = pruned(schema, rest, '', unknown);
  if (strict && unknown.length > 0) {
    const fields = unknown.map((field) => `unknown field "${field}"`).join(', ');
    throw badRequest(
      `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: strict decoding error: ${fields}`,
    );
  }
  const whole: ApiObject = { apiVersion, kind, metadata, ...at(defaulted(schema, known)) };
  const causes = schemaCauses(schema, whole, before ?? undefined, version, cel);
  if (causes.length > 0) throw invalid(resource, nameOf(object), causes);
  return whole;
}

function withStatus(object: ApiObject, status: Json | undefined): ApiObject {
  const { status: _, ...rest } = object;
  const metadata = object.metadata;
  return status === undefined ? { ...rest, metadata } : { ...rest, metadata, status };
}

function firstStatus(resource: Resource): Json | undefined {
  switch (resource) {
    case PODS:
      return { phase: 'Pending', qosClass: 'BestEffort' };
    case STATEFULSETS:
      return { availableReplicas: 0, replicas: 0 };
    case BUDGETS:
      return { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 };
    default:
      return undefined;
  }
}
