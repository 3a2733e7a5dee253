import { RefusedError, UsageError } from './errors.ts';
import { type Json, sameJson } from './json.ts';
import type { Manifest } from './manifest.ts';
import type { SetObservation } from './observation.ts';
import type { RecordSpec } from './record.ts';
import { mapContainers, restarted, templateImages } from './template.ts';

export type Target = RecordSpec['target'];

/** What the user wants changed. `at` of a restart: RFC 3339. */
export type Change =
  | { kind: 'image'; images: ImageChange[] }
  | { kind: 'file'; manifest: Manifest; force: boolean }
  | { kind: 'restart'; again: boolean; at: string }
  | { kind: 'revision'; revision: number }
  | { kind: 'pending' };

/** `container` is `*` for all of them. */
export interface ImageChange {
  container: string;
  image: string;
}

/** One ControllerRevision of the set, as far as a rollout needs it. */
export interface RevisionData {
  /** What identifies it: equal to the pods' label controller-revision-hash. */
  name: string;
  /** For people; bumped when an old revision is used again (design, F12). */
  revision: number;
  template: Json;
}

/** @throws UsageError where a text is not CONTAINER=IMAGE, or a container is named twice */
export function parseImages(texts: readonly string[]): ImageChange[] {
  const changes: ImageChange[] = [];
  for (const text of texts) {
    const at = text.indexOf('=');
    const container = text.slice(0, at).trim();
    const image = text.slice(at + 1).trim();
    if (at < 1 || container === '' || image === '' || /\s/.test(image)) {
      throw new UsageError(`--image ${JSON.stringify(text)}: write CONTAINER=IMAGE, such as --image app=web:2`);
    }
    const twice = changes.find((change) => change.container === container);
    if (twice !== undefined && twice.image !== image) {
      throw new UsageError(`--image names ${container} twice: ${twice.image} and ${image}`);
    }
    if (twice === undefined) changes.push({ container, image });
  }
  return changes;
}

/**
 * The target of a change, against the set as it is now. For a file, `dryRunTemplate` is the template that a server-side
 * dry run of its apply answered with.
 * @throws UsageError for a container that is not there; RefusedError for a revision that is not there
 */
export function targetOf(
  change: Change,
  set: Pick<SetObservation, 'name' | 'template'>,
  revisions: readonly RevisionData[],
  dryRunTemplate: Json | null = null,
): Target {
  switch (change.kind) {
    case 'image':
      return {
        kind: 'image',
        summary: change.images.map(({ container, image }) => `${container}=${image}`).join(', '),
        template: setImages(set.template, change.images),
      };
    case 'file':
      return {
        kind: 'file',
        summary: change.manifest.source,
        ...(dryRunTemplate === null ? {} : { template: dryRunTemplate }),
        manifest: change.manifest.apply,
        ...(change.force ? { force: true } : {}),
      };
    case 'restart':
      return { kind: 'restart', summary: 'restart', template: restarted(set.template, change.at) };
    case 'revision': {
      const revision = revisionNumbered(change.revision, set.name, revisions);
      return { kind: 'revision', summary: `revision ${revision.revision}`, template: revision.template };
    }
    case 'pending':
      return { kind: 'pending', summary: 'what the set already asks for' };
  }
}

/** @throws RefusedError that lists the revisions there are */
export function revisionNumbered<R extends RevisionData>(number: number, name: string, revisions: readonly R[]): R {
  const found = revisions.find((revision) => revision.revision === number);
  if (found !== undefined) return found;
  const known = revisions.map((revision) => revision.revision).sort((a, b) => a - b);
  const list = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`;
  throw new RefusedError(
    `there is no revision ${number} of ${name}: ${list} (kubectl bedrock history sts/${name} shows what they are)`,
  );
}

/** As `kubectl set image`: init containers too, `*` means all. */
function setImages(template: Json, changes: readonly ImageChange[]): Json {
  const names = templateImages(template).map(({ container }) => container);
  for (const { container } of changes) {
    if (container !== '*' && !names.includes(container)) {
      throw new UsageError(`there is no container ${JSON.stringify(container)}: the set has ${names.join(', ')}`);
    }
  }
  return mapContainers(template, (container) => {
    const change =
      changes.find((each) => each.container === container.name) ?? changes.find((each) => each.container === '*');
    return change === undefined ? container : { ...container, image: change.image };
  });
}

/** Whether two targets ask for the same thing: the same template (a restart's carries its moment), or both what is pending. */
export function sameTarget(a: Target, b: Target): boolean {
  if (a.template === undefined || b.template === undefined) return a.kind === 'pending' && b.kind === 'pending';
  return sameJson(a.template, b.template);
}
