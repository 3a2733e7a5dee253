import type { Blocker, PlanNow } from './decision.ts';
import type { Observation } from './observation.ts';
import type { PodDetails } from './pod-details.ts';
import type { RolloutRecord } from './record.ts';

/** Everything that a viewer shows, at one moment; the same whether we execute or only watch. */
export interface Live {
  /** Milliseconds on the clock that all times here are of. */
  at: number;
  place: { context: string; server: string; namespace: string; name: string };
  observation: Observation | null;
  record: RolloutRecord | null;
  blockers: Blocker[];
  plan: PlanNow | null;
  connection: Connection;
  /** We hold the Lease and act; or we only watch. */
  role: 'executor' | 'viewer';
  /** Who holds the Lease; null where nobody does. */
  holder: { identity: string; since: number } | null;
  /** The last answer to an act of this user, or a failure worth a line. */
  notice: { at: number; text: string; bad: boolean } | null;
  /** Per pod, by name: how its replacement went, for those replaced since we look. */
  timings: ReadonlyMap<string, PodTiming>;
}

export interface Connection {
  state: 'live' | 'connecting' | 'broken';
  /** When the last byte of a watch or list came. */
  heardAt: number;
  /** Why it is not live, in words. */
  detail: string | null;
}

/** How one pod's replacement went. Milliseconds; null where it is not known (yet). */
export interface PodTiming {
  /** When the old pod began to go. */
  goneAt: number | null;
  /** From its eviction to the replacement object. */
  downMs: number | null;
  /** From the replacement object to Ready. */
  startMs: number | null;
  /** Of `startMs`: until it had a node. */
  scheduleMs: number | null;
  /** Of `startMs`: from there until all its containers ran: volumes, images, init containers. */
  pullMs: number | null;
  /** When the replacement was counted as available. */
  availableAt: number | null;
}

/** What a person (or a subcommand) wants of a running rollout. Each is an edit of record.spec. */
export type Intent =
  | { kind: 'pause' }
  | { kind: 'resume' }
  | { kind: 'speed'; maxUnavailable: string }
  | { kind: 'promote'; percent?: number }
  | { kind: 'rollback' }
  /** Take the Lease of an executor that is gone. */
  | { kind: 'takeover' };

/** A running view of one set. The UI sees nothing else. */
export interface Session {
  live(): Live;
  /** Calls back after each change, never more than once at a time; returns what ends it. */
  subscribe(changed: () => void): () => void;
  /** Resolves with what happened, in words for the user. Rejects with a message for the user. */
  act(intent: Intent): Promise<string>;
  /**
   * All of one pod, with the last lines of its log. Rejects with a message for the user.
   * @param pod its name
   */
  inspect(pod: string, options: { logLines: number }): Promise<PodDetails>;
}
