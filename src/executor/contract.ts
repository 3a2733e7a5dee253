import type { Connected } from '../cluster/connection.ts';
import type { PodList } from '../cluster/reads.ts';
import type { Outside } from '../gates/outside.ts';
import type { OpenNotifiers } from '../notify/contract.ts';
import type { Outcome } from '../rollout/decision.ts';
import type { Session } from '../rollout/live.ts';
import type { RecordOrigin, RecordSpec, RolloutRecord } from '../rollout/record.ts';
import type { Leave } from './leaving.ts';

export interface SessionOptions {
  connected: Pick<Connected, 'api' | 'context' | 'server'>;
  ref: { namespace: string; name: string };
  /** Who we are in Lease, record and messages: "user@host". */
  user: string;
  /** A new rollout to begin; without it, whatever the record of the set says is gone on with. */
  begin?: { spec: RecordSpec; origin: RecordOrigin };
  /** Makes those who are told of it, where we execute. */
  notifiers?: OpenNotifiers;
  /** Of `begin`: the message in Slack that stands for it already. */
  thread?: { channel: string; ts: string };
  /**
   * Execute where no live executor does; or only ever watch. `orphaned`: watch, and execute only what has been under way
   * without an executor for longer than one takes to come back.
   */
  execute: boolean | 'orphaned';
  /** With `execute`: also take over, by itself and at any time, from an executor that died without a word. */
  adopt?: boolean;
  /** The outcomes at which this session ends by itself. `complete`, `rolled-back` and `gone` always end it. */
  endOn: ReadonlySet<Outcome>;
  /** Its pods, as they have been listed already: they are not listed again before the Lease is ours. */
  listed?: PodList;
  /** An edit of the record that is to be made before executing (resume, promote, rollback): a function of its spec. */
  edit?: (spec: RecordSpec) => RecordSpec;
  /** Where Consul, Prometheus and HTTP hooks are; the real world where it is left out. */
  outside?: Outside;
}

/** How a session ended. */
export interface End {
  /** `left`: we were told to stop, with why in `message` where the rollout was given up; `lost`: another executor took over; `error`: see message. */
  outcome: Outcome | 'left' | 'lost' | 'error';
  record: RolloutRecord | null;
  message: string | null;
}

export interface OpenSession extends Session {
  /** Resolves once this session has ended and given its Lease back; never rejects. */
  readonly done: Promise<End>;
  /**
   * No further disruption; finishes the fence write of evictions already accepted (2 s at most), writes the status,
   * gives the Lease back. Resolves when all that is done.
   * @param leave `pause` where it is left out
   */
  stop(leave?: Leave): Promise<void>;
}
