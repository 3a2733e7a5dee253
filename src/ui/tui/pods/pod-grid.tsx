import { Box } from 'ink';
import { memo } from 'react';
import { ageWords } from '../../age.ts';
import { GLYPHS, type GlyphSet, type PodState } from '../../pod-state.ts';
import type { View } from '../../view.ts';
import { Line } from '../line.tsx';
import { Text } from '../styled.tsx';
import { POINTED, POINTER, QUIET, STATE_STYLES } from '../theme.ts';
import type { Body } from './body.ts';
import { GROUP, labelWidth } from './grid.ts';
import { PodRow } from './pod-row.tsx';
import { columnsOf } from './pod-table.tsx';

interface PodGridProps {
  view: View;
  body: Extract<Body, { zoom: 'grid' }>;
  columns: number;
  glyphs: GlyphSet;
}

/** A cell per pod, and the pod that is pointed at, or followed, in words. */
export function PodGrid({ view, body, columns, glyphs }: PodGridProps) {
  const { lines, window, rows, at, pointed } = body;
  const label = labelWidth(rows[0]?.ordinal ?? 0);
  return (
    <Box flexDirection="column" flexShrink={0}>
      {lines.slice(window.first, window.first + window.visible).map(({ top, cells }) => {
        const place = pointed && at !== null ? cells.indexOf(at) : -1;
        return (
          <GridRow
            key={top}
            label={`${top}`.padStart(label)}
            states={cells.map((row) => CODES[row?.state ?? 'none']).join('')}
            place={place}
            glyphs={glyphs}
          />
        );
      })}
      {at === null ? (
        <Line />
      ) : (
        <PodRow
          row={at}
          age={ageWords(at.since, view.at)}
          glyphs={glyphs}
          pointed={pointed}
          {...columnsOf([at], columns)}
        />
      )}
    </Box>
  );
}

interface GridRowProps {
  label: string;
  /** A letter of CODES a cell: what is drawn compares as one text. */
  states: string;
  /** Of the cursor in this line; -1 where it is in another. */
  place: number;
  glyphs: GlyphSet;
}

const GridRow = memo(function GridRow({ label, states, place, glyphs }: GridRowProps) {
  return (
    <Line>
      <Text {...QUIET}>{label}</Text>
      {place >= 0 ? ` ${POINTER[glyphs]}` : '  '}
      {pieces(states, place).map(({ from, code, text, pointed }) => (
        <Text key={from} {...(code === null ? {} : STATE_STYLES[code])} {...(pointed ? POINTED : {})}>
          {text.replaceAll(/[a-z]/g, (letter) => GLYPHS[glyphs][STATES[letter] ?? 'old'])}
        </Text>
      ))}
    </Line>
  );
});

const CODES: Record<PodState | 'none', string> = {
  updated: 'u',
  starting: 's',
  soaking: 'k',
  going: 'g',
  missing: 'm',
  old: 'o',
  unready: 'n',
  broken: 'b',
  stray: 't',
  none: ' ',
};
const STATES: Record<string, PodState> = Object.fromEntries(
  Object.entries(CODES).flatMap(([state, code]) => (state === 'none' ? [] : [[code, state as PodState]])),
);

interface Piece {
  from: number;
  code: PodState | null;
  text: string;
  pointed: boolean;
}

/** Neighbours of one state together, a blank between the groups, and the cell of the cursor for itself. */
function pieces(states: string, place: number): Piece[] {
  const found: Piece[] = [];
  [...states].forEach((letter, index) => {
    const gap = index > 0 && index % GROUP === 0 ? ' ' : '';
    const last = found.at(-1);
    const code = STATES[letter] ?? null;
    if (last !== undefined && last.code === code && !last.pointed && index !== place) last.text += `${gap}${letter}`;
    else {
      if (gap !== '' && last !== undefined) found.push({ from: index - 0.5, code: null, text: gap, pointed: false });
      found.push({ from: index, code, text: letter, pointed: index === place });
    }
  });
  return found;
}
