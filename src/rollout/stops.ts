import { block, type Draft, note, phaseFields, stamp, withEvent } from './draft.ts';
import { holdingFence, partitionWanted } from './fence.ts';
import { type Look, namePods } from './look.ts';
import { HOLD_ALL, type PauseReason, type RecordStatus } from './record.ts';

/** Stops that stay until somebody says go on; the others end with their cause. */
const STICKY: ReadonlySet<PauseReason> = new Set([
  'PodFailed',
  'PodStuck',
  'GateFailed',
  'ProgressDeadline',
  'ForeignChange',
  'Forbidden',
  'SetGone',
  'SettleTimeout',
]);

/** A stop that nobody has answered yet. */
export function isStopped(status: Draft['status'], spec: Look['spec']): boolean {
  if (status.phase !== 'Paused' || status.reason === undefined || !STICKY.has(status.reason)) return false;
  return spec.resumedAt === undefined || Date.parse(spec.resumedAt) <= Date.parse(status.since);
}

/** Somebody has answered a stop: what was failing is known to them, and the deadline starts anew. */
export function goOn(look: Look, draft: Draft): void {
  const { status, spec, now } = look;
  if (status.phase !== 'Paused' || status.reason === undefined || !STICKY.has(status.reason)) return;
  if (isStopped(status, spec)) return;
  if (status.reason === 'ForeignChange') {
    reassert(look, draft);
    return;
  }
  draft.status = {
    ...draft.status,
    ...phaseFields(now, status.target.revision === null && status.fence === null ? 'Pending' : moving(look)),
    tolerated: [...status.tolerated, ...status.failed.map((pod) => pod.uid)],
    failed: [],
    lastProgressAt: stamp(now),
  };
  note(draft, now, 'resumed', 'told to go on');
}

/** After another's change of the strategy the fence is put up again; another's template is a rollout of its own. */
function reassert(look: Look, draft: Draft): void {
  const { set, status, now } = look;
  if (look.asked.writing !== null) return;
  if (set.templateHash !== status.target.templateHash) {
    const message = `${status.message ?? 'the template was changed'}; to roll that out, start a new rollout`;
    draft.status = { ...draft.status, ...phaseFields(now, 'Paused', 'ForeignChange', message) };
    return;
  }
  const fence = { type: 'RollingUpdate', partition: partitionWanted(look, true) } as const;
  draft.actions.push({
    kind: 'write',
    what: 'raise',
    generation: set.generation,
    strategy: fence,
    then: { ...phaseFields(now, moving(look)), fence, start: set.start, lastProgressAt: stamp(now) },
    mustSee: true,
    why: 'told to go on: the fence is put up again',
  });
}

export function moving(look: Look): 'Progressing' | 'RollingBack' {
  return look.status.direction === 'back' ? 'RollingBack' : 'Progressing';
}

/**
 * Somebody else has written the template, the strategy or the ordinals. A foreign template behind a lowered partition
 * rolls the released part at once, so the partition is raised first; then we stop and name who (issues argo-cd#15588,
 * kubectl#1301). Never guessed at, never taken for ours.
 * @returns whether the look ends here
 */
export function stopAtForeignChange(look: Look, draft: Draft): boolean {
  const { set, status, now } = look;
  // our own write may be in the watch before its answer is here
  if (look.asked.writing !== null || status.target.templateHash === null) return false;
  const change = foreignChange(look);
  if (change === null) return false;
  const who = set.foreignWriter?.manager ?? 'somebody else';
  const message = `${who} changed ${change}`;
  const lowered = set.strategy.type === 'RollingUpdate' && (set.strategy.partition ?? 0) < set.replicas;
  const stop = {
    ...phaseFields(now, 'Paused', 'ForeignChange', message),
    events: withEvent(draft.status, now, 'foreign-change', message),
  };
  if (!lowered) {
    draft.status = { ...draft.status, ...stop };
    return true;
  }
  const fence = { type: 'RollingUpdate', partition: HOLD_ALL } as const;
  draft.actions.push({
    kind: 'write',
    what: 'raise',
    generation: set.generation,
    strategy: fence,
    then: { ...stop, fence, led: null },
    mustSee: true,
    why: message,
  });
  return true;
}

