import { describe, expect, it } from 'vitest';
import type { RolloutOp } from '../../src/commands/op.ts';
import { parseArgs } from '../../src/commands/parse.ts';

function gates(...flags: string[]): RolloutOp['gates'] {
  const parsed = parseArgs(['rollout', 'sts/web', ...flags]);
  if (parsed.kind !== 'run' || parsed.op.command !== 'rollout') throw new Error('no rollout');
  return parsed.op.gates;
}

describe('what a rollout waits for', () => {
  it('is nothing, unless something is said', () => {
    expect(gates()).toEqual({ pace: {}, files: [] });
  });

  it('services of Consul', () => {
    expect(gates('--consul-service', 'web', '--consul-service', 'web-admin', '--consul-dc', 'dc1').pace).toEqual({
      serviceDiscovery: { serviceNames: ['web', 'web-admin'], dc: 'dc1', soak: '5s' },
    });
    expect(gates('--consul-service', 'web', '--consul-soak', '0', '--consul-namespace', 'pay').pace).toEqual({
      serviceDiscovery: { serviceNames: ['web'], namespace: 'pay', soak: '0' },
    });
  });

  it('queries of Prometheus, with semicolons in their strings', () => {
    const query = 'sum(rate(errors{pod=~"$newPods",path!="a;b"}[1m]))';
    const flag = `prometheus:http://prometheus:9090/prom;query=${query};pass=< 0.01; fail=> 0.05;every=5s;passes=2`;
    expect(gates('--gate', flag).pace.gates).toEqual([
      {
        kind: 'prometheus',
        url: 'http://prometheus:9090/prom',
        query,
        pass: '< 0.01',
        fail: '> 0.05',
        every: '5s',
        passes: 2,
      },
    ]);
  });

  it('gates of files, beside those of flags', () => {
    const both = gates('--gate', './gates.yaml', '--gate', 'prometheus:http://p;query=up;pass=== 1');
    expect(both.files).toEqual(['./gates.yaml']);
    expect(both.pace.gates).toMatchObject([{ query: 'up', pass: '== 1', every: '30s', passes: 3 }]);
  });

  it('hooks: of a shell, as a list, by HTTP', () => {
    expect(
      gates('--before-pod', 'mysqladmin ping', '--after-pod', '["/bin/check","$(BEDROCK_POD)"]').pace.hooks,
    ).toEqual({
      beforePod: { command: 'mysqladmin ping', timeout: '30s', retryInterval: '10s' },
      afterPod: { command: ['/bin/check', '$(BEDROCK_POD)'], timeout: '30s', retryInterval: '10s' },
    });
    const flags = ['--hook-pod', 'tool-0', '--hook-container', 'sh', '--hook-timeout', '5s', '--hook-retries', '2'];
    expect(gates('--before-pod', 'ask', '--hook-retry-interval', '1s', ...flags).pace.hooks?.beforePod).toEqual({
      command: 'ask',
      pod: 'tool-0',
      container: 'sh',
      timeout: '5s',
      retryInterval: '1s',
      retries: 2,
    });
    expect(gates('--before-pod', 'https://ops.example.com/may?go').pace.hooks?.beforePod).toMatchObject({
      url: 'https://ops.example.com/may?go',
    });
  });

  it('nothing any more, with --no-gates', () => {
    const { pace } = gates('--no-gates', '--ignore-not-before');
    expect(pace).toHaveProperty('serviceDiscovery', undefined);
    expect(pace).toHaveProperty('hooks', undefined);
    expect(pace.ignoreNotBefore).toBe(true);
  });

  it.each([
    [['--consul-dc', 'dc1'], '--consul-dc goes with --consul-service'],
    [['--consul-service', 'web', '--consul-soak', 'long'], '--consul-soak long: write a duration'],
    [['--gate', 'prometheus:http://p;pass=< 1'], '--gate: query'],
    [['--gate', 'prometheus:http://p;query=up'], 'say pass or fail'],
    [['--gate', 'prometheus:http://p;query=up;pass=1'], '--gate: pass: a comparison with a number'],
    [['--gate', 'prometheus:http://ann:secret@p;query=up;pass=> 0'], 'without a password'],
    [['--gate', 'prometheus:http://p;query=up;pass=> 0;passes=none'], '--gate: passes'],
    [['--gate', 'prometheus:http://p;query=up;query=down;pass=> 0'], 'query is given twice'],
    [['--gate', 'datadog:x'], 'only prometheus: is known'],
    [['--hook-timeout', '5s'], '--hook-timeout goes with --before-pod or --after-pod'],
    [['--before-pod', '["a"'], 'a list must be JSON'],
    [['--before-pod', '[1]'], '--before-pod: command'],
    [['--before-pod', 'ask', '--hook-retries', 'often'], '--before-pod: retries'],
    [['--before-pod', 'ask', '--hook-pod', '../x'], 'the name of a pod'],
    [['--no-gates', '--gate', 'x.yaml'], '--no-gates and --gate do not go together'],
  ])('refuses %s', (flags, words) => {
    let said = '';
    try {
      gates(...flags);
    } catch (error) {
      said = String(error);
    }
    expect(said).toContain(words);
    expect(said).not.toContain('secret');
  });
});
