import { cleanup, render } from 'ink-testing-library';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Live } from '../../src/rollout/live.ts';
import { width } from '../../src/ui/text.ts';
import { App } from '../../src/ui/tui/app.tsx';
import type { Size } from '../../src/ui/tui/layout.ts';
import { alarmed, goingPod, iso, live, middle, NOW, newPod, pod, startingPod } from './builders.ts';
import { StillSession } from './fake-session.ts';

// the stub of a terminal has no rows, and Ink would run tput for each frame to find out
beforeAll(() => {
  vi.stubEnv('COLUMNS', '100');
  vi.stubEnv('LINES', '50');
});

afterEach(cleanup);

/** How long a busy machine may take for a frame. */
const PATIENT = { timeout: 10_000, interval: 10 };

const BIG: Size = { columns: 80, rows: 24 };
const SMALL: Size = { columns: 60, rows: 16 };
const HUGE: Size = { columns: 200, rows: 50 };

/** The screen with a session; `press` waits until the screen has answered. */
function open(first: Live, size: Size = BIG) {
  const session = new StillSession(first);
  const left: string[] = [];
  const screen = render(<App session={session} glyphs="unicode" size={size} onLeave={(how) => left.push(how)} />);
  const lines = () => (screen.lastFrame() ?? '').split('\n');
  return {
    session,
    left,
    lines,
    frame: () => screen.lastFrame() ?? '',
    press: (keys: string) => screen.stdin.write(keys),
    shows: (text: string) => vi.waitFor(() => expect(screen.lastFrame()).toContain(text), PATIENT),
    ready: () => vi.waitFor(() => expect(session.listeners).toBe(1), PATIENT),
  };
}

/** The middle of a rollout of that many pods. */
function rolling(pods: number): Live {
  const done = Math.floor(pods / 3);
  return live({
    pods: Array.from({ length: pods }, (_, ordinal) => {
      const turn = pods - 1 - ordinal;
      if (turn < done) return newPod(ordinal);
      if (turn === done) return startingPod(ordinal);
      if (turn === done + 1) return goingPod(ordinal);
      return pod(ordinal);
    }),
    status: { events: [{ at: iso(NOW), kind: 'note', message: 'something happened' }] },
    blockers: [{ code: 'budget', message: 'all 3 of the budget are in use', pods: [] }],
  });
}

