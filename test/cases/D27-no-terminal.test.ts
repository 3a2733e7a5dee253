import { describe, expect, test } from 'vitest';
import { World } from './kit.ts';

// vadimdemedes/ink#166, #40, argo-rollouts#1172: without a terminal Ink throws, or prints one last frame, and a pipeline is
// green with nothing rolled. The real pipes and terminals are in test/e2e/cases/D27-no-terminal.test.ts.

const ROLLOUT = 'rollout web --image app=app:2 --max-unavailable 2 --min-ready 0s';

/** stdin and stdout of a fake host are both terminals, or neither. */
const ENDS: [string, { terminal: boolean; env: NodeJS.ProcessEnv }][] = [
  ['standard input and output are no terminal', { terminal: false, env: { TERM: 'xterm-256color' } }],
  ['CI=true with a terminal', { terminal: true, env: { TERM: 'xterm-256color', CI: 'true' } }],
  ['TERM=dumb', { terminal: true, env: { TERM: 'dumb' } }],
  ['NO_COLOR=1, and no terminal', { terminal: false, env: { TERM: 'xterm', NO_COLOR: '1' } }],
];

describe.each(ENDS)('%s', (_, parts) => {
  test('is line mode: a line a change, no escape sequence, 0 when it is done', async () => {
    const world = await World.start({ replicas: 4 });
    const ended = await world.run(`${ROLLOUT} --yes`, parts);
    expect(ended, ended.said).toMatchObject({ code: 0 });
    expect(ended.said).not.toContain('\u001b');
    expect(ended.said).toMatch(/^\d\d:\d\d:\d\d {2}sts\/web +executing/m);
    expect(world.images()).toEqual(['app:2', 'app:2', 'app:2', 'app:2']);
  });

  test('is not 0 where it stops half-way', async () => {
    const world = await World.start({ replicas: 4 });
    const ended = await world.run('rollout web --image app=app:bad --progress-deadline 1m --yes', parts);
    expect(ended.code, ended.said).toBe(3);
    expect(ended.said).not.toContain('\u001b');
  });
});

test('without --yes and without anybody to ask: 2, and nothing is written', async () => {
  const world = await World.start();
  const ended = await world.run(ROLLOUT, { terminal: false });
  expect(ended).toEqual({ code: 2, said: expect.stringContaining('--yes') });
  expect(world.writes()).toEqual([]);
});

test('-o tui is refused where there is no terminal for it, before anything is written', async () => {
  const world = await World.start();
  for (const parts of [
    { terminal: false, env: { TERM: 'xterm' } },
    { terminal: true, env: { TERM: 'dumb' } },
  ]) {
    const ended = await world.run(`${ROLLOUT} --yes -o tui`, parts);
    expect(ended).toEqual({ code: 2, said: expect.stringContaining('-o line') });
  }
  expect(world.writes()).toEqual([]);
});
