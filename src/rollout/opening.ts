import { block, type Draft, enter, note, phaseFields, stamp, wake, withEvent } from './draft.ts';
import { holdingFence } from './fence.ts';
import { isLiving, type Look } from './look.ts';

/** Longer than any healthy controller takes to promote a revision. */
const SETTLE_TIMEOUT_MS = 60_000;

/** Phase Pending: nothing has been written yet. */
export function open(look: Look, draft: Draft): void {
  if (look.asked.writing !== null) return;
  if (needsSettling(look)) {
    draft.actions.push({
      kind: 'write',
      what: 'settle',
      generation: look.set.generation,
      // nothing is at another revision, so partition 0 moves nothing; a huge one would bring a dying pod back at the
      // ancient currentRevision (design, F3)
      strategy: { type: 'RollingUpdate', partition: 0 },
      then: {
        ...phaseFields(look.now, 'Settling'),
        fence: { type: 'RollingUpdate', partition: 0 },
        events: withEvent(
          look.status,
          look.now,
          'settling',
          'waiting until the controller promotes the revision in use',
        ),
      },
      mustSee: true,
      why: 'the set is OnDelete and its currentRevision is stale',
    });
    return;
  }
  start(look, draft);
}

/**
 * A set that was OnDelete may name an ancient currentRevision, and behind a fence a dying pod would come back at that.
 * It can be settled where all pods are at updateRevision and Ready (design, F3).
 */
export function needsSettling(look: Pick<Look, 'set' | 'slots' | 'spec'>): boolean {
  const { set, slots, spec } = look;
  if (spec.strategy !== 'fence' || set.strategy.type !== 'OnDelete') return false;
  if (set.currentRevision === set.updateRevision || slots.length === 0) return false;
  return slots.every((slot) => isLiving(slot) && slot.pod.revision === set.updateRevision && slot.pod.ready);
}

/** Phase Settling: wait for the promotion, then start; on a time-out everything goes back as it was. */
export function settle(look: Look, draft: Draft): void {
  if (look.asked.writing !== null) return;
  const { set, now } = look;
  if (set.observedGeneration >= look.status.mustSee && set.currentRevision === set.updateRevision) {
    start(look, draft);
    return;
  }
  const deadline = Date.parse(look.status.since) + SETTLE_TIMEOUT_MS;
  if (now < deadline) {
    block(draft, 'settling', 'waiting until the controller takes the revision in use for its current one');
    wake(draft, deadline);
    return;
  }
  const message =
    'the controller did not settle the OnDelete set in 60s; its strategy was put back, nothing else was changed';
  draft.actions.push({
    kind: 'write',
    what: 'unsettle',
    generation: set.generation,
    strategy: 'own',
    then: { ...phaseFields(now, 'Paused', 'SettleTimeout', message), fence: null },
    mustSee: false,
    why: message,
  });
}

/** Template and fence in one patch: from then on nothing moves but by our hand (design, F2). */
function start(look: Look, draft: Draft): void {
  const { spec, set, status, now } = look;
  const fence = holdingFence(spec);
  draft.actions.push({
    kind: 'write',
    what: 'start',
    generation: set.generation,
    strategy: fence,
    ...templateOf(look),
    then: {
      ...phaseFields(now, 'Progressing'),
      fence,
      target: { revision: null, templateHash: null },
      lastProgressAt: stamp(now),
      events: withEvent(status, now, 'started', `${status.startedBy} rolls out ${spec.target.summary}`),
    },
    mustSee: true,
    why: `roll out ${spec.target.summary}`,
  });
}

function templateOf(look: Look): {
  template?:
    | { replace: NonNullable<Look['spec']['target']['template']> }
    | { apply: NonNullable<Look['spec']['target']['manifest']>; force: boolean };
} {
  const { target } = look.spec;
  if (target.manifest !== undefined && target.manifest !== null) {
    return { template: { apply: target.manifest, force: target.force ?? false } };
  }
  if (target.template !== undefined && target.template !== null) return { template: { replace: target.template } };
  return {};
}

/**
 * After a write of the template: the target is the updateRevision that the controller reports once it has observed it
 * (design, F8). Before that no status means anything.
 * @returns whether the target is known
 */
export function resolveTarget(look: Look, draft: Draft): boolean {
  if (look.target !== null) return true;
  const { set, now } = look;
  if (look.asked.writing !== null || set.observedGeneration < look.status.mustSee) {
    block(draft, 'controller', 'waiting for the StatefulSet controller to see the new template');
    return false;
  }
  const revision = set.updateRevision;
  const placed = look.slots
    .filter((slot) => isLiving(slot) && slot.pod.revision === revision)
    .map((slot) => slot.ordinal);
  draft.status = {
    ...draft.status,
    target: { revision, templateHash: draft.status.target.templateHash ?? set.templateHash },
    forwardRevision: look.status.direction === 'forward' ? revision : look.status.forwardRevision,
    placed,
    lastProgressAt: stamp(now),
    progress: 0,
  };
  enter(draft, now, look.status.direction === 'back' ? 'RollingBack' : 'Progressing');
  note(draft, now, 'target', `the controller has made ${revision} the update revision`);
  return true;
}
