/** What a pod is to the rollout: one word, one glyph and one colour each. */
export const POD_STATES = [
  'updated',
  'starting',
  'soaking',
  'going',
  'missing',
  'old',
  'unready',
  'broken',
  'stray',
] as const;
export type PodState = (typeof POD_STATES)[number];

export type GlyphSet = 'unicode' | 'ascii';

/** Every glyph is one cell wide and tells the state without colour. */
export const GLYPHS: Record<GlyphSet, Record<PodState, string>> = {
  unicode: {
    updated: '●',
    starting: '◐',
    soaking: '◐',
    going: '◌',
    missing: '◌',
    old: '○',
    unready: '◍',
    broken: '✗',
    stray: '◈',
  },
  ascii: {
    updated: '#',
    starting: '~',
    soaking: '~',
    going: '-',
    missing: '-',
    old: 'o',
    unready: '%',
    broken: '!',
    stray: '?',
  },
};

/** For the help and the documentation. */
export const STATE_WORDS: Record<PodState, string> = {
  updated: 'at the wanted version, counted as available',
  starting: 'at the wanted version, starting',
  soaking: 'Ready, not yet for long enough',
  going: 'terminating',
  missing: 'waits to be created',
  old: 'waits for its turn, serving',
  unready: 'waits for its turn, not Ready: it uses budget',
  broken: 'broken',
  stray: 'new out of turn, or of a third version',
};
