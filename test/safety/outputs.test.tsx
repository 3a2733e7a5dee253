import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { render } from 'ink-testing-library';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Api } from '../../src/cluster/api.ts';
import { type Connected, type ConnectFlags, connect } from '../../src/cluster/connection.ts';
import { run } from '../../src/commands/run.ts';
import { openSession } from '../../src/executor/session.ts';
import { isObject, type Json, type JsonObject } from '../../src/rollout/json.ts';
import { type Served, serve } from '../../src/simulator/index.ts';
import { App } from '../../src/ui/tui/app.tsx';
import { until } from '../commands/cluster.ts';
import { type FakeParts, fakeHost } from '../commands/fake-host.ts';

// Whoever may write a pod's status, an annotation or an event must not steer our user's terminal (CVE-2021-25743 of
// kubectl), and a token must reach no output, no record and no log. Here all outputs are gone through, with both planted.

/** Clears the screen, sets the window's title, moves the cursor, turns words around: and `owned` to be found again. */
const EVIL = '\u001b[2J\u001b]0;owned\u0007\u009b1A\rowned\u202e\u2066\u0000';
// biome-ignore lint/suspicious/noControlCharactersInRegex: to find them is the purpose
const STEERS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
const SECRETS = { slack: 'xoxb-1234-m4rk3r-slack', callback: 'm4rk3r-callback-secret', exec: 'm4rk3r-exec-token' };

let served: Served;
let folder: string;
let token: string;

beforeAll(async () => {
  served = await serve({ seed: 1, version: '1.37' });
  folder = mkdtempSync(join(tmpdir(), 'bedrock-outputs-'));
  writeFileSync(join(folder, 'good'), served.kubeconfig);
  token = String(parse(served.kubeconfig).users[0].user.token);
  expect(token.length).toBeGreaterThan(10);
  served.simulator.create(evilSet());
  await until(
    () => served.simulator.pods().filter((pod) => JSON.stringify(pod.status).includes('"Ready"')).length === 3,
  );
});

afterAll(async () => {
  await served.close();
  rmSync(folder, { recursive: true });
});

function evilSet(): JsonObject & { metadata: JsonObject } {
  const labels = { app: 'web' };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'web', annotations: { 'kubernetes.io/change-cause': EVIL, note: EVIL } },
    spec: {
      replicas: 3,
      serviceName: 'web',
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: { 'kubelet.test/start': '50ms', 'kubelet.test/stop': '50ms', evil: EVIL } },
        spec: { containers: [{ name: 'app', image: 'app:1' }] },
      },
    },
  };
}

/** An API server on which a wicked node has written the status of web-0, and somebody events and names. */
function wicked(api: Api): Api {
  const spoil = (object: Json): Json => {
    if (!isObject(object)) return object;
    if (Array.isArray(object.items)) return { ...object, items: object.items.map(spoil) };
    const name = isObject(object.metadata) ? object.metadata.name : '';
    return name === 'web-0' && isObject(object.spec) && 'containers' in object.spec ? spoiled(object) : object;
  };
  return {
    clock: api.clock,
    request: async (request) => spoil(await api.request(request)),
    watch: (request) =>
      api.watch({ ...request, onEvent: (event) => request.onEvent({ ...event, object: spoil(event.object) }) }),
  };
}

function spoiled(pod: JsonObject): JsonObject {
  const spec = isObject(pod.spec) ? pod.spec : {};
  return {
    ...pod,
    spec: { ...spec, nodeName: EVIL },
    status: {
      phase: 'Running',
      message: EVIL,
      reason: EVIL,
      conditions: [{ type: 'Ready', status: 'False', reason: EVIL, message: EVIL }],
      containerStatuses: [
        {
          name: 'app',
          image: EVIL,
          ready: false,
          restartCount: 3,
          state: { waiting: { reason: 'CrashLoopBackOff', message: EVIL } },
          lastState: { terminated: { exitCode: 1, reason: EVIL, message: EVIL } },
        },
      ],
    },
  };
}

async function connectToWicked(flags: ConnectFlags): Promise<Connected> {
  const connected = await connect(flags);
  return { ...connected, api: wicked(connected.api) };
}

async function call(line: string, parts: FakeParts = {}, kubeconfig = 'good') {
  const host = fakeHost({ connect: connectToWicked, openSession, ...parts });
  const code = await run([...line.split(' '), '--kubeconfig', join(folder, kubeconfig)], host);
  return { code, said: host.out() + host.err() };
}

