import { imageChanges, imageNames } from '../rollout/image-changes.ts';
import type { ContainerImage } from '../rollout/observation.ts';
import { templateImages } from '../rollout/template.ts';
import { extraPods, type Picture } from './picture.ts';
import { clean } from './text.ts';
import type { ChangeView } from './view.ts';

/** From which version to which, in the words of the images that differ. */
export function changeOf(picture: Picture): ChangeView {
  const { live, back, status, spec } = picture;
  const set = live.observation?.set;
  const wantedImages = wantedBy(picture) ?? set?.images ?? [];
  const before = imagesBefore(picture);
  const pairs = imageChanges(before, wantedImages);
  const what = spec === null ? [] : [back ? (spec.rollback?.summary ?? 'roll back') : spec.target.summary];
  // a set that is merely held is at what it runs
  const unchanged = spec?.target.kind === 'pending' && wantedImages.length > 0 ? imageNames(wantedImages) : null;
  const from = (back ? status?.forwardRevision : status?.originRevision) ?? set?.currentRevision ?? '';
  const to = (status === null ? set?.updateRevision : status.target.revision) ?? 'not known yet';
  return {
    direction: back ? 'back' : 'forward',
    images: (pairs.length > 0 ? pairs.map((pair) => pair.words) : what).map(clean).filter((text) => text !== ''),
    revisions: from === '' || from === to ? clean(to) : clean(`${from} -> ${to}`),
    wanted: clean(pairs.length > 0 ? pairs.map((pair) => pair.wanted).join(', ') : (unchanged ?? what[0] ?? to)),
  };
}

/** Where somebody else has written the template since: what the rollout was about is in its record. */
function wantedBy(picture: Picture): ContainerImage[] | null {
  const { live, back, status, spec } = picture;
  const hash = status?.target.templateHash ?? null;
  const foreign = hash !== null && live.observation !== null && live.observation.set.templateHash !== hash;
  if (!foreign) return null;
  const template = back ? (spec?.rollback?.template ?? live.record?.origin?.template) : spec?.target.template;
  if (template !== undefined && template !== null) return templateImages(template);
  const images = imagesAt(picture, status?.target.revision ?? undefined);
  return images.length > 0 ? images : null;
}

function imagesBefore(picture: Picture): ContainerImage[] {
  const { back, live, spec, status } = picture;
  if (!back)
    return live.record?.origin == null
      ? imagesAt(picture, live.observation?.set.currentRevision)
      : templateImages(live.record.origin.template);
  if (spec?.target.template !== undefined) return templateImages(spec.target.template);
  return imagesAt(picture, status?.forwardRevision ?? undefined);
}

/** Of any pod at that revision: where no template is recorded, the pods still tell. */
function imagesAt(picture: Picture, revision: string | undefined): ContainerImage[] {
  if (revision === undefined) return [];
  const pods = [...picture.slots.flatMap((slot) => slot.pod ?? []), ...extraPods(picture)];
  return pods.find((pod) => pod.revision === revision)?.images ?? [];
}
