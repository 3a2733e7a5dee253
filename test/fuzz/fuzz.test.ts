import fc from 'fast-check';
import { expect, it } from 'vitest';
import { report, surfaces } from './surfaces.ts';

/** A few seconds' worth; `npm run fuzz` has more. The same ones in every run of the suite. */
const INPUTS = 250;
const SEED = 1;

it.each(await surfaces())(
  '$name of any form: a clear message or the right thing, and nothing written',
  async ({ property }) => {
    const details = await fc.check(property, { numRuns: INPUTS, seed: SEED });
    expect(details.failed, report(details)).toBe(false);
  },
);
