import { memo } from 'react';
import { GLYPHS, type GlyphSet } from '../../pod-state.ts';
import { pad } from '../../text.ts';
import type { RowView } from '../../view.ts';
import { Line } from '../line.tsx';
import { Text } from '../styled.tsx';
import { POINTED, POINTER, QUIET, STATE_STYLES } from '../theme.ts';

/** Cells of each column. */
export interface Columns {
  name: number;
  state: number;
  /** 0: no room for it. */
  node: number;
}

export const REVISION = 5;
export const FOR = 7;

interface PodRowProps extends Columns {
  row: RowView;
  age: string;
  glyphs: GlyphSet;
  pointed: boolean;
}

/** One pod in words. */
export const PodRow = memo(function PodRow({ row, age, glyphs, pointed, name, state, node }: PodRowProps) {
  const style = STATE_STYLES[row.state];
  const needsPerson = row.state === 'broken' || row.state === 'stray' || row.state === 'unready';
  return (
    <Line>
      <Text {...style}>{GLYPHS[glyphs][row.state]}</Text>
      {pointed ? POINTER[glyphs] : ' '}
      <Text {...(pointed ? POINTED : {})}>{pad(row.name, name)}</Text>
      {`  ${pad(row.revision, REVISION)}  `}
      <Text {...(needsPerson ? style : {})}>{pad(row.words, state)}</Text>
      <Text {...QUIET}>{`${pad(age, FOR, 'start')}${node > 0 ? `  ${pad(row.node, node)}` : ''}`}</Text>
    </Line>
  );
});
