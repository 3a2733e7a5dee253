import { describe, expect, it } from 'vitest';
import { type Api, ApiError } from '../../src/cluster/api.ts';
import type { OpenSession } from '../../src/executor/contract.ts';
import { openSession } from '../../src/executor/session.ts';
import { isObject, type Json } from '../../src/rollout/json.ts';
import { RECORD_SCHEMA_VERSION, type RecordOrigin, specSchema } from '../../src/rollout/record.ts';
import { Simulator, VirtualClock } from '../../src/simulator/index.ts';

const REF = { namespace: 'default', name: 'web' };
const LABELS = { app: 'web' };

/** An executor of a rollout of 20 pods that waits, paused, at the beginning; answers of the API come in any order. */
async function executing(seed: number): Promise<{ clock: VirtualClock; session: OpenSession; refuse(): void }> {
  const clock = new VirtualClock();
  const simulator = new Simulator({ seed, version: '1.37', clock, latency: [1, 400] });
  const template = (image: string): Json => ({
    metadata: { labels: LABELS },
    spec: { containers: [{ name: 'app', image }] },
  });
  simulator.create({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'web' },
    spec: {
      replicas: 20,
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: LABELS },
      template: template('app:1'),
    },
  });
  await clock.run(clock.now() + 60_000);
  const set = simulator.set('web');
  const spec = specSchema.parse({
    schemaVersion: RECORD_SCHEMA_VERSION,
    rolloutIdentity: 'r1',
    target: { kind: 'image', summary: 'app=app:2', template: template('app:2') },
    pauseRequested: true,
  });
  const origin: RecordOrigin = {
    schemaVersion: RECORD_SCHEMA_VERSION,
    rolloutIdentity: 'r1',
    revision: String(isObject(set.status) ? set.status.updateRevision : ''),
    template: template('app:1'),
    updateStrategy: { type: 'RollingUpdate' },
  };
  const server = simulator.api('ann');
  let refusals = 0;
  const api: Api = {
    clock,
    watch: (request) => server.watch(request),
    request: async (request) => {
      if (request.method === 'PATCH' && refusals-- > 0) throw new ApiError(403, 'Forbidden', 'not you');
      return server.request(request);
    },
  };
  const opening = openSession({
    connected: { api, context: 'test', server: 'simulator' },
    ref: REF,
    user: 'ann@laptop',
    begin: { spec, origin },
    execute: true,
    endOn: new Set(),
  });
  await clock.run(clock.now() + 20_000);
  const refuse = () => {
    refusals = 1;
  };
  return { clock, session: await opening, refuse };
}

describe('acts in quick succession', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('arrive in their order, however slow each answer is (seed %i)', async (seed) => {
    const { clock, session } = await executing(seed);
    const acts = ['2', '3', '4'].map((maxUnavailable) => session.act({ kind: 'speed', maxUnavailable }));
    await clock.run(clock.now() + 20_000);
    await Promise.all(acts);
    expect(session.live().record?.spec.maxUnavailable).toBe('4');
    const closing = session.stop();
    await clock.run(clock.now() + 10_000);
    await closing;
  });

  it('go on after one that was refused', async () => {
    const { clock, session, refuse } = await executing(1);
    refuse();
    const refused = session.act({ kind: 'speed', maxUnavailable: '2' }).catch((error: unknown) => error);
    const next = session.act({ kind: 'speed', maxUnavailable: '3' });
    await clock.run(clock.now() + 20_000);
    expect(await refused).toMatchObject({ message: 'not you' });
    expect(await next).toContain('3 asked for');
    expect(session.live().record?.spec.maxUnavailable).toBe('3');
    const closing = session.stop();
    await clock.run(clock.now() + 10_000);
    await closing;
  });
});
