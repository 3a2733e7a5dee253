import { isStopped } from '../../../src/rollout/stops.ts';
import type { SetFacts } from '../facts.ts';
import { CONTROLLER_LAG_MS, type Truth } from '../truth.ts';
import type { Rule } from './rule.ts';

/** An executor that has just begun has to look first. */
const FIRST_LOOK_MS = 500;

/**
 * Paused or stopped: no disruption from the moment the executor has seen it, nor any by the controller; and the fence
 * follows only what was accepted before.
 */
export const pause: Rule = {
  name: 'pause',
  taken({ pod, by }, truth) {
    if (!rests(truth)) return null;
    if (by === 'controller' && truth.now - truth.holderSince <= truth.lagMs + FIRST_LOOK_MS) return null;
    return `${by} took ${pod.name} in a pause`;
  },
  /** A lost race that the fence was not raised above. */
  swept(pod, truth) {
    if (!rests(truth) || truth.isForeign() || truth.set.type !== 'RollingUpdate') return null;
    // somebody has to be there who can raise it, and time for it
    const known = truth.createdAt(pod) + truth.lagMs + CONTROLLER_LAG_MS;
    if (truth.now <= known || truth.holderHeardAt <= known) return null;
    return `the controller took ${pod.name} in a pause`;
  },
  wrote({ before, after, user }, truth) {
    if (!rests(truth) || before.partition === null || after.partition === null || before.type !== after.type)
      return null;
    if (after.currentRevision === after.updateRevision) return null;
    const released = truth.slots().slice(after.partition, before.partition);
    const strange = released.filter((name) => {
      const pod = truth.pods.get(name);
      const isThere = pod !== undefined && !pod.going;
      if (!isThere) return !truth.wasTaken(name, pod?.uid);
      // a race that was lost while the write was under way: the one that was taken is gone, and came back old
      const lost = truth.isNew(pod) && truth.wasTaken(name, undefined);
      return pod.revision !== after.updateRevision && !lost;
    });
    return strange.length === 0 ? null : `${user} lowered the fence below ${strange.join(', ')} in a pause`;
  },
};

function rests(truth: Truth): boolean {
  return truth.believable().every(isPaused);
}

function isPaused({ spec, status }: SetFacts): boolean {
  if (spec === null || status === null) return false;
  return spec.pauseRequested || isStopped(status, spec);
}
