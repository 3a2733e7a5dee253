import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import { connect } from '../../src/cluster/connection.ts';
import { run } from '../../src/commands/run.ts';
import { openSession } from '../../src/executor/session.ts';
import { type Served, serve } from '../../src/simulator/index.ts';
import { until } from '../commands/cluster.ts';
import { fakeHost } from '../commands/fake-host.ts';

// kubectl#884, kubernetes#77666, derailed/k9s#2568: the context's own namespace is missed, a context that is switched in
// another terminal is followed. Which file, context, user and flag wins is in test/cluster/connection.test.ts.

const EKS = 'arn:aws:eks:eu-west-1:123:cluster/prod one';
let served: Served;
let folder: string;
let file: string;

beforeAll(async () => {
  served = await serve({ seed: 1, version: '1.37' });
  folder = mkdtempSync(join(tmpdir(), 'bedrock-where-'));
  file = join(folder, 'config');
  for (const namespace of ['team-a', 'team-b']) {
    served.simulator.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    for (const name of ['web', 'webhook']) served.simulator.create(set(name, namespace));
  }
});

afterAll(async () => {
  await served.close();
  rmSync(folder, { recursive: true });
});

beforeEach(() => {
  writeFileSync(file, kubeconfig('a'));
  vi.stubEnv('KUBECONFIG', file);
  return () => vi.unstubAllEnvs();
});

function set(name: string, namespace: string) {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name, namespace },
    spec: {
      replicas: 2,
      serviceName: name,
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: { 'kubelet.test/start': '50ms', 'kubelet.test/stop': '50ms' } },
        spec: { containers: [{ name: 'app', image: 'app:1' }] },
      },
    },
  };
}

/** Contexts a and the EKS one are of team-a and team-b; `none` names no namespace; `nowhere` a server that is not there. */
function kubeconfig(current: string): string {
  const config = parse(served.kubeconfig);
  const { cluster, user } = config.contexts[0].context;
  const context = (name: string, more: object) => ({ name, context: { cluster, user, ...more } });
  return stringify({
    ...config,
    'current-context': current,
    clusters: [...config.clusters, { name: 'nowhere', cluster: { server: 'https://127.0.0.1:1' } }],
    contexts: [
      context('a', { namespace: 'team-a' }),
      context(EKS, { namespace: 'team-b' }),
      context('none', {}),
      context('nowhere', { cluster: 'nowhere' }),
    ],
  });
}

async function call(...argv: string[]): Promise<{ code: number; said: string }> {
  const host = fakeHost({ connect, openSession });
  const code = await run(argv, host);
  return { code, said: host.out() + host.err() };
}

function writes(): number {
  return served.simulator.history.writes.filter(({ user }) => user === 'admin').length;
}

describe('the namespace', () => {
  test.each([
    [['status', 'web'], 'team-a'],
    [['status', 'web', '-n', 'team-b'], 'team-b'],
    [['status', 'web', '--context', EKS], 'team-b'],
    [['status', 'web', '--context', EKS, '-n', 'team-a'], 'team-a'],
    [['-n', 'team-b', 'status', 'web'], 'team-b'],
  ])('%j is of %s', async (argv, namespace) => {
    const { code, said } = await call(...argv);
    expect({ code, said }).toEqual({ code: 0, said: expect.stringContaining(`sts/web  ${namespace} @`) });
  });

  test('of a context that names none is default', async () => {
    const { code, said } = await call('status', 'web', '--context', 'none');
    expect(code).toBe(1);
    expect(said).toContain('not found in namespace default');
  });
});

describe('what is not there', () => {
  test.each([
    ['a context', ['rollout', 'web', '--restart', '--yes', '--context', 'prod'], 2, /no context "prod"; it has a, arn/],
    ['a flag', ['rollout', 'web', '--restart', '--yes', '--contxt', 'a'], 2, /contxt/],
    ['a kubeconfig', ['rollout', 'web', '--restart', '--yes', '--kubeconfig', '/does/not/exist'], 2, /does not exist/],
    ['a namespace', ['rollout', 'web', '--restart', '--yes', '-n', 'team-c'], 1, /not found in namespace team-c/],
    ['a set', ['rollout', 'wbe', '--restart', '--yes'], 1, /wbe not found in namespace team-a; did you mean web\?/],
    [
      'a server',
      ['rollout', 'web', '--restart', '--yes', '--context', 'nowhere'],
      1,
      /127\.0\.0\.1:1: connection refused/,
    ],
    ['a server, in time', ['status', 'web', '--context', 'nowhere', '--request-timeout', '2s'], 1, /cannot reach/],
  ] as const)('%s: one clear error, and nothing is written', async (_, argv, code, words) => {
    const before = writes();
    const ended = await call(...argv);
    expect(ended).toEqual({ code, said: expect.stringMatching(words) });
    expect(ended.said.trim().split('\n')).toHaveLength(1);
    expect(writes()).toBe(before);
  });
});

test('a context switched in another shell is not followed: context, server and namespace stay for the whole run', async () => {
  const rollout = call('rollout', 'web', '--image', 'app=app:2', '--yes', '--min-ready', '0');
  const before = writes();
  await until(() => writes() > before);
  writeFileSync(file, kubeconfig('nowhere'));
  // and not by what is asked anew after a break either
  served.simulator.faults.breakWatches('cut');
  const { code, said } = await rollout;
  expect({ code, said }).toEqual({ code: 0, said: expect.stringContaining('in team-a @ a') });
  const images = (namespace: string) =>
    served.simulator
      .pods(namespace)
      .filter(({ metadata }) => String(metadata.name).startsWith('web-'))
      .map((pod) => JSON.stringify(pod.spec).match(/app:\d/)?.[0]);
  expect(images('team-a')).toEqual(['app:2', 'app:2']);
  expect(images('team-b')).toEqual(['app:1', 'app:1']);
});

test('--as acts as that user', async () => {
  await call('pause', 'web', '--as', 'bob');
  const { code } = await call('rollout', 'web', '--image', 'app=app:3', '--yes', '--min-ready', '0', '--as', 'bob');
  expect(code).toBe(0);
  expect(served.simulator.history.writes.some(({ user }) => user === 'bob')).toBe(true);
});
