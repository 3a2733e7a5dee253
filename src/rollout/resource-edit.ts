import type { Pace } from './begin.ts';
import { embeddedSpec } from './embedded.ts';
import { isObject, type Json, type JsonObject, sameJson } from './json.ts';
import type { Manifest } from './manifest.ts';
import { applyMergePatch, mergePatch } from './merge-patch.ts';
import { RECORD_SCHEMA_VERSION, type RecordSpec } from './record.ts';
import { type Resource, type ResourceSpec, resourcePatch, resourceSpecSchema, wantedOf } from './resource.ts';
import { annotation, IDENTITY_ANNOTATION } from './template-wanted.ts';

/** What a `rollout` asks a resource for; what it does not say stays as the resource says. */
export interface Wish {
  /** The whole pod template; absent where it is to stay. */
  template?: Json;
  /** rolloutIdentity; null takes it away, absent leaves it. */
  identity?: string | null;
  /** With an embedded set: all that a file states. */
  manifest?: Manifest;
  pace: Pace & Partial<Pick<RecordSpec, 'pauseRequested' | 'resumedAt' | 'editedBy'>>;
}

/** The pod template that a change is made to: as the resource states it, without what the API server fills in. */
export function statedTemplate(resource: Pick<Resource, 'spec'>, present: Json): Json {
  return embeddedSpec(resource)?.template ?? resource.spec.template ?? present;
}

/** The wish for a template that a set had before: rolloutIdentity travels in it, and goes back with it. */
export function formerTemplate(template: Json): Pick<Wish, 'template' | 'identity'> {
  const identity = annotation(template, IDENTITY_ANNOTATION);
  if (identity === null || !isObject(template)) return { template, identity: null };
  return {
    template: applyMergePatch(template, { metadata: { annotations: { [IDENTITY_ANNOTATION]: null } } }),
    identity,
  };
}

/**
 * The resource as it is to be, and the merge patch that makes it so (null: it is so already). `again` tells whether it
 * asks for the same rollout as before.
 * @throws ZodError where that would be no resource
 */
export function wished(resource: Resource, wish: Wish): { next: Resource; patch: JsonObject | null; again: boolean } {
  const before = jsonOf(resource.spec);
  const after = applyMergePatch(before, { ...patchOfTarget(resource, wish), ...patchOfPace(resource.spec, wish.pace) });
  const patch = mergePatch(before, after);
  const again = ['statefulset', 'template', 'rolloutIdentity'].every((name) => sameJson(before[name], after[name]));
  return { next: { ...resource, spec: resourceSpecSchema.parse(after) }, patch, again };
}

function patchOfTarget(resource: Resource, { template, identity, manifest }: Wish): JsonObject {
  const { spec } = resource;
  const named: JsonObject = identity === undefined ? {} : { rolloutIdentity: identity };
  const embedded = embeddedSpec(resource);
  if (embedded === null) {
    const present = spec.template ?? {};
    return template === undefined ? named : { ...named, template: replacing(jsonObject(present), template) };
  }
  const stated = manifest === undefined ? {} : jsonObject(manifest.apply.spec ?? {});
  const wanted = template ?? stated.template;
  const inner: JsonObject = {
    ...stated,
    ...(wanted === undefined ? {} : { template: replacing(jsonObject(embedded.template ?? {}), wanted) }),
    ...(manifest?.updateStrategy == null
      ? {}
      : { updateStrategy: replacing(jsonObject(embedded.updateStrategy ?? {}), manifest.updateStrategy) }),
  };
  const { labels, annotations } = jsonObject(manifest?.apply.metadata ?? {});
  const metadata = {
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
  };
  return {
    ...named,
    statefulset: { ...(Object.keys(metadata).length === 0 ? {} : { metadata }), spec: inner },
  };
}

/** A template is whole: what it does not say any more goes. */
function replacing(before: JsonObject, after: Json): JsonObject {
  return mergePatch(before, jsonObject(after)) ?? {};
}

function patchOfPace(spec: ResourceSpec, { callback, ...pace }: Wish['pace']): JsonObject {
  const before: RecordSpec = {
    schemaVersion: RECORD_SCHEMA_VERSION,
    rolloutIdentity: '',
    target: { kind: 'pending', summary: '' },
    ...wantedOf(spec, ''),
  };
  const patch: JsonObject = resourcePatch(before, { ...before, ...pace }) ?? {};
  // what signs call-backs is the resource's: a name of a Secret
  if (callback !== undefined) patch.callback = { url: callback.url };
  if (pace.pauseRequested === false) patch.pausedBy = null;
  return patch;
}

function jsonOf(spec: ResourceSpec): JsonObject {
  return jsonObject(JSON.parse(JSON.stringify(spec)));
}

function jsonObject(value: Json): JsonObject {
  return isObject(value) ? value : {};
}
