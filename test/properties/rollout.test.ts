import fc from 'fast-check';
import { expect, it } from 'vitest';
import { play } from './play.ts';
import { schedules } from './schedule.ts';

const RUNS = Number(process.env.SCHEDULES ?? 60);

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
        // the same schedules in every run of the suite; SEED and SCHEDULES draw others
        seed: Number(process.env.SEED ?? 1),
        ...(process.env.REPLAY === undefined ? {} : { path: process.env.REPLAY }),
      },
    );
  },
  30 * 60_000,
);
