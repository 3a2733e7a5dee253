/** What a person wants to know of one pod, as the API server told it at one moment. Times are milliseconds of `at`'s clock. */
export interface PodDetails {
  at: number;
  /** Of its node; null where it has none, or we may not look at nodes. */
  zone: string | null;
  conditions: PodCondition[];
  containers: ContainerDetails[];
  /** The oldest first; null where we may not look. */
  events: PodEvent[] | null;
  log: PodLog | null;
}

export interface PodCondition {
  type: string;
  /** True, False or Unknown. */
  status: string;
  reason: string;
  message: string;
  since: number | null;
}

export interface ContainerDetails {
  name: string;
  image: string;
  /** An init container that runs beside the others is a sidecar. */
  kind: 'container' | 'init' | 'sidecar';
  ready: boolean;
  restarts: number;
  /** null before the kubelet has said anything. */
  state: ContainerState | null;
  /** How the run before this one ended. */
  before: ContainerState | null;
}

export interface ContainerState {
  kind: 'waiting' | 'running' | 'terminated';
  /** CrashLoopBackOff, OOMKilled; may be empty. */
  reason: string;
  message: string;
  exitCode: number | null;
  /** Since when it is so. */
  since: number | null;
}

export interface PodEvent {
  at: number;
  type: string;
  reason: string;
  message: string;
  count: number;
}

export interface PodLog {
  container: string;
  /** Of the run before: the container is between two of them. */
  previous: boolean;
  /** The oldest first, raw; null where we may not look, or there is none (yet). */
  lines: string[] | null;
}
