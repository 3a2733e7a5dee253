import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../src/cluster/exec.ts';
import { callHook, execVerdict, type HookSubject, hookCommand } from '../../src/gates/hooks.ts';
import { VirtualClock } from '../../src/simulator/index.ts';
import { answer, FakeConsul } from './fake-consul.ts';

const subject: HookSubject = {
  moment: 'before',
  namespace: 'payments',
  statefulSet: 'web',
  pod: 'web-3',
  uid: 'uid-3',
  ordinal: 3,
  revision: 'web-abc',
  ip: '10.1.0.3',
};

describe('the command of a hook', () => {
  const said = (command: string) => {
    const [program = '', ...rest] = hookCommand(command, subject);
    return execFileSync(program, rest, { encoding: 'utf8', env: {} }).trim();
  };

  it('is a shell with the pod in its environment', () => {
    expect(said('echo $BEDROCK_HOOK $BEDROCK_POD $BEDROCK_ORDINAL $BEDROCK_REVISION $BEDROCK_ADDRESS')).toBe(
      'before-pod web-3 3 web-abc 10.1.0.3',
    );
    expect(said(`echo "it's" '$BEDROCK_POD' "$BEDROCK_UID"; true`)).toBe("it's $BEDROCK_POD uid-3");
  });

  it('is a list as it stands, with the same names in it', () => {
    expect(hookCommand(['/bin/leave', '--member=$(BEDROCK_POD)', '$(HOME)'], subject)).toEqual([
      '/bin/leave',
      '--member=web-3',
      '$(HOME)',
    ]);
  });
});

describe('what a hook answers', () => {
  it('is its exit status, with the end of what it said, and nothing that steers a terminal', () => {
    expect(execVerdict({ exitCode: 0, output: 'fine\n' })).toEqual({ agreed: true, words: 'fine' });
    expect(execVerdict({ exitCode: 3, output: '' })).toEqual({ agreed: false, words: 'exit status 3' });
    const { words } = execVerdict({ exitCode: 1, output: `${'x'.repeat(5000)}\n\u001b[2Jnot the primary\n` });
    expect(words).toMatch(/^exit status 1: \.\.\.x+ \[2Jnot the primary$/);
    expect(words.length).toBeLessThan(330);
  });

  it.each<[string, number | string]>([
    ['{"status":"Success"}', 0],
    ['{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"7"}]}}', 7],
    ['{"status":"Failure","message":"Internal error occurred: command terminated with exit code 3"}', 3],
    ['{"status":"Failure","message":"container not found"}', 'container not found'],
    ['{"status":"Failure"}', 'the command could not be run'],
    ['no json', 'the end of the command is not understood'],
  ])('the Status %s', (text, wanted) => {
    expect(exitCodeOf(text)).toBe(wanted);
  });

  it('is a 2xx where it is called by HTTP', async () => {
    const outside = new FakeConsul(new VirtualClock());
    const bodies: unknown[] = [];
    let status = 204;
    outside.others = async ({ method, url, body }) => {
      bodies.push([method, url, JSON.parse(body ?? '')]);
      return answer(status, {}, status === 204 ? '' : 'replica 2 is behind');
    };
    const { signal } = new AbortController();
    const call = () => callHook(outside, 'http://ops/may', subject, signal);
    expect(await call()).toEqual({ agreed: true, words: '' });
    const { moment, ip, ...rest } = subject;
    expect(bodies).toEqual([['POST', 'http://ops/may', { hook: 'before-pod', ...rest, address: ip }]]);
    status = 409;
    expect(await call()).toEqual({ agreed: false, words: 'HTTP 409: replica 2 is behind' });
    status = 302;
    expect((await call()).agreed).toBe(false);
  });
});
