import { Box } from 'ink';
import { memo } from 'react';
import { GLYPHS, type GlyphSet, type PodState } from '../../pod-state.ts';
import type { View } from '../../view.ts';
import { Line } from '../line.tsx';
import { Text } from '../styled.tsx';
import { POINTED, POINTER, QUIET, STATE_STYLES } from '../theme.ts';
import type { Body } from './body.ts';
import { type Density, densities, type PodRange, rangeWords } from './ranges.ts';

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
      {ranges.slice(window.first, window.first + window.visible).map((range) => (
        <RangeRow
          key={range.high}
          range={range}
          label={labelOf(range).padStart(label)}
          cells={cells}
          done={done}
          glyphs={glyphs}
          pointed={pointed && at !== null && at.ordinal <= range.high && at.ordinal >= range.low}
        />
      ))}
    </Box>
  );
}

function labelOf({ high, low }: PodRange): string {
  return high === low ? `${high}` : `${high}-${low}`;
}

interface RangeRowProps {
  range: PodRange;
  label: string;
  cells: number;
  done: 'updated' | 'restored';
  glyphs: GlyphSet;
  pointed: boolean;
}

const RangeRow = memo(function RangeRow({ range, label, cells, done, glyphs, pointed }: RangeRowProps) {
  return (
    <Line>
      {pointed ? POINTER[glyphs] : ' '}
      <Text {...(pointed ? POINTED : QUIET)}>{label}</Text>
      {'  '}
      {runs(densities(range, cells, glyphs, GLYPHS[glyphs])).map(({ from, state, text }) => (
        <Text key={from} {...STATE_STYLES[state]}>
          {text}
        </Text>
      ))}
      {`  ${rangeWords(range, done)}`}
    </Line>
  );
}, isSame);

/** Ranges are cut anew for each picture, and most of them are as they were. */
function isSame({ range: a, ...before }: RangeRowProps, { range: b, ...after }: RangeRowProps): boolean {
  return (
    a.states.length === b.states.length &&
    a.states.every((state, index) => state === b.states[index]) &&
    before.label === after.label &&
    before.cells === after.cells &&
    before.done === after.done &&
    before.glyphs === after.glyphs &&
    before.pointed === after.pointed
  );
}

function runs(densities: readonly Density[]): { from: number; state: PodState; text: string }[] {
  const found: { from: number; state: PodState; text: string }[] = [];
  densities.forEach(({ glyph, state }, index) => {
    const last = found.at(-1);
    if (last?.state === state) last.text += glyph;
    else found.push({ from: index, state, text: glyph });
  });
  return found;
}
