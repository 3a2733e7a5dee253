import { type GateFacts, uidKey } from './gate-facts.ts';
import { hookOf } from './gate-spec.ts';
import type { PodObservation } from './observation.ts';
import type { RecordSpec, RecordStatus } from './record.ts';

/** What a pod lacks of which only the hook has not answered yet. */
export const AFTER_HOOK = 'its after-pod hook agrees';

/**
 * What a Ready pod lacks to be counted as available, in words; null where nothing. Service discovery speaks for every
 * pod: one that we have not touched uses budget while it cannot be found. A hook is owed by replacements only.
 */
export function gateOf(
  pod: PodObservation,
  updated: boolean,
  { spec, status }: { spec: RecordSpec; status: RecordStatus },
  gates: GateFacts,
): string | null {
  if (spec.serviceDiscovery !== undefined) {
    const missed = gates.services?.waiting.find((each) => each.uid === pod.uid);
    if (missed !== undefined) return missed.words;
  }
  return updated && owesAfterHook(spec, status, pod) ? AFTER_HOOK : null;
}

/** Whether the after-pod hook has still to agree to this pod at the target: one that was made since we began. */
function owesAfterHook(spec: RecordSpec, status: RecordStatus, pod: PodObservation): boolean {
  if (hookOf(spec.hooks, 'after') === null) return false;
  // creationTimestamp is in whole seconds
  if (pod.createdAt + 1000 <= Date.parse(status.startedAt)) return false;
  return !(status.hooks?.done.includes(uidKey(pod.uid)) ?? false);
}
