import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { bedrock, type Cluster, createSet, eventually, podsOf, setManifest, sharedCluster } from '../harness/index.ts';

const POLICY = join(import.meta.dirname, '../../../plugin-manifest/protection.yaml');
const LABEL = 'rollouts.bedrock.dev/protected';
const REFUSED = /of this StatefulSet changes through a rollout only: .* kubectl bedrock rollout sts\/web -n e2e-/;

let cluster: Cluster;
let folder: string;

beforeAll(async () => {
  cluster = await sharedCluster();
  folder = await mkdtemp(join(tmpdir(), 'protection-'));
  const { code, stderr } = await cluster.kubectl('apply', '--server-side', '-f', POLICY);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  const ns = await cluster.namespace();
  await createSet(cluster, ns, { replicas: 0 });
  await cluster.kubectl('label', 'sts', 'web', '-n', ns, `${LABEL}=true`);
  // a policy takes the API server a moment
  await eventually('the policy is in force', async () => {
    const { code } = await cluster.kubectl('set', 'image', 'sts/web', `app=app:${Date.now()}`, '-n', ns);
    return code === 0 ? null : true;
  });
}, 60_000);

afterAll(async () => {
  if (folder) await rm(folder, { recursive: true });
});

/** A file with the set `web`, as somebody keeps it in Git. */
async function manifest(name: string, image: string, replicas = 3): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, stringify(setManifest({ replicas, image })));
  return path;
}

async function imagesOf(ns: string): Promise<(string | undefined)[]> {
  return (await podsOf(cluster, ns)).map(({ spec }) => spec.containers[0]?.image);
}

async function protectedSet(): Promise<string> {
  const ns = await cluster.namespace();
  const path = await manifest(`${ns}.yaml`, 'app:1');
  expect(await cluster.kubectl('apply', '-n', ns, '-f', path)).toMatchObject({ code: 0 });
  await cluster.kubectl('rollout', 'status', 'sts/web', '-n', ns, '--timeout=60s');
  expect(await cluster.kubectl('label', 'sts', 'web', '-n', ns, `${LABEL}=true`)).toMatchObject({ code: 0 });
  return ns;
}

describe('a protected set', () => {
  it('is not changed past its rollouts, by whichever command', async () => {
    const ns = await protectedSet();
    const other = await manifest('other.yaml', 'app:2');
    const strategy = '{"spec":{"updateStrategy":{"rollingUpdate":{"partition":2}}}}';
    for (const args of [
      ['set', 'image', 'sts/web', 'app=app:2'],
      ['apply', '-f', other],
      ['apply', '--server-side', '--force-conflicts', '-f', other],
      ['rollout', 'restart', 'sts/web'],
      ['patch', 'sts', 'web', '-p', strategy],
    ]) {
      const { code, stderr } = await cluster.kubectl(...args, '-n', ns);
      expect({ args, code, stderr }).toEqual({ args, code: 1, stderr: expect.stringMatching(REFUSED) });
    }
    expect(await imagesOf(ns)).toEqual(['app:1', 'app:1', 'app:1']);
  });

  it('may be scaled, applied as it is, annotated, and tried with a dry run', async () => {
    const ns = await protectedSet();
    const same = await manifest('same.yaml', 'app:1', 2);
    const other = await manifest('tried.yaml', 'app:2');
    for (const args of [
      ['scale', 'sts/web', '--replicas=4'],
      ['apply', '-f', same],
      ['annotate', 'sts', 'web', 'note=x'],
      ['apply', '--dry-run=server', '-f', other],
    ]) {
      const { code, stderr } = await cluster.kubectl(...args, '-n', ns);
      expect({ args, code, stderr: code === 0 ? '' : stderr }).toEqual({ args, code: 0, stderr: '' });
    }
    await eventually('the controller has scaled it', async () => {
      const images = await imagesOf(ns);
      return images.length === 2 ? images : null;
    });
  });

  it('is rolled out, by flag and by file, rolled back, held and let go by this program', async () => {
    const ns = await protectedSet();
    const file = await manifest('next.yaml', 'app:3');
    const pace = ['--max-unavailable', '3', '--min-ready', '0s', '--yes', '-o', 'line', '-n', ns];
    for (const [args, image] of [
      [['rollout', 'sts/web', '--image', 'app=app:2', ...pace], 'app:2'],
      [['rollout', '-f', file, '--force-conflicts', ...pace], 'app:3'],
      [['rollback', 'sts/web', '--yes', '-o', 'line', '-n', ns], 'app:2'],
      [['hold', 'sts/web', '--yes', '-n', ns], 'app:2'],
      [['unhold', 'sts/web', '--yes', '-n', ns], 'app:2'],
    ] as const) {
      const { code, stdout, stderr } = await bedrock(cluster, args);
      expect({ args, code, said: code === 0 ? '' : stdout + stderr }).toEqual({ args, code: 0, said: '' });
      expect(await imagesOf(ns)).toEqual([image, image, image]);
    }
    // and is as protected as before
    const { stderr } = await cluster.kubectl('set', 'image', 'sts/web', 'app=app:9', '-n', ns);
    expect(stderr).toMatch(REFUSED);
  });

  it('is changed by the operator, and is no longer protected without its label', async () => {
    const ns = await protectedSet();
    const as = ['--as=system:serviceaccount:bedrock-system:bedrock-operator', '--as-group=system:masters'];
    const operator = await cluster.kubectl('set', 'image', 'sts/web', 'app=app:2', '-n', ns, ...as);
    expect(operator).toMatchObject({ code: 0 });
    expect(await cluster.kubectl('label', 'sts', 'web', '-n', ns, `${LABEL}-`)).toMatchObject({ code: 0 });
    expect(await cluster.kubectl('set', 'image', 'sts/web', 'app=app:3', '-n', ns)).toMatchObject({ code: 0 });
  });
});

it('another set is nobody’s business', async () => {
  const ns = await cluster.namespace();
  await createSet(cluster, ns, { replicas: 1 });
  expect(await cluster.kubectl('set', 'image', 'sts/web', 'app=app:2', '-n', ns)).toMatchObject({ code: 0 });
});
