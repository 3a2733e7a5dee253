import type { ContainerImage } from './observation.ts';

export interface ImageChange {
  /** "app 1.8.2 -> 1.9.0" */
  words: string;
  /** "app 1.9.0" */
  wanted: string;
}

/** "app 1.8.2, proxy 3" */
export function imageNames(images: readonly ContainerImage[]): string {
  return images.map(({ container, image }) => `${container} ${splitImage(image).tag}`).join(', ');
}

/** Which containers get another image, in few words. Containers that only one side has are left out. */
export function imageChanges(before: readonly ContainerImage[], after: readonly ContainerImage[]): ImageChange[] {
  const old = new Map(before.map((each) => [each.container, each.image]));
  return after.flatMap(({ container, image }) => {
    const was = old.get(container);
    if (was === undefined || was === image) return [];
    const [a, b] = [splitImage(was), splitImage(image)];
    // the same repository: the tags say it all
    const [from, to] = a.name === b.name ? [a.tag, b.tag] : [shortImage(a), shortImage(b)];
    return [{ words: `${container} ${from} -> ${to}`, wanted: `${container} ${to}` }];
  });
}

/** "reg:5000/app:1.9.0@sha256:0f3a…" has the name reg:5000/app, and is known by its tag, or else by its digest's begin. */
function splitImage(image: string): { name: string; tag: string } {
  const [tagged = '', digest] = image.split('@');
  const colon = tagged.lastIndexOf(':');
  const isTag = colon > tagged.lastIndexOf('/');
  const name = isTag ? tagged.slice(0, colon) : tagged;
  const tag = isTag ? tagged.slice(colon + 1) : undefined;
  const short = digest?.replace(/^([a-z0-9]+:)?([0-9a-f]{12})[0-9a-f]*$/, '@$2');
  return { name, tag: [tag, short].filter((part) => part !== undefined).join('') || 'latest' };
}

function shortImage(image: { name: string; tag: string }): string {
  return `${image.name}${image.tag.startsWith('@') ? '' : ':'}${image.tag}`;
}
