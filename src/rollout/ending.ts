import { block, type Draft, phaseFields, stamp, withEvent } from './draft.ts';
import { formatDuration } from './duration.ts';
import { countPods, type Look } from './look.ts';
import { HOLD_ALL, type RecordStatus } from './record.ts';

/**
 * "Complete" means: every pod at the target, available for as long as asked, none terminating, the generation observed,
 * and the target promoted to currentRevision, so that no pod can come back old. OnDelete sets are never promoted by
 * servers up to 1.36, so there only updateRevision is asked for (kubernetes#73492).
 */
export function isComplete(look: Look, draft: Draft): boolean {
  const { set, target, slots } = look;
  if (look.steps.length - 1 !== look.step || look.goal < set.replicas || look.asked.writing !== null) return false;
  if (look.extra.length > 0 || look.inDetour) return false;
  if (!slots.every((slot) => slot.state === 'updated' && slot.available)) return false;
  if (set.observedGeneration < set.generation || set.updateRevision !== target) return false;
  if (set.replicas === 0 && set.statusReplicas > 0) return false;
  if (look.spec.strategy === 'on-delete' || set.currentRevision === target) return true;
  block(
    draft,
    'promotion',
    'all pods are there: waiting for the controller to take the new revision for its current one',
  );
  return false;
}

/** The set's own strategy is put back, which restarts nothing now (design, F4); or the set is left held. */
export function finishRollout(look: Look, draft: Draft): void {
  const { set, spec, status, now } = look;
  const back = status.direction === 'back';
  const hold = spec.hold && spec.strategy === 'fence';
  const took = formatDuration(now - Date.parse(status.startedAt));
  const message = back
    ? `${countPods(set.replicas)} back at the old version after ${took}`
    : `${countPods(set.replicas)} at ${spec.target.summary} in ${took}`;
  const then: Partial<RecordStatus> = {
    ...phaseFields(now, back ? 'RolledBack' : 'Complete', undefined, message),
    endedAt: stamp(now),
    fence: hold ? { type: 'RollingUpdate', partition: HOLD_ALL } : null,
    held: hold,
    led: null,
    events: withEvent(draft.status, now, back ? 'rolled-back' : 'complete', message),
  };
  draft.actions.push({
    kind: 'write',
    what: 'finish',
    generation: set.generation,
    strategy: hold ? { type: 'RollingUpdate', partition: HOLD_ALL } : 'own',
    then,
    mustSee: false,
    why: message,
  });
}
