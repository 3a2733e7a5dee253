/**
 * Makes docs/screens/: the levels of zoom, a stop, a way back and the panel of a pod, of made-up states that tests use.
 *
 *     npm run screens
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Live } from '../src/rollout/live.ts';
import type { ScreenState } from '../src/ui/tui/screen-state.ts';
import { middle, podDetails } from '../test/ui/builders.ts';
import { phaseLive } from '../test/ui/phases.ts';
import { svgOf } from './picture/svg.ts';

// before Ink: its colours are read when it is loaded
process.env.FORCE_COLOR = '1';
const { renderToString } = await import('ink');
const { frameOf } = await import('../src/ui/tui/frame.ts');
const { Screen } = await import('../src/ui/tui/screen.tsx');
const { FIRST_STATE } = await import('../src/ui/tui/screen-state.ts');
const { viewModel } = await import('../src/ui/view-model.ts');

interface Shot {
  title: string;
  live: Live;
  columns: number;
  rows: number;
  state?: Partial<ScreenState>;
}

const SHOTS: Readonly<Record<string, Shot>> = {
  rows: { title: 'Sixteen pods, a row each', live: middle(), columns: 80, rows: 24 },
  grid: { title: 'A thousand pods, a cell each', live: phaseLive('mid', 1000), columns: 100, rows: 34 },
  ranges: { title: 'Five thousand pods by ranges of ordinals', live: phaseLive('mid', 5000), columns: 100, rows: 24 },
  broken: {
    title: 'A pod does not start: the rollout has stopped',
    live: phaseLive('broken', 60),
    columns: 80,
    rows: 24,
  },
  'rolling-back': { title: 'On the way back', live: phaseLive('rolling-back', 60), columns: 80, rows: 24 },
  pod: {
    title: 'All of one pod',
    live: phaseLive('broken', 60),
    columns: 100,
    rows: 34,
    state: { panel: 53, cursor: 53 },
  },
};

const folder = resolve(import.meta.dirname, '../docs/screens');
await mkdir(folder, { recursive: true });
for (const [name, { title, live, columns, rows, state }] of Object.entries(SHOTS)) {
  const { screen } = frameOf({
    view: viewModel(live),
    live,
    state: { ...FIRST_STATE, ...state },
    size: { columns, rows },
    glyphs: 'unicode',
    flash: null,
    read: { pod: `web-${state?.panel}`, details: podDetails(), trouble: null },
  });
  const frame = renderToString(<Screen {...screen} />, { columns });
  const path = join(folder, `${name}.svg`);
  await writeFile(path, svgOf(frame, { columns, rows }, title));
  console.log(path);
}
