import { z } from 'zod';

const COUNT_OR_PERCENT = /^(?:\d{1,5}|\d{1,3}(?:\.\d+)?%)$/;

/** isCountOrPercent as a regular expression of JSON Schema. */
export const COUNT_OR_PERCENT_PATTERN = '^([0-9]{1,5}|([0-9]{1,2}(\\.[0-9]+)?|100(\\.0+)?)%)$';

export const A_COUNT_OR_PERCENT = 'a number of pods or a percentage, such as 4 or 25%';

/** Pods, as Kubernetes' IntOrString: "4" or "25%". */
export const countOrPercentSchema = z.string().refine(isCountOrPercent, { error: A_COUNT_OR_PERCENT });

export function isCountOrPercent(text: string): boolean {
  if (!COUNT_OR_PERCENT.test(text)) return false;
  return !text.endsWith('%') || Number.parseFloat(text) <= 100;
}

/**
 * How many of `replicas` pods a percentage of the rollout means: rounded up, so that a canary is at least one pod, but
 * less than 100 % never means all of two or more.
 */
export function podsOfPercent(percent: number, replicas: number): number {
  if (percent <= 0 || replicas <= 0) return 0;
  if (percent >= 100) return replicas;
  // 33.3 % of 1000 is 333.00000000000006 in floating point: what is a rounding error must not become a pod
  const pods = Math.ceil((percent * replicas) / 100 - 1e-9);
  return replicas === 1 ? 1 : Math.min(pods, replicas - 1);
}

/** How many pods a step ("1", "25%") means, cumulative. */
export function podsOfStep(step: string, replicas: number): number {
  return step.endsWith('%') ? podsOfPercent(Number.parseFloat(step), replicas) : Math.min(Number(step), replicas);
}

/**
 * How many pods may be unavailable: a percentage is rounded down, and the answer is at least 1, since a budget of 0
 * would be a rollout that never moves.
 */
export function unavailableBudget(maxUnavailable: string, replicas: number): number {
  const pods = maxUnavailable.endsWith('%')
    ? Math.floor((Number.parseFloat(maxUnavailable) * replicas) / 100 + 1e-9)
    : Number(maxUnavailable);
  return Math.max(1, pods);
}

/** How many failed pods stop a rollout: a percentage is rounded down, the answer is at least 1. */
export function failureThreshold(threshold: string, replicas: number): number {
  return unavailableBudget(threshold, replicas);
}

/** Cumulative pods per step, ending with `percent`; steps that add no pod are left out (issue kruise#196). */
export function stepTargets(spec: { steps: readonly string[]; percent: number }, replicas: number): number[] {
  const end = podsOfPercent(spec.percent, replicas);
  const targets: number[] = [];
  for (const step of spec.steps) {
    const pods = Math.min(podsOfStep(step, replicas), end);
    if (pods > (targets.at(-1) ?? 0)) targets.push(pods);
  }
  if (end > (targets.at(-1) ?? 0) || targets.length === 0) targets.push(end);
  return targets;
}
