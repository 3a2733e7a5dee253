import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Served, serve } from '../../src/simulator/index.ts';
import { PROGRAM } from './harness/bedrock.ts';
import { assets } from './harness/control-plane.ts';
import { eventually, type Finished, run } from './harness/index.ts';

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

test('get in every form', async () => {
  await ok('apply', '-f', 'web.yaml');
  await ok('rollout', 'status', 'sts/web', '--timeout=60s');
  expect(await ok('get', 'pods', '-o', 'wide')).toMatch(/web-0 +1\/1 +Running +0 +\S+ +10\.\d+\.\d+\.\d+ +node-\d/);
  expect(await ok('get', 'pods', '-o', 'name')).toBe('pod/web-0\npod/web-1\npod/web-2\n');
  expect(await ok('get', 'sts', 'web', '-o', 'yaml')).toContain('podManagementPolicy: Parallel');
  expect(await ok('get', 'pods', '-l', 'app=web', '--field-selector=status.phase=Running', '--no-headers')).toMatch(
    /^(web-\d .*\n){3}$/,
  );
  expect(await ok('get', 'all')).toMatch(/pod\/web-0[\s\S]*statefulset\.apps\/web +3\/3/);
  expect(await ok('get', 'pods', '-A', '-o', 'custom-columns=N:.metadata.name,R:.metadata.labels.app')).toContain(
    'web-0   web',
  );
  expect(await ok('get', 'controllerrevisions')).toMatch(/statefulset\.apps\/web +1 /);
  expect(await ok('api-resources', '--api-group=apps')).toMatch(/statefulsets +sts +apps\/v1 +true +StatefulSet/);
  expect(await ok('version')).toContain('Server Version: v1.37.0');
});

test('label, annotate, edit by patch, restart, cordon, wait, events', async () => {
  await ok('annotate', 'sts', 'web', 'owner=ann');
  await ok('label', 'pod', 'web-0', 'tier=cache');
  expect(await ok('get', 'pods', '-l', 'tier=cache', '-o', 'name')).toBe('pod/web-0\n');
  await ok('patch', 'sts', 'web', '--type=json', '-p', '[{"op":"replace","path":"/spec/replicas","value":2}]');
  await ok('wait', '--for=delete', 'pod/web-2', '--timeout=20s');
  await ok('patch', 'sts', 'web', '--type=merge', '-p', '{"spec":{"replicas":3}}');
  await ok('wait', '--for=jsonpath={.status.readyReplicas}=3', 'sts/web', '--timeout=20s');
  await ok('rollout', 'restart', 'sts/web');
  await ok('rollout', 'status', 'sts/web', '--timeout=60s');
  expect(await ok('rollout', 'history', 'sts/web')).toMatch(/\n2 /);
  await ok('cordon', 'node-2');
  expect(await ok('get', 'node', 'node-2')).toContain('SchedulingDisabled');
  await ok('uncordon', 'node-2');
  expect(await ok('events', '--for=sts/web')).toContain('Delete Pod web-0 in StatefulSet web successful');
  expect(await ok('diff', '-f', 'web.yaml', '--server-side', '--force-conflicts')).toBe('');
  await ok('delete', 'pod', 'web-2', '--grace-period=0', '--force');
});

test('logs of a pod that never ran are refused with the reason', async () => {
  await ok('run', 'broken', '--image=app:bad');
  const reason = 'jsonpath={.status.containerStatuses[0].state.waiting.reason}';
  await ok('wait', `--for=${reason}=ImagePullBackOff`, 'pod/broken', '--timeout=20s');
  expect(await refused('logs', 'broken')).toMatch(
    /\(BadRequest\): container "broken" in pod "broken" is waiting to start: ImagePullBackOff/,
  );
  await ok('delete', 'pod', 'broken');
  await ok('wait', '--for=condition=Ready', 'pod/web-2', '--timeout=20s');
  expect(await ok('logs', '-l', 'app=web', '--tail=1', '--prefix')).toMatch(
    /^(\[pod\/web-\d\/app\] ready to serve\n){3}$/,
  );
});

test('what is not supported says so, by a Status', async () => {
  expect(await refused('exec', 'web-0', '--', 'ls')).toMatch(/not supported by the simulator|not allow this method/);
  expect(await refused('port-forward', 'web-0', '80')).toContain('not supported by the simulator');
  expect(await refused('get', 'deployments')).toContain(`the server doesn't have a resource type "deployments"`);
  expect(await refused('create', 'configmap', 'a', '--from-literal=a=b')).toContain('not protobuf');
  expect(await refused('top', 'pods')).toContain('Metrics API not available');
  expect(await refused('rollout', 'pause', 'sts/web')).toContain('pausing is not supported');
});

test('demo --serve: kubectl and kubectl bedrock beside each other, until a signal; then nothing is left', async () => {
  const demo = spawn(process.execPath, [PROGRAM, 'demo', '--serve', '--pods', '3'], { stdio: 'pipe' });
  const ended = once(demo, 'exit');
  try {
    let said = '';
    for await (const chunk of demo.stdout) {
      said += String(chunk);
      if (said.includes('Ctrl-C ends')) break;
    }
    const [, file = ''] = /KUBECONFIG=(\S+)/.exec(said) ?? [];
    expect(await ok('--kubeconfig', file, 'get', 'sts', 'web')).toMatch(/web +3\/3/);
    const image = 'app=registry.example/web:1.9.0';
    const more = ['--yes', '-o', 'line', '--max-unavailable', '3', '--min-ready', '0s', '--kubeconfig', file];
    const rolled = await run(process.execPath, [PROGRAM, 'rollout', 'sts/web', '--image', image, ...more], {
      env: process.env,
    });
    expect(rolled).toMatchObject({ code: 0, stdout: expect.stringContaining('sts/web complete: 3 pods') });
    expect(await ok('--kubeconfig', file, 'rollout', 'history', 'sts/web')).toMatch(/\n2 /);
    expect((await stat(dirname(file))).mode & 0o777).toBe(0o700);
    demo.kill('SIGTERM');
    expect(await ended).toEqual([143, null]);
    await expect(stat(dirname(file))).rejects.toThrow('ENOENT');
  } finally {
    demo.kill('SIGKILL');
  }
});

test('explains a custom resource, refuses what its schema does not allow, and prints its columns', async () => {
  await ok('apply', '--server-side', '-f', join(import.meta.dirname, '../../plugin-manifest/crd.yaml'));
  const explained = await eventually('the kind is served', async () => {
    const { code, stdout } = await kubectl('explain', 'sroll.spec');
    return code === 0 ? stdout : null;
  });
  expect(explained).toMatch(/percent\t<number>\n\s+Of all pods, how many may get the new version: 0 to 100\./);
  const manifest = (percent: number) => `
apiVersion: rollouts.bedrock.dev/v1alpha1
kind: StatefulsetRollout
metadata: {name: web}
spec: {targetRef: {name: web}, percent: ${percent}}
`;
  await writeFile(join(folder, 'sroll.yaml'), manifest(101));
  expect(await refused('apply', '-f', 'sroll.yaml')).toContain('should be less than or equal to 100');
  await writeFile(join(folder, 'sroll.yaml'), manifest(25));
  await ok('apply', '-f', 'sroll.yaml');
  const [head = '', row = ''] = (await ok('get', 'sroll')).split('\n');
  expect(head.split(/\s+/)).toEqual(['NAME', 'SET', 'PHASE', 'PERCENT', 'UPDATED', 'READY', 'AGE']);
  expect(row).toMatch(/^web\s+25\s/);
});
