import type { Connected } from '../cluster/connection.ts';
import type { Outside } from '../gates/outside.ts';
import type { OpenNotifiers } from '../notify/contract.ts';

/** What the operator says of itself, as lines of a log: never with a secret in it. */
export interface Log {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** What is counted. */
export interface Meter {
  /** A pod was replaced; seconds from its eviction to its replacement being Ready, null where that is not known. */
  replaced(seconds: number | null): void;
  /** A rollout ended: `complete`, `rolled-back`, `error` ... */
  ended(outcome: string): void;
  /** A resource was worked on. */
  reconciled(ok: boolean): void;
}

export interface OperatorOptions {
  connected: Pick<Connected, 'api' | 'context' | 'server'>;
  /** Who we are in Leases, records and messages: "operator@bedrock-operator-7d9f". */
  user: string;
  /** null for all. */
  namespaces: readonly string[] | null;
  /** Where the Lease is by which one of several operators is chosen. */
  leaseNamespace: string;
  /** Rollouts that are begun, or looked at, at the same time. 8 where it is left out. */
  workers?: number;
  /** Makes those who are told of a rollout; `secret` signs its call-backs. */
  notifiers?: (secret: string | null) => OpenNotifiers;
  /** Where Consul, Prometheus and hooks are; the real world where it is left out. */
  outside?: () => Outside;
  log: Log;
  meter: Meter;
}

/** One rollout, for metrics. */
export interface RolloutFacts {
  namespace: string;
  name: string;
  phase: string;
  unavailable: number;
  budget: number;
  leaks: number;
}
