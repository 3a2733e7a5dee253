import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Connected, type ConnectFlags, connect } from '../../src/cluster/connection.ts';
import { UsageError } from '../../src/rollout/errors.ts';
import { json, MockServer, status } from './harness/mock-server.ts';

let folder: string;
const open: Connected[] = [];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'bedrock-kube-'));
  vi.stubEnv('HOME', folder);
  vi.stubEnv('KUBECONFIG', '');
  for (const name of ['KUBERNETES_SERVICE_HOST', 'HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'])
    vi.stubEnv(name, '');
});

afterEach(async () => {
  for (const connected of open.splice(0)) await connected.close();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

interface Parts {
  server?: string;
  cluster?: object;
  user?: object;
  namespace?: string;
  current?: string;
  context?: string;
}

function kubeconfig(name: string, parts: Parts = {}): string {
  const { server = 'https://127.0.0.1:9', context = 'arn:aws:eks:eu/one two', current = context } = parts;
  const file = path.join(folder, name);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': current,
    contexts: [
      {
        name: context,
        context: { cluster: 'c', user: 'u', ...(parts.namespace ? { namespace: parts.namespace } : {}) },
      },
    ],
    clusters: [{ name: 'c', cluster: { server, ...parts.cluster } }],
    users: [{ name: 'u', user: parts.user ?? {} }],
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
}

async function connectBy(flags: Partial<ConnectFlags>): Promise<Connected> {
  const connected = await connect({ asGroup: [], ...flags });
  open.push(connected);
  return connected;
}

describe('which cluster, as kubectl chooses it (case D28)', () => {
  it('takes -n before the context’s namespace before default', async () => {
    const file = kubeconfig('a', { namespace: 'team' });
    expect(await connectBy({ kubeconfig: file, namespace: 'mine' })).toMatchObject({ namespace: 'mine' });
    expect(await connectBy({ kubeconfig: file })).toMatchObject({
      namespace: 'team',
      context: 'arn:aws:eks:eu/one two',
      server: 'https://127.0.0.1:9',
      user: 'u',
    });
    expect(await connectBy({ kubeconfig: kubeconfig('b') })).toMatchObject({ namespace: 'default' });
  });

  it('passes over files of KUBECONFIG that are not there; of two that say the same, the first wins', async () => {
    const one = kubeconfig('one', { server: 'https://one:1', current: '' });
    const two = kubeconfig('two', { server: 'https://two:2' });
    vi.stubEnv('KUBECONFIG', [path.join(folder, 'none'), one, two].join(path.delimiter));
    expect(await connectBy({})).toMatchObject({ server: 'https://one:1' });
  });

  it('never falls back to localhost', async () => {
    await expect(connectBy({})).rejects.toThrow(/^no kubeconfig: .*config does not exist, and this is not a pod/);
    vi.stubEnv('KUBECONFIG', '/does/not/exist');
    await expect(connectBy({})).rejects.toThrow(/none of KUBECONFIG=\/does\/not\/exist exists/);
    writeFileSync(path.join(folder, 'empty'), '');
    await expect(connectBy({ kubeconfig: path.join(folder, 'empty') })).rejects.toThrow('name a cluster by --context');
  });

  it.each<[string, Partial<ConnectFlags>, RegExp]>([
    ['a context', { context: 'prod' }, /no context "prod"; it has arn:aws:eks:eu\/one two/],
    ['a cluster', { cluster: 'x' }, /no cluster "x"; it has c/],
    ['a user', { user: 'x' }, /no user "x"; it has u/],
    ['a file', { kubeconfig: '/does/not/exist' }, /\/does\/not\/exist does not exist/],
    ['a duration', { requestTimeout: 'soon' }, /--request-timeout soon/],
    ['whom to act as', { asGroup: ['admins'] }, /need --as/],
  ])('refuses %s that is not there as a usage error', async (_name, flags, expected) => {
    const failing = connectBy({ kubeconfig: kubeconfig('a'), ...flags });
    await expect(failing).rejects.toThrow(expected);
    await expect(failing).rejects.toBeInstanceOf(UsageError);
  });

  it.each([
    ['a bracket that is not closed', 'users: [{name: u, user: {token: s3cret}}', 'line 1, column 41'],
    ['an alias', 'users: [{name: u, user: {token: *s3cret}}]', 'an alias'],
    ['a merge', 'users: [{name: u, user: {<<: *s3cret, token: a}}]', 'an alias'],
  ])('names the file that cannot be read for %s, without what is in it', async (_, text, place) => {
    writeFileSync(path.join(folder, 'bad'), text);
    const error = await connectBy({ kubeconfig: path.join(folder, 'bad') }).catch((reason: unknown) => String(reason));
    expect(error).toContain(path.join(folder, 'bad'));
    expect(error).toContain(place);
    expect(error).not.toContain('s3cret');
  });
});

describe('as whom', () => {
  let server: MockServer;

  beforeEach(async () => {
    server = await new MockServer().start();
  });

  afterEach(() => server.stop());

  async function headersOf(parts: Parts, flags: Partial<ConnectFlags> = {}) {
    const ca = Buffer.from(server.certificate.cert).toString('base64');
    const file = kubeconfig('a', { server: server.url, cluster: { 'certificate-authority-data': ca }, ...parts });
    const connected = await connectBy({ kubeconfig: file, ...flags });
    // the kubeconfig may change meanwhile: the connection is pinned
    writeFileSync(file, '{}');
    await connected.api.request({ method: 'GET', path: '/version' });
    return server.requests.at(-1)?.headers ?? {};
  }

  it.each<[string, object, string]>([
    ['a token', { token: 'abc' }, 'Bearer abc'],
    [
      'a name and a password',
      { username: 'jane', password: 'pw' },
      `Basic ${Buffer.from('jane:pw').toString('base64')}`,
    ],
  ])('sends %s', async (_name, user, expected) => {
    expect((await headersOf({ user })).authorization).toBe(expected);
  });

  it('reads a tokenFile beside the kubeconfig, before a token', async () => {
    writeFileSync(path.join(folder, 'token'), 'from-file\n');
    expect((await headersOf({ user: { tokenFile: 'token', token: 'abc' } })).authorization).toBe('Bearer from-file');
  });

  it('runs an exec plugin once, tells it its version, and again where its token was refused', async () => {
    const plugin = path.join(folder, 'plugin.mjs');
    const runs = path.join(folder, 'runs');
    writeFileSync(
      plugin,
      `import { appendFileSync, readFileSync } from 'node:fs';
       appendFileSync(${JSON.stringify(runs)}, 'x');
       const { apiVersion } = JSON.parse(process.env.KUBERNETES_EXEC_INFO);
       const token = 'token-' + readFileSync(${JSON.stringify(runs)}, 'utf8').length;
       console.log(JSON.stringify({ apiVersion, kind: 'ExecCredential', status: { token } }));`,
    );
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: process.execPath, args: [plugin] };
    expect((await headersOf({ user: { exec } })).authorization).toBe('Bearer token-1');
    server.handler = (request, response) =>
      request.headers.authorization === 'Bearer token-2'
        ? json(response, 200, {})
        : json(response, 401, status(401, 'Unauthorized', 'Unauthorized'));
    const [connected] = open;
    await Promise.all([1, 2, 3].map(() => connected?.api.request({ method: 'GET', path: '/version' })));
    expect(server.requests.at(-1)?.headers.authorization).toBe('Bearer token-2');
  });

  it('names a plugin that is not installed', async () => {
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'no-such-plugin' };
    await expect(headersOf({ user: { exec } })).rejects.toThrow(
      'the credential plugin no-such-plugin is not installed',
    );
  });

  it('acts as whom the kubeconfig says, or the flags', async () => {
    const user = { as: 'ann', 'as-groups': ['g1'], 'as-uid': '7' };
    expect(await headersOf({ user })).toMatchObject({
      'impersonate-user': 'ann',
      'impersonate-group': 'g1',
      'impersonate-uid': '7',
    });
    const headers = await headersOf({ user }, { as: 'bob', asGroup: ['g2'] });
    expect(headers).toMatchObject({ 'impersonate-user': 'bob', 'impersonate-group': 'g2' });
    expect(headers['impersonate-uid']).toBeUndefined();
  });

  it('takes --server, --token and --insecure-skip-tls-verify instead of what the kubeconfig says', async () => {
    const flags = { server: server.url, token: 'flag', insecureSkipTlsVerify: true };
    expect((await headersOf({ server: 'https://elsewhere', user: { token: 'abc' } }, flags)).authorization).toBe(
      'Bearer flag',
    );
    await expect(headersOf({ cluster: {} })).rejects.toThrow("not signed by the kubeconfig's authority");
  });

  it('verifies the name that tls-server-name says', async () => {
    const ca = { 'certificate-authority-data': Buffer.from(server.certificate.cert).toString('base64') };
    await headersOf({ cluster: { ...ca, 'tls-server-name': 'localhost' } });
    await expect(headersOf({ cluster: { ...ca, 'tls-server-name': 'other' } })).rejects.toThrow('is for another name');
  });

  it('goes through the kubeconfig’s proxy', async () => {
    const asked: string[] = [];
    const proxy = createServer();
    proxy.on('connect', async (request, client) => {
      asked.push(request.url ?? '');
      const { connect: dial } = await import('node:net');
      const [host = '', port = ''] = (request.url ?? '').split(':');
      const upstream = dial(Number(port), host, () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.pipe(client).pipe(upstream);
      });
      for (const socket of [upstream, client]) socket.on('error', () => {});
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const ca = { 'certificate-authority-data': Buffer.from(server.certificate.cert).toString('base64') };
    await headersOf({ cluster: { ...ca, 'proxy-url': address }, user: { token: 'abc' } });
    expect(asked).toEqual([server.url.replace('https://', '')]);
    proxy.close();
    proxy.closeAllConnections();
  });

  it('speaks plain http where the kubeconfig says so', async () => {
    const plain = createServer((_request, response) => json(response, 200, { gitVersion: 'v1' }));
    plain.listen(0, '127.0.0.1');
    await once(plain, 'listening');
    const url = `http://127.0.0.1:${(plain.address() as AddressInfo).port}`;
    const { api } = await connectBy({ kubeconfig: kubeconfig('plain', { server: url }) });
    expect(await api.request({ method: 'GET', path: '/version' })).toEqual({ gitVersion: 'v1' });
    plain.close();
    plain.closeAllConnections();
  });
});
