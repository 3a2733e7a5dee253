import { durationMs, isDuration } from '../../src/rollout/duration.ts';
import { type Case, caseOf, POLICIES, SIZES, SPEEDS, TIMES, type Times } from './makespan/cases.ts';

/** What is typed: several with commas between; of times "STOP,START". */
export interface FilterFlags {
  n?: string | undefined;
  m?: string | undefined;
  policy?: string | undefined;
  times?: string | undefined;
}

/**
 * The cases that were asked for: of what was not said, all; but one kind of times.
 * @returns null where nothing was asked for
 * @throws where a value is none
 */
export function casesAsked({ n, m, policy, times }: FilterFlags): Case[] | null {
  if ([n, m, policy, times].every((flag) => flag === undefined)) return null;
  const sizes = n?.split(',').map((text) => {
    if (!/^[1-9]\d*$/.test(text)) throw new Error(`--n ${n}: a number of pods, or several with commas between`);
    return Number(text);
  });
  const policies = policy?.split(',').map((text) => {
    const known = POLICIES.find((each) => each === text);
    if (known === undefined) throw new Error(`--policy ${text}: it is ${POLICIES.join(' or ')}`);
    return known;
  });
  const speeds = m?.split(',') ?? SPEEDS;
  const its = times === undefined ? TIMES[0] : timesOf(times);
  return (policies ?? POLICIES).flatMap((each) =>
    (sizes ?? SIZES).flatMap((pods) => speeds.map((speed) => caseOf(each, pods, speed, its))),
  );
}

function timesOf(text: string): Times {
  const [stop = '', start = '', ...more] = text.split(',');
  if (!isDuration(stop) || !isDuration(start) || more.length > 0) {
    throw new Error(`--times ${text}: how long a pod takes to stop and to start, such as 500ms,3s`);
  }
  return { stopMs: durationMs(stop), startMs: durationMs(start) };
}
