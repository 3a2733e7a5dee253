import type { PodObservation, Trouble } from './observation.ts';

/** An image may be late in a registry, a node may come: these troubles are waited out for so long (milliseconds). */
const PATIENCE_MS = 30_000;

/** A new pod that restarts so often has failed, whatever it says in between. */
const RESTARTS_THAT_FAIL = 2;

/**
 * Whether the pod has failed: what is wrong will not mend itself. A bad name or a container that cannot be made is
 * final at once; an image that is not there, or a node, after 30 s; a crash loop at once, or the second restart.
 */
export function hasFailed(pod: PodObservation, now: number): boolean {
  if (pod.restarts >= RESTARTS_THAT_FAIL && !pod.ready) return true;
  const trouble = pod.trouble;
  if (trouble === null) return false;
  return now >= trouble.since + patience(trouble);
}

/** When this pod will have failed if nothing changes; null where it is in no trouble. */
export function failsAt(pod: PodObservation): number | null {
  return pod.trouble === null ? null : pod.trouble.since + patience(pod.trouble);
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
export function isBroken(pod: PodObservation, now: number, deadlineMs: number): boolean {
  if (pod.ready) return false;
  return hasFailed(pod, now) || (pod.notReadySince !== null && now - pod.notReadySince >= deadlineMs);
}

/** For people: "ImagePullBackOff (app): manifest unknown". */
export function describeTrouble(pod: PodObservation): { reason: string; message: string } {
  const trouble = pod.trouble;
  if (trouble === null) {
    return { reason: 'Restarting', message: `restarted ${pod.restarts} times` };
  }
  const where = trouble.container === null ? '' : `${trouble.container}: `;
  return { reason: trouble.reason, message: `${where}${trouble.message || 'no message'}` };
}
