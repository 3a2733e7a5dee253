import type { DisruptAction } from './decision.ts';
import { detour } from './detour.ts';
import { block, type Draft, wake, withEvent } from './draft.ts';
import { durationMs, formatDuration } from './duration.ts';
import { isCommitted, strays } from './fence.ts';
import { agreesToGo } from './hook.ts';
import { countPods, inTrouble, isLed, isLiving, type Look, namePods, troubled } from './look.ts';
import { inOrder, isFree, type Living, orderedReadyHolds } from './order.ts';
import { notBeforeHolds } from './pod-gate.ts';
import { gatesHold } from './step-gate.ts';

/** How long the answer of a dry run may be trusted: it reserves no budget (design, F11). */
const PROBE_VALID_MS = 5_000;

/** A controller that is well has seen a write after so long: mostly after 50 ms. */
const CONTROLLER_LAG_MS = 1_000;

/**
 * What is next, if anything may go now; one disruption a look.
 * @param scaling the set is being scaled: only what is broken may go, since under OrderedReady the scale waits for that
 */
export function replaceNext(look: Look, draft: Draft, partition: number, scaling: boolean): void {
  const led = look.slots.find((slot) => isLiving(slot) && isLed(look, slot));
  if (led?.pod != null) {
    // its turn was granted when the fence was lowered for it; but the controller must have seen that, or it comes back old
    if (seen(look, draft) && look.set.observedGeneration >= look.set.generation)
      disrupt(look, draft, led as Living, look.spec.disrupt, 'the fence leads for it');
    return;
  }
  if (look.inDetour && detour(look, draft, partition)) return;
  if (scaling && takeFromScaleDown(look, draft)) return;
  const committed = look.slots.filter((slot) => isCommitted(look, slot, partition)).length;
  if (committed >= look.goal) return;
  const candidate = inOrder(look)[0];
  if (candidate === undefined || !mayGoNow(look, draft, candidate)) return;
  if (!look.open && detour(look, draft, partition)) return;
  if (isFree(look, candidate) && look.open) {
    // the eviction API refuses a pod that is not Ready while its application is below its budget (design, F9)
    disrupt(look, draft, candidate, 'delete', 'it is not serving, and stands in the way');
    return;
  }
  if (scaling || !withinBudget(look, draft, candidate)) return;
  const holds = orderedReadyHolds(look, candidate);
  if (holds !== null) {
    block(draft, 'ordered-ready', holds.message, holds.pods);
    return;
  }
  if (!agreesToGo(look, draft, candidate)) return;
  if (needsLead(look, candidate)) {
    lead(look, draft, candidate);
    return;
  }
  disrupt(look, draft, candidate, look.spec.disrupt, 'its turn');
}

/**
 * Under OrderedReady a scale-down waits for ever for a pod that cannot get Ready, though it is to go (kubernetes:
 * stateful_set_control.go, processCondemned). On the way back such pods of the bad version are taken away for it.
 */
function takeFromScaleDown(look: Look, draft: Draft): boolean {
  if (!look.open || look.status.direction !== 'back') return false;
  const pod = look.extra.find((each) => {
    const asked = look.asked.accepted.some((entry) => entry.uid === each.uid);
    return !each.deleting && !asked && !each.ready && each.revision !== look.target;
  });
  if (pod === undefined || !seen(look, draft)) return false;
  if (!look.asked.disrupting) {
    const why = 'it is to go, and stands in the way of the scale';
    draft.actions.push({ kind: 'disrupt', how: 'delete', pod: pod.name, uid: pod.uid, why });
  }
  return true;
}

/** The rules that hold back every pod, whatever it costs. */
function mayGoNow(look: Look, draft: Draft, candidate: Living): boolean {
  const { now, asked, spec, status } = look;
  if (!seen(look, draft)) return false;
  // old pods behind the fence: it is raised first, or the controller and we take them both
  if (!look.open && !look.inDetour && strays(look).length > 0) return false;
  const bad = troubled(look);
  if (inTrouble(look) && !isFree(look, candidate)) {
    const first = bad[0];
    const reason = first?.pod.trouble?.reason ?? 'restarting';
    block(
      draft,
      'trouble',
      `${first?.name} (new version): ${reason}; nothing further is touched`,
      bad.map((slot) => slot.name),
    );
    return false;
  }
  // what our own version broke is taken back whatever a gate does not know
  if (!(status.direction === 'back' && isFree(look, candidate)) && gatesHold(look, draft)) return false;
  if (notBeforeHolds(look, draft, candidate)) return false;
  if (asked.refused !== null && now < asked.refused.until) {
    block(draft, 'eviction-refused', `${asked.refused.pod} may not be evicted: ${asked.refused.why}`, [
      asked.refused.pod,
    ]);
    wake(draft, asked.refused.until);
    return false;
  }
  const intervalMs = durationMs(spec.minPodEvictionInterval);
  const next = status.lastDisruptionAt === undefined ? 0 : Date.parse(status.lastDisruptionAt) + intervalMs;
  if (intervalMs > 0 && now < next) {
    block(
      draft,
      'interval',
      `${candidate.name} goes in ${formatDuration(next - now)} (interval ${spec.minPodEvictionInterval})`,
      [candidate.name],
    );
    wake(draft, next);
    return false;
  }
  return true;
}

