import { cleanup, render } from 'ink-testing-library';
import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { width } from '../../src/ui/text.ts';
import { Beside } from '../../src/ui/tui/beside.tsx';
import { live, middle } from './builders.ts';
import { StillSession } from './fake-session.ts';

beforeAll(() => {
  vi.stubEnv('COLUMNS', '100');
  vi.stubEnv('LINES', '50');
});

afterEach(cleanup);

const PATIENT = { timeout: 10_000, interval: 10 };

it('shows two rollouts side by side with what befell them, and is left by q', async () => {
  const sessions = [new StillSession(middle()), new StillSession(live())];
  const listeners = new Set<(text: string) => void>();
  const left: string[] = [];
  const screen = render(
    <Beside
      panes={sessions.map((session, index) => ({ title: `pane ${index}`, session }))}
      onNews={(listener) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      }}
      glyphs="unicode"
      size={{ columns: 80, rows: 24 }}
      onLeave={(how) => left.push(how)}
    />,
  );
  const frame = () => screen.lastFrame() ?? '';
  await vi.waitFor(() => expect(listeners.size).toBe(1), PATIENT);
  expect(frame().split('\n')[0]).toMatch(/^sts\/web {2}pane 0 +sts\/web {2}pane 1/);
  expect(
    frame()
      .split('\n')
      .every((line) => width(line) <= 80),
  ).toBe(true);
  expect(frame()).toContain('0 leaked');
  for (const listener of listeners) listener('node-1 is being drained');
  await vi.waitFor(() => expect(frame()).toContain('node-1 is being drained'), PATIENT);
  screen.stdin.write('q');
  await vi.waitFor(() => expect(left).toEqual(['quit']), PATIENT);
});
