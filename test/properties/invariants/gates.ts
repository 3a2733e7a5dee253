import type { SetFacts } from '../facts.ts';
import type { Truth } from '../truth.ts';
import { isOver } from './over.ts';
import type { Rule } from './rule.ts';

/** Two queries to Consul are at least so far apart; an answer is on its way besides. */
const HEARD_AFTER_MS = 400;
/** What a hook agreed to longer ago is asked again. */
const AGREEMENT_MS = 5 * 60_000;

/**
 * Nothing that serves is taken while Consul is known to know nothing, nor without the hook's agreement to that very pod;
 * and nothing is called complete that they have not agreed to.
 */
export const gates: Rule = {
  name: 'gates',
  taken({ pod, by }, truth) {
    const { set, outside } = truth;
    if (outside === null || by === 'controller' || !truth.inRange(pod) || !truth.isAvailable(pod.name)) return null;
    // its turn was granted when the fence was lowered for it
    if (truth.believable().some(({ status }) => status?.led?.uid === pod.uid)) return null;
    if (set.spec?.serviceDiscovery !== undefined && isUnknown(truth))
      return `${by} took ${pod.name} while Consul knew nothing`;
    if (set.spec?.hooks?.beforePod === undefined) return null;
    const agreedAt = outside.agreedAt('before', pod.uid);
    return agreedAt !== null && truth.now - agreedAt <= AGREEMENT_MS + truth.lagMs
      ? null
      : `${by} took ${pod.name}, to which its hook has not agreed`;
  },
  wrote({ before, after, user }, truth) {
    const { status, spec } = after;
    if (truth.outside === null || status === null || spec === null || !isOver(status)) return null;
    if (before.status === null || isOver(before.status) || before.status.fence === null) return null;
    if (spec.serviceDiscovery !== undefined && isUnknown(truth))
      return `${user} says ${status.phase} while Consul knew nothing`;
    if (spec.hooks?.afterPod === undefined) return null;
    const missed = owing(after, truth);
    return missed.length === 0
      ? null
      : `${user} says ${status.phase}, and the hook has not agreed to ${missed.join(', ')}`;
  },
};

function isUnknown({ outside, now, lagMs }: Truth): boolean {
  const since = outside?.unknownSince ?? null;
  return since !== null && now - since > HEARD_AFTER_MS + lagMs;
}

/** Pods that we have replaced: what others ended may be too new to be known. */
function owing({ status }: SetFacts, truth: Truth): string[] {
  if (status?.phase !== 'Complete') return [];
  return truth.slots().filter((name) => {
    const pod = truth.pods.get(name);
    if (pod === undefined || truth.isNew(pod) || !truth.wasTaken(name, undefined)) return false;
    return truth.outside?.agreedAt('after', pod.uid) === null;
  });
}
