/** What a colour says. It only repeats what a glyph or a word says. */
export const MEANINGS = ['good', 'moving', 'unready', 'bad', 'key'] as const;
export type Meaning = (typeof MEANINGS)[number];

/** A colour as Ink takes it: a name of the terminal's own sixteen, or #rrggbb. */
export type Palette = Record<Meaning, string>;

export const THEME_NAMES = ['auto', 'dark', 'light'] as const;
export type ThemeName = (typeof THEME_NAMES)[number];
export type Background = 'dark' | 'light';

/**
 * Told apart by people who see no difference between red and green, too: after Okabe and Ito's palette ("Color Universal
 * Design", 2008), darkened for a light background until it can be read there.
 */
export const PALETTES: Record<Background, { full: Palette; sixteen: Palette }> = {
  dark: {
    full: { good: '#2fb895', moving: '#f0e442', unready: '#d58fb8', bad: '#ff7033', key: '#56b4e9' },
    sixteen: { good: 'cyanBright', moving: 'yellow', unready: 'magentaBright', bad: 'redBright', key: 'blueBright' },
  },
  light: {
    full: { good: '#00735a', moving: '#0060b8', unready: '#8f3a72', bad: '#b33c00', key: '#444444' },
    // yellow cannot be read on white
    sixteen: { good: 'cyan', moving: 'blue', unready: 'magenta', bad: 'red', key: 'blue' },
  },
};

/**
 * The colours for this terminal.
 * @param asked what --theme or BEDROCK_THEME says; `auto` goes by COLORFGBG, and is dark where that says nothing
 */
export function paletteOf(asked: ThemeName, env: NodeJS.ProcessEnv): Palette {
  const { full, sixteen } = PALETTES[asked === 'auto' ? background(env) : asked];
  return hasManyColours(env) ? full : sixteen;
}

/** "15;0": the colours of text and background among the sixteen, as rxvt, Konsole and others set it. */
function background(env: NodeJS.ProcessEnv): Background {
  const ground = env.COLORFGBG?.split(';').at(-1);
  return ground === '7' || ground === '15' ? 'light' : 'dark';
}

/** 256 colours are enough to come near to #rrggbb. */
function hasManyColours({ COLORTERM, TERM, FORCE_COLOR, WT_SESSION }: NodeJS.ProcessEnv): boolean {
  if (FORCE_COLOR === '2' || FORCE_COLOR === '3') return true;
  return (
    /^(truecolor|24bit)$/.test(COLORTERM ?? '') ||
    /-(256color|direct)$|kitty|ghostty/.test(TERM ?? '') ||
    WT_SESSION !== undefined
  );
}
