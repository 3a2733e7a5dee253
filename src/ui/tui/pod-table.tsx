import { Box, Text } from 'ink';
import { memo } from 'react';
import { ageWords } from '../age.ts';
import { GLYPHS, type GlyphSet } from '../pod-state.ts';
import { pad, width } from '../text.ts';
import type { RowView, View } from '../view.ts';
import { Line } from './line.tsx';
import type { PodWindow } from './pod-window.ts';
import { QUIET, STATE_STYLES } from './theme.ts';

interface Columns {
  name: number;
  state: number;
  /** 0: no room for it. */
  node: number;
}

const REVISION = 5;
const FOR = 7;
const GAP = 2;
const NARROWEST_STATE = 26;
const WIDEST_STATE = 44;
const USEFUL_NODE = 24;

interface PodTableProps {
  view: View;
  window: PodWindow;
  windowed: boolean;
  columns: number;
  glyphs: GlyphSet;
}

/** The rows of the window, and how many are outside it. */
export function PodTable({ view, window, windowed, columns, glyphs }: PodTableProps) {
  const widths = columnsOf(view.rows, columns);
  const shown = view.rows.slice(window.first, window.first + window.visible);
  return (
    <Box flexDirection="column" flexShrink={0}>
      <Line>
        <Text {...QUIET}>
          {`  ${pad('POD', widths.name)}  ${pad('REV', REVISION)}  ${pad('STATE', widths.state)}${pad('FOR', FOR, 'start')}${widths.node > 0 ? '  NODE' : ''}`}
        </Text>
      </Line>
      {shown.map((row) => (
        <PodRow
          key={row.name}
          row={row}
          age={ageWords(row.since, view.at)}
          glyphs={glyphs}
          name={widths.name}
          state={widths.state}
          node={widths.node}
        />
      ))}
      {windowed ? (
        <Line>
          <Text {...QUIET}>{outside(window)}</Text>
        </Line>
      ) : null}
    </Box>
  );
}

/** Wide enough for all rows, not only for those shown: nothing jumps while scrolling. */
function columnsOf(rows: readonly RowView[], columns: number): Columns {
  const longest = (text: (row: RowView) => string) => rows.reduce((most, row) => Math.max(most, width(text(row))), 0);
  const name = Math.min(
    Math.max(
      3,
      longest((row) => row.name),
    ),
    Math.floor(columns * 0.35),
  );
  const rest = columns - 2 - name - GAP - REVISION - GAP - FOR;
  const node = longest((row) => row.node);
  const roomForNode = rest - NARROWEST_STATE - GAP;
  // half a node's name is the half that all have
  const shownNode = roomForNode >= Math.min(node, USEFUL_NODE) ? Math.min(node, roomForNode) : 0;
  return { name, state: Math.min(WIDEST_STATE, rest - (shownNode > 0 ? shownNode + GAP : 0)), node: shownNode };
}

interface PodRowProps extends Columns {
  row: RowView;
  age: string;
  glyphs: GlyphSet;
}

const PodRow = memo(function PodRow({ row, age, glyphs, name, state, node }: PodRowProps) {
  const style = STATE_STYLES[row.state];
  const needsPerson = row.state === 'broken' || row.state === 'stray' || row.state === 'unready';
  return (
    <Line>
      <Text {...style}>{GLYPHS[glyphs][row.state]}</Text>
      {` ${pad(row.name, name)}  ${pad(row.revision, REVISION)}  `}
      <Text {...(needsPerson ? style : {})}>{pad(row.words, state)}</Text>
      <Text {...QUIET}>{`${pad(age, FOR, 'start')}${node > 0 ? `  ${pad(row.node, node)}` : ''}`}</Text>
    </Line>
  );
}, isSameRow);

/** A view has new objects each time: what counts is what is drawn. */
function isSameRow(a: PodRowProps, b: PodRowProps): boolean {
  return (
    a.age === b.age &&
    a.glyphs === b.glyphs &&
    a.name === b.name &&
    a.state === b.state &&
    a.node === b.node &&
    a.row.name === b.row.name &&
    a.row.state === b.row.state &&
    a.row.revision === b.row.revision &&
    a.row.words === b.row.words &&
    a.row.node === b.row.node
  );
}

function outside({ first, visible, total }: PodWindow): string {
  const below = Math.max(0, total - first - visible);
  const parts = [first > 0 ? `${first} more above` : '', below > 0 ? `${below} more below` : ''];
  return `  ${parts.filter((part) => part !== '').join(', ')}`;
}
