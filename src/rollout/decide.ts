import type { Decision } from './decision.ts';
import { leaveDetour } from './detour.ts';
import { block, type Draft, enter, finish, newDraft, note, stamp, wake } from './draft.ts';
import { durationMs } from './duration.ts';
import { finishRollout, isComplete } from './ending.ts';
import { blockRefused, stopAtDeadline, stopAtFailure, stopAtStuck, takeEvidence, turnsBack } from './failure.ts';
import { isCommitted, releasedFrom } from './fence.ts';
import { askAfterHooks } from './hook.ts';
import { takeStock } from './ledger.ts';
import { countPods, isLiving, type Look, lookAt } from './look.ts';
import { blockPaused, moveFence } from './moves.ts';
import type { Observation } from './observation.ts';
import { open, resolveTarget, settle } from './opening.ts';
import { inOrder } from './order.ts';
import { blockGated } from './pod-gate.ts';
import type { RecordStatus, RolloutRecord } from './record.ts';
import { replaceNext } from './replace.ts';
import { stepGatesHold, stopAtGateFailure } from './step-gate.ts';
import { goOn, isStopped, keepOldAtZero, moving, stopAtForeignChange, turnBack, waitOutScale } from './stops.ts';

/**
 * What to do now, from what is seen now. No clock, no I/O, no memory: everything is derived again at each look, so that
 * an executor may die at any point and the next one goes on from what the cluster says.
 *
 * @param now milliseconds, on the clock of the observation's times
 */
export function decide(
  observation: Observation,
  record: RolloutRecord & { status: RecordStatus },
  now: number,
): Decision {
  const draft = newDraft(record.status);
  const look = lookAt(observation, record, now);
  const last = story(observation, record, look, draft);
  const decision = finish(draft, last, now);
  if (last.target !== null) {
    decision.plan.next = inOrder(last)
      .slice(0, last.budget)
      .map((slot) => slot.name);
  }
  return decision;
}

/** @returns the look that the decision was made on */
function story(
  observation: Observation,
  record: RolloutRecord & { status: RecordStatus },
  first: Look,
  draft: Draft,
): Look {
  let look = first;
  const { now, set, spec } = look;
  if (set.deleting || set.uid !== look.status.setUid) {
    enter(
      draft,
      now,
      'Paused',
      'SetGone',
      set.deleting ? 'the set is being deleted' : 'the set was deleted and made anew',
    );
    draft.outcome = 'gone';
    return look;
  }

  const over = look.status.phase === 'Complete' || look.status.phase === 'RolledBack';
  const wantsBack = spec.rollback !== undefined && look.status.direction === 'forward';
  // whether anything was written only its answer tells
  if (wantsBack && look.asked.writing !== null) return look;
  if (wantsBack && look.status.fence === null && !over) {
    // nothing was written yet: there is nothing to go back from
    enter(draft, now, 'RolledBack');
    draft.outcome = 'rolled-back';
    return look;
  }
  if (wantsBack) {
    turnBack(look, draft, spec.rollback?.by ?? 'somebody', spec.rollback?.summary ?? 'asked to');
    return look;
  }
  if (over) {
    draft.outcome = look.status.phase === 'Complete' ? 'complete' : 'rolled-back';
    return look;
  }

  goOn(look, draft);
  if (draft.actions.length > 0) return look;
  look = again(observation, record, look, draft);
  if (look.status.phase === 'Pending') {
    open(look, draft);
    return look;
  }
  if (look.status.phase === 'Settling') {
    settle(look, draft);
    return look;
  }

  if (
    isStopped(look.status, spec) &&
    (look.status.target.revision === null || look.status.reason === 'ForeignChange')
  ) {
    draft.outcome = 'stopped';
    return look;
  }
  if (!resolveTarget(look, draft)) return look;
  look = again(observation, record, look, draft);
  if (stopAtForeignChange(look, draft)) return look;

  takeStock(look, draft);
  look = again(observation, record, look, draft);
  takeEvidence(look, draft);
  if (!isStopped(draft.status, spec)) stopAtFailure(look, draft);
  if (!isStopped(draft.status, spec)) stopAtGateFailure(look, draft);
  if (!isStopped(draft.status, spec) && !spec.pauseRequested) stopAtStuck(look, draft);
  const stopped = isStopped(draft.status, spec);
  if (stopped && turnsBack(look, draft)) {
    turnBack(look, draft, 'the failure policy', draft.status.message ?? 'a pod failed', draft.status.failed);
    return look;
  }

  if (!stopped) askAfterHooks(look, draft);
  if (!stopped && isComplete(look, draft) && !stepGatesHold(look, draft)) {
    finishRollout(look, draft);
    return look;
  }
  const rests = stopped || spec.pauseRequested || stepRests(look, draft);
  if (keepOldAtZero(look, draft, rests)) return look;
  const partition = moveFence(look, draft, rests);
  const scaling = waitOutScale(look, draft);
  if (rests) {
    rest(look, draft, stopped);
    return look;
  }
  if (draft.status.phase === 'Paused') {
    // the deadline counts what we do, not how long somebody thought
    draft.status = { ...draft.status, held: false, lastProgressAt: stamp(now) };
  }
  enter(draft, now, moving(look));
  if (stopAtDeadline(look, draft)) return look;
  if (!blockRefused(look, draft)) replaceNext(look, draft, partition, scaling);
  blockWaiting(look, draft);
  return look;
}

