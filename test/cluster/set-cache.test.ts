import { describe, expect, it } from 'vitest';
import { LeaseHold } from '../../src/cluster/lease.ts';
import { SetCache } from '../../src/cluster/set-cache.ts';
import { NOTHING_ASKED } from '../../src/rollout/observation.ts';
import { simulated } from './sim.ts';

const REF = { namespace: 'default', name: 'web' };
const SET = '/apis/apps/v1/namespaces/default/statefulsets/web';

describe('SetCache', () => {
  it('shows set, pods and Lease together, and follows them', async () => {
    const { simulator, pass, run } = await simulated();
    const api = simulator.api('alice');
    const cache = new SetCache(api, REF);
    await run(cache.ready());
    await pass(1000);
    expect(cache.connection()).toMatchObject({ state: 'live', detail: null });
    expect(cache.fresh).toBe(true);
    const first = cache.observation(NOTHING_ASKED, api.clock.now());
    expect(first.set).toMatchObject({ name: 'web', replicas: 3 });
    expect(first.pods.map(({ name, ready }) => `${name} ${ready}`).sort()).toEqual([
      'web-0 true',
      'web-1 true',
      'web-2 true',
    ]);
    expect(cache.lease()).toBeNull();
    let changes = 0;
    cache.subscribe(() => {
      changes += 1;
    });
    const lease = new LeaseHold(api, REF, { user: 'alice' });
    await run(lease.tryAcquire());
    await run(
      api.request({
        method: 'PATCH',
        path: SET,
        contentType: 'application/merge-patch+json',
        body: { spec: { replicas: 4 } },
      }),
    );
    await pass(5_000);
    const then = cache.observation(NOTHING_ASKED, api.clock.now());
    expect(then.set.replicas).toBe(4);
    expect(then.pods).toHaveLength(4);
    expect(cache.lease()).toEqual({ identity: lease.identity, since: lease.since });
    expect(changes).toBeGreaterThan(3);
    await run(lease.release());
    await pass(1000);
    expect(cache.lease()).toBeNull();
    cache.close();
  });

  it('shows our own write before the watch does', async () => {
    const { simulator, run } = await simulated();
    const api = simulator.api('alice');
    const cache = new SetCache(api, REF);
    await run(cache.ready());
    const answer = await run(
      api.request({
        method: 'PATCH',
        path: SET,
        contentType: 'application/merge-patch+json',
        body: { spec: { minReadySeconds: 9 } },
      }),
    );
    cache.put(answer);
    expect(cache.observation(NOTHING_ASKED, api.clock.now()).set.minReadyMs).toBe(9000);
    cache.close();
  });

  it('is not fresh between a break and the next sign of life', async () => {
    const { simulator, pass, run } = await simulated();
    const cache = new SetCache(simulator.api('alice'), REF);
    await run(cache.ready());
    await pass(1000);
    simulator.faults.breakWatches('cut');
    await pass(50);
    expect(cache.connection().state).toBe('broken');
    expect(cache.fresh).toBe(false);
    await pass(5_000);
    expect(cache.connection().state).toBe('live');
    expect(cache.fresh).toBe(true);
    cache.close();
  });

  it('asks for a list when it was quiet for long, and is fresh with it', async () => {
    const { simulator, pass, run } = await simulated();
    const cache = new SetCache(simulator.api('alice'), REF);
    await run(cache.ready());
    await pass(25_000);
    let told = 0;
    cache.subscribe(() => {
      told += 1;
    });
    expect(cache.fresh).toBe(false);
    await pass(500);
    expect(told).toBeGreaterThan(0);
    expect(cache.fresh).toBe(true);
    cache.close();
  });

  it('tells a set that went, and one that came again under its name', async () => {
    const { simulator, pass, run } = await simulated();
    const api = simulator.api('alice');
    const cache = new SetCache(api, REF);
    await run(cache.ready());
    const before = cache.observation(NOTHING_ASKED, 0).set.uid;
    await run(api.request({ method: 'DELETE', path: SET, body: { propagationPolicy: 'Orphan' } }));
    await pass(3_000);
    expect(cache.rawSet()).toBeNull();
    simulator.create({
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'web' },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: 'other' } },
        template: { metadata: { labels: { app: 'other' } }, spec: { containers: [{ name: 'app', image: 'web:1' }] } },
      },
    });
    await pass(10_000);
    expect(cache.observation(NOTHING_ASKED, 0).set.uid).not.toBe(before);
    expect(cache.rawPods().every((pod) => JSON.stringify(pod).includes('"app":"other"'))).toBe(true);
    cache.close();
  });

  it('says which set may have been meant', async () => {
    const { simulator, run } = await simulated();
    const cache = new SetCache(simulator.api('alice'), { namespace: 'default', name: 'wbe' });
    await expect(run(cache.ready())).rejects.toThrow(
      'statefulset wbe not found in namespace default; did you mean web?',
    );
    cache.close();
  });
});
