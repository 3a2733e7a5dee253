import fc from 'fast-check';
import { expect, it } from 'vitest';
import { play } from './play.ts';
import { schedules } from './schedule.ts';

const RUNS = Number(process.env.SCHEDULES ?? 300);

it(
  `every invariant holds over ${RUNS} random schedules`,
  async () => {
    await fc.assert(
      fc.asyncProperty(schedules, async (schedule) => {
        const played = await play(schedule);
        expect(played.violations.map((violation) => violation.message)).toEqual([]);
      }),
      {
        numRuns: RUNS,
        ...(process.env.SEED === undefined ? {} : { seed: Number(process.env.SEED) }),
        ...(process.env.REPLAY === undefined ? {} : { path: process.env.REPLAY }),
      },
    );
  },
  30 * 60_000,
);
