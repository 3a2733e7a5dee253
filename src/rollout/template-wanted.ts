import { embeddedSpec } from './embedded.ts';
import { imageChanges } from './image-changes.ts';
import { isObject, type Json } from './json.ts';
import type { SetObservation } from './observation.ts';
import { plainText } from './plain-text.ts';
import type { Resource } from './resource.ts';
import { templateImages } from './template.ts';

/** In a pod template: spec.rolloutIdentity of the resource, so that a new value is a new template. */
export const IDENTITY_ANNOTATION = 'rollouts.bedrock.dev/rollout-identity';

/** The whole pod template that the resource asks for; null where it names none and there is none. */
export function templateWanted(resource: Resource, present: Json | null): Json | null {
  const { spec } = resource;
  const stated = embeddedSpec(resource)?.template ?? spec.template ?? present;
  if (!isObject(stated) || spec.rolloutIdentity === undefined) return stated ?? null;
  const metadata = isObject(stated.metadata) ? stated.metadata : {};
  const annotations = isObject(metadata.annotations) ? metadata.annotations : {};
  return {
    ...stated,
    metadata: { ...metadata, annotations: { ...annotations, [IDENTITY_ANNOTATION]: spec.rolloutIdentity } },
  };
}

/** What it rolls out, for people. */
export function summaryOf({ name, spec }: Resource, set: SetObservation, template: Json): string {
  const images = imageChanges(set.images, templateImages(template)).map(({ wanted }) => wanted);
  if (images.length > 0) return plainText(images.join(', '));
  const identity = spec.rolloutIdentity;
  const stated = annotation(set.template, IDENTITY_ANNOTATION);
  if (identity !== undefined && identity !== stated) return plainText(`rolloutIdentity ${identity}`);
  return `the template of statefulsetrollout ${name}`;
}

/** An annotation of any object; null where it has none of that name. */
export function annotation(object: Json, name: string): string | null {
  const metadata = isObject(object) ? object.metadata : null;
  const annotations = isObject(metadata) ? metadata.annotations : null;
  const value = isObject(annotations) ? annotations[name] : null;
  return typeof value === 'string' ? value : null;
}
