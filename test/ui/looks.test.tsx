import { renderToString } from 'ink';
import { describe, expect, it } from 'vitest';
import type { Live } from '../../src/rollout/live.ts';
import { PALETTES } from '../../src/ui/palette.ts';
import { frameOf } from '../../src/ui/tui/frame.ts';
import { Screen } from '../../src/ui/tui/screen.tsx';
import { FIRST_STATE, type ScreenState } from '../../src/ui/tui/screen-state.ts';
import { spokenLines } from '../../src/ui/tui/spoken.tsx';
import { LooksContext } from '../../src/ui/tui/styled.tsx';
import { viewModel } from '../../src/ui/view-model.ts';
import { alarmed, middle, NOW } from './builders.ts';
import { PHASES, phaseLive } from './phases.ts';

function asciiFrame(seen: Live, columns: number, rows: number, state: Partial<ScreenState> = {}): string {
  const parts = { view: viewModel(seen), live: seen, size: { columns, rows }, flash: null, read: null };
  const { screen } = frameOf({ ...parts, glyphs: 'ascii', state: { ...FIRST_STATE, ...state } });
  const looks = { palette: PALETTES.dark.sixteen, glyphs: 'ascii' } as const;
  return renderToString(
    <LooksContext value={looks}>
      <Screen {...screen} />
    </LooksContext>,
    { columns },
  );
}

describe('where the terminal has ASCII alone', () => {
  it.each(PHASES.flatMap((phase) => [3, 60, 1000].map((pods) => [phase, pods] as const)))(
    'nothing else is drawn, also where text is cut: %s, %i pods',
    (phase, pods) => {
      for (const [columns, rows] of [
        [50, 12],
        [60, 16],
        [120, 40],
      ] as const) {
        const frame = asciiFrame(phaseLive(phase, pods), columns, rows);
        expect(frame).toMatch(/^[\x20-\x7e\n]*$/);
        expect(frame.split('\n')).toHaveLength(rows);
      }
    },
  );

  it.each([
    { help: true },
    { timeline: 0 },
    { question: 'rollback' as const },
    { find: 'web', typing: true },
    { panel: 9 },
  ])('nor in %j', (state) => {
    expect(asciiFrame(alarmed(), 60, 16, state)).toMatch(/^[\x20-\x7e\n]*$/);
  });
});

describe('what a screen reader is given', () => {
  it('begins with what needs a person, and has no glyph', () => {
    const lines = spokenLines(viewModel(alarmed()), null, []);
    expect(lines[0]).toBe('PAUSED: web-9 does not start: ImagePullBackOff');
    expect(lines.join(' ')).not.toMatch(/[●◐◌○◍✗◈]/);
    expect(lines).toContain('sts/web in payments, executing here.');
  });

  it('is not read again for a second that has passed', () => {
    const before = spokenLines(viewModel(middle()), null, []);
    const after = spokenLines(viewModel(middle({ live: { at: NOW + 1000 } })), null, []);
    expect(after.filter((line) => !before.includes(line))).toEqual([]);
  });
});
