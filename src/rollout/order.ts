import { isLiving, type Look, type Slot } from './look.ts';
import type { PodObservation } from './observation.ts';

export type Living = Slot & { pod: PodObservation };

/** Living pods that still have to be replaced, in the order of their turn. */
export function inOrder(look: Look): Living[] {
  const old = look.slots.filter(isLiving).filter((slot) => slot.state === 'old');
  return look.open ? orderWhereOpen(look, old) : old.sort(fromTheTop);
}

/**
 * Where every pod comes back right whatever kills it, the order is free: broken ones first (they cost no
 * availability, and under OrderedReady nothing moves before they are gone: kubernetes#67250), then, on the way back,
 * what is not serving; then under Parallel the newest first, which is the least warm; under OrderedReady from the top.
 */
function orderWhereOpen(look: Look, old: Living[]): Living[] {
  const rank = (slot: Living) => (slot.broken ? 0 : isFree(look, slot) ? 1 : 2);
  const within = look.set.policy === 'Parallel' && look.status.direction === 'back' ? newestFirst : fromTheTop;
  return old.sort((a, b) => rank(a) - rank(b) || within(a, b));
}

function fromTheTop(a: Slot, b: Slot): number {
  return b.index - a.index;
}

function newestFirst(a: Living, b: Living): number {
  return b.pod.createdAt - a.pod.createdAt || a.index - b.index;
}

/** Whether its replacement costs no availability that anyone counts on. */
export function isFree(look: Look, slot: Slot): boolean {
  if (slot.broken) return true;
  // a pod of the version that is being taken back, and not serving, has nothing to mend itself for
  return look.status.direction === 'back' && look.open && slot.state === 'old' && slot.pod !== null && !slot.pod.ready;
}

/**
 * Under OrderedReady each sync of the controller walks the ordinals upwards and stops at the first pod that is missing,
 * terminating, not Ready or not Available (kubernetes: stateful_set_control.go, processReplica). So a pod may go only
 * while every lower one is Ready and Available, and the next one only when the last one's replacement object exists:
 * then start-ups overlap (design, F5).
 * @returns what has to happen first, in words and pods; null where nothing has
 */
export function orderedReadyHolds(look: Look, candidate: Slot): { message: string; pods: string[] } | null {
  if (look.set.policy !== 'OrderedReady') return null;
  const absent = look.slots.filter((slot) => slot.state === 'going' || slot.state === 'missing');
  if (absent.length > 0) {
    const names = absent.map((slot) => slot.name);
    return { message: `OrderedReady: one pod stops at a time, and ${names[0]} is not back yet`, pods: names };
  }
  const lower = look.slots.filter((slot) => slot.index < candidate.index && !isReadyForController(look, slot));
  if (lower.length === 0) return null;
  const names = lower.map((slot) => slot.name);
  return { message: `OrderedReady: ${candidate.name} would not come back while ${names[0]} is not Ready`, pods: names };
}

function isReadyForController(look: Look, slot: Slot): boolean {
  const pod = slot.pod;
  if (pod === null || !pod.ready || pod.readySince === null) return false;
  return look.now - pod.readySince >= look.set.minReadyMs;
}
