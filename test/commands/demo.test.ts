import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { connect } from '../../src/cluster/connection.ts';
import { SCENARIO_NAMES, SCENARIOS, type Scenario } from '../../src/commands/demo/scenarios.ts';
import { rolloutWords } from '../../src/commands/demo/stage.ts';
import { demo } from '../../src/commands/demo.ts';
import type { DemoOp } from '../../src/commands/op.ts';
import { parseArgs } from '../../src/commands/parse.ts';
import { openSession } from '../../src/executor/session.ts';
import { width } from '../../src/ui/text.ts';
import { until } from './cluster.ts';
import { type FakeHost, fakeHost } from './fake-host.ts';

const OP: DemoOp = {
  command: 'demo',
  scenario: 'smooth',
  pods: null,
  serve: false,
  kubernetes: '1.37',
  yes: false,
  output: 'line',
};

/** As the scenario of this name, but with pods that are quick. */
function quick(name: keyof typeof SCENARIOS, pods: number, flags: string[] = []): Scenario {
  const scenario: Scenario = SCENARIOS[name];
  const [first, ...others] = scenario.sets.map((set) => ({
    ...set,
    kubelet: { ...set.kubelet, start: '20ms', stop: '200ms', 'crash-after': '300ms' },
    flags: [...set.flags, '--min-ready', '500ms', ...flags],
  }));
  if (first === undefined) throw new Error('a scenario has a set');
  const script = scenario.script.map((happening) => ({ ...happening, thenMs: happening.thenMs / 10 }));
  return { ...scenario, pods, sets: [first, ...others], script };
}

/** Connects over HTTPS, as the program does. */
const host = (): FakeHost => fakeHost({ connect, openSession });

const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('kubectl-bedrock-demo-'));

/** Runs it to its end; nothing may be left behind by it. */
async function play(op: Partial<DemoOp>, scenario: Scenario, on = host()): Promise<{ code: number; host: FakeHost }> {
  return { code: await demo({ ...OP, ...op }, on, scenario), host: on };
}

// in real time: a busy machine makes them slower, and decides none of them
describe('a demo', { timeout: 90_000 }, () => {
  test.concurrent('rolls a set out, with what to watch in the plan', async () => {
    const { code, host } = await play({}, quick('smooth', 4));
    expect(host.out()).toContain('sts/web complete: 4 pods at app 1.9.0');
    expect(host.out()).toContain('watch   four pods go at once');
    expect(host.err()).toMatch(/^Kubernetes 1\.37, simulated at https:\/\/127\.0\.0\.1:\d+; all goes well/);
    expect(code).toBe(0);
  });

  test.concurrent('without a screen, goes back by itself where the new version crashes', async () => {
    const { code, host } = await play({ kubernetes: '1.34' }, quick('crash-after-ready', 3));
    expect(host.out()).toContain('sts/web stopped, and held');
    expect(host.out()).toContain('sts/web rolled back: 3 pods at app 1.8.2');
    expect(code).toBe(0);
  });

  test.concurrent('shows OnDelete leak beside a fence that does not, under the same drain', async () => {
    // the rollouts rest at the step until the drain is over, however long that takes here
    const on = host();
    const running = play({}, quick('leak', 6, ['--step-pause', 'manual']), on);
    await until(() => on.err().includes('came back new on the left'));
    await until(() => on.out().includes('came back at the new version out of turn'));
    on.signal('SIGTERM');
    const { code } = await running;
    const of = (name: string) =>
      on
        .out()
        .split('\n')
        .filter((line) => line.startsWith(`${name} `));
    expect(of('on-delete').join('\n')).toContain('came back at the new version out of turn');
    expect(of('fence    ').join('\n')).not.toContain('out of turn');
    expect(on.err()).toMatch(/^node-\d is being drained/m);
    expect(code).toBe(143);
  });

  test.concurrent('with --serve says how to reach it, until it is ended', async () => {
    const on = host();
    const running = play({ serve: true, scenario: 'smooth' }, quick('smooth', 2), on);
    await until(() => on.out().includes('Ctrl-C'));
    const [, kubeconfig = ''] = /KUBECONFIG=(\S+)/.exec(on.out()) ?? [];
    const connected = await connect({ kubeconfig, asGroup: [] });
    const set = await connected.api.request({
      method: 'GET',
      path: '/apis/apps/v1/namespaces/default/statefulsets/web',
    });
    expect(set).toMatchObject({ status: { readyReplicas: 2 } });
    await connected.close();
    on.signal('SIGINT');
    expect((await running).code).toBe(130);
    expect(folders()).not.toContain(kubeconfig.split('/').at(-2));
    await expect(connect({ kubeconfig, asGroup: [] })).rejects.toThrow();
  });

  test.concurrent('ended by a signal in the middle, answers with it and leaves no file', async () => {
    const on = host();
    const running = play({}, quick('smooth', 4, ['--interval', '1m']), on);
    await until(() => on.out().includes('1/4 updated'));
    on.signal('SIGTERM');
    expect((await running).code).toBe(143);
    expect(on.out()).toContain('sts/web held at 25%: 1 of 4 pods');
  });
});

describe('the scenarios', () => {
  test.each(SCENARIO_NAMES)('%s is what it says', (name) => {
    const scenario: Scenario = SCENARIOS[name];
    for (const set of scenario.sets) expect(parseArgs(rolloutWords(set))).toMatchObject({ op: { command: 'rollout' } });
    // each is a line of a plan or of the foot, in a terminal of 80 columns
    for (const line of [...scenario.watch, ...scenario.script.map(({ say }) => say('node-1'))])
      expect([line, width(line) <= 94]).toEqual([line, true]);
  });
});

test('the README and docs/strategies.md name every scenario', () => {
  for (const name of SCENARIO_NAMES) expect(readFileSync('README.md', 'utf8')).toContain(`| \`${name}\` |`);
  const strategies = readFileSync('docs/strategies.md', 'utf8');
  for (const [, name] of strategies.matchAll(/--scenario ([\w-]+)/g)) expect(SCENARIO_NAMES).toContain(name);
});