describe('the frame', () => {
  it('at 80x24, in the middle', () => {
    const { lines } = open(middle());
    expect(lines()).toEqual([
      'sts/web  payments @ prod-eu                                executing here · live',
      'app 1.8.2 -> 1.9.0                                      web-7d9f6c -> web-5c4b88',
      '●●●●●●◐◐◌○○○○○○○   6 of 16 updated · 3 on the way · 7 old · 0 broken',
      'step 2 of 3 (50% = 8 pods)   3 at once   2m10s gone, about 15s for this step',
      '',
      '  POD     REV    STATE                                         FOR  NODE',
      '● web-11  new    Ready                                       1m58s  ip-10-0-3-14',
      '● web-10  new    Ready                                       1m58s  ip-10-0-2-13',
      '◐ web-9   new    starting: 1/2 containers                      12s  ip-10-0-1-12',
      '◐ web-8   new    soaking, 3s to go                              2s  ip-10-0-0-11',
      '◌ web-7   old    terminating, grace 30s                         4s  ip-10-0-3-10',
      '○ web-6   old    Ready, next                                    3h  ip-10-0-2-16',
      '○ web-5   old    Ready                                          3h  ip-10-0-1-15',
      '○ web-4   old    Ready                                          3h  ip-10-0-0-14',
      '○ web-3   old    Ready                                          3h  ip-10-0-3-13',
      '○ web-2   old    Ready                                          3h  ip-10-0-2-12',
      '○ web-1   old    Ready                                          3h  ip-10-0-1-11',
      '○ web-0   old    Ready                                          3h  ip-10-0-0-10',
      '  4 more above',
      '',
      'waits for   web-7, web-8 and web-9: all 3 of the budget are in use',
      '12:03:37    all is well',
      '',
      'space pause   + - speed   n next step   r roll back   ? help   q leave held',
    ]);
  });

  it('at 60x16 says what time is left, rather than what is gone', () => {
    const { lines } = open(middle(), SMALL);
    expect(lines()[3]).toBe('step 2 of 3 (50% = 8 pods)  3 at once  about 15s left');
  });

  it('at 60x16, in an alarm', () => {
    const { lines } = open(alarmed(), SMALL);
    expect(lines()).toEqual([
      'sts/web  payments @ prod-eu            executing here · live',
      'app 1.8.2 -> 1.9.0                  web-7d9f6c -> web-5c4b88',
      '●○○○○○✗○○○○○○○○○   1 of 16 updated · 1 broken',
      'all 16 pods   3 at once   2m10s gone, paused for 2m10s',
      '✗ PAUSED: web-9 does not start: ImagePullBackOff',
      '  app: Back-off pulling image "registry.corp/app:1.9.0": …',
      '  14 pods serve the old version, 1 the new, 1 is down.',
      '  Nothing more is touched.',
      '  r  roll back: restarts web-15 and web-9',
      '  space  try on, with web-9 as it is',
      '  POD     REV    STATE                                   FOR',
      '✗ web-9   new    ImagePullBackOff                        12s',
      '○ web-8   old    Ready                                    3h',
      '  6 more above, 8 more below',
      '',
      'space go on   r roll back   enter its logs   q leave held',
    ]);
  });

  it.each([
    [3, BIG, /^● web-2 /],
    [60, BIG, /^ {2}59 {2}●{5} /],
    [1000, BIG, /^ 999-9\d\d {2}█+/],
    [3, SMALL, /^● web-2 /],
    [60, SMALL, /^ {2}59 {2}●{5} /],
    [1000, SMALL, /^ 999-\d+ {2}█+/],
    [3, HUGE, /^● web-2 /],
    [60, HUGE, /^ {2}59 {2}●{5} /],
    [1000, HUGE, /^ {2}999 {2}●{5} /],
  ])('of %i pods at %j: head, pods and keys are there, and nothing sticks out', (pods, size, first) => {
    for (const [from, banner] of [
      [rolling(pods), null],
      [stopped(pods), 'PAUSED:'],
    ] as const) {
      const { lines } = open(from, size);
      const shown = lines();
      expect(shown).toHaveLength(size.rows);
      for (const line of shown) expect(width(line)).toBeLessThanOrEqual(size.columns);
      expect(shown[0]).toMatch(/^sts\/web {2}payments @ prod-eu .*executing here · live$/);
      expect(width(shown[0] ?? '')).toBe(size.columns);
      expect(shown[2]).toContain(` of ${pods} updated`);
      expect(shown.at(-1)).toMatch(/^space .*\? help +q leave held$/);
      if (banner === null) expect(shown.some((line) => first.test(line))).toBe(true);
      else expect(shown.some((line) => line.includes(banner))).toBe(true);
    }
  });

  it.each([[BIG], [SMALL], [HUGE]])('of the help at %j shows every key and glyph', async (size) => {
    const screen = open(middle(), size);
    await screen.ready();
    screen.press('?');
    await screen.shows('close the help');
    expect(screen.lines()).toHaveLength(size.rows);
    for (const text of [
      'pause',
      'speed',
      'next step',
      'roll back',
      'timeline',
      'execute here',
      'point at',
      'find',
      'leave',
      'ctrl-c',
      '◍',
      '◈',
      '✗',
    ]) {
      expect(screen.frame()).toContain(text);
    }
    screen.press('?');
    await screen.shows('POD');
  });

  it('says so where the window is too small, and still asks', async () => {
    const screen = open(middle(), { columns: 40, rows: 8 });
    expect(screen.lines()[0]).toBe('This window is 40x8: it needs 50x12. The');
    await screen.ready();
    screen.press('q');
    await screen.shows('Leave? sts/web is left held');
    screen.press('y');
    expect(screen.left).toEqual(['quit']);
  });
});

