import { describe, expect, test } from 'vitest';
import type { Api, ApiRequest } from '../../src/cluster/api.ts';
import { World } from '../cases/kit.ts';
import {
  calm,
  condition,
  createResource,
  embed,
  installCrd,
  patchResource,
  startOperator,
  strategy,
  untilMirrored,
} from './kit.ts';

const NEW = 'app:2';
const SET = '/apis/apps/v1/namespaces/default/statefulsets/web';

async function world(parts: Parameters<typeof World.start>[0]): Promise<World> {
  const made = await World.start({ replicas: 3, ...parts });
  installCrd(made);
  return made;
}

/** What another template of the set does to it, from the outside. */
function withTemplate(w: World, image: string): () => Promise<unknown> {
  const body = { spec: { template: { spec: { containers: [{ name: 'app', image }] } } } };
  return () =>
    w.simulator.api('bob').request({
      method: 'PATCH',
      path: SET,
      contentType: 'application/strategic-merge-patch+json',
      body,
    });
}

describe('a set is let go', () => {
  test('and its template is changed in that very moment: it stays held', async () => {
    const w = await world({});
    const { api } = startOperator(w);
    createResource(w, { statefulset: { spec: embed(w, NEW) } });
    await untilMirrored(w, 'Complete');
    await calm(w);
    const held = strategy(w);
    const change = withTemplate(w, 'app:3');
    let reads = 0;
    const request: Api['request'] = api.request.bind(api);
    api.request = async (asked: ApiRequest) => {
      // between the look that finds nothing in the way and the write
      if (asked.method === 'GET' && asked.path === SET && ++reads === 2) await change();
      return request(asked);
    };
    w.mark();
    await patchResource(w, { hold: false });
    await calm(w);
    expect(reads).toBeGreaterThanOrEqual(2);
    expect(w.takings()).toEqual([]);
    expect(strategy(w)).toEqual(held);
    expect(condition(w, 'Degraded')).toBe('True WouldMovePods');
  });

  test('but not where its pods do not all run its template', async () => {
    const w = await world({ start: '20s' });
    startOperator(w);
    await w.settle(withTemplate(w, NEW)());
    await w.until('its controller has begun', () => w.takings().length === 1);
    createResource(w, { targetRef: { name: 'web' } });
    await w.until('it is held', () => condition(w, 'Held') === 'True Fenced');
    await w.healed();
    await calm(w);
    const held = strategy(w);
    w.mark();
    await patchResource(w, { hold: false });
    await calm(w);
    expect(w.takings()).toEqual([]);
    expect(strategy(w)).toEqual(held);
    expect(condition(w, 'Degraded')).toBe('True WouldMovePods');
  });

  test.each([
    ['together with it', [{ updateStrategy: { type: 'OnDelete', rollingUpdate: null }, hold: false }]],
    ['after it', [{ hold: false }, { updateStrategy: { type: 'OnDelete', rollingUpdate: null }, hold: false }]],
  ])('and gets the update strategy that its resource states by then, %s', async (_, edits) => {
    const w = await world({});
    startOperator(w);
    const more = { rollingUpdate: { partition: 0, maxUnavailable: 2 }, type: 'RollingUpdate' };
    createResource(w, { statefulset: { spec: embed(w, NEW, { updateStrategy: more }) } });
    await untilMirrored(w, 'Complete');
    await calm(w);
    w.mark();
    for (const { updateStrategy = more, hold } of edits) {
      await patchResource(w, { hold, statefulset: { spec: embed(w, NEW, { updateStrategy }) } });
      await calm(w);
    }
    expect(strategy(w)).toMatchObject({ type: 'OnDelete' });
    const writes = w.writes('operator').length;
    await w.pass(3_600_000);
    expect(w.writes('operator')).toHaveLength(writes);
    expect(w.takings()).toEqual([]);
  });
});
