import { describe, expect, test } from 'vitest';
import { RESOURCE } from '../../src/rollout/resource.ts';
import { World } from '../cases/kit.ts';
import {
  calm,
  condition,
  createResource,
  deleteResource,
  embed,
  installCrd,
  patchResource,
  startOperator,
} from './kit.ts';

const OLD = 'app:1';
const NEW = 'app:2';

async function world(parts: Parameters<typeof World.start>[0] = {}, checked = true): Promise<World> {
  const made = await World.start({ replicas: 8, start: '5s', ...parts });
  installCrd(made, checked);
  return made;
}

function untilNew(w: World, count: number): Promise<void> {
  return w.until(`${count} pods are new`, () => w.images().filter((image) => image === NEW).length >= count);
}

describe('what runs here, and nobody asks for any more, is left', () => {
  test('where the resource turns out to be the second one for its set', async () => {
    const w = await world({}, false);
    createResource(w, { targetRef: { name: 'web' }, percent: 'many' }, 'elder');
    await w.pass(2_000);
    startOperator(w);
    createResource(w, { statefulset: { spec: embed(w, NEW) } });
    await untilNew(w, 2);
    await patchResource(w, { percent: 100 }, 'elder');
    await w.until('it is told', () => condition(w, 'Degraded') === 'True SetTaken');
    await calm(w);
    w.mark();
    await w.pass(600_000);
    expect(w.takings()).toEqual([]);
    expect(w.images()).toContain(OLD);
  });

  test('where the resource was deleted and made anew, unseen, and asks for no rollout', async () => {
    const w = await world();
    const { api } = startOperator(w);
    const { watch } = api;
    let deaf = false;
    api.watch = (request) =>
      watch.call(api, {
        ...request,
        onEvent: (event) => {
          if (!deaf || event.type === 'ERROR') request.onEvent(event);
        },
      });
    createResource(w, { targetRef: { name: 'web' }, template: embed(w, NEW).template ?? null });
    await untilNew(w, 2);
    deaf = true;
    await deleteResource(w);
    createResource(w, { targetRef: { name: 'web' } });
    await w.pass(100);
    w.simulator.faults.breakWatches('expired-event', RESOURCE.plural);
    deaf = false;
    await calm(w);
    w.mark();
    await w.pass(600_000);
    expect(w.takings()).toEqual([]);
    expect(w.images()).toContain(OLD);
  });
});
