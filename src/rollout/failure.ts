import { block, type Draft, enter, note, wake } from './draft.ts';
import { durationMs, formatDuration } from './duration.ts';
import { describeTrouble, failsAt, hasFailed, PATIENCE_MS, stuckAt } from './health.ts';
import { type Look, namePods, type Slot, troubled } from './look.ts';
import type { PodObservation } from './observation.ts';
import { servicesUnknown } from './pod-gate.ts';
import type { FailedPod } from './record.ts';
import { gateProgressAt, gateWords } from './step-gate.ts';

/** New pods that have failed, or cannot even be made, stop the rollout: as many as the threshold says, and once. */
export function stopAtFailure(look: Look, draft: Draft): void {
  const { now, begunAt } = look;
  const bad = troubled(look);
  for (const slot of bad) wake(draft, failsAt(slot.pod));
  const refused = refusedSlots(look).filter(({ uid }) => !look.status.tolerated.includes(uid));
  for (const { since } of refused) wake(draft, since + PATIENCE_MS);
  const failed = [
    ...bad
      .filter((slot) => hasFailed(slot.pod, now, begunAt))
      .map((slot) => failedPod(look, slot.pod, describeTrouble(slot.pod, begunAt))),
    ...refused
      .filter(({ since }) => now >= since + PATIENCE_MS)
      .map(({ name, uid, message }) => ({ pod: name, uid, reason: 'FailedCreate', message })),
  ];
  if (failed.length < look.threshold) return;
  const [first, ...others] = failed;
  const more = others.length > 0 ? ` (and ${namePods(others.map((each) => each.pod))})` : '';
  const message = `${first?.pod} does not start: ${first?.reason}: ${first?.message}${more}`;
  draft.status = { ...draft.status, failed };
  enter(draft, now, 'Paused', 'PodFailed', message);
  note(draft, now, 'failed', message, first?.pod);
}

/** Whether the failure policy asks for the way back: the new version does not come up, by trouble or by deadline. */
export function turnsBack(look: Look, draft: Draft): boolean {
  const { reason, direction, failed } = draft.status;
  if (look.spec.failurePolicy !== 'rollback' || direction !== 'forward') return false;
  if (reason === 'GateFailed') return true;
  return reason === 'PodFailed' || (reason === 'ProgressDeadline' && failed.length > 0);
}

/**
 * A pod that stays terminating for a minute past its grace: its node is lost, or a finalizer holds it. Its containers
 * may still run, so nobody but a person may decide to take its name away (kubernetes#54368, #74689), and nothing else
 * is touched until somebody says so. Told to go on, the rollout leaves it where it is: it uses budget.
 */
export function stopAtStuck(look: Look, draft: Draft): void {
  const stuck: { name: string; pod: PodObservation }[] = [];
  for (const { name, pod } of look.slots) {
    const at = pod === null ? null : stuckAt(pod);
    if (pod === null || at === null || look.status.tolerated.includes(pod.uid)) continue;
    if (look.now < at) wake(draft, at);
    else stuck.push({ name, pod });
  }
  const [first] = stuck;
  if (first === undefined) return;
  const others = stuck.length > 1 ? ` (and ${namePods(stuck.slice(1).map(({ name }) => name))})` : '';
  const message = `${first.name} is stuck terminating${others}: ${whyStuck(look, first.pod)}`;
  const failed = stuck.map(({ pod }) => failedPod(look, pod, { reason: 'Terminating', message: whyStuck(look, pod) }));
  draft.status = { ...draft.status, failed };
  enter(draft, look.now, 'Paused', 'PodStuck', message);
  note(draft, look.now, 'stuck', message, first.name);
}

function whyStuck(look: Look, pod: PodObservation): string {
  if (pod.finalizers.length > 0) return `the finalizer ${pod.finalizers.join(', ')} holds it`;
  if (pod.node === null) return 'its API server does not remove it';
  const since = look.told.unreachable.get(pod.node);
  if (since == null) return `${pod.node} has not said that its containers have ended`;
  return `${pod.node} is unreachable for ${formatDuration(look.now - since)}, and its containers may still run`;
}

/**
 * No progress for progressDeadline: counted from the end of a long grace, and never while somebody holds us on purpose.
 * @returns whether the look ends here
 */
