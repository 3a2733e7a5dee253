import { describe, expect, test } from 'vitest';
import { EXIT, exitCodeOf } from '../../src/commands/exit-codes.ts';
import { chooseOutput, refuseWithoutAnswer } from '../../src/commands/output.ts';
import { UsageError } from '../../src/rollout/errors.ts';
import { fakeHost } from './fake-host.ts';

test('the codes that scripts rely on', () => {
  expect(EXIT).toEqual({
    done: 0,
    failed: 1,
    usage: 2,
    stopped: 3,
    rolledBack: 4,
    SIGHUP: 129,
    SIGINT: 130,
    SIGTERM: 143,
  });
});

test.each([
  ['complete', 'forward', true, 0],
  ['held', 'forward', true, 0],
  ['rolled-back', 'forward', true, 4],
  ['rolled-back', 'back', true, 0],
  ['complete', 'back', true, 3],
  ['held', 'back', true, 3],
  ['stopped', 'forward', true, 3],
  ['stopped', 'back', true, 3],
  ['stopped', 'forward', false, 3],
  ['gone', 'forward', true, 3],
  ['lost', 'forward', true, 3],
  ['left', 'forward', true, 3],
  ['left', 'forward', false, 0],
  ['error', 'forward', true, 1],
] as const)('%s, on the way %s, executed here: %s -> %d', (outcome, wanted, executed, code) => {
  expect(exitCodeOf({ outcome }, wanted, executed)).toBe(code);
});

describe('how it is shown', () => {
  test.each([
    [true, {}, null, 'tui'],
    [true, { TERM: 'xterm-256color' }, null, 'tui'],
    [true, { TERM: 'dumb' }, null, 'line'],
    [true, { CI: 'true' }, null, 'line'],
    [true, { CI: 'true' }, 'tui', 'tui'],
    [true, {}, 'line', 'line'],
    [false, {}, null, 'line'],
    [false, {}, 'jsonl', 'jsonl'],
  ] as const)('terminal %s, %j, asked for %s: %s', (terminal, env, asked, output) => {
    expect(chooseOutput(fakeHost({ terminal, env }), asked)).toBe(output);
  });

  test('one end that is no terminal is enough for none', () => {
    const host = fakeHost({ terminal: true, env: {} });
    expect(chooseOutput({ ...host, stdin: fakeHost().stdin }, null)).toBe('line');
    expect(chooseOutput({ ...host, stdout: fakeHost().stdout }, null)).toBe('line');
  });

  test.each([
    [false, {}],
    [true, { TERM: 'dumb' }],
  ])('-o tui is refused where it cannot be: terminal %s, %j', (terminal, env) => {
    expect(() => chooseOutput(fakeHost({ terminal, env }), 'tui')).toThrow(UsageError);
  });

  test('without a terminal only --yes can answer', () => {
    expect(() => refuseWithoutAnswer(fakeHost(), false)).toThrow(/--yes/);
    expect(() => refuseWithoutAnswer(fakeHost(), true)).not.toThrow();
    expect(() => refuseWithoutAnswer(fakeHost({ terminal: true }), false)).not.toThrow();
  });
});
