import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Connected, connect } from '../../src/cluster/connection.ts';
import { type Served, serve } from '../../src/simulator/index.ts';
import { API_CASES } from '../conformance/cases-api.ts';
import { Kit } from '../conformance/kit.ts';

let served: Served;
let connected: Connected;
let folder: string;

beforeAll(async () => {
  served = await serve({ seed: 1, version: '1.37' });
  folder = await mkdtemp(join(tmpdir(), 'simulator-'));
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, served.kubeconfig, { mode: 0o600 });
  connected = await connect({ kubeconfig, asGroup: [] });
});

afterAll(async () => {
  await connected?.close();
  await served?.close();
  if (folder) await rm(folder, { recursive: true });
});

function createNamespace(name: string): void {
  served.simulator.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
}

test('the product connects by the kubeconfig, and finds the version', async () => {
  expect(await connected.api.request({ method: 'GET', path: '/version' })).toMatchObject({ major: '1', minor: '37' });
});

test.concurrent.each(API_CASES.filter(({ only }) => only !== '1.34').map((each, index) => ({ ...each, index })))(
  'over HTTPS: $name',
  async ({ run, index }) => {
    const namespace = `case-${index}`;
    createNamespace(namespace);
    await run(new Kit(connected.api, '1.37', namespace));
  },
);

test('kubectl gets tables, watches too', async () => {
  const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
  const { token, ca } = credentialsOf(served.kubeconfig);
  const { Agent, request } = await import('undici');
  const dispatcher = new Agent({ connect: { ca } });
  const headers = { accept, authorization: `Bearer ${token}` };
  const answer = await request(`${served.url}/api/v1/nodes`, { dispatcher, headers });
  const table = (await answer.body.json()) as { kind: string; rows: { cells: unknown[] }[] };
  expect(table.kind).toBe('Table');
  expect(table.rows.map(({ cells }) => cells[0])).toEqual(['node-0', 'node-1', 'node-2']);
  const refused = await request(`${served.url}/api/v1/nodes`, { dispatcher });
  expect([refused.statusCode, await refused.body.json()]).toMatchObject([
    401,
    { kind: 'Status', reason: 'Unauthorized' },
  ]);
  const exec = `${served.url}/api/v1/namespaces/default/pods/web-0/exec`;
  const stream = await request(exec, { dispatcher, headers, method: 'POST' });
  expect([stream.statusCode, await stream.body.json()]).toMatchObject([405, { reason: 'MethodNotAllowed' }]);
  await dispatcher.close();
});

function credentialsOf(kubeconfig: string): { token: string; ca: string } {
  const parsed: unknown = JSON.parse(kubeconfig);
  const [, token = ''] = /"token": "([^"]+)"/.exec(kubeconfig) ?? [];
  const [, data = ''] = /"certificate-authority-data": "([^"]+)"/.exec(kubeconfig) ?? [];
  expect(parsed).toMatchObject({ kind: 'Config' });
  return { token, ca: Buffer.from(data, 'base64').toString() };
}