export function stopAtDeadline(look: Look, draft: Draft): boolean {
  const { status, spec, now } = look;
  const since = Math.max(
    Date.parse(draft.status.lastProgressAt),
    gateProgressAt(look),
    Date.parse(draft.status.graceUntil ?? '') || 0,
    status.lastDisruptionAt === undefined
      ? 0
      : Date.parse(status.lastDisruptionAt) + durationMs(spec.minPodEvictionInterval),
  );
  // a soak that runs is no missing progress, but readiness that flaps must not put the deadline off for ever
  const soaks = look.slots.some((slot) => isWaitedFor(slot) && slot.pod.ready);
  const deadline = since + look.deadlineMs + (soaks ? look.soakMs : 0);
  if (now < deadline) {
    wake(draft, deadline);
    return false;
  }
  // a pod of which it is not known whether it can be found has not failed (case D30)
  const unknown = servicesUnknown(look) !== null;
  const waiting = look.slots.filter(isWaitedFor).filter(({ gate }) => gate === null || !unknown);
  const failed = waiting.map((slot) => failedPod(look, slot.pod, whyNotAvailable(look, slot)));
  const missing = whatIsMissing(look, failed, gateWords(look, draft));
  const message = `no progress for ${formatDuration(look.deadlineMs)}: ${missing}`;
  draft.status = { ...draft.status, failed };
  enter(draft, now, 'Paused', 'ProgressDeadline', message);
  note(draft, now, 'deadline', message);
  return true;
}

function isWaitedFor(slot: Slot): slot is Slot & { pod: PodObservation } {
  return slot.pod !== null && slot.state === 'updated' && !slot.available;
}

function whatIsMissing(look: Look, failed: readonly FailedPod[], gate: string | null): string {
  const [refused] = refusedSlots(look);
  if (refused !== undefined) return `${refused.name} cannot be created: ${refused.message}`;
  const [first] = failed;
  if (first !== undefined) return `${namePods(failed.map(({ pod }) => pod))} not available (${first.message})`;
  const missing = look.slots.filter(({ state }) => state === 'missing').map(({ name }) => name);
  if (missing.length > 0) return `${namePods(missing)} not created again`;
  if (gate !== null) return gate;
  const { refused: eviction } = look.asked;
  if (eviction !== null) return `${eviction.pod} may not be evicted: ${eviction.why}`;
  return 'no pod could be replaced';
}

function whyNotAvailable(
  { told, begunAt }: Look,
  { pod, gate }: Slot & { pod: PodObservation },
): { reason: string; message: string } {
  if (gate !== null) return { reason: 'Gate', message: gate };
  if (pod.trouble !== null) return describeTrouble(pod, begunAt);
  const warning = told.warnings.get(pod.uid);
  if (warning !== undefined) return warning;
  if (pod.ready) return { reason: 'Soaking', message: 'Ready, but not for long enough' };
  const { ready, total } = pod.containers;
  return { reason: 'NotReady', message: `${ready} of ${total} containers Ready` };
}

function failedPod(look: Look, pod: PodObservation, why: { reason: string; message: string }): FailedPod {
  return { pod: pod.name, uid: pod.uid, ...why, ...look.told.evidence.get(pod.uid) };
}

/** What was read of a failed pod since it failed: it stays when the pod is gone. */
export function takeEvidence(look: Look, draft: Draft): void {
  const fresh = (each: FailedPod) => each.log === undefined && look.told.evidence.has(each.uid);
  if (!draft.status.failed.some(fresh)) return;
  const failed = draft.status.failed.map((each) =>
    fresh(each) ? { ...each, ...look.told.evidence.get(each.uid) } : each,
  );
  draft.status = { ...draft.status, failed };
}

/** Pods that the controller may not make. */
function refusedSlots(look: Look): { name: string; uid: string; message: string; since: number }[] {
  return look.slots.flatMap(({ state, name }) => {
    const refusal = state === 'missing' ? look.told.refusals.get(name) : undefined;
    return refusal === undefined ? [] : [{ name, uid: `create ${name}`, ...refusal }];
  });
}

/**
 * A pod that cannot be made (a quota, a webhook) is missing for ever, and the next one taken would be missing too.
 * @returns whether nothing further may go
 */
export function blockRefused(look: Look, draft: Draft): boolean {
  const refused = refusedSlots(look);
  const [first] = refused;
  if (first === undefined) return false;
  const names = refused.map(({ name }) => name);
  block(draft, 'create', `${namePods(names)} cannot be created: ${first.message}`, names);
  // on the way back the room that is missing may be that of the next pod
  return look.status.direction === 'forward';
}
