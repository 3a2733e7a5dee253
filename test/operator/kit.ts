import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { OpenNotifiers } from '../../src/notify/contract.ts';
import { Operator } from '../../src/operator/operator.ts';
import { isObject, type Json, type JsonObject } from '../../src/rollout/json.ts';
import { RESOURCE } from '../../src/rollout/resource.ts';
import { type ResourceStatus, resourceStatusSchema } from '../../src/rollout/resource-status.ts';
import type { ApiObject } from '../../src/simulator/index.ts';
import { objectOf, type World } from '../cases/kit.ts';
import { ProcessApi } from '../properties/process.ts';

const API_VERSION = `${RESOURCE.group}/${RESOURCE.version}`;
const PATH = `/apis/${API_VERSION}/namespaces/default/${RESOURCE.plural}`;

/** The world knows StatefulsetRollouts from now on. @param checked by the API server, as ours are; else of any form */
export function installCrd(world: Pick<World, 'simulator'>, checked = true): void {
  const crd: unknown = parse(readFileSync(join(import.meta.dirname, '../../plugin-manifest/crd.yaml'), 'utf8'));
  if (!isObject(crd) || !isObject(crd.metadata)) throw new Error('crd.yaml holds no object');
  const { spec } = crd;
  if (!isObject(spec) || !Array.isArray(spec.versions)) throw new Error('crd.yaml has no versions');
  const free = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const versions = spec.versions.filter(isObject).map((version) => (checked ? version : { ...version, schema: free }));
  world.simulator.create({ ...crd, metadata: crd.metadata, spec: { ...spec, versions } });
}

export interface RunningOperator {
  readonly operator: Operator;
  readonly api: ProcessApi;
  /** What it logged. */
  readonly said: string[];
}

/** An operator as a process of its own. @param user in Leases and records; @param notifiers who are told of rollouts */
export function startOperator(
  world: Pick<World, 'simulator'>,
  name = 'operator',
  user = `${name}@cluster`,
  notifiers?: OpenNotifiers,
): RunningOperator {
  const api = new ProcessApi(world.simulator.api(name));
  const said: string[] = [];
  const note = (facts: object, message: string) => void said.push(`${message} ${JSON.stringify(facts)}`);
  const operator = new Operator({
    connected: { api, context: 'test', server: 'https://test' },
    user,
    namespaces: null,
    leaseNamespace: 'kube-system',
    ...(notifiers === undefined ? {} : { notifiers: () => notifiers }),
    log: { info: note, warn: note, error: note },
    meter: { replaced: () => {}, ended: () => {}, reconciled: () => {} },
  });
  return { operator, api, said };
}

/** A whole StatefulSet's spec, with this image, as the world's own set has it. */
export function embed(world: World, image: string, more: JsonObject = {}): JsonObject {
  const { serviceName = '', selector = {}, podManagementPolicy = '', template = null } = world.spec();
  return { serviceName, selector, podManagementPolicy, template: withImage(template, image), ...more };
}

export function withImage(template: Json, image: string): JsonObject {
  const { metadata } = objectOf(template);
  const { labels = {}, annotations = {} } = isObject(metadata) ? metadata : {};
  return { metadata: { labels, annotations }, spec: { containers: [{ name: 'app', image }] } };
}

export function createResource(world: World, spec: JsonObject, name = 'web'): ApiObject {
  return world.simulator.create({ apiVersion: API_VERSION, kind: RESOURCE.kind, metadata: { name }, spec });
}

/** As a person with kubectl does: a merge patch of the spec. */
export async function patchResource(world: World, spec: JsonObject, name = 'web'): Promise<void> {
  await world.settle(
    world.simulator.api('ann').request({
      method: 'PATCH',
      path: `${PATH}/${name}`,
      contentType: 'application/merge-patch+json',
      body: { spec },
    }),
  );
}

export async function deleteResource(world: World, name = 'web'): Promise<void> {
  await world.settle(world.simulator.api('ann').request({ method: 'DELETE', path: `${PATH}/${name}` }));
}

export function resourceOf(world: World, name = 'web'): ApiObject {
  const { store } = world.simulator.server;
  const kind = store.resources.ofKind(API_VERSION, RESOURCE.kind);
  const found = kind === undefined ? undefined : store.get(kind, 'default', name);
  if (found === undefined) throw new Error(`there is no resource ${name}`);
  return found;
}

export function statusOf(world: World, name = 'web'): ResourceStatus {
  return resourceStatusSchema.parse(resourceOf(world, name).status ?? {});
}

/** "Paused (PercentReached)"; "none". */
export function phaseOf(world: World, name = 'web'): string {
  const { phase = 'none', reason } = statusOf(world, name);
  return reason === undefined ? phase : `${phase} (${reason})`;
}

export function untilMirrored(world: World, phase: string, name = 'web'): Promise<void> {
  return world.until(`the resource says ${phase}`, () => phaseOf(world, name) === phase);
}

export function condition(world: World, type: string, name = 'web'): string {
  const found = statusOf(world, name).conditions?.find((each) => each.type === type);
  return found === undefined ? 'absent' : `${found.status} ${found.reason}`;
}

/** Until what was asked has been done, and nothing more is to be. */
export async function calm(world: World): Promise<void> {
  await world.pass(30_000);
}

/** The partition and type of the set's strategy. */
export function strategy(world: World): Json {
  return world.spec().updateStrategy ?? null;
}
