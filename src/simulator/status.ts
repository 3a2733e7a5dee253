import type { Json, JsonObject } from '../rollout/json.ts';
import type { Resource } from './resources.ts';

export interface Cause {
  reason: string;
  message: string;
  field: string;
}

/** An answer that is not 2xx, in the words of the API server. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  /** How long the server tries before it answers so. */
  delayMs = 0;

  constructor(
    readonly code: number,
    readonly reason: string,
    message: string,
    readonly details: JsonObject | null = null,
    readonly causes: readonly Cause[] = [],
    readonly retryAfterSeconds: number | null = null,
    /** Of the Status object's own metadata: an expired `continue` carries a new one. */
    readonly metadata: JsonObject = {},
  ) {
    super(message);
  }

  /** The Status object of the HTTP answer. */
  toJson(): JsonObject {
    const details: JsonObject = { ...this.details };
    if (this.causes.length > 0) {
      details.causes = this.causes.map((cause): Json => {
        const json: JsonObject = {};
        if (cause.reason) json.reason = cause.reason;
        if (cause.message) json.message = cause.message;
        if (cause.field) json.field = cause.field;
        return json;
      });
    }
    if (this.retryAfterSeconds) details.retryAfterSeconds = this.retryAfterSeconds;
    const status: JsonObject = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: this.metadata,
      status: 'Failure',
      message: this.message,
    };
    if (this.reason) status.reason = this.reason;
    if (Object.keys(details).length > 0) status.details = details;
    status.code = this.code;
    return status;
  }
}

/** "statefulsets.apps", "pods" */
export function qualified(resource: Pick<Resource, 'group' | 'plural'>): string {
  return resource.group ? `${resource.plural}.${resource.group}` : resource.plural;
}

function about(resource: Pick<Resource, 'group' | 'plural'>, name: string): JsonObject {
  const details: JsonObject = { name };
  if (resource.group) details.group = resource.group;
  details.kind = resource.plural;
  return details;
}

export function notFound(resource: Resource, name: string): StatusError {
  return new StatusError(404, 'NotFound', `${qualified(resource)} "${name}" not found`, about(resource, name));
}

export function alreadyExists(resource: Resource, name: string): StatusError {
  const message = `${qualified(resource)} "${name}" already exists`;
  return new StatusError(409, 'AlreadyExists', message, about(resource, name));
}

/** A PUT (or patch) with an old resourceVersion. */
export function modified(resource: Resource, name: string): StatusError {
  return conflict(
    resource,
    name,
    'the object has been modified; please apply your changes to the latest version and try again',
  );
}

export function conflict(resource: Pick<Resource, 'group' | 'plural'>, name: string, why: string): StatusError {
  const message = `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`;
  return new StatusError(409, 'Conflict', message, about(resource, name));
}

export function invalid(kind: Resource, name: string, causes: readonly Cause[]): StatusError {
  const all = causes.map((cause) => `${cause.field}: ${cause.message}`);
  const words = all.length === 1 ? all[0] : `[${all.join(', ')}]`;
  const qualifiedKind = kind.group ? `${kind.kind}.${kind.group}` : kind.kind;
  const details: JsonObject = { name };
  if (kind.group) details.group = kind.group;
  details.kind = kind.kind;
  return new StatusError(422, 'Invalid', `${qualifiedKind} "${name}" is invalid: ${words}`, details, causes);
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, 'BadRequest', message);
}

export function forbidden(resource: Resource, name: string, why: string): StatusError {
  const what = name ? `${qualified(resource)} "${name}"` : qualified(resource);
  return new StatusError(403, 'Forbidden', `${what} is forbidden: ${why}`, about(resource, name));
}

export function expired(message: string, metadata: JsonObject = {}): StatusError {
  return new StatusError(410, 'Expired', message, null, [], null, metadata);
}

/** The whole server is loaded (priority and fairness); no cause, unlike a disruption budget. */
export function overloaded(): StatusError {
  return new StatusError(
    429,
    'TooManyRequests',
    'The server has received too many requests and has asked us to try again later',
    { retryAfterSeconds: 1 },
    [],
    1,
  );
}

export function internal(message: string): StatusError {
  return new StatusError(500, 'InternalError', `Internal error occurred: ${message}`, null, [
    { reason: '', message, field: '' },
  ]);
}

export function methodNotAllowed(): StatusError {
  return new StatusError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');
}

export function noSuchPath(): StatusError {
  return new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});
}
