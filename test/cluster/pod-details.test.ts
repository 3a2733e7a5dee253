import { describe, expect, it } from 'vitest';
import type { Api } from '../../src/cluster/api.ts';
import { ApiError } from '../../src/cluster/api.ts';
import { PodReader } from '../../src/cluster/pod-details.ts';
import { simulated } from './sim.ts';

const REF = { namespace: 'default', name: 'web' };

describe('all of one pod', () => {
  it('is what the cluster tells of it: zone, conditions, containers, events and log', async () => {
    const { simulator, run } = await simulated();
    const details = await run(new PodReader(simulator.api('ann'), REF).read('web-1', 10));
    expect(details.zone).toMatch(/^zone-\d$/);
    expect(details.conditions).toContainEqual(expect.objectContaining({ type: 'Ready', status: 'True' }));
    expect(details.containers).toMatchObject([
      { name: 'app', image: 'web:1', kind: 'container', ready: true, restarts: 0, state: { kind: 'running' } },
    ]);
    expect(details.events).toEqual(expect.any(Array));
    expect(details.log).toMatchObject({ container: 'app', previous: false });
    expect(details.log?.lines?.at(-1)).toBe('ready to serve');
  });

  it('reads no log where none is asked for, and says so of a pod that is not there', async () => {
    const { simulator, run } = await simulated();
    const reader = new PodReader(simulator.api('ann'), REF);
    expect((await run(reader.read('web-0', 0))).log).toBeNull();
    await expect(run(reader.read('web-9', 0))).rejects.toThrow('pod web-9 is not there now');
  });

  it('does without what we may not read', async () => {
    const { simulator, run } = await simulated();
    const server = simulator.api('ann');
    const api: Api = {
      clock: server.clock,
      watch: (request) => server.watch(request),
      request: async (request) => {
        if (!request.path.endsWith('/pods/web-0')) throw new ApiError(403, 'Forbidden', 'not you');
        return server.request(request);
      },
    };
    expect(await run(new PodReader(api, REF).read('web-0', 10))).toMatchObject({
      zone: null,
      events: null,
      log: { lines: null },
    });
  });
});
