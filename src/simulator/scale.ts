import type { ApiRequest } from '../cluster/api.ts';
import { isObject, type JsonObject } from '../rollout/json.ts';
import type { ApiServer, WriteOptions } from './api-server.ts';
import type { Caller } from './caller.ts';
import { type ApiObject, at, number, text } from './objects.ts';
import type { Target } from './paths.ts';
import { badRequest } from './status.ts';
import { patched } from './writes.ts';

/** autoscaling/v1 Scale of a set. */
export function readScale(server: ApiServer, { resource, namespace, name }: Target): ApiObject {
  const set = server.get(resource, namespace, name);
  const { uid, resourceVersion, creationTimestamp } = set.metadata;
  const metadata: JsonObject = { name, namespace };
  for (const [key, value] of Object.entries({ uid, resourceVersion, creationTimestamp })) {
    if (value !== undefined) metadata[key] = value;
  }
  const labels = Object.entries(at(set.spec, 'selector', 'matchLabels')).map(([key, value]) => `${key}=${text(value)}`);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata,
    spec: { replicas: number(at(set.spec).replicas) },
    status: { replicas: number(at(set.status).replicas), selector: labels.join(',') },
  };
}

/** Writes replicas through the scale. @throws StatusError 409 with an old resourceVersion */
export function writeScale(
  server: ApiServer,
  caller: Caller,
  target: Target,
  request: ApiRequest,
  options: WriteOptions,
): ApiObject {
  const { resource, namespace, name } = target;
  const before = readScale(server, target);
  const body = request.body ?? null;
  const scale = request.method === 'PATCH' ? patched(resource, before, body, request.contentType ?? '') : body;
  if (!isObject(scale)) throw badRequest('the body of the request is not a Scale');
  const set = server.get(resource, namespace, name);
  const replicas = number(at(scale.spec).replicas);
  const version = at(scale.metadata).resourceVersion;
  const metadata = { ...set.metadata, resourceVersion: text(version) };
  server.update(caller, resource, namespace, name, { ...set, metadata, spec: { ...at(set.spec), replicas } }, options);
  return readScale(server, target);
}
