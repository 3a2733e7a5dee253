import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ApiError, ConnectionError } from '../../src/cluster/api.ts';
import { run } from '../../src/commands/run.ts';
import { VERSION } from '../../src/commands/version.ts';
import { fakeHost } from './fake-host.ts';

const argv = (line: string) => line.split(' ').filter((word) => word !== '');

test('version is that of package.json, and asks no cluster', async () => {
  const host = fakeHost({ connect: () => Promise.reject(new Error('no cluster must be asked')) });
  expect(await run(['version'], host)).toBe(0);
  expect(host.out()).toBe(`kubectl-bedrock ${VERSION}\n`);
  expect(JSON.parse(readFileSync('package.json', 'utf8'))).toMatchObject({ version: VERSION });
});

test('help goes to standard output, with 0', async () => {
  const host = fakeHost();
  expect(await run(['rollout', '--help'], host)).toBe(0);
  expect(host.out()).toContain('--max-unavailable');
  expect(host.err()).toBe('');
});

describe('errors', () => {
  test.each([
    ['rollout web --precent 3', 2, 'error: rollout has no flag --precent; did you mean --percent?\n'],
    [
      'rollout web --image app=web:2',
      2,
      'error: there is no terminal to ask in: add --yes to go on without asking. Nothing was written.\n',
    ],
    [
      'rollout web --restart -o jsonl',
      2,
      'error: there is no terminal to ask in: add --yes to go on without asking. Nothing was written.\n',
    ],
    ['rollout web --yes -o tui', 2, 'error: -o tui needs a terminal for standard input and output: use -o line\n'],
    ['rollout -f none.yaml --yes', 2, 'error: none.yaml cannot be read: ENOENT\n'],
  ])('%s: %d', async (line, code, text) => {
    const host = fakeHost({ connect: () => Promise.reject(new Error('no cluster must be asked')) });
    expect(await run(argv(line), host)).toBe(code);
    expect(host.err()).toBe(text);
  });

  const failing = (error: Error) => fakeHost({ connect: () => Promise.reject(error) });

  test.each([
    [new ConnectionError('connection refused: https://10.0.0.1'), 'error: connection refused: https://10.0.0.1\n'],
    [new ApiError(403, 'Forbidden', 'no'), 'error: the API server answers 403 Forbidden: no\n'],
    [new Error('broken\u001b[31m\u0007'), 'error: broken[31m\n'],
  ])('%s is told without a stack', async (error, text) => {
    const host = failing(error);
    expect(await run(['status', 'web'], host)).toBe(1);
    expect(host.err()).toBe(text);
  });

  test('with a stack from -v=6 on', async () => {
    const quiet = failing(new Error('broken'));
    await run(['status', 'web', '-v=5'], quiet);
    expect(quiet.err()).not.toContain('    at ');
    const loud = failing(new Error('broken'));
    await run(['status', 'web', '-v=6'], loud);
    expect(loud.err()).toContain('    at ');
  });

  test.each([
    'exec plugin said: {"token":"abc123secret"}',
    'Authorization: Bearer abc123secret.abc123secret',
    'proxy http://ann:abc123secret@proxy:3128 refused',
    'token eyJabc123secret.eyJhIjoiYiJ9.abc123secret rejected',
    'password=abc123secret',
    'Slack was asked with xoxb-abc123secret',
    'xapp-1-A0-abc123secret is no token',
  ])('a secret in %j is not told, not even with a stack', async (message) => {
    for (const level of ['-v=0', '-v=9']) {
      const host = failing(new Error(message));
      await run(['status', 'web', level], host);
      expect(host.err()).not.toContain('abc123secret');
      expect(host.err()).toContain('***');
    }
  });
});
