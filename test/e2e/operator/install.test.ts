import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../../src/cluster/connection.ts';
import { getResource, writeResourceStatus } from '../../../src/cluster/resource.ts';
import {
  bedrock,
  type Cluster,
  createSet,
  eventually,
  isReady,
  podsOf,
  runBedrock,
  startCluster,
} from '../harness/index.ts';
import { embedding } from './kit.ts';

const MANIFESTS = join(import.meta.dirname, '../../../plugin-manifest');
const OPERATOR = 'system:serviceaccount:ops:bedrock-operator';

/** What is installed belongs to the whole cluster: it gets one of its own. */
let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster();
});

afterAll(async () => {
  await cluster?.stop();
});

async function ok(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await cluster.kubectl(...args);
  expect({ args, code, stderr: code === 0 ? '' : stderr }).toEqual({ args, code: 0, stderr: '' });
  return stdout;
}

async function ours(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await bedrock(cluster, args);
  expect({ args, code, stderr: code === 0 ? '' : stderr }).toEqual({ args, code: 0, stderr: '' });
  return stdout + stderr;
}

async function apply(ns: string, spec: object): Promise<{ code: number; stdout: string; stderr: string }> {
  const resource = {
    apiVersion: 'rollouts.bedrock.dev/v1alpha1',
    kind: 'StatefulsetRollout',
    metadata: { name: 'web', namespace: ns },
    spec,
  };
  return cluster.kubectlWith({ stdin: JSON.stringify(resource) }, 'apply', '-f', '-');
}

async function may(verb: string, what: string, ns: string): Promise<boolean> {
  return (await cluster.kubectl('auth', 'can-i', verb, what, '-n', ns, '--as', OPERATOR)).stdout.trim() === 'yes';
}

