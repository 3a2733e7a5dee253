import type { WriteKind } from './decision.ts';
import type { GateFacts } from './gate-facts.ts';
import type { HookMoment } from './gate-spec.ts';
import type { Json } from './json.ts';
import type { Fence } from './record.ts';

/** What the engine sees: plain facts, gathered at one moment, without client types. All times are milliseconds of one clock. */
export interface Observation {
  set: SetObservation;
  /** Only pods that the set controls (by owner uid), also those outside its range of ordinals; in no order. */
  pods: PodObservation[];
  asked: Asked;
  told: Told;
  /** What gates say; absent where none is asked. */
  gates?: GateFacts;
}

/** What is read besides, and only where pods are missing, stuck or failed: Events, logs and nodes. */
export interface Told {
  /** The last words of the controller about a pod that it may not make (FailedCreate), by the pod's name. */
  refusals: ReadonlyMap<string, { message: string; since: number }>;
  /** By uid of a failed pod. */
  evidence: ReadonlyMap<string, Evidence>;
  /** By uid of a pod that is starting for long: the last warning about its volumes, sandbox or probes. */
  warnings: ReadonlyMap<string, { reason: string; message: string }>;
  /** By name of a node with a pod that does not end: since when it does not answer; null where it does. */
  unreachable: ReadonlyMap<string, number | null>;
}

/** Few, short lines without control characters. */
export interface Evidence {
  log: string[];
  warnings: string[];
}

export interface SetObservation {
  namespace: string;
  name: string;
  uid: string;
  /** Bumped by the API server with each change of the spec. */
  generation: number;
  observedGeneration: number;
  /** The set is being deleted. */
  deleting: boolean;
  replicas: number;
  /** spec.ordinals.start; a partition counts indexes: index = ordinal - start. */
  start: number;
  policy: 'OrderedReady' | 'Parallel';
  minReadyMs: number;
  strategy: StrategyObservation;
  template: Json;
  /** Equal for equal templates. */
  templateHash: string;
  /** "app=web:2" for each container, in order. */
  images: ContainerImage[];
  currentRevision: string;
  updateRevision: string;
  /** status.replicas */
  statusReplicas: number;
  /** What the status annotation of this very object says that we last wrote; null where there is none. */
  written: Fence | null;
  /** Who last wrote template or strategy besides us, by managedFields; null where nobody is named. */
  foreignWriter: { manager: string; at: number | null } | null;
  /** The StatefulsetRollout that decides about it, by its name; absent where none does. */
  decidedBy?: string;
}

export interface StrategyObservation {
  /** `RollingUpdate` where it was missing. Any other name is kept as it is, and refused. */
  type: string;
  /** 0 where it was missing; null under OnDelete. */
  partition: number | null;
  maxUnavailable: string | null;
  /** As read. */
  raw: Json;
}

export interface ContainerImage {
  container: string;
  image: string;
}

export interface PodObservation {
  name: string;
  uid: string;
  ordinal: number;
  /** The label controller-revision-hash: a ControllerRevision's name. */
  revision: string;
  /** When the object was made. */
  createdAt: number;
  phase: string;
  node: string | null;
  ip: string | null;
  /** deletionTimestamp is set. */
  deleting: boolean;
  /** When deletion began; null where it has not. */
  deletingSince: number | null;
  graceMs: number;
  /** What keeps its object once its containers have ended. */
  finalizers: string[];
  /** Nothing keeps it once deletion is asked: it vanishes in the same moment (design, F15). */
  vanishesAtOnce: boolean;
  ready: boolean;
  /** Since when it is Ready without a break and without a restart, on our clock; null where it is not. */
  readySince: number | null;
  /** Since when it is not Ready, on our clock (or its creation); null where it is. */
  notReadySince: number | null;
  /** Since when it has a node, on our clock; null where it has none yet. */
  scheduledAt: number | null;
  /** When all its containers first ran, on our clock; null where they have not yet. */
  runningAt: number | null;
  /** Over all containers. */
  restarts: number;
  /** As many of them as there were when we first saw this pod. */
  restartsBefore: number;
  containers: { total: number; ready: number };
  images: ContainerImage[];
  trouble: Trouble | null;
  /** The annotation rollouts.bedrock.dev/not-before, where the pod has one: `at` in milliseconds, null where it is no time. */
  notBefore?: { at: number | null; text: string };
}

/** The worst thing that is known of a pod. */
export interface Trouble {
  kind: 'image' | 'container' | 'crash' | 'unschedulable' | 'phase';
  /** As Kubernetes names it: ImagePullBackOff, CrashLoopBackOff, Unschedulable. */
  reason: string;
  /** In Kubernetes' words; may be empty. */
  message: string;
  container: string | null;
  /** When we first saw this pod in this trouble. */
  since: number;
}

/** What the executor has asked for and may not yet see in its watch. */
export interface Asked {
  /** Disruptions that the API server accepted, until the pod's name is seen with another uid. */
  accepted: AcceptedPod[];
  /** Dry-run evictions that were allowed. */
  probed: (AskedPod & { at: number })[];
  /** The last refusal, and when to ask again. */
  refused: (AskedPod & { until: number; why: string; budget: string | null }) | null;
  /** Hooks that run now, and when their time is over. */
  asking?: (AskedPod & { moment: HookMoment; until: number })[];
  /** A request that disrupts (or probes) is under way. */
  disrupting: boolean;
  /** The write of the set that is under way. */
  writing: WriteKind | null;
  /** The partition that this write lowers the fence to; null where it lowers none. */
  lowering: number | null;
  /** The last write was refused because the set had changed meanwhile; null otherwise. */
  writeFailed: { why: string; until: number } | null;
  /** An executor ended without releasing its Lease, and we took over: what it had asked for is not known. */
  tookOverAt: number | null;
}

export interface AskedPod {
  pod: string;
  uid: string;
}

export interface AcceptedPod extends AskedPod {
  /** The revision that it was to come back at. */
  target: string | null;
}

export const NOTHING_TOLD: Told = {
  refusals: new Map(),
  evidence: new Map(),
  warnings: new Map(),
  unreachable: new Map(),
};

export const NOTHING_ASKED: Asked = {
  accepted: [],
  probed: [],
  refused: null,
  disrupting: false,
  writing: null,
  lowering: null,
  writeFailed: null,
  tookOverAt: null,
};
