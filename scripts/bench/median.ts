import { median as medianOrNull } from '../../src/rollout/timing.ts';

/** NaN where nothing was measured. */
export function median(values: readonly number[]): number {
  return medianOrNull(values) ?? Number.NaN;
}