/** No pod goes before the controller has observed the write that must come first (design, F8). */
function seen(look: Look, draft: Draft): boolean {
  const { asked, set, status } = look;
  if (asked.writing !== null && asked.writing !== 'fence') return false;
  if (draft.actions.some((action) => action.kind === 'write' && action.mustSee)) return false;
  if (asked.writeFailed !== null && look.now < asked.writeFailed.until) {
    block(draft, 'write-refused', asked.writeFailed.why);
    wake(draft, asked.writeFailed.until);
    return false;
  }
  if (set.observedGeneration >= status.mustSee && !isBlind(look)) return true;
  block(draft, 'controller', 'waiting for the StatefulSet controller to see our last write');
  return false;
}

/**
 * The fence may be observed while the next pod is asked; but where the controller has not seen it long after a pod went
 * for it, the controller may be cut off (an API server that was restarted: its watch comes back after up to a minute),
 * and each further pod would be brought back at the version of a fence that is long past.
 */
function isBlind({ set, status, now }: Look): boolean {
  if (set.observedGeneration >= set.generation || status.lastDisruptionAt === undefined) return false;
  return now - Date.parse(status.lastDisruptionAt) > CONTROLLER_LAG_MS;
}

/**
 * Our disruptions never take the number of unavailable pods above the budget. A pod that is not available itself adds
 * none, but takes its turn only while the whole set is within the budget.
 */
function withinBudget(look: Look, draft: Draft, candidate: Living): boolean {
  const cost = candidate.available ? 1 : 0;
  if (look.unavailable + cost <= look.budget) return true;
  const users = look.slots.filter((slot) => !slot.available);
  const strangers = users.filter((slot) => slot.state === 'old');
  const names = users.map((slot) => slot.name);
  const first = strangers[0];
  block(
    draft,
    'budget',
    first === undefined
      ? `${namePods(names)}: all ${look.budget} of the budget ${look.budget === 1 ? 'is' : 'are'} in use`
      : `${first.name} (old version) is unavailable${first.gate === null ? '' : ` (${first.gate})`} and uses the budget: ${countPods(users.length)} of ${look.budget}`,
    names,
  );
  for (const slot of users) {
    if (slot.pod?.readySince != null) wake(draft, slot.pod.readySince + look.soakMs);
  }
  return false;
}

/** Pods that vanish in the moment they are deleted, and those that lost the race before: the fence must be there first. */
function needsLead(look: Look, slot: Living): boolean {
  if (look.open || look.inDetour || look.spec.strategy === 'on-delete') return false;
  return slot.pod.vanishesAtOnce || look.status.lostRaces.some((lost) => lost.pod === slot.name);
}

/**
 * Lowers the fence to a pod that is still alive, after asking (by a dry run) whether its eviction would be allowed. The
 * controller mostly deletes it first; then it is counted as ours. Never more than one at a time.
 */
function lead(look: Look, draft: Draft, slot: Living): void {
  const { asked, now, spec, set } = look;
  // two at once would be one more than the budget was asked for
  if (asked.writing !== null || asked.disrupting) return;
  const probed = asked.probed.some((each) => each.uid === slot.pod.uid && now - each.at < PROBE_VALID_MS);
  if (spec.disrupt === 'evict' && !probed) {
    draft.actions.push({ kind: 'probe', pod: slot.name, uid: slot.pod.uid });
    return;
  }
  const fence = { type: 'RollingUpdate', partition: slot.index } as const;
  draft.actions.push({
    kind: 'write',
    what: 'lead',
    generation: set.generation,
    strategy: fence,
    then: {
      fence,
      led: { pod: slot.name, uid: slot.pod.uid },
      events: withEvent(draft.status, now, 'led', 'the fence leads for this pod: it vanishes at once', slot.name),
    },
    mustSee: true,
    why: `${slot.name} would be gone before the fence could follow`,
  });
}

function disrupt(look: Look, draft: Draft, slot: Living, how: DisruptAction['how'], why: string): void {
  if (look.asked.disrupting) return;
  draft.actions.push({ kind: 'disrupt', how, pod: slot.name, uid: slot.pod.uid, why });
}
