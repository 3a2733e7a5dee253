import { expect, test } from 'vitest';
import { type Api, ApiError } from '../../src/cluster/api.ts';
import { StatusError } from '../../src/simulator/index.ts';
import { World } from './kit.ts';

// kubernetes/website#47038: OnDelete beside the defaulted rollingUpdate block is refused (422)

test('a RollingUpdate set is made OnDelete, and back, without a refusal', async () => {
  const world = await World.start({
    spec: { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } } },
  });
  const before = world.spec().updateStrategy;
  const { code, said } = await world.run('rollout web --image app=app:2 --strategy on-delete --yes');
  expect(code, said).toBe(0);
  expect(world.images()).toEqual(['app:2', 'app:2', 'app:2']);
  expect(world.spec().updateStrategy).toEqual(before);
});

const FIELD = 'spec.template.spec.containers[0].image';

test.each(['--image app=app:2', '-f web.yaml --force-conflicts'])(
  '%s: a 422 is shown with its field, and nothing half-done is left',
  async (change) => {
    const world = await World.start();
    const before = world.set();
    world.simulator.server.admission.push(({ object }) => {
      if (!JSON.stringify(object.spec ?? {}).includes('app:2')) return;
      throw new StatusError(422, 'Invalid', `StatefulSet.apps "web" is invalid: ${FIELD}: Forbidden: by policy`, {});
    });
    const files = { 'web.yaml': world.manifest('app:2') };
    const { code, said } = await world.run(`rollout web ${change} --yes`, { files });
    expect(code, said).toBe(1);
    expect(said).toContain(FIELD);
    const after = world.set();
    expect(after.spec).toEqual(before.spec);
    expect(after.metadata.annotations ?? {}).toEqual(before.metadata.annotations ?? {});
    expect(world.taken()).toEqual([]);
  },
);

test('a manifest whose dry run was good and that is refused all the same: the fence before it is taken back', async () => {
  const world = await World.start();
  const before = world.set();
  let refused = 0;
  const over = (api: Api): Api => ({
    clock: api.clock,
    watch: (request) => api.watch(request),
    request: (request) => {
      const applies = request.contentType === 'application/apply-patch+yaml' && request.query?.dryRun === undefined;
      if (!applies) return api.request(request);
      refused++;
      return Promise.reject(new ApiError(422, 'Invalid', `StatefulSet.apps "web" is invalid: ${FIELD}: by policy`));
    },
  });
  const files = { 'web.yaml': world.manifest('app:2') };
  const { code, said } = await world.run('rollout web -f web.yaml --force-conflicts --yes', { files, over });
  expect(code, said).toBe(1);
  expect(said).toContain(FIELD);
  expect(refused).toBe(1);
  const after = world.set();
  expect(after.metadata.generation).toBeGreaterThan(Number(before.metadata.generation));
  expect(after.spec).toEqual(before.spec);
  expect(after.metadata.annotations ?? {}).toEqual(before.metadata.annotations ?? {});
  expect(world.taken()).toEqual([]);
});
