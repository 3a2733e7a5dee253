import type { PodObservation, Trouble } from './observation.ts';

/** An image may be late in a registry, a node may come: these troubles are waited out for so long (milliseconds). */
export const PATIENCE_MS = 30_000;

/** A new pod that restarts so often has failed, whatever it says in between. */
const RESTARTS_THAT_FAIL = 2;

/** A kubelet's own work after the grace of a pod takes a moment; after so long (milliseconds) it is stuck. */
const STUCK_AFTER_MS = 60_000;

/**
 * Whether the pod has failed: what is wrong will not mend itself. A bad name or a container that cannot be made is
 * final at once; an image that is not there, or a node, after 30 s; a crash loop at once, or the second restart.
 * @param begunAt when the rollout began (milliseconds): what a pod did before it is not our failure
 */
export function hasFailed(pod: PodObservation, now: number, begunAt: number): boolean {
  if (restartsSince(pod, begunAt) >= RESTARTS_THAT_FAIL && !pod.ready) return true;
  const trouble = pod.trouble;
  if (trouble === null) return false;
  return now >= trouble.since + patience(trouble);
}

/** When this pod will have failed if nothing changes; null where it is in no trouble. */
export function failsAt(pod: PodObservation): number | null {
  return pod.trouble === null ? null : pod.trouble.since + patience(pod.trouble);
}

/** Restarts of its containers since the rollout began; of an older pod, as far as we have seen them. */
export function restartsSince(pod: PodObservation, begunAt: number): number {
  // creationTimestamp is in whole seconds
  return pod.createdAt + 1000 > begunAt ? pod.restarts : pod.restarts - pod.restartsBefore;
}

function patience(trouble: Trouble): number {
  switch (trouble.kind) {
    case 'container':
    case 'phase':
      return 0;
    case 'image':
      return trouble.reason === 'InvalidImageName' ? 0 : PATIENCE_MS;
    case 'unschedulable':
      return PATIENCE_MS;
    case 'crash':
      return trouble.reason === 'CrashLoopBackOff' ? 0 : Number.POSITIVE_INFINITY;
  }
}

/**
 * Whether an old pod is broken: it serves nothing, and its replacement costs no availability. A pod that merely lost
 * its readiness is not: it may be mending itself, so it uses budget and is left alone until the deadline.
 */
export function isBroken(pod: PodObservation, now: number, deadlineMs: number, begunAt: number): boolean {
  if (pod.ready) return false;
  return hasFailed(pod, now, begunAt) || (pod.notReadySince !== null && now - pod.notReadySince >= deadlineMs);
}

/**
 * When a terminating pod will count as stuck: a minute after its own grace, however long that is. null where it is not
 * terminating. Nobody but its kubelet knows whether its containers have ended (kubernetes#54368), so nothing is forced.
 */
export function stuckAt(pod: PodObservation): number | null {
  return pod.deletingSince === null ? null : pod.deletingSince + pod.graceMs + STUCK_AFTER_MS;
}

/** For people: "ImagePullBackOff (app): manifest unknown". */
export function describeTrouble(pod: PodObservation, begunAt: number): { reason: string; message: string } {
  const trouble = pod.trouble;
  if (trouble === null) {
    return { reason: 'Restarting', message: `restarted ${restartsSince(pod, begunAt)} times` };
  }
  const where = trouble.container === null ? '' : `${trouble.container}: `;
  return { reason: trouble.reason, message: `${where}${trouble.message || 'no message'}` };
}
