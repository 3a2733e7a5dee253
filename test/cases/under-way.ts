import { expect } from 'vitest';
import type { OpenSession } from '../../src/executor/contract.ts';
import { openSession } from '../../src/executor/session.ts';
import { viewModel } from '../../src/ui/view-model.ts';
import { FlakyApi } from './flaky-api.ts';
import { type Running, World } from './kit.ts';

export const ROLLOUT = 'rollout web --image app=app:2 --max-unavailable 2 --min-ready 0s --yes';

export interface UnderWay {
  world: World;
  line: FlakyApi;
  rollout: Running;
  session(): OpenSession;
  /** What the head of the screen says of the connection. */
  words(): string;
}

/** A rollout of twelve pods that has taken the first two, over a line that can be cut. */
export async function underWay(): Promise<UnderWay> {
  const world = await World.start({ replicas: 12, start: '4s', stop: '2s' });
  const line = new FlakyApi(world.simulator.api('ann'));
  let opened: OpenSession | null = null;
  const rollout = world.start(ROLLOUT, {
    over: () => line,
    openSession: async (options) => {
      opened = await openSession(options);
      return opened;
    },
  });
  await world.until('two pods have gone', () => world.taken().length >= 2);
  const session = () => {
    if (opened === null) throw new Error('no session was opened');
    return opened;
  };
  return { world, line, rollout, session, words: () => viewModel(session().live()).header.connectionWords };
}

/** To its end: all new, each pod taken once, within the budget, and no watch left. */
export async function complete({ world, line, rollout }: UnderWay, mostUnavailable = 2): Promise<void> {
  const ended = await world.end(rollout);
  expect(ended, ended.said).toMatchObject({ code: 0 });
  expect(world.images()).toEqual(Array.from({ length: 12 }, () => 'app:2'));
  expect(world.mostUnavailable().length).toBeLessThanOrEqual(mostUnavailable);
  expect(new Set(world.taken()).size).toBe(world.taken().length);
  expect(line.watches()).toEqual({});
}