/** web-0 is broken, and there are as many pods. */
function stopped(pods: number): Live {
  const base = alarmed();
  const status = base.record?.status ?? undefined;
  const all = Array.from({ length: pods }, (_, ordinal) => (ordinal === pods - 1 ? newPod(ordinal) : pod(ordinal)));
  return live({ pods: all, status: { ...status, replicas: pods } });
}

describe('keys', () => {
  it('act, and the answer is shown', async () => {
    const screen = open(middle());
    await screen.ready();
    screen.press(' ');
    await screen.shows('done: pause');
    expect(screen.session.acts).toEqual([{ kind: 'pause' }]);
  });

  it('held down add up', async () => {
    const screen = open(middle());
    await screen.ready();
    screen.press('+++');
    await vi.waitFor(() => expect(screen.session.acts.at(-1)).toEqual({ kind: 'speed', maxUnavailable: '6' }), PATIENT);
    await screen.shows('done: speed');
  });

  it('show a refusal, clean', async () => {
    const screen = open(middle());
    screen.session.refuse = 'cannot patch \u001b[31mstatefulsets';
    await screen.ready();
    screen.press(' ');
    await screen.shows('cannot patch statefulsets');
  });

  it('ask before a rollback, and say how many pods restart', async () => {
    const screen = open(alarmed());
    await screen.ready();
    screen.press('r');
    await screen.shows('Roll back to the version from before? It restarts 2 pods: web-15 and web-9.');
    expect(screen.lines().at(-1)).toBe('y yes   n no');
    expect(screen.session.acts).toEqual([]);
    screen.press('y');
    await screen.shows('done: rollback');
    expect(screen.session.acts).toEqual([{ kind: 'rollback' }]);
  });

  it('pasted do nothing', async () => {
    const screen = open(alarmed());
    await screen.ready();
    screen.press('ry');
    screen.press('?');
    await screen.shows('close the help');
    expect(screen.session.acts).toEqual([]);
  });

  it('point at pods, row by row', async () => {
    const screen = open(rolling(1000));
    await screen.ready();
    screen.press('z');
    await screen.shows('STATE');
    screen.press('\u001b[F');
    await screen.shows('○›web-0 ');
    screen.press('\u001b[H');
    await screen.shows('●›web-999');
    screen.press('\u001b[B');
    await screen.shows('●›web-998');
    screen.press('f');
    await screen.shows('◌ web-665');
  });

  it('open a range into its pods, a pod into its panel, and find back', async () => {
    const screen = open(rolling(5000));
    await screen.ready();
    screen.press('\r');
    await screen.shows('pods 3499 to 3000, esc shows all');
    expect(screen.frame()).toContain('◐ web-3333');
    screen.press('\u001b[C');
    await screen.shows('◌›web-3332');
    screen.press('\r');
    await screen.shows('web-3332 says hello');
    expect(screen.frame()).toContain('why not now  it is being replaced');
    screen.press('l');
    await screen.shows('log of app, live');
    screen.press('\u001b');
    await screen.shows('why not now');
    screen.press('\u001b');
    await screen.shows('pods 3499 to 3000');
    screen.press('\u001b');
    await screen.shows('4999-4500');
  });

  it('find as one types, and keep what was found', async () => {
    const screen = open(rolling(1000));
    await screen.ready();
    screen.press('/');
    await screen.shows('enter keep, esc all');
    screen.press('term');
    await screen.shows('/term    1 of 1000 pods');
    expect(screen.frame()).toContain('◌ web-665');
    screen.press('\u007f\u007f');
    screen.press('\r');
    await screen.shows('/te: 1 of 1000 pods, esc shows all');
    // and the keys are keys again
    screen.press(' ');
    await screen.shows('done: pause');
    screen.press('\u001b');
    await screen.shows('999-9');
  });

  it('bring what is broken to the top', async () => {
    const screen = open(stopped(1000), HUGE);
    await screen.ready();
    screen.press('b');
    await screen.shows('broken first');
    expect(screen.lines().find((line) => line.includes('web-'))).toBeDefined();
  });

  it('leave: a viewer at once, the executor after a question', async () => {
    const viewer = open(middle({ live: { role: 'viewer' } }));
    await viewer.ready();
    viewer.press('q');
    expect(viewer.left).toEqual(['quit']);
    const executor = open(middle());
    await executor.ready();
    executor.press('q');
    await executor.shows('no further pod is touched. 3 pods on the way');
    expect(executor.left).toEqual([]);
    executor.press('\u001b');
    await executor.shows('space pause');
    executor.press('q');
    await executor.shows('y leave held   n stay');
    executor.press('y');
    expect(executor.left).toEqual(['quit']);
  });

  it('ctrl-c pauses and asks, and the second leaves', async () => {
    const screen = open(middle(), SMALL);
    await screen.ready();
    screen.press('\u0003');
    await screen.shows('Interrupted: sts/web is paused');
    expect(screen.lines().at(-1)).toBe('l leave held   g go on   r roll back (8)   ctrl-c leave now');
    expect(screen.session.acts).toEqual([{ kind: 'pause' }]);
    screen.press('\u0003');
    expect(screen.left).toEqual(['interrupted']);
  });
});

