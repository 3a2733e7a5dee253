import type { Trouble } from '../rollout/observation.ts';
import type { ContainerStatus, RawPod } from './shapes.ts';
import { plainText } from './words.ts';

export type TroubleNow = Omit<Trouble, 'since'>;

/** pkg/kubelet/images/types.go */
const IMAGE: ReadonlySet<string> = new Set([
  'InvalidImageName',
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'RegistryUnavailable',
  'ImageInspectError',
  'SignatureValidationFailed',
]);

/** pkg/kubelet/kuberuntime/kuberuntime_container.go, pkg/kubelet/container/sync_result.go */
const CONTAINER: ReadonlySet<string> = new Set([
  'CreateContainerConfigError',
  'CreateContainerError',
  'PreCreateHookError',
  'PreStartHookError',
  'PostStartHookError',
  'RunContainerError',
  'StartError',
  'ContainerCannotRun',
]);

/** The worst thing that a pod's status tells; null where nothing is wrong with it, or it is merely starting. */
export function troubleOf({ status }: RawPod): TroubleNow | null {
  if (!status) return null;
  const found: TroubleNow[] = [];
  for (const container of [...status.initContainerStatuses, ...status.containerStatuses]) {
    const trouble = containerTrouble(container, status.phase);
    if (trouble) found.push(trouble);
  }
  const scheduled = status.conditions.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False' && scheduled.reason === 'Unschedulable') {
    found.push({
      kind: 'unschedulable',
      reason: scheduled.reason,
      message: plainText(scheduled.message),
      container: null,
    });
  }
  if (['Failed', 'Succeeded', 'Unknown'].includes(status.phase)) {
    found.push({
      kind: 'phase',
      reason: status.reason || status.phase,
      message: plainText(status.message),
      container: null,
    });
  }
  return found.sort((a, b) => rank(a) - rank(b))[0] ?? null;
}

function containerTrouble(container: ContainerStatus, phase: string): TroubleNow | null {
  const waiting = container.state?.waiting;
  const told = (kind: Trouble['kind'], reason: string, message: string): TroubleNow => ({
    kind,
    reason,
    message: plainText(message),
    container: container.name,
  });
  if (waiting) {
    const { reason, message } = waiting;
    if (IMAGE.has(reason)) return told('image', reason, message);
    if (CONTAINER.has(reason)) return told('container', reason, message);
    if (reason === 'CrashLoopBackOff') return told('crash', reason, [lastWords(container), message].join(''));
  }
  if (container.ready || (phase !== 'Running' && phase !== 'Pending')) return null;
  const ended = container.state?.terminated;
  if (ended && ended.exitCode !== 0) return told('crash', ended.reason || 'Error', endOf(ended));
  const before = container.lastState?.terminated;
  if (container.restartCount === 0 || !before) return null;
  return told('crash', before.reason || 'Error', endOf(before));
}

type Ended = NonNullable<NonNullable<ContainerStatus['lastState']>['terminated']>;

function endOf({ exitCode, message }: Ended): string {
  return message || `exit code ${exitCode}`;
}

/** How its last life ended: that it was out of memory is what people look for. */
function lastWords({ lastState }: ContainerStatus): string {
  const ended = lastState?.terminated;
  return ended ? `${ended.reason || 'Error'}, ${endOf(ended)}; ` : '';
}

function rank(trouble: TroubleNow): number {
  switch (trouble.kind) {
    case 'container':
      return 0;
    case 'phase':
      return 1;
    case 'crash':
      return trouble.reason === 'CrashLoopBackOff' ? 2 : 3;
    case 'image':
      return trouble.reason === 'InvalidImageName' ? 0 : 4;
    case 'unschedulable':
      return 5;
  }
}
