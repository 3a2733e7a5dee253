import type { GlyphSet, PodState } from '../pod-state.ts';
import type { BannerView } from '../view.ts';

/** What Ink's Text takes. Colour only repeats what a glyph or a word says. */
export interface Style {
  color?: string;
  bold?: boolean;
  dimColor?: boolean;
  inverse?: boolean;
}

export const STATE_STYLES: Record<PodState, Style> = {
  updated: { color: 'green' },
  starting: { color: 'yellow' },
  soaking: { color: 'yellow' },
  going: { color: 'yellow', dimColor: true },
  missing: { color: 'yellow', dimColor: true },
  old: {},
  unready: { color: 'magenta' },
  broken: { color: 'red', bold: true },
  stray: { color: 'red' },
};

export const TONE_STYLES: Record<BannerView['tone'], Style> = {
  calm: { bold: true },
  good: { color: 'green', bold: true },
  alarm: { color: 'red', bold: true },
};

export const QUIET: Style = { dimColor: true };
export const STRONG: Style = { bold: true };
export const WARNING: Style = { color: 'yellow' };
export const BAD: Style = { color: 'red' };
export const KEY: Style = { color: 'cyan', bold: true };
/** What the cursor is on; the pointer says it where nothing is drawn but letters. */
export const POINTED: Style = { inverse: true };
export const POINTER: Record<GlyphSet, string> = { unicode: '›', ascii: '>' };
