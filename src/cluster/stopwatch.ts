import type { Clock } from './api.ts';

/** Milliseconds on two even clocks; see Clock. */
export function stopwatchOf(clock: Clock): { least: number; most: number } {
  const now = clock.now();
  return clock.stopwatch?.() ?? { least: now, most: now };
}
