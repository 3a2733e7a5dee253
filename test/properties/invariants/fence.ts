import { HOLD_ALL } from '../../../src/rollout/record.ts';
import type { SetFacts } from '../facts.ts';
import { same } from '../requests.ts';
import type { Truth } from '../truth.ts';
import { isOver } from './over.ts';
import type { Rule } from './rule.ts';

/**
 * No old, living pod lies at or above the partition, but a led one or a lost race: so the controller takes none by
 * itself, and no pod that we did not evict comes back at the new revision.
 */
export const fence: Rule = {
  name: 'fence',
  wrote({ before, after, user }, truth) {
    const { status } = after;
    if (status === null || after.type !== 'RollingUpdate' || after.partition === null || isOver(status)) return null;
    if (status.phase === 'Settling') return null;
    if (!same(before.template, after.template)) {
      return after.partition >= HOLD_ALL ? null : `${user} wrote a template behind partition ${after.partition}`;
    }
    const moved = before.type !== after.type || before.partition !== after.partition;
    if (!moved || after.currentRevision === after.updateRevision) return null;
    const exposed = oldAndLiving(after, truth).filter(({ uid }) => status.led?.uid !== uid);
    if (exposed.length === 0) return null;
    return `${user} moved the fence to ${after.partition}: ${exposed.map((pod) => pod.name).join(', ')} old and living behind it`;
  },
  swept(pod, truth) {
    const { status, partition, type } = truth.set;
    if (status === null || isOver(status) || status.phase === 'Pending' || truth.isForeign()) return null;
    if (status.phase === 'Paused' && status.reason === 'SettleTimeout') return null;
    const releasedAt = truth.releasedAt(truth.indexOf(pod));
    // a lost race: made anew, old, when the fence was on its way to it
    if (releasedAt !== null && truth.createdAt(pod) >= releasedAt - truth.lagMs) return null;
    return `the controller took ${pod.name} by itself (${type}/${partition})`;
  },
};

function oldAndLiving(set: SetFacts, truth: Truth) {
  return truth
    .slots()
    .slice(set.partition ?? 0)
    .flatMap((name) => truth.pods.get(name) ?? [])
    .filter((pod) => !pod.going && pod.revision !== set.updateRevision && !truth.isNew(pod));
}
