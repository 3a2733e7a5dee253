import { isLed, type Look, type Slot } from './look.ts';
import { type Fence, HOLD_ALL, type RecordSpec } from './record.ts';

/**
 * Where the partition belongs: the lowest index from which every pod is at the target, or going already, or led. It
 * follows what has been accepted and never leads (but for the led pod), so that the controller never finds an old,
 * living pod at or above it to delete by itself, past a PodDisruptionBudget and past a pause (design, F6 and section 3).
 *
 * A pod that somebody else is deleting is followed too while its turn is next, unless we are stopped.
 */
export function partitionWanted(look: Look, stopped: boolean): number {
  let partition = look.set.replicas;
  let committed = look.slots.filter((slot) => slot.state === 'updated').length;
  for (let index = look.set.replicas - 1; index >= 0; index--) {
    const slot = look.slots[index] as Slot;
    if (slot.state === 'updated') {
      partition = index;
      continue;
    }
    const follows = slot.state !== 'old' && (slot.ours || index >= releasedFrom(look));
    const followsAnother = slot.state !== 'old' && !stopped && committed < look.goal;
    if (!follows && !followsAnother && !isLed(look, slot)) break;
    committed++;
    partition = index;
  }
  return partition >= look.set.replicas ? HOLD_ALL : partition;
}

/** The lowest index that the partition releases, as it stands or as a write under way lowers it. */
export function releasedFrom({ set, asked }: Look): number {
  return Math.min(set.strategy.partition ?? HOLD_ALL, asked.lowering ?? HOLD_ALL);
}

/**
 * Old, living pods at or above the partition, highest first: lost races (the replacement was made before the
 * controller saw the fence move), for the led pod is none. The controller is about to delete them by itself.
 */
export function strays(look: Look): Slot[] {
  const from = releasedFrom(look);
  return look.slots.filter((slot) => slot.state === 'old' && slot.index >= from && !isLed(look, slot)).reverse();
}

/** Above every stray, and not lower than it must be for the pods above. */
export function partitionAbove(look: Look, stray: Slot): number {
  return stray.index + 1 >= look.set.replicas ? HOLD_ALL : stray.index + 1;
}

/** Whether this pod will be at the target without a further disruption: it is there, or it comes back there. */
export function isCommitted(look: Look, slot: Slot, partition: number): boolean {
  if (slot.state === 'updated') return true;
  if (isLed(look, slot)) return true;
  if (slot.state === 'old') return false;
  // the fence follows what we took, if it has not yet
  if (slot.ours) return true;
  return look.open || look.inDetour || slot.index >= partition;
}

/** What is written with a new template: from then on nothing moves but by our hand (design, F2). */
export function holdingFence({ strategy }: Pick<RecordSpec, 'strategy'>): Fence {
  return strategy === 'on-delete'
    ? { type: 'OnDelete', partition: null }
    : { type: 'RollingUpdate', partition: HOLD_ALL };
}
