import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Served, serve } from '../../src/simulator/index.ts';
import { assets } from './harness/control-plane.ts';
import { type Finished, run } from './harness/index.ts';

/** An ordinary kubectl, not our client, on the simulator. */
let served: Served;
let folder: string;

const WEB = `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web}
spec:
  replicas: 3
  podManagementPolicy: Parallel
  serviceName: web
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, image: "app:1"}]}
`;

beforeAll(async () => {
  served = await serve({ seed: 1, version: '1.37' });
  folder = await mkdtemp(join(tmpdir(), 'simulator-kubectl-'));
  await writeFile(join(folder, 'kubeconfig'), served.kubeconfig, { mode: 0o600 });
  await writeFile(join(folder, 'web.yaml'), WEB);
});

afterAll(async () => {
  await served?.close();
  if (folder) await rm(folder, { recursive: true });
});

function kubectl(...args: string[]): Promise<Finished> {
  const bin = assets();
  const program = bin === null ? 'kubectl' : join(bin, 'kubectl');
  return run(program, args, {
    cwd: folder,
    env: { ...process.env, KUBECONFIG: join(folder, 'kubeconfig'), HOME: folder },
  });
}

async function ok(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await kubectl(...args);
  expect({ args, code, stderr: code === 0 ? '' : stderr }).toEqual({ args, code: 0, stderr: '' });
  return stdout;
}

async function refused(...args: string[]): Promise<string> {
  const { code, stderr } = await kubectl(...args);
  expect(code).not.toBe(0);
  return stderr;
}

test('apply, get, watch, describe, logs, events', async () => {
  expect(await ok('apply', '-f', 'web.yaml')).toBe('statefulset.apps/web created\n');
  expect(await ok('rollout', 'status', 'sts/web')).toContain('partitioned roll out complete: 3 new pods');
  await ok('wait', '--for=condition=Ready', 'pod/web-0', 'pod/web-1', 'pod/web-2', '--timeout=20s');
  expect(await ok('get', 'pods')).toMatch(/^NAME +READY +STATUS +RESTARTS +AGE\nweb-0 +1\/1 +Running +0 /);
  expect(await ok('get', 'sts', '-o', 'wide')).toMatch(
    /NAME +READY +AGE +CONTAINERS +IMAGES\nweb +3\/3 +\S+ +app +app:1/,
  );
  expect(await ok('get', 'nodes')).toMatch(/node-2 +Ready/);
  const watching = kubectl('get', 'pods', '-w', '--request-timeout=3s');
  await ok('delete', 'pod', 'web-1');
  expect((await watching).stdout).toMatch(/web-1 +1\/1 +Terminating/);
  expect(await ok('describe', 'sts', 'web')).toContain('Create Pod web-0 in StatefulSet web successful');
  await ok('wait', '--for=condition=Ready', 'pod/web-1', '--timeout=20s');
  expect(await ok('describe', 'pod', 'web-1')).toMatch(/Controlled By: +StatefulSet\/web/);
  expect(await ok('describe', 'node', 'node-0')).toContain('Non-terminated Pods');
  expect(await ok('logs', 'web-0')).toContain('starting app:1');
  expect(await ok('get', 'events')).toContain('SuccessfulCreate');
});

test('rollout history, undo, scale, patch, apply --server-side', async () => {
  await ok('set', 'image', 'sts/web', 'app=app:2');
  await ok('rollout', 'status', 'sts/web', '--timeout=60s');
  expect(await ok('rollout', 'history', 'sts/web')).toMatch(/REVISION +CHANGE-CAUSE\n1 .*\n2 /);
  expect(await ok('rollout', 'history', 'sts/web', '--revision=2')).toContain('app:2');
  await ok('rollout', 'undo', 'sts/web');
  await ok('rollout', 'status', 'sts/web', '--timeout=60s');
  expect(await ok('get', 'sts', 'web', '-o', 'jsonpath={.spec.template.spec.containers[0].image}')).toBe('app:1');
  await ok('scale', 'sts', 'web', '--replicas=4');
  const conflict = await refused('apply', '--server-side', '-f', 'web.yaml', '--field-manager=other');
  expect(conflict).toContain('.spec.replicas');
  await ok('apply', '--server-side', '-f', 'web.yaml', '--field-manager=other', '--force-conflicts');
  expect(await ok('get', 'sts', 'web', '-o', 'jsonpath={.spec.replicas}')).toBe('3');
  expect(await refused('patch', 'sts', 'web', '-p', '{"spec":{"updateStrategy":{"type":"OnDelete"}}}')).toContain(
    "only allowed for updateStrategy 'RollingUpdate'",
  );
});

test('drain and uncordon; deletion with orphans, and without', async () => {
  expect(await ok('drain', 'node-0', '--timeout=30s')).toContain('node/node-0 drained');
  expect(await ok('get', 'nodes')).toMatch(/node-0 +Ready,SchedulingDisabled/);
  await ok('uncordon', 'node-0');
  await ok('delete', 'sts', 'web', '--cascade=orphan');
  expect(await ok('get', 'pods')).toContain('web-0');
  await ok('apply', '-f', 'web.yaml');
  await ok('delete', 'sts', 'web');
  await ok('wait', '--for=delete', 'pod/web-0', '--timeout=20s');
});

test('what is not supported says so', async () => {
  await ok('apply', '-f', 'web.yaml');
  await ok('rollout', 'status', 'sts/web');
  expect(await refused('exec', 'web-0', '--', 'ls')).toMatch(/not supported by the simulator|not allow this method/);
  expect(await refused('get', 'deployments')).toContain(`the server doesn't have a resource type "deployments"`);
});
