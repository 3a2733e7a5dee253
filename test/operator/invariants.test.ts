import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/rollout/json.ts';
import { Random } from '../../src/simulator/index.ts';
import { World } from '../cases/kit.ts';
import { Watchdog } from '../properties/watchdog.ts';
import { createResource, embed, installCrd, patchResource, phaseOf, startOperator } from './kit.ts';

/** The properties' own word for an executor: its writes are judged. */
const NAMES = ['exec-1', 'exec-2', 'exec-3', 'exec-4', 'exec-5', 'exec-6', 'exec-7'];
const LAG_MS = 150;
const FOUR_HOURS = 4 * 3_600_000;

/** What people do to the resource meanwhile, in turn. */
const EDITS: JsonObject[] = [
  { percent: 50 },
  { pauseRequested: true },
  { maxUnavailable: '1' },
  { pauseRequested: false },
  { percent: 100 },
];

test.each(Array.from({ length: 20 }, (_, seed) => seed + 1))(
  'seed %i: operators killed at any moment, and a resource that is edited: every rule of a rollout holds',
  async (seed) => {
    const random = new Random(seed);
    const policy = seed % 2 === 0 ? 'OrderedReady' : 'Parallel';
    const world = await World.start({ replicas: 12, policy, start: '3s', stop: '700ms', simulator: { seed } });
    installCrd(world);
    const watchdog = new Watchdog({ simulator: world.simulator, outside: null }, LAG_MS, () => {});
    createResource(world, { statefulset: { spec: embed(world, 'app:2') }, maxUnavailable: '3', minReady: '0s' });
    const edits = seed % 3 === 0 ? [...EDITS] : [];
    for (const name of NAMES.slice(0, 1 + (seed % NAMES.length))) {
      const { api } = startOperator(world, name, name);
      // the Lease of a dead one lasts 15 s: some are killed while they wait for it, some in the middle of a batch
      await world.pass(2_000 + random.next() * 20_000);
      const edit = edits.shift();
      if (edit !== undefined) await patchResource(world, edit);
      api.kill();
    }
    for (const edit of edits) await patchResource(world, edit);
    startOperator(world, 'exec-9', 'exec-9');
    const limit = world.clock.now() + FOUR_HOURS;
    await world.clock.run(limit, () => phaseOf(world) === 'Complete');
    expect(watchdog.violations).toEqual([]);
    expect(watchdog.truth.takings.size).toBe(12);
    expect(phaseOf(world)).toBe('Complete');
    expect(world.images()).toEqual(Array(12).fill('app:2'));
  },
);
