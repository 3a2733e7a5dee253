import type { SetFacts } from '../facts.ts';
import type { Truth } from '../truth.ts';
import type { Rule } from './rule.ts';

/**
 * "Complete" means: every pod at the target, Ready for as long as asked, none terminating or too many, the target
 * promoted, the generation observed. "Held at N %" means: so many are there.
 */
export const honest: Rule = {
  name: 'honest',
  wrote({ before, after, user }, truth) {
    const was = before.status;
    const is = after.status;
    if (is === null || (was?.phase === is.phase && was.reason === is.reason)) return null;
    const lie = is.phase === 'Complete' || is.phase === 'RolledBack' ? ended(before, truth) : heldAt(after, truth);
    return lie === null ? null : `${user} says ${is.phase} ${is.reason ?? ''}: ${lie}`;
  },
};

function ended(set: SetFacts, truth: Truth): string | null {
  const target = set.status?.target.revision ?? set.updateRevision;
  // a rollout that was given up before anything was written
  if (set.status === null || set.status.fence === null) return null;
  if (truth.foreignSince !== null && truth.now - truth.foreignSince <= truth.lagMs) return null;
  const onDelete = set.spec?.strategy === 'on-delete';
  if (set.updateRevision !== target) return `updateRevision is ${set.updateRevision}, not ${target}`;
  if (!onDelete && set.currentRevision !== target) return `currentRevision is ${set.currentRevision}, not ${target}`;
  if (set.observedGeneration < set.generation) return 'the generation is not observed';
  const bad = truth.slots().filter((name) => !isThere(name, target, truth));
  return bad.length === 0 ? null : `${bad.join(', ')} not there, of ${set.replicas}`;
}

function heldAt(set: SetFacts, truth: Truth): string | null {
  const { status, spec, updateRevision } = set;
  if (status?.reason !== 'PercentReached' || spec === null) return null;
  const there = truth.slots().filter((name) => isThere(name, updateRevision, truth)).length;
  const goal = Math.floor((spec.percent * set.replicas) / 100);
  return there >= goal || truth.believable().length > 1
    ? null
    : `${there} of ${set.replicas} pods are new and available`;
}

/** At the target and available; or not so for less time than it takes to hear of it. */
function isThere(name: string, target: string, truth: Truth): boolean {
  if (!truth.isAvailable(name)) return !truth.isKnownDown(name);
  return truth.pods.get(name)?.revision === target;
}
