import { durationMs } from '../../../src/rollout/duration.ts';
import { stepTargets } from '../../../src/rollout/percent.ts';
import type { SetFacts } from '../facts.ts';
import type { Truth } from '../truth.ts';
import type { Rule } from './rule.ts';

/** By our act no more pods get the new version than the percent, or the step, says. */
export const percent: Rule = {
  name: 'percent',
  taken({ pod, by }, truth) {
    const { set } = truth;
    if (set.status?.direction !== 'forward' || set.currentRevision === set.updateRevision) return null;
    if (!truth.inRange(pod) || pod.revision === set.updateRevision || truth.foreignSince !== null) return null;
    const others = truth.slots().filter((name) => name !== pod.name && isCommitted(name, truth));
    const most = Math.max(...truth.believable().map((each) => goalOf(each, truth)));
    if (others.length < most) return null;
    return `${by} took ${pod.name} where ${others.join(', ')} are new or will be: ${most} of ${set.replicas} may be`;
  },
};

/** At the new version, or coming back at it, and an executor knows that. */
function isCommitted(name: string, truth: Truth): boolean {
  const { set } = truth;
  const pod = truth.pods.get(name);
  if (pod !== undefined && !pod.going) {
    return pod.revision === set.updateRevision && (!truth.isNew(pod) || truth.takings.has(name));
  }
  if (truth.wasTaken(name, pod?.uid)) return true;
  const index = truth.slots().indexOf(name);
  return set.partition !== null && index >= set.partition && truth.isKnownDown(name);
}

/** How many pods may be new by what this set says; a timed step may have ended without a word yet. */
function goalOf({ spec, status, replicas }: SetFacts, truth: Truth): number {
  if (spec === null || status === null) return 0;
  if (status.direction === 'back') return replicas;
  const steps = stepTargets(spec, replicas);
  let step = Math.min(Math.max(status.step, spec.promotedStep), steps.length - 1);
  if (spec.stepPause !== 'manual' && step < steps.length - 1) {
    const reached = status.stepReachedAt === undefined ? null : Date.parse(status.stepReachedAt);
    const there = truth
      .slots()
      .filter((name) => truth.pods.get(name)?.revision === truth.set.updateRevision && truth.isAvailable(name));
    const over = reached === null || truth.now >= reached + durationMs(spec.stepPause);
    if (over && there.length >= (steps[step] ?? 0)) step++;
  }
  return steps[step] ?? 0;
}
