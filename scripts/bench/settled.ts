import type { VirtualClock } from '../../src/simulator/index.ts';

/** Longer than any simulated rollout takes, in milliseconds. */
export const PATIENCE_MS = 4 * 3_600_000;

/** Lets virtual time pass until the call is over, and answers with what it did. */
export async function settledIn<T>(clock: VirtualClock, call: Promise<T>): Promise<T> {
  let over = false;
  const end = () => {
    over = true;
  };
  call.then(end, end);
  await clock.run(clock.now() + PATIENCE_MS, () => over);
  if (!over) throw new Error('it did not end within four hours of virtual time');
  return call;
}
