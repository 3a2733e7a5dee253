import type { Hook, HookMoment } from './gate-spec.ts';
import type { Json } from './json.ts';
import type { Fence, RecordStatus } from './record.ts';

/** What the engine wants done now. The executor does it, and remembers what it has asked for. */
export interface Decision {
  /** At most one that disrupts, one that asks before it and one that writes the set. */
  actions: Action[];
  /** The status after this look, before the actions. */
  status: RecordStatus;
  blockers: Blocker[];
  /** Look again at this time (milliseconds), even if nothing is heard; null where nothing is waited for by the clock. */
  wakeAt: number | null;
  /** Set once this executor has nothing more to do. */
  outcome: Outcome | null;
  plan: PlanNow;
}

export type Action = DisruptAction | ProbeAction | AskAction | WriteAction;

/** Takes one pod away, by its uid. */
export interface DisruptAction {
  kind: 'disrupt';
  how: 'evict' | 'delete';
  pod: string;
  uid: string;
  why: string;
}

/** Asks whether an eviction would be allowed, without doing it. */
export interface ProbeAction {
  kind: 'probe';
  pod: string;
  uid: string;
}

/** Asks the hook of one pod. */
export interface AskAction {
  kind: 'ask';
  moment: HookMoment;
  hook: Hook;
  pod: string;
  uid: string;
  ordinal: number;
  /** The ControllerRevision's name of the pod as it is. */
  revision: string;
  ip: string | null;
}

export type WriteKind =
  | 'settle'
  | 'unsettle'
  | 'start'
  /** Lowers the partition below pods that are going already. */
  | 'fence'
  /** Lowers it below one that is about to go. */
  | 'lead'
  | 'raise'
  | 'detour'
  | 'rollback'
  | 'finish'
  | 'zero';

/** One patch of the set, refused by the API server unless its generation still is `generation`. */
export interface WriteAction {
  kind: 'write';
  what: WriteKind;
  generation: number;
  /** `own`: put the set's own strategy back. */
  strategy: Fence | 'own';
  /** The whole template; or the manifest to apply by server-side apply, after the strategy. */
  template?: { replace: Json } | { apply: Json; force: boolean };
  /** The status that is true once this write is done; goes in the same patch. */
  then: Partial<RecordStatus>;
  /** No pod is disrupted before the controller has observed this write (design, F8). */
  mustSee: boolean;
  why: string;
}

/** For people: which rule holds back what, and what would change it. */
export interface Blocker {
  code:
    | 'controller'
    | 'budget'
    | 'eviction-refused'
    | 'interval'
    | 'ordered-ready'
    | 'trouble'
    | 'create'
    | 'scaling'
    | 'soak'
    | 'paused'
    | 'settling'
    | 'replacement'
    | 'promotion'
    | 'write-refused'
    | 'terminating'
    | 'gate'
    | 'hook'
    | 'not-before';
  message: string;
  pods: string[];
}

export type Outcome = 'complete' | 'held' | 'rolled-back' | 'stopped' | 'gone';

/** The arithmetic of this moment. */
export interface PlanNow {
  replicas: number;
  /** Cumulative pods per step. */
  steps: number[];
  /** Index into `steps`. */
  step: number;
  /** Pods that may be at the target in this step. */
  goal: number;
  budget: number;
  /** Pods in range that are not available now. */
  unavailable: number;
  /** The next pods, in order. */
  next: string[];
}