/** Everything of the cluster that we may have written: sets with their records, Leases, events. */
function written(): string {
  const { store } = served.simulator.server;
  return store.resources
    .all()
    .map((resource) => JSON.stringify(store.list(resource, '')))
    .join('\n');
}

const LINES = [
  'status web',
  'status web -o json',
  'status web -o yaml',
  'history web',
  'list',
  'list -A',
  'rollout web --image app=app:2 --dry-run=client',
  'rollout web --image app=app:2 --dry-run=server -v 9',
  'rollout web --image app=app:2 --yes -o line --min-ready 0 --progress-deadline 2s',
  'status web',
  'status web -o json',
  'list',
  'status web -o jsonl',
  'rollout wbe --restart --yes -v 9',
  'history web -v 9',
];

describe('text of the cluster', () => {
  test('steers no terminal, whatever is asked', async () => {
    let found = 0;
    for (const line of LINES) {
      const { said } = await call(line);
      expect(said.replaceAll('\\u', ''), line).not.toMatch(STEERS);
      if (said.includes('owned')) found++;
    }
    // else nothing of it was shown, and nothing was tested
    expect(found).toBeGreaterThan(3);
  }, 60_000);

  test('steers no screen', async () => {
    const connected = await connectToWicked({ kubeconfig: join(folder, 'good'), asGroup: [] });
    const session = await openSession({
      connected,
      ref: { namespace: 'default', name: 'web' },
      user: 'ann@laptop',
      execute: false,
      endOn: new Set(),
    });
    const screen = render(
      <App session={session} glyphs="unicode" size={{ columns: 160, rows: 40 }} onLeave={() => {}} />,
    );
    try {
      await until(() => (screen.lastFrame() ?? '').includes('web-0'));
      const frames = screen.frames.join('\n');
      expect(frames).toContain('owned');
      for (const part of ['\u001b[2J\u001b]0;', '\u0007', '\u009b', '\rowned', '\u202e', '\u2066', '\u0000']) {
        expect(frames).not.toContain(part);
      }
    } finally {
      screen.unmount();
      await session.stop();
      await connected.close();
    }
  });
});

describe('a secret', () => {
  test('of the kubeconfig reaches no output and nothing that is written', async () => {
    for (const line of LINES.filter((each) => !each.includes('--progress-deadline'))) {
      const { said } = await call(line);
      expect(said, line).not.toContain(token);
    }
    expect(written()).not.toContain(token);
  }, 60_000);

  test.each([
    ['a token that is refused', { token: SECRETS.exec }],
    ['a password that is refused', { username: 'ann', password: SECRETS.exec }],
    ['a plugin that prints it and fails', { exec: plugin(`echo token: ${SECRETS.exec} >&2; exit 1`) }],
    ['a plugin that prints it bare', { exec: plugin(`echo ${SECRETS.exec}`) }],
    ['a plugin that is given it', { exec: plugin('exit 3', SECRETS.exec) }],
    ['a user that is of another type', { token: { value: SECRETS.exec } }],
  ])('in %s is not told, with -v=9 neither', async (name, user) => {
    const file = name.replaceAll(' ', '-');
    const config = parse(served.kubeconfig);
    config.users = [{ name: config.users[0].name, user }];
    writeFileSync(join(folder, file), stringify(config));
    for (const line of ['status web', 'status web -v 9', 'rollout web --restart --yes -v 9']) {
      const { code, said } = await call(line, {}, file);
      expect(code, said).not.toBe(0);
      expect(said).not.toContain(SECRETS.exec);
    }
  });

  test('of the environment reaches no output and nothing that is written', async () => {
    const env = {
      TERM: 'dumb',
      SLACK_BOT_TOKEN: SECRETS.slack,
      SLACK_API_URL: 'http://127.0.0.1:1/api/',
      BEDROCK_CALLBACK_SECRET: SECRETS.callback,
      HTTPS_PROXY: '',
    };
    const notified = '--slack-channel #releases --callback-url http://127.0.0.1:1/done';
    for (const line of [
      `rollout web --image app=app:3 --yes --min-ready 0 ${notified} -v 9`,
      `rollout web --image app=app:3 --dry-run=client ${notified} -v 9`,
      'status web -o json',
    ]) {
      const { code, said } = await call(line, { env });
      expect(code, `no command that is refused unread: ${said}`).not.toBe(2);
      for (const secret of Object.values(SECRETS)) expect(said, line).not.toContain(secret);
    }
    for (const secret of Object.values(SECRETS)) expect(written()).not.toContain(secret);
  });
});

function plugin(script: string, argument = ''): object {
  return {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: '/bin/sh',
    args: ['-c', script, argument],
    interactiveMode: 'Never',
  };
}
