import { Box, useInput, useStdin, useWindowSize } from 'ink';
import { useEffect, useState } from 'react';
import type { Session } from '../../rollout/live.ts';
import { barCells } from '../bar.ts';
import { GLYPHS, type GlyphSet } from '../pod-state.ts';
import { pad, truncate } from '../text.ts';
import type { RowView, View } from '../view.ts';
import { Keys } from './foot.tsx';
import { keysPressed } from './key-map.ts';
import type { Size } from './layout.ts';
import { Line } from './line.tsx';
import type { Left } from './screen-state.ts';
import { Text } from './styled.tsx';
import { BAD, QUIET, STATE_STYLES, STRONG, type Style } from './theme.ts';
import { useView } from './use-view.ts';

export interface Pane {
  /** What is different here: "OnDelete". */
  title: string;
  session: Session;
}

export interface BesideProps {
  panes: readonly Pane[];
  /** Calls back with each thing that befalls the cluster. */
  onNews: (listener: (text: string) => void) => () => void;
  glyphs: GlyphSet;
  onLeave: (left: Left) => void;
  size?: Size;
}

const GAP = 3;
/** Heading, bar, counts, pace, a blank line; below: a blank line, news, keys. */
const AROUND_PODS = 8;

/** Several rollouts side by side, each with its bar, its counts and its pods: to compare, not to steer. */
export function Beside({ panes, onNews, glyphs, onLeave, size }: BesideProps) {
  const windowSize = useWindowSize();
  const { columns, rows } = size ?? windowSize;
  const { isRawModeSupported } = useStdin();
  const [news, setNews] = useState('');
  useEffect(() => onNews(setNews), [onNews]);
  useInput(
    (input, key) => {
      const names = keysPressed(input, key);
      if (names.includes('interrupt')) onLeave('interrupted');
      else if (names.includes('leave')) onLeave('quit');
    },
    { isActive: isRawModeSupported },
  );
  const width = Math.floor((columns - GAP * (panes.length - 1)) / panes.length);
  return (
    <Box flexDirection="column" width={columns} height={rows} overflow="hidden">
      <Box columnGap={GAP}>
        {panes.map((pane) => (
          <PaneColumn key={pane.title} pane={pane} columns={width} pods={rows - AROUND_PODS} glyphs={glyphs} />
        ))}
      </Box>
      <Box flexGrow={1} />
      <Line>
        <Text {...STRONG}>{news}</Text>
      </Line>
      <Keys keys={[{ key: 'q', label: 'leave' }]} columns={columns} />
    </Box>
  );
}

interface PaneColumnProps {
  pane: Pane;
  columns: number;
  /** Rows at most. */
  pods: number;
  glyphs: GlyphSet;
}

function PaneColumn({ pane, columns, pods, glyphs }: PaneColumnProps) {
  const { view } = useView(pane.session);
  const { counts } = view;
  const cells = barCells(
    view.rows.map((row) => row.state),
    columns,
  );
  const fits = view.rows.length <= pods;
  const shown = view.rows.slice(0, fits ? pods : pods - 1);
  const names = Math.max(...shown.map(({ name }) => name.length), 0);
  const leaked = counts.outOfTurn;
  return (
    <Box flexDirection="column" width={columns}>
      <Line>
        <Text {...STRONG}>{view.header.subject}</Text>
        <Text {...QUIET}>{truncate(`  ${pane.title}`, columns - view.header.subject.length)}</Text>
      </Line>
      <Line>
        {cells.map((state, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a cell is its place
          <Text key={index} {...STATE_STYLES[state]}>
            {GLYPHS[glyphs][state]}
          </Text>
        ))}
      </Line>
      <Line>
        {`${newPods(view)} of ${counts.replicas} new, `}
        <Text {...(leaked > 0 ? BAD : {})}>{`${leaked} leaked`}</Text>
      </Line>
      <Line>
        <Text {...QUIET}>{truncate(standing(view), columns)}</Text>
      </Line>
      <Line />
      {shown.map((row) => (
        <PodLine key={row.name} row={row} names={names} columns={columns} glyphs={glyphs} />
      ))}
      {fits ? null : (
        <Line>
          <Text {...QUIET}>{`  ${view.rows.length - shown.length} more below`}</Text>
        </Line>
      )}
    </Box>
  );
}

const REVISION = 3;

interface PodLineProps {
  row: RowView;
  /** Cells for the name. */
  names: number;
  columns: number;
  glyphs: GlyphSet;
}

function PodLine({ row, names, columns, glyphs }: PodLineProps) {
  const style: Style = STATE_STYLES[row.state];
  const leaked = row.state === 'stray';
  const words = leaked ? 'leaked' : row.words;
  return (
    <Line>
      <Text {...style}>{GLYPHS[glyphs][row.state]}</Text>
      {` ${row.name.padEnd(names)}  ${pad(row.revision, REVISION)}  `}
      <Text {...(leaked ? style : {})}>{truncate(words, columns - names - REVISION - 6)}</Text>
    </Line>
  );
}

/** Whether they were released or not. */
function newPods(view: View): number {
  return view.rows.filter((row) => row.revision === 'new').length;
}

function standing({ phase, pace }: View): string {
  if (phase.ended || pace.step === '') return phase.phase ?? '';
  return phase.phase === 'Paused' ? `paused: ${pace.step}` : [pace.step, pace.speed].join(', ');
}
