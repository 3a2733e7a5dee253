import { describe, expect, test } from 'vitest';
import { objectOf, World } from './kit.ts';

// kubernetes#94698, argo-cd#15588: the owner writes the template again, during our rollout or after our rollback

describe.each(['OrderedReady', 'Parallel'] as const)('%s', (policy) => {
  test('another template at 40 %: it stops at once, names who and what, takes no further pod', async () => {
    const world = await World.start({ replicas: 10, policy });
    const running = world.start('rollout web --image app=app:2 --yes');
    await world.until('four were taken', () => world.taken().length === 4);
    await world.patchImage('app:3', 'argocd-controller');
    const taken = world.taken().length;
    const { code, said } = await world.end(running);
    expect(code, said).toBe(3);
    expect(said).toMatch(/argocd-controller changed the pod template/);
    expect(said).toContain('app=app:3');
    await world.pass(600_000);
    expect(world.taken().length - taken).toBeLessThanOrEqual(1);
    // the released part may have one pod on its way; no third version spreads
    expect(world.images().filter((image) => image === 'app:3').length).toBeLessThanOrEqual(1);
    expect(world.simulator.pods()).toHaveLength(10);
  });

  test('another template while it is rolled back: it is not fought over', async () => {
    const world = await World.start({ replicas: 6, policy, start: '5s' });
    expect((await world.run('rollout web --image app=app:2 --percent 50 --yes')).code).toBe(0);
    const running = world.start('rollback web');
    await world.until('it is on its way back', () => world.taken().length === 4);
    await world.patchImage('app:2', 'argocd-controller');
    const { code, said } = await world.end(running);
    expect(code, said).toBe(3);
    expect(said).toContain('argocd-controller changed');
  });
});

test('after the rollback: the fence is gone, so it says who has changed the template since', async () => {
  const world = await World.start();
  await world.run('rollout web --image app=app:2 --percent 50 --yes');
  expect((await world.run('rollback web')).code).toBe(0);
  await world.pass(20_000);
  await world.patchImage('app:2', 'argocd-controller');
  const { said } = await world.run('status web');
  expect(said).toContain('rolled back: 3 pods at app 1');
  expect(said).toContain('since then argocd-controller has changed its template');
});

test('the way back is a replacement, never a merge: a sidecar that the new version brought is gone', async () => {
  const world = await World.start();
  const sidecar = { name: 'sidecar', image: 'proxy:1' };
  const before = world.spec().template;
  const manifest = JSON.parse(world.manifest('app:2'));
  manifest.spec.template.spec.containers.push(sidecar);
  const files = { 'web.yaml': JSON.stringify(manifest) };
  const forward = await world.run('rollout -f web.yaml --force-conflicts --percent 50 --yes', { files });
  expect(forward, forward.said).toMatchObject({ code: 0 });
  expect(JSON.stringify(world.spec().template)).toContain('proxy:1');
  expect((await world.run('rollback web')).code).toBe(0);
  expect(world.spec().template).toEqual(before);
});

test.each([
  [
    'Argo CD application shop',
    { annotations: { 'argocd.argoproj.io/tracking-id': 'shop:apps/StatefulSet:default/web' } },
    'argocd app set shop --sync-policy none',
  ],
  [
    'Flux kustomization shop',
    { labels: { 'kustomize.toolkit.fluxcd.io/name': 'shop', 'kustomize.toolkit.fluxcd.io/namespace': 'flux' } },
    'flux suspend kustomization shop -n flux',
  ],
  ['Helm release shop', { annotations: { 'meta.helm.sh/release-name': 'shop' } }, 'make the same change in its values'],
])('%s is named before the start, with how to keep it still', async (owner, metadata, advice) => {
  const world = await World.start({ metadata });
  const { said } = await world.run('rollout web --image app=app:2 --dry-run=client');
  expect(said).toContain(owner);
  expect(said).toContain(advice);
});

test('every write of ours is by a field manager of its own', async () => {
  const world = await World.start();
  await world.run('rollout web --image app=app:2 --yes');
  const fields = world.set().metadata.managedFields;
  const managers = Array.isArray(fields) ? fields.map((each) => objectOf(each).manager) : [];
  expect(managers).toContain('kubectl-bedrock');
});
