import type { GlyphSet } from '../../pod-state.ts';
import type { View } from '../../view.ts';
import { Line } from '../line.tsx';
import { Text } from '../styled.tsx';
import { QUIET } from '../theme.ts';
import type { Body } from './body.ts';
import { DensityBar } from './density-bar.tsx';
import { PodGrid } from './pod-grid.tsx';
import { PodTable } from './pod-table.tsx';

interface PodsProps {
  view: View;
  body: Body;
  columns: number;
  glyphs: GlyphSet;
}

/** The pods as near as they are looked at, and a line for what of them is not shown. */
export function Pods({ view, body, columns, glyphs }: PodsProps) {
  return (
    <>
      {body.zoom === 'rows' ? (
        <PodTable view={view} body={body} columns={columns} glyphs={glyphs} />
      ) : body.zoom === 'grid' ? (
        <PodGrid view={view} body={body} columns={columns} glyphs={glyphs} />
      ) : (
        <DensityBar view={view} body={body} columns={columns} glyphs={glyphs} />
      )}
      {body.note === null ? null : (
        <Line>
          <Text {...QUIET}>{`  ${body.note}`}</Text>
        </Line>
      )}
    </>
  );
}
