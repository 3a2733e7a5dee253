import { Box } from 'ink';
import { memo } from 'react';
import { GLYPHS, type GlyphSet, type PodState } from '../../pod-state.ts';
import type { View } from '../../view.ts';
import { Line } from '../line.tsx';
import { Text } from '../styled.tsx';
import { POINTED, POINTER, QUIET, STATE_STYLES } from '../theme.ts';
import type { Body } from './body.ts';
import { densities, type PodRange, rangeWords } from './ranges.ts';

interface DensityBarProps {
  view: View;
  body: Extract<Body, { zoom: 'bar' }>;
  columns: number;
  glyphs: GlyphSet;
}

const LONGEST = 60;
/** Of the words behind a bar, without what is rare: "1000 of 1000 updated, 100 on the way". */
const WORDS = 36;

/** A line per range of ordinals: how much of it is updated, and what is wrong there. */
export function DensityBar({ view, body, columns, glyphs }: DensityBarProps) {
  const { ranges, window, at, pointed } = body;
  const label = Math.max(...ranges.map((range) => labelOf(range).length), 0);
  const cells = Math.max(5, Math.min(LONGEST, columns - label - WORDS - 6));
  const done = view.change.direction === 'back' ? 'restored' : 'updated';
  return (
    <Box flexDirection="column" flexShrink={0}>
      {ranges.slice(window.first, window.first + window.visible).map((range) => {
        const drawn = densities(range, cells, glyphs, GLYPHS[glyphs]);
        const here = pointed && at !== null && at.ordinal <= range.high && at.ordinal >= range.low;
        return (
          <RangeRow
            key={range.high}
            label={labelOf(range).padStart(label)}
            bar={drawn.map(({ glyph }) => glyph).join('')}
            states={drawn.map(({ state }) => state).join(' ')}
            words={rangeWords(range, done)}
            pointer={here ? POINTER[glyphs] : ' '}
          />
        );
      })}
    </Box>
  );
}

function labelOf({ high, low }: PodRange): string {
  return high === low ? `${high}` : `${high}-${low}`;
}

interface RangeRowProps {
  label: string;
  bar: string;
  /** One for each cell of the bar, with a blank between: what is drawn compares as one text. */
  states: string;
  words: string;
  pointer: string;
}

const RangeRow = memo(function RangeRow({ label, bar, states, words, pointer }: RangeRowProps) {
  return (
    <Line>
      {pointer}
      <Text {...(pointer === ' ' ? QUIET : POINTED)}>{label}</Text>
      {'  '}
      {runs(bar, states.split(' ') as PodState[]).map(({ from, state, text }) => (
        <Text key={from} {...STATE_STYLES[state]}>
          {text}
        </Text>
      ))}
      {`  ${words}`}
    </Line>
  );
});

function runs(bar: string, states: readonly PodState[]): { from: number; state: PodState; text: string }[] {
  const found: { from: number; state: PodState; text: string }[] = [];
  [...bar].forEach((glyph, index) => {
    const state = states[index] ?? 'old';
    const last = found.at(-1);
    if (last?.state === state) last.text += glyph;
    else found.push({ from: index, state, text: glyph });
  });
  return found;
}
