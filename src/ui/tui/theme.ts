import type { Meaning } from '../palette.ts';
import type { GlyphSet, PodState } from '../pod-state.ts';
import type { BannerView } from '../view.ts';

/** What a piece of text is drawn like. Which colour that is, the terminal's palette says. */
export interface Style {
  color?: Meaning;
  bold?: boolean;
  dimColor?: boolean;
  inverse?: boolean;
}

export const STATE_STYLES: Record<PodState, Style> = {
  updated: { color: 'good' },
  starting: { color: 'moving' },
  soaking: { color: 'moving' },
  going: { color: 'moving', dimColor: true },
  missing: { color: 'moving', dimColor: true },
  old: {},
  unready: { color: 'unready' },
  broken: { color: 'bad', bold: true },
  stray: { color: 'bad' },
};

export const TONE_STYLES: Record<BannerView['tone'], Style> = {
  calm: { bold: true },
  good: { color: 'good', bold: true },
  alarm: { color: 'bad', bold: true },
};

export const QUIET: Style = { dimColor: true };
export const STRONG: Style = { bold: true };
export const WARNING: Style = { color: 'moving' };
export const BAD: Style = { color: 'bad' };
export const KEY: Style = { color: 'key', bold: true };
/** What the cursor is on; the pointer says it where nothing is drawn but letters. */
export const POINTED: Style = { inverse: true };
export const POINTER: Record<GlyphSet, string> = { unicode: '›', ascii: '>' };
