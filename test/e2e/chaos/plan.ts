import { Random } from '../../../src/simulator/random.ts';

export const KINDS = ['apiserver', 'controller-manager', 'etcd', 'kwok'] as const;
export type Kind = (typeof KINDS)[number];

/** What goes wrong, and how long it stays so. */
export const FAULTS = {
  apiserver: { part: 'kube-apiserver', how: 'kill -9', downMs: 20_000 },
  'controller-manager': { part: 'kube-controller-manager', how: 'kill -9', downMs: 5_000 },
  etcd: { part: 'etcd', how: 'SIGSTOP', downMs: 15_000 },
  kwok: { part: 'kwok', how: 'SIGSTOP', downMs: 30_000 },
} as const;

export const REPLICAS = 30;

/** One run, all of it drawn from its seed. What the processes make of it in which millisecond is not in our hand. */
export interface Plan {
  kind: Kind;
  seed: number;
  policy: 'OrderedReady' | 'Parallel';
  maxUnavailable: number;
  /** "1200ms" */
  start: string;
  stop: string;
  /** The fault comes once so many pods have been replaced, and so much later: mostly in the middle of a batch. */
  afterRestarts: number;
  delayMs: number;
}

export function planOf(kind: Kind, seed: number): Plan {
  const random = new Random(seed);
  return {
    kind,
    seed,
    policy: random.chance(0.7) ? 'Parallel' : 'OrderedReady',
    maxUnavailable: random.between(3, 6),
    start: `${random.between(8, 20)}00ms`,
    // as real kubelets: what is gone in 300 ms loses races on a busy machine without any fault
    stop: `${random.between(10, 25)}00ms`,
    afterRestarts: random.between(1, 14),
    delayMs: random.between(0, 1500),
  };
}

export function describePlan(plan: Plan): string {
  const { part, how, downMs } = FAULTS[plan.kind];
  return (
    `${plan.kind} seed ${plan.seed}: ${plan.policy}, ${plan.maxUnavailable} at once, stop ${plan.stop}, start ${plan.start}; ` +
    `${how} of ${part} for ${downMs / 1000}s, ${plan.delayMs}ms after ${plan.afterRestarts} restarts`
  );
}