function again(
  observation: Observation,
  record: RolloutRecord & { status: RecordStatus },
  look: Look,
  draft: Draft,
): Look {
  return draft.status === look.status ? look : lookAt(observation, { ...record, status: draft.status }, look.now, look);
}

/** Nothing is disrupted; and nothing is left half-way. */
function rest(look: Look, draft: Draft, stopped: boolean): void {
  const { now, spec } = look;
  if (look.inDetour) leaveDetour(look, draft);
  if (stopped) {
    draft.outcome = 'stopped';
    blockPaused(look, draft, draft.status.message ?? 'stopped');
    return;
  }
  if (draft.status.reason === 'PercentReached' && draft.status.phase === 'Paused') {
    draft.outcome = 'held';
    return;
  }
  if (!spec.pauseRequested) return;
  enter(draft, now, 'Paused', 'Requested', `paused by ${spec.pausedBy ?? 'somebody'}`);
  blockPaused(look, draft, draft.status.message ?? 'paused');
}

/**
 * Whether this step's pods are all there, and the next step may not begin yet. At the last step short of 100 % the
 * rollout rests, held; a step's pause ends by promotion or by the clock.
 */
function stepRests(look: Look, draft: Draft): boolean {
  const { now, spec, goal, step, steps } = look;
  if (step > look.status.step) {
    draft.status = { ...draft.status, step, stepReachedAt: undefined, lastProgressAt: stamp(now) };
  }
  const partition = releasedFrom(look);
  const committed = look.slots.filter((slot) => isCommitted(look, slot, partition));
  if (committed.length < goal) leaveStep(draft);
  if (goal >= look.set.replicas && step === steps.length - 1) return false;
  if (committed.length < goal || !committed.every((slot) => slot.available)) return false;
  if (look.asked.writing !== null || look.inDetour) return false;
  if (step === steps.length - 1) {
    if (gatesRest(look, draft)) return true;
    draft.status = { ...draft.status, held: true };
    const asked = `${spec.percent}% of ${countPods(look.set.replicas)}`;
    enter(draft, now, 'Paused', 'PercentReached', `held: ${asked} asked for, ${goal} released`);
    return true;
  }
  const reachedAt = draft.status.stepReachedAt === undefined ? now : Date.parse(draft.status.stepReachedAt);
  if (draft.status.stepReachedAt === undefined) {
    draft.status = { ...draft.status, stepReachedAt: stamp(now) };
    note(draft, now, 'step', `step ${step + 1} of ${steps.length} reached: ${goal} of ${look.set.replicas} pods`);
  }
  if (gatesRest(look, draft)) return true;
  if (spec.stepPause !== 'manual') {
    const end = reachedAt + durationMs(spec.stepPause);
    if (now >= end) {
      draft.status = { ...draft.status, step: step + 1, stepReachedAt: undefined, lastProgressAt: stamp(now) };
      wake(draft, now + 1);
      return false;
    }
    wake(draft, end);
  }
  enter(draft, now, 'Paused', 'StepReached', `step ${step + 1} of ${steps.length} reached`);
  block(
    draft,
    'paused',
    spec.stepPause === 'manual'
      ? 'waits for the next step to be let begin (promote)'
      : 'waits for the step pause to end',
  );
  return true;
}

/** The step was reached, and has more pods to come now: it was promoted to a higher percentage, or the set was scaled. */
function leaveStep(draft: Draft): void {
  if (draft.status.stepReachedAt !== undefined) draft.status = { ...draft.status, stepReachedAt: undefined };
}

/** Whether a gate has still to agree that the step is done; a rest that it agreed to is not taken back. */
function gatesRest(look: Look, draft: Draft): boolean {
  const { phase, reason, step } = look.status;
  const agreed = phase === 'Paused' && (reason === 'StepReached' || reason === 'PercentReached') && step === look.step;
  if (agreed || !stepGatesHold(look, draft)) return false;
  enter(draft, look.now, moving(look));
  stopAtDeadline(look, draft);
  return true;
}

/** Where nothing else was said: what the pods on the way are waited for. */
function blockWaiting(look: Look, draft: Draft): void {
  for (const slot of look.slots) {
    if (isLiving(slot) && slot.state === 'updated' && slot.pod.readySince !== null && !slot.available) {
      wake(draft, slot.pod.readySince + look.soakMs);
    }
  }
  blockGated(look, draft);
  if (draft.blockers.length > 0 || draft.actions.length > 0) return;
  const soaking = look.slots.filter((slot) => slot.state === 'updated' && !slot.available && slot.pod?.ready === true);
  const starting = look.slots.filter((slot) => slot.state === 'updated' && slot.pod?.ready === false);
  const going = look.slots.filter((slot) => slot.state === 'going' || slot.state === 'missing');
  const waiting = [
    ['terminating', 'on their way out', going],
    ['replacement', 'starting', starting],
    ['soak', 'Ready, and must stay so for a while', soaking],
  ] as const;
  for (const [code, message, slots] of waiting) {
    if (slots.length > 0)
      block(
        draft,
        code,
        message,
        slots.map(({ name }) => name),
      );
  }
}
