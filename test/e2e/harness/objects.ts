/** As much of Kubernetes' objects as the tests read. */
export interface Meta {
  name: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: { uid: string; controller?: boolean }[];
  managedFields?: { manager: string; operation: string; time?: string; subresource?: string }[];
}

export interface Pod {
  kind: 'Pod';
  metadata: Meta;
  spec: { nodeName?: string; containers: { name: string; image: string }[] };
  status?: {
    podIP?: string;
    phase?: string;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
    containerStatuses?: {
      name: string;
      ready: boolean;
      restartCount: number;
      state?: { waiting?: { reason?: string; message?: string }; running?: object };
    }[];
  };
}

export interface StatefulSet {
  kind: 'StatefulSet';
  metadata: Meta;
  spec: {
    replicas: number;
    podManagementPolicy: 'OrderedReady' | 'Parallel';
    updateStrategy: {
      type: string;
      rollingUpdate?: { partition?: number; maxUnavailable?: number | string } | null;
    };
    ordinals?: { start: number };
    minReadySeconds?: number;
    template: {
      metadata?: { annotations?: Record<string, string> };
      spec: { containers: { name: string; image: string }[] };
    };
  };
  status?: {
    observedGeneration?: number;
    replicas: number;
    readyReplicas?: number;
    updatedReplicas?: number;
    availableReplicas?: number;
    currentRevision?: string;
    updateRevision?: string;
  };
}

export interface List<T> {
  metadata: { resourceVersion: string; continue?: string };
  items: T[];
}

/** The ControllerRevision's name that a pod was made from. */
export function revisionOf(pod: Pod): string {
  return pod.metadata.labels?.['controller-revision-hash'] ?? '';
}

export function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

export function isTerminating(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

export function ordinalOf(pod: Pod): number {
  return Number(/-(\d+)$/.exec(pod.metadata.name)?.[1] ?? Number.NaN);
}
