import { Text as InkText, type TextProps as InkTextProps } from 'ink';
import { createContext, use } from 'react';
import { PALETTES, type Palette } from '../palette.ts';
import type { GlyphSet } from '../pod-state.ts';
import type { Style } from './theme.ts';

/** How this terminal wants things drawn. */
export interface Looks {
  palette: Palette;
  glyphs: GlyphSet;
}

export const LooksContext = createContext<Looks>({ palette: PALETTES.dark.sixteen, glyphs: 'unicode' });

export type TextProps = Omit<InkTextProps, 'color'> & Style;

/**
 * Ink's Text, with colours by what they say, and without a character that the terminal has not: what a cut text ends with
 * is no ellipsis there.
 */
export function Text({ color, wrap, children, ...rest }: TextProps) {
  const { palette, glyphs } = use(LooksContext);
  const shown = glyphs === 'ascii' ? plain(children) : children;
  return (
    <InkText
      {...rest}
      {...(color === undefined ? {} : { color: palette[color] })}
      // Ink marks what it cuts off with an ellipsis; filled to the edge, the rest is outside the line's box
      {...(wrap === undefined ? {} : { wrap: glyphs === 'ascii' ? 'hard' : wrap })}
    >
      {shown}
    </InkText>
  );
}

function plain(children: TextProps['children']): TextProps['children'] {
  if (typeof children === 'string') return children.replaceAll('…', '~');
  return Array.isArray(children) ? children.map(plain) : children;
}
