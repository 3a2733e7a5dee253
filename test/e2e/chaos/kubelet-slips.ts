const FAILED = 'failed to apply stage';
const DELETED = 'Delete pod';
/** The stage of test/e2e/harness/stages.yaml that stands for a kubelet that has stopped a pod's containers. */
const GONE = 'pod-is-gone';

/**
 * Pods that kwok took by mistake: a deletion that the API server did not answer is tried again later by the pod's NAME, and
 * takes the replacement that has come meanwhile, at once and without a grace. A real kubelet names the uid
 * (kubernetes: pkg/kubelet/status/status_manager.go, syncPod).
 * @param log kwok's, a JSON object a line
 * @returns a name for each deletion by a retry, in order
 */
export function kubeletSlips(log: string, namespace: string): string[] {
  const failing = new Set<string>();
  const slips: string[] = [];
  for (const line of log.split('\n')) {
    const entry = entryOf(line);
    if (entry === null || !entry.pod.startsWith(`${namespace}/`)) continue;
    if (entry.message === FAILED && entry.stage === GONE) failing.add(entry.pod);
    else if (entry.message === DELETED && failing.delete(entry.pod)) slips.push(entry.pod.slice(namespace.length + 1));
  }
  return slips;
}

function entryOf(line: string): { message: string; pod: string; stage: string } | null {
  if (!line.startsWith('{')) return null;
  try {
    const { msg, pod, stage } = JSON.parse(line) as Record<string, unknown>;
    return { message: String(msg), pod: String(pod), stage: String(stage) };
  } catch {
    // the last line may be half written
    return null;
  }
}
