import { type Draft, note, stamp } from './draft.ts';
import { compactFacts } from './gate-facts.ts';
import { forgetHooks } from './hook.ts';
import { isLiving, type Look } from './look.ts';
import { servicesUnknown } from './pod-gate.ts';
import type { RecordStatus } from './record.ts';

/** What has happened since the last look and must not be forgotten: lost races, leaks, pods placed, progress, counts. */
export function takeStock(look: Look, draft: Draft): void {
  forgetLed(look, draft);
  forgetHooks(look, draft);
  rememberGates(look, draft);
  countLostRaces(look, draft);
  rememberPlaced(look, draft);
  countLeaks(look, draft);
  measure(look, draft);
}

/** What gates say now; and how many pods service discovery had before the first one went. */
function rememberGates(look: Look, draft: Draft): void {
  const { status } = draft;
  const gates = compactFacts(look.gates);
  if (gates !== undefined || status.gates !== undefined) draft.status = { ...draft.status, gates };
  const passing = look.gates.services?.passing;
  if (passing === undefined || servicesUnknown(look) !== null) return;
  if (status.passingAtStart === undefined && status.lastDisruptionAt === undefined)
    draft.status = { ...draft.status, passingAtStart: passing };
}

function forgetLed(look: Look, draft: Draft): void {
  const { led } = draft.status;
  if (led === null || look.slots.some((slot) => slot.pod?.uid === led.uid && !slot.pod.deleting)) return;
  draft.status = { ...draft.status, led: null };
}

/**
 * A pod that we evicted, and whose replacement came back old all the same: it was gone before the controller saw the
 * fence move. One restart for nothing. After an executor that ended without a word, the pods whose turn it was and
 * that were made anew, old, since it last wrote, are taken for such.
 */
function countLostRaces(look: Look, draft: Draft): void {
  const lost = (pod: string, uid: string) => {
    if (draft.status.lostRaces.some((each) => each.uid === uid)) return;
    draft.status = { ...draft.status, lostRaces: [...draft.status.lostRaces, { pod, uid, at: stamp(look.now) }] };
    note(draft, look.now, 'lost-race', 'came back old: it was gone before the fence could follow', pod);
  };
  for (const entry of look.asked.accepted) {
    if (entry.target !== look.target) continue;
    // not searched for: each look comes by here, for a hundred pods of a thousand
    const pod = look.slots[Number(entry.pod.slice(look.set.name.length + 1)) - look.set.start]?.pod;
    // also one that is going again: a controller that has seen the fence by now takes it at once
    if (pod?.name === entry.pod && pod.uid !== entry.uid && pod.revision !== look.target) lost(entry.pod, entry.uid);
  }
  const before = look.status.updatedAt;
  if (look.asked.tookOverAt === null || before === undefined || look.open || look.status.direction === 'back') return;
  const from = Math.min(look.set.strategy.partition ?? look.set.replicas, look.set.replicas);
  // creationTimestamp is in whole seconds
  for (const slot of look.slots.slice(Math.max(0, from - look.budget), from)) {
    if (isLiving(slot) && slot.state === 'old' && slot.pod.createdAt + 1000 > Date.parse(before))
      lost(slot.name, `before ${slot.pod.uid}`);
  }
}

/** Where order is not by the fence, the pods that we ourselves took are in turn wherever they are. */
function rememberPlaced(look: Look, draft: Draft): void {
  if (!look.inDetour && look.spec.strategy !== 'on-delete') return;
  const taken = look.slots.filter((slot) => slot.ours && !draft.status.placed.includes(slot.ordinal));
  if (taken.length === 0) return;
  draft.status = { ...draft.status, placed: [...draft.status.placed, ...taken.map((slot) => slot.ordinal)] };
}

/** New pods out of turn: below the fence and not brought there by us (the version leak). */
function countLeaks(look: Look, draft: Draft): void {
  for (const slot of outOfTurn(look, draft.status)) {
    const uid = slot.pod?.uid ?? '';
    if (draft.status.leaks.some((leak) => leak.uid === uid)) continue;
    draft.status = { ...draft.status, leaks: [...draft.status.leaks, { pod: slot.name, uid, at: stamp(look.now) }] };
    note(draft, look.now, 'leak', 'came back at the new version out of turn', slot.name);
  }
}

/** Pods at the target that are below the fence (or, under on-delete, that we did not take), highest first. */
export function outOfTurn(look: Look, status: RecordStatus): Look['slots'] {
  if (look.target === null || status.direction === 'back' || look.open !== (look.spec.strategy === 'on-delete'))
    return [];
  const partition =
    look.spec.strategy === 'on-delete' || look.inDetour ? Number.POSITIVE_INFINITY : (look.set.strategy.partition ?? 0);
  // pods above a partition of ours that is being raised are in turn: they form the top of the set
  let top = look.set.replicas;
  if (look.spec.strategy === 'fence') while (top > 0 && look.slots[top - 1]?.state === 'updated') top--;
  return look.slots
    .filter(
      (slot) =>
        slot.state === 'updated' && slot.index < Math.min(partition, top) && !status.placed.includes(slot.ordinal),
    )
    .reverse();
}

function measure(look: Look, draft: Draft): void {
  const updated = look.slots.filter((slot) => slot.state === 'updated');
  const available = updated.filter((slot) => slot.available).length;
  const progress = available > draft.status.progress;
  const graces = look.slots.flatMap(({ pod }) => (pod?.deletingSince == null ? [] : pod.deletingSince + pod.graceMs));
  const graceUntil = Math.max(...graces, Date.parse(draft.status.graceUntil ?? '') || 0);
  draft.status = {
    ...draft.status,
    ...(progress ? { progress: available, lastProgressAt: stamp(look.now) } : {}),
    ...(graceUntil > 0 ? { graceUntil: stamp(graceUntil) } : {}),
    counts: {
      replicas: look.set.replicas,
      updated: updated.length,
      available: look.slots.length - look.unavailable,
      unavailable: look.unavailable,
      broken: look.slots.filter((slot) => slot.broken).length,
    },
  };
}
