import type { AcceptedPod, Observation } from '../rollout/observation.ts';
import { unavailableBudget } from '../rollout/percent.ts';
import type { RecordSpec, RecordStatus } from '../rollout/record.ts';

/**
 * What an executor that ended without a word had probably asked for: the pods just below the fence that are going. They
 * are followed as if we had evicted them; a pod that somebody else took is followed wrongly, and only within its turn.
 */
export function takenOver(observation: Observation, spec: RecordSpec, status: RecordStatus): AcceptedPod[] {
  const { set } = observation;
  if (spec.pauseRequested || status.target.revision === null) return [];
  const from = Math.min(set.strategy.partition ?? set.replicas, set.replicas);
  const budget = unavailableBudget(spec.maxUnavailable, set.replicas);
  return observation.pods
    .filter((pod) => {
      const index = pod.ordinal - set.start;
      return pod.deleting && index < from && index >= from - budget;
    })
    .map((pod) => ({ pod: pod.name, uid: pod.uid, target: status.target.revision }));
}
