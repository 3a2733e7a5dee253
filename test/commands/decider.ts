import type { Json, JsonObject } from '../../src/rollout/json.ts';
import { RESOURCE, RESOURCE_ANNOTATION } from '../../src/rollout/resource.ts';
import type { Simulator } from '../../src/simulator/index.ts';
import { installCrd } from '../operator/kit.ts';

const { group, version, kind, plural } = RESOURCE;
const PATH = `/apis/${group}/${version}/namespaces/default/${plural}`;

/**
 * Serves StatefulsetRollouts, makes one named `web` of this spec, and lets it decide about the set `web`.
 * @param checked by their schema
 */
export async function decide(simulator: Simulator, spec: JsonObject, checked = true): Promise<void> {
  installCrd({ simulator }, checked);
  simulator.create({ apiVersion: `${group}/${version}`, kind, metadata: { name: 'web' }, spec });
  await simulator.api('admin').request({
    method: 'PATCH',
    path: '/apis/apps/v1/namespaces/default/statefulsets/web',
    query: { fieldManager: 'operator' },
    contentType: 'application/merge-patch+json',
    body: { metadata: { annotations: { [RESOURCE_ANNOTATION]: 'web' } } },
  });
}

export async function decider(simulator: Simulator): Promise<{ metadata: JsonObject; spec: JsonObject }> {
  const raw = await simulator.api('admin').request({ method: 'GET', path: `${PATH}/web` });
  const { metadata, spec } = objectOf(raw);
  return { metadata: objectOf(metadata), spec: objectOf(spec) };
}

export async function deleteDecider(simulator: Simulator): Promise<void> {
  await simulator.api('admin').request({ method: 'DELETE', path: `${PATH}/web` });
}

/** As somebody who is faster than us. */
export async function patchDecider(simulator: Simulator, body: JsonObject, subresource = ''): Promise<void> {
  await simulator.api('bob').request({
    method: 'PATCH',
    path: `${PATH}/web${subresource}`,
    query: { fieldManager: 'bob' },
    contentType: 'application/merge-patch+json',
    body,
  });
}

function objectOf(value: Json | undefined): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('no object');
  return value;
}
