import { renderToString } from 'ink';
import { describe, expect, it } from 'vitest';
import { width } from '../../src/ui/text.ts';
import { frameOf } from '../../src/ui/tui/frame.ts';
import { Screen } from '../../src/ui/tui/screen.tsx';
import { FIRST_STATE } from '../../src/ui/tui/screen-state.ts';
import { viewModel } from '../../src/ui/view-model.ts';
import { PHASES, phaseLive } from './phases.ts';

const SIZES = [
  [60, 16],
  [80, 24],
  [120, 40],
  [200, 50],
] as const;

/** What a person sees, in every phase, size of set and window. `npm run golden` writes them anew: look at the diff. */
describe.each(PHASES)('the frame, %s', (phase) => {
  describe.each([3, 60, 1000, 5000])('with %i pods', (pods) => {
    const live = phaseLive(phase, pods);
    const view = viewModel(live);
    it.each(SIZES)('at %ix%i', async (columns, rows) => {
      const size = { columns, rows };
      const { screen } = frameOf({ view, live, state: FIRST_STATE, size, glyphs: 'unicode', flash: null, read: null });
      const frame = renderToString(<Screen {...screen} />, { columns });
      const lines = frame.split('\n');
      expect(lines).toHaveLength(rows);
      for (const line of lines) expect(width(line)).toBeLessThanOrEqual(columns);
      await expect(`${frame}\n`).toMatchFileSnapshot(`frames/${phase}-${pods}-${columns}x${rows}.txt`);
    });
  });
});
