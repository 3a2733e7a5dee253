import { expect, test } from 'vitest';
import { isObject } from '../../src/rollout/json.ts';
import { ANNOTATIONS } from '../../src/rollout/record.ts';
import { RESOURCE } from '../../src/rollout/resource.ts';
import { World } from '../cases/kit.ts';
import { calm, createResource, embed, installCrd, startOperator } from './kit.ts';

const NEW = 'app:2';

async function world(): Promise<World> {
  const made = await World.start({ replicas: 8, start: '5s' });
  installCrd(made);
  return made;
}

function untilNew(w: World, count: number): Promise<void> {
  return w.until(`${count} pods are new`, () => w.images().filter((image) => image === NEW).length >= count);
}

/** What `pauseRequested` of the record became, in turn. */
function pauses(w: World): boolean[] {
  const said: boolean[] = [];
  w.simulator.history.onWrite(({ resource, after }) => {
    const annotations = resource.plural === 'statefulsets' ? after?.metadata.annotations : undefined;
    const text = isObject(annotations) ? annotations[ANNOTATIONS.spec] : undefined;
    if (typeof text !== 'string') return;
    const { pauseRequested } = JSON.parse(text);
    if (said.at(-1) !== pauseRequested) said.push(pauseRequested);
  });
  return said;
}

test('a pause that its watch tells late is not taken back', async () => {
  const w = await world();
  const { api } = startOperator(w);
  const { watch } = api;
  api.watch = (request) =>
    watch.call(api, {
      ...request,
      onEvent: (event) => {
        const late = request.path.endsWith(RESOURCE.plural) ? 3_000 : 0;
        api.clock.after(late, () => request.onEvent(event));
      },
    });
  createResource(w, { statefulset: { spec: embed(w, NEW) } });
  await untilNew(w, 2);
  const said = pauses(w);
  await w.run('pause web');
  await w.untilPhase('Paused (Requested)');
  w.mark();
  await calm(w);
  expect(said).toEqual([false, true]);
  expect(w.takings()).toEqual([]);
});
