import { block, type Draft, withEvent } from './draft.ts';
import { isCommitted, partitionWanted } from './fence.ts';
import { isLiving, type Look, namePods } from './look.ts';
import type { Living } from './order.ts';

/**
 * Broken old pods are mended first, wherever their ordinal: they cost no availability, under OrderedReady nothing moves
 * before they are mended, and the new version may be their cure. Behind a fence they would come back old, so for a
 * moment the set is OnDelete: then every pod that is deleted comes back at the target, and the controller deletes none
 * by itself. What else dies in that moment comes back new, too, and is shown as a leak (design, section 3).
 *
 * @returns whether the detour has this turn: nothing else may go
 */
export function detour(look: Look, draft: Draft, partition: number): boolean {
  if (!look.inDetour && (look.open || look.spec.strategy === 'on-delete')) return false;
  const next = mendable(look, partition)[0];
  if (!look.inDetour) {
    if (next === undefined) return false;
    if (look.asked.writing !== null || look.asked.disrupting) return true;
    // a pod that somebody else is taking away would come back new: it may go first
    const going = look.slots.filter((slot) => slot.state === 'going');
    if (going.length > 0) {
      const names = going.map((slot) => slot.name);
      block(
        draft,
        'replacement',
        `${next.name} (old version) is broken and goes first, as soon as ${namePods(names)} is back`,
        names,
      );
      return true;
    }
    const fence = { type: 'OnDelete', partition: null } as const;
    draft.actions.push({
      kind: 'write',
      what: 'detour',
      generation: look.set.generation,
      strategy: fence,
      then: {
        fence,
        events: withEvent(draft.status, look.now, 'detour', 'broken at the old version: goes first', next.name),
      },
      mustSee: true,
      why: `${next.name} is broken and gets the new version first`,
    });
    return true;
  }
  if (look.asked.writing !== null) return true;
  if (look.set.observedGeneration < look.status.mustSee) {
    block(draft, 'controller', 'waiting for the StatefulSet controller to see our last write');
    return true;
  }
  if (next !== undefined) {
    if (!look.asked.disrupting) {
      draft.actions.push({
        kind: 'disrupt',
        how: 'delete',
        pod: next.name,
        uid: next.pod.uid,
        why: 'it is broken at the old version',
      });
    }
    return true;
  }
  leaveDetour(look, draft);
  return true;
}

/** Back behind the fence, as soon as each pod that we deleted has its replacement object. */
export function leaveDetour(look: Look, draft: Draft): void {
  if (look.asked.writing !== null || look.asked.disrupting) return;
  const absent = look.slots.filter((slot) => slot.ours).map((slot) => slot.name);
  if (absent.length > 0) {
    block(draft, 'replacement', `waiting for the replacement of ${namePods(absent)}`, absent);
    return;
  }
  const fence = { type: 'RollingUpdate', partition: partitionWanted(look, true) } as const;
  draft.actions.push({
    kind: 'write',
    what: 'detour',
    generation: look.set.generation,
    strategy: fence,
    then: { fence },
    mustSee: true,
    why: 'the broken pods have their replacements',
  });
}

/** Broken old pods that may go now, in order of their turn. */
function mendable(look: Look, partition: number): Living[] {
  if (!look.spec.brokenFirst) return [];
  const broken = look.slots.filter(isLiving).filter((slot) => slot.state === 'old' && slot.broken);
  const room = look.goal - look.slots.filter((slot) => isCommitted(look, slot, partition)).length;
  if (room <= 0) return [];
  if (look.set.policy === 'OrderedReady') {
    // the controller must be able to get there at once, or the detour would stay open
    const lowest = broken[0];
    if (lowest === undefined) return [];
    return look.slots.slice(0, lowest.index).every((slot) => slot.pod?.ready === true && !slot.pod.deleting)
      ? [lowest]
      : [];
  }
  const onTheWay = look.slots.filter((slot) => slot.ours || (slot.state === 'updated' && !slot.available)).length;
  return broken.reverse().slice(0, Math.max(0, look.budget - onTheWay));
}
