import { BELLS, type Bell } from './attention.ts';
import { type Palette, paletteOf, THEME_NAMES, type ThemeName } from './palette.ts';
import type { GlyphSet } from './pod-state.ts';

/** What a person wants of the screen, by flags or by BEDROCK_THEME and BEDROCK_BELL; null: not said. */
export interface ScreenFlags {
  theme: ThemeName | null;
  bell: Bell | null;
}

export interface Terminal {
  glyphs: GlyphSet;
  palette: Palette;
  bell: Bell;
  color: boolean;
  /** Knows how to move a cursor. Where not, use line mode. */
  fullScreen: boolean;
}

/**
 * What the terminal can show. Changes `env` so that Ink obeys it, and must therefore come before Ink or React is
 * imported: Ink's colours (chalk) ignore NO_COLOR on a terminal and read their settings when they are loaded, and
 * React's development build keeps a performance entry per render for ever (ink#869).
 */
export function prepareTerminal(
  env: NodeJS.ProcessEnv,
  flags: ScreenFlags = { theme: null, bell: null },
  platform: NodeJS.Platform = process.platform,
): Terminal {
  const dumb = env.TERM === 'dumb';
  const color = !dumb && !env.NO_COLOR && env.FORCE_COLOR !== '0';
  if (!color) {
    env.FORCE_COLOR = '0';
    // beside FORCE_COLOR, Node would print a warning about it into the screen
    delete env.NO_COLOR;
  }
  env.NODE_ENV ??= 'production';
  return {
    glyphs: glyphsOf(env, platform),
    palette: paletteOf(flags.theme ?? named(THEME_NAMES, env.BEDROCK_THEME) ?? 'auto', env),
    bell: flags.bell ?? named(BELLS, env.BEDROCK_BELL) ?? 'auto',
    color,
    fullScreen: !dumb,
  };
}

/** A variable of the environment that says something else is none: it may be meant for another version. */
function named<Name extends string>(names: readonly Name[], text: string | undefined): Name | null {
  return names.find((name) => name === text) ?? null;
}

/** The glyphs that a terminal, or whoever reads what we print, can show. */
export function glyphsOf(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): GlyphSet {
  return env.TERM === 'dumb' || !speaksUnicode(env, platform) ? 'ascii' : 'unicode';
}

function speaksUnicode(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): boolean {
  // the Linux console has UTF-8, and a font without these glyphs
  if (env.TERM === 'linux') return false;
  if (platform === 'win32') return env.WT_SESSION !== undefined || env.TERM_PROGRAM === 'vscode';
  if (platform === 'darwin') return true;
  return /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || '');
}
