import type { RecordStatus } from '../../../src/rollout/record.ts';
import type { Taking } from '../truth.ts';
import type { Rule } from './rule.ts';

/**
 * A pod is taken at most once; an ordinal at most once for one target, and again only after a lost race that the record
 * tells of, or where somebody else has ended what was mended below the fence. What the record says is asked of the next status that the same executor writes.
 */
export function once(): Rule {
  const claims: { taking: Taking; target: string; races: number }[] = [];
  return {
    name: 'once',
    taken(taking, truth) {
      const { pod, by } = taking;
      const { set } = truth;
      if (by === 'controller' || truth.foreignSince !== null) return null;
      if (truth.inRange(pod) && pod.revision === set.updateRevision && set.observedGeneration === set.generation)
        return `${by} took ${pod.name}, which was at ${pod.revision} already`;
      const before = truth.takings.get(pod.name) ?? [];
      if (before.some((each) => each.pod.uid === pod.uid)) return `${by} took the same ${pod.name} twice`;
      // an heir can only guess which race the dead one had lost
      const races = before.length - truth.lostUpdates(pod.name);
      if (races > 0 && before.every((each) => each.by === by))
        claims.push({ taking, target: set.updateRevision, races });
      return null;
    },
    wrote({ after, user }) {
      const { status } = after;
      if (status === null) return null;
      for (const claim of claims.splice(0)) {
        const { taking, target, races } = claim;
        if (status.target.revision !== target) continue;
        if (taking.by !== user) claims.push(claim);
        else if (lost(status, taking.pod.name) < races)
          return `${user} took ${taking.pod.name} ${races + 1} times for one target, ${lost(status, taking.pod.name)} lost races are on record`;
      }
      return null;
    },
  };
}

function lost(status: RecordStatus, pod: string): number {
  return status.lostRaces.filter((race) => race.pod === pod).length;
}
