import { block, type Draft, withEvent } from './draft.ts';
import { partitionAbove, partitionWanted, strays } from './fence.ts';
import { inTrouble, isLed, isLiving, type Look, namePods, type Slot } from './look.ts';

/**
 * Keeps the partition where it belongs: raised above a lost race before the controller takes that pod by itself, raised
 * above a led pod when we are stopped, lowered below pods that are going.
 * @returns the partition as it stands or is being written
 */
export function moveFence(look: Look, draft: Draft, stopped: boolean): number {
  const { set, asked } = look;
  const current = set.strategy.partition ?? Number.POSITIVE_INFINITY;
  if (look.open || look.inDetour || look.spec.strategy === 'on-delete' || asked.writing !== null)
    return Math.min(current, asked.lowering ?? current);
  if (asked.writeFailed !== null && look.now < asked.writeFailed.until) return current;
  const led = look.slots.find((slot) => isLiving(slot) && isLed(look, slot));
  const lost = strays(look);
  const stray = stopped && led !== undefined ? led : lost[0];
  if (stray !== undefined && !stopped && led === undefined && lost.length === 1 && takesOthersAlong(look, stray)) {
    draft.status = { ...draft.status, led: { pod: stray.name, uid: stray.pod?.uid ?? '' } };
    return current;
  }
  if (stray !== undefined) {
    const partition = partitionAbove(look, stray);
    const fence = { type: 'RollingUpdate', partition } as const;
    draft.actions.push({
      kind: 'write',
      what: 'raise',
      generation: set.generation,
      strategy: fence,
      then: {
        fence,
        // one above the new fence stays led: it is old, and behind it
        led: led !== undefined && led.index >= partition ? look.status.led : null,
        events: withEvent(draft.status, look.now, 'raised', 'the fence was raised above this old pod', stray.name),
      },
      mustSee: true,
      why: `${stray.name} is old and at or above the partition`,
    });
    return partition;
  }
  const bad = inTrouble(look);
  // the missing pods of a scale-up are not due to come back at all, let alone new
  const scaling = set.replicas !== look.status.replicas;
  const wanted = partitionWanted(look, stopped || bad || scaling);
  if (wanted >= current) return current;
  const fence = { type: 'RollingUpdate', partition: wanted } as const;
  draft.actions.push({
    kind: 'write',
    what: 'fence',
    generation: set.generation,
    strategy: fence,
    then: { fence },
    // the pods it is lowered for are going already: it may be observed while the next one is asked
    mustSee: false,
    why: 'follows the pods that are going',
  });
  return wanted;
}

/**
 * Whether raising the fence above this pod would bring pods back old that are going right now. Then it becomes the led
 * pod where the partition is: it is not Ready yet, so that its second restart costs no availability.
 */
function takesOthersAlong(look: Look, stray: Slot): boolean {
  if (stray.pod === null || stray.pod.ready) return false;
  const from = look.set.strategy.partition ?? 0;
  return look.slots.some((slot) => slot.state === 'going' && slot.index >= from && slot.index < stray.index);
}

/** The pods whose going the paused rollout still has to see through. */
export function blockPaused(look: Look, draft: Draft, message: string): void {
  const going = look.slots.filter((slot) => slot.state === 'going').map((slot) => slot.name);
  block(draft, 'paused', going.length === 0 ? message : `${message}; ${namePods(going)} still on the way`, going);
}
