import { unavailableBudget } from '../../../src/rollout/percent.ts';

export type Policy = 'Parallel' | 'OrderedReady';

/** How long a pod takes to stop and to start, in milliseconds. */
export interface Times {
  stopMs: number;
  startMs: number;
}

/** One rollout, whoever does it. */
export interface Case extends Times {
  pods: number;
  /** As it is asked for: "4", "10%". */
  maxUnavailable: string;
  /** In pods. */
  atOnce: number;
  policy: Policy;
}

export const POLICIES: readonly Policy[] = ['Parallel', 'OrderedReady'];
export const SIZES = [12, 60, 200] as const;
export const SPEEDS = ['1', '4', '10', '10%'] as const;
/** A cache that starts slowly, one that stops as slowly as it starts, and one that does nearly nothing. */
export const TIMES: readonly Times[] = [
  { stopMs: 500, startMs: 3_000 },
  { stopMs: 2_000, startMs: 2_000 },
  { stopMs: 300, startMs: 1_000 },
];

export function caseOf(policy: Policy, pods: number, maxUnavailable: string, times = TIMES[0]): Case {
  if (times === undefined) throw new Error('there are no times');
  return { policy, pods, maxUnavailable, atOnce: unavailableBudget(maxUnavailable, pods), ...times };
}

/** Those of the whole table. */
export function allCases(): Case[] {
  return TIMES.flatMap((times) =>
    POLICIES.flatMap((policy) => SIZES.flatMap((pods) => SPEEDS.map((speed) => caseOf(policy, pods, speed, times)))),
  );
}

/**
 * The shortest that a rollout can take, in milliseconds. Under OrderedReady one pod stops at a time (its controller
 * makes no pod while a lower one is missing): then n stops and the last start may be longer, and the last batch waits
 * for as many stops as it has pods before it.
 */
export function boundMs({ policy, pods, atOnce, stopMs, startMs }: Case): number {
  const ideal = Math.ceil(pods / atOnce) * (stopMs + startMs);
  if (policy === 'Parallel') return ideal;
  return Math.max(pods * stopMs + startMs, ideal + ((pods - 1) % atOnce) * stopMs);
}

export function nameOf({ policy, pods, maxUnavailable, stopMs, startMs }: Case): string {
  return `${policy} n=${pods} m=${maxUnavailable} stop ${stopMs / 1000}s start ${startMs / 1000}s`;
}
