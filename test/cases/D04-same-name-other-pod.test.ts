import { expect, test } from 'vitest';
import type { Api } from '../../src/cluster/api.ts';
import { isObject } from '../../src/rollout/json.ts';
import { World } from './kit.ts';

// kubernetes#64923: "same name" is never "same pod"

test.each(['evict', 'delete'])(
  '%s: a request that arrives after the pod was swapped takes nothing',
  async (disrupt) => {
    const world = await World.start();
    const preconditions: unknown[] = [];
    let release: (() => void) | null = null;
    const held = (api: Api): Api => ({
      clock: api.clock,
      watch: (request) => api.watch(request),
      request: async (request) => {
        const takes = request.path.endsWith('/eviction') || (request.method === 'DELETE' && /pods/.test(request.path));
        if (takes) {
          const body = isObject(request.body) ? request.body : {};
          const options = isObject(body.deleteOptions) ? body.deleteOptions : body;
          preconditions.push(options.preconditions);
          if (preconditions.length === 1) {
            await new Promise<void>((resolve) => {
              release = resolve;
            });
          }
        }
        return api.request(request);
      },
    });
    const uid = world.pod('web-2')?.uid;
    const running = world.start(`rollout web --image app=app:2 --disrupt ${disrupt} --yes`, { over: held });
    await world.until('the first request is on its way', () => release !== null);
    await world.deletePod('web-2');
    await world.until(
      'another pod has its name',
      () => world.pod('web-2')?.ready === true && world.pod('web-2')?.uid !== uid,
    );
    const swapped = world.pod('web-2');
    expect(swapped?.image).toBe('app:2');
    (release as (() => void) | null)?.();
    const { code, said } = await world.end(running);
    expect(code, said).toBe(0);
    expect(world.pod('web-2')).toEqual(swapped);
    expect(world.taken()).toEqual(['web-1', 'web-0']);
    expect(preconditions[0]).toEqual({ uid });
    // re-planned in silence: no error, no alarm
    expect(said).not.toMatch(/refused|error|409/i);
  },
);