/** In the order of the file: each goes on from the one before. */
describe('an installation', () => {
  it('is put in place, is admitted in a restricted namespace, and is left alone by the next one', async () => {
    const first = await ours('install', '-n', 'ops');
    expect(first).toMatch(/^customresourcedefinition\/\S+: created$/m);
    await ok('rollout', 'status', 'deployment/bedrock-operator', '-n', 'ops', '--timeout', '60s');
    expect(await ok('get', 'events', '-n', 'ops')).not.toContain('violates PodSecurity');
    const lines = (await ours('install', '-n', 'ops')).split('\n').filter((line) => /^[a-z]+\/\S+.*: /.test(line));
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.filter((line) => !line.endsWith(': unchanged'))).toEqual([]);
  });

  it('has the rights of a rollout in all namespaces, or in those that are named alone', async () => {
    const [a, b] = [await cluster.namespace(), await cluster.namespace()];
    expect(await may('patch', 'statefulsets', b)).toBe(true);
    const said = await ours('install', '-n', 'ops', '--watch-namespace', a, '--callback-secret', `${a}/releases`);
    expect(said).toContain('clusterrolebinding/bedrock-operator: removed');
    expect(await may('patch', 'statefulsets', a)).toBe(true);
    expect(await may('patch', 'statefulsetrollouts/status', a)).toBe(true);
    expect(await may('get', 'secrets/releases', a)).toBe(true);
    for (const [verb, what, ns] of [
      ['patch', 'statefulsets', b],
      ['delete', 'statefulsets', a],
      ['get', 'secrets/other', a],
      ['list', 'secrets', a],
      ['create', 'pods/exec', a],
      ['delete', 'statefulsetrollouts', a],
    ] as const) {
      expect({ verb, what, may: await may(verb, what, ns) }).toEqual({ verb, what, may: false });
    }
    await ours('install', '-n', 'ops');
  });

  it('refuses a namespace that is not there before it writes anything', async () => {
    const { code, stderr } = await bedrock(cluster, ['install', '-n', 'ops', '--watch-namespace', 'nowhere']);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'error: namespace nowhere is not there. Nothing was written. First: kubectl create namespace nowhere\n',
    });
  });

  it('is what kustomize makes of plugin-manifest, and what the API server accepts of it', async () => {
    await ok('apply', '--server-side', '--dry-run=server', '-f', join(MANIFESTS, 'crd.yaml'), '--force-conflicts');
    const objects = (await ok('kustomize', MANIFESTS)).split(/^---$/m).length;
    expect((await ours('install', '--dry-run=client')).split(/^---$/m)).toHaveLength(objects);
  });

  it('explains itself', async () => {
    const text = await eventually('explain', async () => {
      const { code, stdout } = await cluster.kubectl('explain', 'sroll.spec');
      return code === 0 ? stdout : null;
    });
    expect(text).toMatch(/percent\t<number>\n\s+Of all pods, how many may get the new version: 0 to 100\./);
    expect(text).toMatch(/strategy\t<string>\n\s+enum: fence, on-delete/);
    expect(await ok('explain', 'sroll.spec.gates')).toMatch(/query\t<string> -required-/);
    expect(await ok('explain', 'sroll.status.counts')).toContain('Pods at the target revision.');
  });

  it.each([
    ['neither', {}, 'say either statefulset or targetRef'],
    ['an unknown field', { targetRef: { name: 'web' }, percant: 5 }, 'unknown field "spec.percant"'],
    [
      'half a pod',
      { targetRef: { name: 'web' }, maxUnavailable: '1.5' },
      'a number of pods or a percentage, such as 4 or 25%',
    ],
    ['no duration', { targetRef: { name: 'web' }, progressDeadline: '10' }, 'a duration such as 30s, 5m or 1h30m'],
    ['another strategy', { targetRef: { name: 'web' }, strategy: 'blue' }, 'supported values: "fence", "on-delete"'],
    [
      'a password',
      { targetRef: { name: 'web' }, gates: [{ kind: 'prometheus', url: 'http://me:pw@p', query: 'up', pass: '> 0' }] },
      'without a password in it',
    ],
  ])('refuses a resource with %s', async (_what, spec, words) => {
    const { code, stderr } = await apply('default', spec);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(words) });
  });

  it('takes every sample', async () => {
    const ns = await cluster.namespace();
    for (const name of await readdir(join(MANIFESTS, 'samples'))) {
      await ok('apply', '-n', ns, '--validate=strict', '-f', join(MANIFESTS, 'samples', name));
    }
    expect((await ok('get', 'sroll', '-n', ns, '-o', 'name')).trim().split('\n')).toHaveLength(3);
    expect(await ok('get', 'all', '-n', ns)).toContain('statefulsetrollout.rollouts.bedrock.dev/cache');
  });

  it('shows what the operator writes, keeps a patch, and leaves the set when the resource is deleted', async () => {
    const ns = await cluster.namespace();
    await createSet(cluster, ns, { replicas: 3 });
    expect(await apply(ns, { targetRef: { name: 'web' }, percent: 50 })).toMatchObject({ code: 0 });
    const connected = await connect({ kubeconfig: cluster.kubeconfig, as: OPERATOR, asGroup: [] });
    try {
      const read = await getResource(connected.api, { namespace: ns, name: 'web' });
      if (read?.kind !== 'resource') throw new Error('the resource cannot be read');
      const counts = { replicas: 3, updated: 1, available: 3, unavailable: 0, broken: 0 };
      await writeResourceStatus(connected.api, read.resource, { set: 'web', phase: 'Progressing', counts });
      const another = { ...read.resource, uid: '00000000-0000-0000-0000-000000000000' };
      await expect(writeResourceStatus(connected.api, another, { set: 'web' })).rejects.toMatchObject({ code: 409 });
      const bad = { counts: { ...counts, updated: -1 } };
      await expect(writeResourceStatus(connected.api, read.resource, bad)).rejects.toMatchObject({ code: 422 });
    } finally {
      await connected.close();
    }
    const table = (await ok('get', 'sroll', '-n', ns))
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/));
    expect(table[0]).toEqual(['NAME', 'SET', 'PHASE', 'PERCENT', 'UPDATED', 'READY', 'AGE']);
    expect(table[1]?.slice(0, 6)).toEqual(['web', 'web', 'Progressing', '50', '1', '3']);
    await ok('patch', 'sroll', 'web', '-n', ns, '--type=merge', '-p', '{"spec":{"percent":100,"steps":[1,"50%"]}}');
    expect(await ok('get', 'sroll', 'web', '-n', ns, '-o', 'jsonpath={.metadata.generation} {.spec.steps}')).toBe(
      '2 [1,"50%"]',
    );
    const before = (await podsOf(cluster, ns)).map(({ metadata }) => metadata.uid);
    await ok('delete', 'sroll', 'web', '-n', ns, '--timeout=10s');
    expect((await podsOf(cluster, ns)).map(({ metadata }) => metadata.uid)).toEqual(before);
  });

  it('gives the operator all the rights that it needs for a rollout', async () => {
    const ns = await cluster.namespace();
    await ours('install', '-n', 'ops', '--watch-namespace', ns);
    const where = ['-n', ns, '--lease-namespace', 'ops', '--listen', 'off'];
    const operator = runBedrock(cluster, ['operator', ...where, '--as', OPERATOR]);
    const spec = { minReady: '0s', ...embedding('app:1') };
    expect(await apply(ns, spec)).toMatchObject({ code: 0 });
    await eventually('the set is made', async () => {
      const pods = await podsOf(cluster, ns);
      return pods.length === 1 && pods.every(isReady) ? pods : null;
    });
    expect(await apply(ns, { ...spec, ...embedding('app:2') })).toMatchObject({ code: 0 });
    await eventually('the rollout is complete', async () => {
      const phase = await ok('get', 'sroll', 'web', '-n', ns, '-o', 'jsonpath={.status.phase}');
      const images = (await podsOf(cluster, ns)).map((pod) => pod.spec.containers[0]?.image);
      return phase === 'Complete' && images.join() === 'app:2' ? images : null;
    });
    operator.kill('SIGTERM');
    expect(await operator.code).toBe(0);
    expect(operator.stdout + operator.stderr).not.toMatch(/forbidden|may not|cannot/i);
    await ours('install', '-n', 'ops');
  });

  it('goes, and says what remains and how to get rid of it', async () => {
    const ns = await cluster.namespace();
    await createSet(cluster, ns, { replicas: 1 });
    await ours('hold', 'sts/web', '-n', ns, '--yes');
    const said = await ours('uninstall', '--yes');
    expect(said).toContain('deployment/bedrock-operator -n ops: removed');
    expect(said).toContain(`sts/web -n ${ns} is held; to let go: kubectl bedrock unhold sts/web -n ${ns}`);
    expect(said).toContain('4 StatefulsetRollouts and their definition: kubectl get sroll -A');
    expect(said).toContain('namespace ops; to remove it: kubectl delete namespace ops');
    expect(await ok('get', 'clusterroles', '-l', 'app.kubernetes.io/part-of=kubectl-bedrock')).toBe('');
    const all = await ours('uninstall', '--crd', '--yes');
    expect(all).toContain('and with it 4 StatefulsetRollouts');
    await eventually('the server knows no StatefulsetRollouts', async () => {
      const { code } = await cluster.kubectl('get', 'sroll', '-A');
      return code === 1 ? true : null;
    });
    expect(await podsOf(cluster, ns)).toHaveLength(1);
  });
});
