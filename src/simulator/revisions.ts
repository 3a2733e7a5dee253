import { canonical, type Json, type JsonObject } from '../rollout/json.ts';
import { type ApiObject, at, list, nameOf, namespaceOf, number, objects, text, uidOf } from './objects.ts';
import { apiVersionOf, CONTROLLER_REVISIONS, STATEFULSETS } from './resources.ts';

/** What a ControllerRevision keeps of a set: the template, as a strategic-merge patch that replaces it. */
export function revisionData(template: Json): JsonObject {
  return { spec: { template: { ...at(template), $patch: 'replace' } } };
}

/** The template of a revision. */
export function templateOf(revision: ApiObject): JsonObject {
  const { $patch: _, ...template } = at(revision.data, 'spec', 'template');
  return template;
}

/** A ControllerRevision of the set as it is now. Equal templates (and counts) give equal names. */
export function newRevision(set: ApiObject, number: number, collisionCount: number): ApiObject {
  const data = revisionData(at(set.spec).template ?? {});
  const hash = safeEncode(fnv32(canonical(data) + collisionCount));
  const labels = { ...at(set.spec, 'template', 'metadata', 'labels'), 'controller.kubernetes.io/hash': hash };
  const metadata: JsonObject = {
    name: `${nameOf(set)}-${hash}`,
    namespace: namespaceOf(set),
    labels,
    // All of them, ours included (design, F12).
    annotations: at(set.metadata.annotations),
    ownerReferences: [ownerReference(set)],
  };
  return {
    apiVersion: apiVersionOf(CONTROLLER_REVISIONS),
    kind: 'ControllerRevision',
    metadata,
    data,
    revision: number,
  };
}

export function ownerReference(set: ApiObject): JsonObject {
  return {
    apiVersion: apiVersionOf(STATEFULSETS),
    kind: STATEFULSETS.kind,
    name: nameOf(set),
    uid: uidOf(set),
    controller: true,
    blockOwnerDeletion: true,
  };
}

export function sameData(a: ApiObject, b: ApiObject): boolean {
  return dataText(a) === dataText(b);
}

/** The data of a stored revision never changes, so its text is made once. */
const texts = new WeakMap<object, string>();
function dataText(revision: ApiObject): string {
  const data = at(revision.data);
  let known = texts.get(data);
  if (known === undefined) {
    known = canonical(data);
    texts.set(data, known);
  }
  return known;
}

/** By number, then age, then name. */
export function byRevision(a: ApiObject, b: ApiObject): number {
  return (
    number(a.revision) - number(b.revision) ||
    text(a.metadata.creationTimestamp).localeCompare(text(b.metadata.creationTimestamp)) ||
    nameOf(a).localeCompare(nameOf(b))
  );
}

/** The pod of one ordinal, made from a template. */
export function newPod(set: ApiObject, template: JsonObject, revision: string, ordinal: number): ApiObject {
  const of = at(template.metadata);
  const name = `${nameOf(set)}-${ordinal}`;
  const metadata: JsonObject = {
    name,
    namespace: namespaceOf(set),
    generateName: `${nameOf(set)}-`,
    labels: {
      ...at(of.labels),
      'controller-revision-hash': revision,
      'statefulset.kubernetes.io/pod-name': name,
      'apps.kubernetes.io/pod-index': String(ordinal),
    },
    ownerReferences: [ownerReference(set)],
  };
  if (of.annotations !== undefined) metadata.annotations = of.annotations;
  if (list(of.finalizers).length > 0) metadata.finalizers = list(of.finalizers);
  const spec: JsonObject = { ...at(template.spec), hostname: name };
  const subdomain = text(at(set.spec).serviceName);
  if (subdomain) spec.subdomain = subdomain;
  const claims = objects(at(set.spec).volumeClaimTemplates).map((claim) => text(at(claim.metadata).name));
  if (claims.length > 0) {
    const others = objects(spec.volumes).filter((volume) => !claims.includes(text(volume.name)));
    spec.volumes = [
      ...claims.map((claim) => ({ name: claim, persistentVolumeClaim: { claimName: `${claim}-${name}` } })),
      ...others,
    ];
  }
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec };
}

/** FNV-1, 32 bits. */
function fnv32(words: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(words)) hash = Math.imul(hash, 0x01000193) ^ byte;
  return hash >>> 0;
}

/** Letters and digits that spell no words (k8s.io/apimachinery/pkg/util/rand). */
function safeEncode(value: number): string {
  const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
  return [...String(value)].map((digit) => alphabet[digit.charCodeAt(0) % alphabet.length]).join('');
}
