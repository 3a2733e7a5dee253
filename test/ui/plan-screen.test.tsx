import { cleanup, render } from 'ink-testing-library';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { PlanView } from '../../src/ui/plan-view.ts';
import { PlanScreen } from '../../src/ui/tui/plan-screen.tsx';

// the stub of a terminal has no rows, and Ink would run tput for each frame to find out
beforeAll(() => {
  vi.stubEnv('COLUMNS', '100');
  vi.stubEnv('LINES', '50');
});

afterEach(cleanup);

const PLAN: PlanView = {
  title: 'Roll out sts/web in payments @ prod-eu (https://10.1.2.3)',
  lines: [
    { label: 'app', text: '1.8.2 -> 1.9.0' },
    { label: 'order', text: 'web-15 down to web-0, 3 at once: 16 pods in about 4m (they start in 9s, stop in 5s)' },
  ],
  warnings: ['hpa/web may scale the set meanwhile: it will be waited out'],
};

/** How long a busy machine may take for a frame. */
const PATIENT = { timeout: 10_000, interval: 10 };

function open(plan: PlanView, rows: number) {
  const answers: string[] = [];
  const screen = render(
    <PlanScreen plan={plan} size={{ columns: 60, rows }} onAnswer={(answer) => answers.push(answer)} />,
  );
  return { screen, answers };
}

/** Keys reach the screen once it is mounted: the first that is heard scrolls nowhere. */
async function press(screen: ReturnType<typeof open>, key: string) {
  await vi.waitFor(() => {
    screen.screen.stdin.write(key);
    expect(screen.answers.length).toBeGreaterThan(0);
  }, PATIENT);
}

describe('the plan screen', () => {
  it('says what will happen, wrapped under its label, warnings last', () => {
    expect(open(PLAN, 16).screen.lastFrame()?.split('\n')).toEqual([
      'Roll out sts/web in payments @ prod-eu (https://10.1.2.3)',
      '',
      '  app     1.8.2 -> 1.9.0',
      '  order   web-15 down to web-0, 3 at once: 16 pods in about',
      '          4m (they start in 9s, stop in 5s)',
      '  ! hpa/web may scale the set meanwhile: it will be waited',
      '    out',
      ...Array.from({ length: 8 }, () => ''),
      'enter start   q leave, nothing changed',
    ]);
  });

  it.each([
    ['\r', 'start'],
    ['q', 'quit'],
    ['\u001b', 'quit'],
    ['\u0003', 'quit'],
  ])('%j is %s', async (key, answer) => {
    const screen = open(PLAN, 16);
    await press(screen, key);
    expect(screen.answers[0]).toBe(answer);
  });

  it('scrolls a plan that is longer than the window', async () => {
    const { screen } = open(
      { ...PLAN, lines: Array.from({ length: 30 }, (_, line) => ({ label: `l${line}`, text: 'x' })) },
      16,
    );
    expect(screen.lastFrame()).toContain('lines 1 to 11 of 32: arrows scroll');
    await vi.waitFor(() => {
      screen.stdin.write('\u001b[F');
      expect(screen.lastFrame()).toContain('lines 22 to 32 of 32');
    }, PATIENT);
    expect(screen.lastFrame()).toContain('! hpa/web may scale');
  });
});
