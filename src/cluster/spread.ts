const BUCKETS = 65_536;

/**
 * A number from `least` up to `most` that is told from a text alone: many who do the same from the same moment on do not do
 * it together, and what is played again in virtual time goes the same way.
 */
export function spreadOver({ least, most }: { least: number; most: number }, text: string): number {
  let hash = 0;
  for (const letter of text) hash = (hash * 31 + letter.charCodeAt(0)) % BUCKETS;
  return least + ((most - least) * hash) / BUCKETS;
}