function foreignChange(look: Look): string | null {
  const { set, status } = look;
  if (set.templateHash !== status.target.templateHash) {
    return `the pod template (images now: ${set.images.map((each) => `${each.container}=${each.image}`).join(', ')})`;
  }
  if (set.start !== status.start) return `spec.ordinals.start from ${status.start} to ${set.start}`;
  const written = set.written ?? status.fence;
  if (written === null) return null;
  if (set.strategy.type !== written.type) return `updateStrategy.type from ${written.type} to ${set.strategy.type}`;
  if (written.type === 'RollingUpdate' && set.strategy.partition !== written.partition) {
    return `updateStrategy.rollingUpdate.partition from ${written.partition} to ${set.strategy.partition}`;
  }
  return null;
}

/**
 * A set scaled to 0 in a stopped rollout would come back all new: 0 == 0 == 0 promotes the update revision, whatever
 * the fence (design, F3). So the old template is put back.
 */
export function keepOldAtZero(look: Look, draft: Draft, stopped: boolean): boolean {
  const { set, status, origin, now, spec } = look;
  if (set.replicas > 0 || status.replicas === 0 || origin === null) return false;
  if (status.direction !== 'forward' || !mayWriteTemplate(look)) return false;
  if (!stopped && spec.percent >= 100) return false;
  const message = 'the set was scaled to 0 while it was held: the old template was put back, so that it comes back old';
  draft.actions.push({
    kind: 'write',
    what: 'zero',
    generation: set.generation,
    strategy: { type: 'RollingUpdate', partition: HOLD_ALL },
    template: { replace: origin.template },
    then: {
      ...phaseFields(now, 'RollingBack', undefined, message),
      direction: 'back',
      fence: { type: 'RollingUpdate', partition: HOLD_ALL },
      target: { revision: null, templateHash: null },
      led: null,
      failed: [],
      events: withEvent(status, now, 'scaled-to-zero', message),
    },
    mustSee: true,
    why: message,
  });
  return true;
}

/**
 * The way back: the recorded template by replace, never by merge (kubectl#1297), and the fence up, in one patch.
 * @param failed pods that are the reason, to be told of when it is over
 */
export function turnBack(look: Look, draft: Draft, by: string, why: string, failed: RecordStatus['failed'] = []): void {
  if (!mayWriteTemplate(look)) return;
  const { set, origin, spec, now } = look;
  const template = spec.rollback?.template ?? origin?.template;
  if (template === undefined || template === null) {
    block(draft, 'write-refused', 'there is no recorded template to roll back to: use --to-revision N');
    return;
  }
  const fence = holdingFence(spec);
  draft.actions.push({
    kind: 'write',
    what: 'rollback',
    generation: set.generation,
    strategy: fence,
    template: { replace: template },
    then: {
      ...phaseFields(now, 'RollingBack'),
      direction: 'back',
      fence,
      target: { revision: null, templateHash: null },
      led: null,
      failed,
      tolerated: [],
      placed: [],
      step: 0,
      stepReachedAt: undefined,
      lastProgressAt: stamp(now),
      progress: 0,
      endedAt: undefined,
      held: false,
      events: withEvent(draft.status, now, 'rolling-back', `${by} rolls back: ${why}`),
    },
    mustSee: true,
    why,
  });
}

/**
 * Not while a pod is asked for: taken after the write, and before the controller has seen it, it would come back at a
 * version that nobody meant (design, F8).
 */
function mayWriteTemplate({ asked }: Look): boolean {
  return asked.writing === null && !asked.disrupting;
}

/** A scale is waited out: all pods of the new number must have their objects, and none beyond it may be left. */
export function waitOutScale(look: Look, draft: Draft): boolean {
  const { set, status, now } = look;
  if (set.replicas === status.replicas && look.extra.length === 0) return false;
  const absent = look.slots.filter((slot) => slot.state === 'missing').map((slot) => slot.name);
  if (set.observedGeneration < set.generation || look.extra.length > 0 || absent.length > 0) {
    const leaving = look.extra.map((pod) => pod.name);
    block(
      draft,
      'scaling',
      `the set is being scaled to ${set.replicas}: waiting for ${namePods([...leaving, ...absent]) || 'the controller'}`,
      [...leaving, ...absent],
    );
    return true;
  }
  if (set.replicas !== status.replicas) {
    const fresh = look.slots.filter((slot) => slot.index >= status.replicas && slot.state === 'updated');
    const outOfTurn =
      fresh.length === 0 ? '' : `; ${namePods(fresh.map((slot) => slot.name))} came up new, out of turn`;
    note(draft, now, 'scaled', `scaled from ${status.replicas} to ${set.replicas}${outOfTurn}`);
    draft.status = { ...draft.status, replicas: set.replicas, lastProgressAt: stamp(now) };
  }
  return false;
}
