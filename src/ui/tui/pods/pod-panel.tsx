import { Box } from 'ink';
import { ageWords } from '../../age.ts';
import type { PanelView } from '../../pod-panel.ts';
import type { GlyphSet } from '../../pod-state.ts';
import { Line } from '../line.tsx';
import { Text } from '../styled.tsx';
import { BAD, QUIET } from '../theme.ts';
import { panelLayout } from './panel-layout.ts';
import { PodRow } from './pod-row.tsx';
import { columnsOf } from './pod-table.tsx';

interface PodPanelProps {
  panel: PanelView;
  at: number;
  columns: number;
  lines: number;
  /** The log has all the room. */
  tail: boolean;
  glyphs: GlyphSet;
}

/** All of one pod, in the place of the pods. */
export function PodPanel({ panel, at, columns, lines, tail, glyphs }: PodPanelProps) {
  const { row } = panel;
  return (
    <Box flexDirection="column" flexShrink={0} height={lines} overflow="hidden">
      <PodRow row={row} age={ageWords(row.since, at)} glyphs={glyphs} pointed {...columnsOf([row], columns)} />
      {panelLayout(panel, columns, lines - 1, tail).map(({ id, label, text, tone }) => (
        <Line key={id}>
          <Text {...QUIET}>{label}</Text>
          <Text {...(tone === 'bad' ? BAD : tone === 'quiet' ? QUIET : {})}>{text}</Text>
        </Line>
      ))}
    </Box>
  );
}