describe('the picture', () => {
  it('follows the session', async () => {
    const screen = open(middle());
    await screen.ready();
    screen.session.show(live({ pods: [newPod(0)], status: { phase: 'Complete', endedAt: iso(NOW) } }));
    await screen.shows('● COMPLETE: 1 pod at app 1.9.0 in 2m10s. Its own strategy is back.');
    expect(screen.lines().at(-1)).toBe('/ find   enter pod   t timeline   ? help   q leave');
  });

  it('shows what the session says of itself, as long as it is news', async () => {
    const screen = open(middle());
    await screen.ready();
    screen.session.show(middle({ live: { notice: { at: NOW, text: 'Slack: not_in_channel', bad: true } } }));
    await screen.shows('Slack: not_in_channel');
    screen.session.show(
      middle({ live: { at: NOW + 31_000, notice: { at: NOW, text: 'Slack: not_in_channel', bad: true } } }),
    );
    await vi.waitFor(() => expect(screen.frame()).not.toContain('Slack'), PATIENT);
  });

  it('keeps saying in one line that somebody is not told, but for the answer to a key', async () => {
    const message = 'Slack is not told: Slack answers token_revoked. The rollout goes on';
    const condition = { type: 'NotificationsFailing', status: 'True', reason: 'slack', message } as const;
    const conditions = [{ ...condition, lastTransitionTime: new Date(NOW).toISOString() }];
    const base = middle();
    const status = base.record?.status;
    if (base.record === null || status == null) throw new Error('the middle of a rollout has a status');
    const failing = { ...base, record: { ...base.record, status: { ...status, conditions } } };
    const screen = open(failing);
    await screen.shows(message);
    screen.session.show({ ...failing, notice: { at: NOW, text: 'asked to go on', bad: false } });
    await screen.shows('asked to go on');
    expect(screen.frame()).not.toContain(message);
    screen.session.show({ ...failing, at: NOW + 31_000, notice: { at: NOW, text: 'asked to go on', bad: false } });
    await screen.shows(message);
  });

  it('lets go of the session with the screen', async () => {
    const screen = open(middle());
    await screen.ready();
    cleanup();
    expect(screen.session.listeners).toBe(0);
  });
});
