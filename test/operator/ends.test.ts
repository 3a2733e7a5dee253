import { expect, test } from 'vitest';
import { isObject } from '../../src/rollout/json.ts';
import { World } from '../cases/kit.ts';
import { createResource, embed, installCrd, startOperator } from './kit.ts';

const NEW = 'app:2';
const LEASES = '/apis/coordination.k8s.io/v1/namespaces';

async function underWay() {
  const w = await World.start({ replicas: 8, start: '5s', stop: '2s' });
  installCrd(w);
  const running = startOperator(w);
  createResource(w, { statefulset: { spec: embed(w, NEW) }, maxUnavailable: 2 });
  await w.until('two pods are new', () => w.images().filter((image) => image === NEW).length >= 2);
  return { w, ...running };
}

/** Who holds each Lease of the world, by its name; '' for nobody. */
async function holders(w: World): Promise<Record<string, string>> {
  const lists = await w.settle(
    Promise.all(
      ['default', 'kube-system'].map((namespace) =>
        w.simulator.api('ann').request({ method: 'GET', path: `${LEASES}/${namespace}/leases` }),
      ),
    ),
  );
  const items = lists.flatMap((list) =>
    isObject(list) && Array.isArray(list.items) ? list.items.filter(isObject) : [],
  );
  return Object.fromEntries(
    items.map(({ metadata, spec }) => [
      isObject(metadata) ? String(metadata.name) : '',
      isObject(spec) ? String(spec.holderIdentity ?? '') : '',
    ]),
  );
}

test('an operator that is told to stop while it loses its Lease still sees through what it began', async () => {
  const { w, operator } = await underWay();
  const name = Object.keys(await holders(w)).find((each) => each.includes('operator'));
  await w.settle(
    w.simulator.api('bob').request({
      method: 'PATCH',
      path: `${LEASES}/kube-system/leases/${name}`,
      contentType: 'application/merge-patch+json',
      body: {
        spec: {
          holderIdentity: 'bob',
          leaseDurationSeconds: 15,
          renewTime: new Date(w.clock.now()).toISOString().replace('Z', '000Z'),
        },
      },
    }),
  );
  await w.until('it has heard', () => !operator.leading);
  await w.settle(operator.stop());
  expect(Object.values(await holders(w)).sort()).toEqual(['', 'bob']);
});
