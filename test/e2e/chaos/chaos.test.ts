import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../harness/index.ts';
import { describePlan, KINDS, planOf } from './plan.ts';
import { playChaos } from './play.ts';

/** One seed a kind; `npm run chaos` plays more. */
const SEED = 40;

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster({ supervised: true });
});

afterAll(async () => {
  await cluster?.stop();
});

it.each(KINDS)('%s fails in the middle of a rollout of 30 pods', async (kind) => {
  const plan = planOf(kind, SEED);
  const outcome = await playChaos(cluster, plan);
  const again = `npm run chaos -- --kind ${kind} --seed ${SEED}`;
  expect(outcome.violations, `${describePlan(plan)}\nagain: ${again}\n${outcome.output}`).toEqual([]);
});
