import fc from 'fast-check';
import { play } from './play.ts';
import { type Schedule, schedules } from './schedule.ts';

export interface Found {
  seed: number;
  path: string;
  /** How many schedules were played until this one. */
  after: number;
  /** As small as it gets. */
  schedule: Schedule;
  violations: string[];
}

export interface Search {
  schedules: number;
  seed: number;
  /** Of a failure that was printed: begins there. */
  path?: string;
  /** Stop at the first failure, without looking for a smaller one. */
  first?: boolean;
  /** Told of every schedule. */
  played?: (count: number) => void;
}

/** Plays random schedules until one breaks an invariant. @returns the smallest that does, or null */
export async function search(options: Search): Promise<Found | null> {
  let count = 0;
  const property = fc.asyncProperty(schedules, async (schedule) => {
    options.played?.(++count);
    const { violations } = await play(schedule);
    if (violations.length > 0) throw new Error(violations.map(wordsOf).join('\n'));
  });
  const details = await fc.check(property, {
    numRuns: options.schedules,
    seed: options.seed,
    endOnFailure: options.first === true,
    ...(options.path === undefined ? {} : { path: options.path }),
  });
  if (!details.failed || details.counterexample === null) return null;
  const [schedule] = details.counterexample;
  const { violations } = await play(schedule);
  return {
    seed: details.seed,
    path: details.counterexamplePath ?? '',
    after: details.numRuns,
    schedule,
    violations: violations.map(wordsOf),
  };
}

function wordsOf({ invariant, message, at }: { invariant: string; message: string; at: number }): string {
  return `${invariant}: ${message} (at ${at} ms)`;
}

/** For whoever has to mend it. */
export function report({ seed, path, schedule, violations }: Found): string {
  return [
    ...violations,
    '',
    JSON.stringify(schedule, null, 2),
    '',
    `Replay it, with every request: npm run soak -- --seed ${seed} --path ${path}`,
  ].join('\n');
}
