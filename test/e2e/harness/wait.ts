import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks `probe` again and again until it gives something other than null, false or undefined; what it throws counts as
 * "not yet". Every 50 ms, for at most `timeoutMs`.
 * @throws Error naming `what`, and the last answer, when the time is over
 */
export async function eventually<T>(
  what: string,
  probe: () => T | Promise<T>,
  timeoutMs = 60_000,
): Promise<Exclude<T, null | false | undefined>> {
  const until = performance.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const answer = await probe();
      if (answer !== null && answer !== false && answer !== undefined)
        return answer as Exclude<T, null | false | undefined>;
      last = answer;
    } catch (error) {
      last = error;
    }
    if (performance.now() > until) {
      throw new Error(`${what}: not within ${timeoutMs / 1000} s${last instanceof Error ? ` (${last.message})` : ''}`);
    }
    await sleep(50);
  }
}
