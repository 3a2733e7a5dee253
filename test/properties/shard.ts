import { expect, it } from 'vitest';
import { report, search } from './check.ts';

/** In each of the two files, which vitest plays side by side. */
const SCHEDULES = 1_000;
/** Not a limit on speed: no machine of ours takes a tenth of it. */
const TIMEOUT_MS = 20 * 60_000;

/** @param seed the same schedules in every run; `npm run soak` draws others */
export function holdsOver(seed: number): void {
  it(
    `every invariant holds over ${SCHEDULES} schedules of seed ${seed}`,
    async () => {
      const found = await search({ schedules: SCHEDULES, seed });
      expect(found === null ? '' : report(found)).toBe('');
    },
    TIMEOUT_MS,
  );
}
