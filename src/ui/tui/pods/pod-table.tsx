import { Box } from 'ink';
import { ageWords } from '../../age.ts';
import type { GlyphSet } from '../../pod-state.ts';
import { pad, width } from '../../text.ts';
import type { RowView, View } from '../../view.ts';
import { Line } from '../line.tsx';
import { Text } from '../styled.tsx';
import { QUIET } from '../theme.ts';
import type { Body } from './body.ts';
import { isPointed } from './cursor.ts';
import { type Columns, FOR, PodRow, REVISION } from './pod-row.tsx';

interface PodTableProps {
  view: View;
  body: Body;
  columns: number;
  glyphs: GlyphSet;
}

/** A row per pod, of those in the window. */
export function PodTable({ view, body, columns, glyphs }: PodTableProps) {
  const widths = columnsOf(view.rows, columns);
  const { first, visible } = body.window;
  return (
    <Box flexDirection="column" flexShrink={0}>
      <Line>
        <Text {...QUIET}>
          {`  ${pad('POD', widths.name)}  ${pad('REV', REVISION)}  ${pad('STATE', widths.state)}${pad('FOR', FOR, 'start')}${widths.node > 0 ? '  NODE' : ''}`}
        </Text>
      </Line>
      {body.rows.slice(first, first + visible).map((row) => (
        <PodRow
          key={row.name}
          row={row}
          age={ageWords(row.since, view.at)}
          glyphs={glyphs}
          pointed={isPointed(body, row)}
          {...widths}
        />
      ))}
    </Box>
  );
}

const GAP = 2;
const NARROWEST_STATE = 26;
const WIDEST_STATE = 44;
const USEFUL_NODE = 24;

/** Wide enough for all rows, not only for those shown: nothing jumps while scrolling. */
export function columnsOf(rows: readonly RowView[], columns: number): Columns {
  let longestName = 3;
  let node = 0;
  for (const row of rows) {
    longestName = Math.max(longestName, width(row.name));
    node = Math.max(node, width(row.node));
  }
  const name = Math.min(longestName, Math.floor(columns * 0.35));
  const rest = columns - 2 - name - GAP - REVISION - GAP - FOR;
  const roomForNode = rest - NARROWEST_STATE - GAP;
  // half a node's name is the half that all have
  const shownNode = roomForNode >= Math.min(node, USEFUL_NODE) ? Math.min(node, roomForNode) : 0;
  return { name, state: Math.min(WIDEST_STATE, rest - (shownNode > 0 ? shownNode + GAP : 0)), node: shownNode };
}
