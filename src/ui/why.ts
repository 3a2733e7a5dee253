import { countPods, type Slot } from '../rollout/look.ts';
import type { Picture } from './picture.ts';
import { clean } from './text.ts';
import type { RowView, View } from './view.ts';

/** Why this pod is not being replaced now; or, where it is or has been, that. One sentence. */
export function whyOf(picture: Picture, row: RowView, { blockers, banner }: Pick<View, 'blockers' | 'banner'>): string {
  const { status, look } = picture;
  const slot = picture.slots.find(({ ordinal }) => ordinal === row.ordinal);
  if (slot === undefined || look === null) return 'it lies outside the range of the set, and goes with the scale-down';
  if (slot.state === 'going' || slot.state === 'missing') return 'it is being replaced';
  if (slot.state === 'updated') return updatedWords(row);
  if (status === null) return 'nobody rolls anything out';
  if (status.phase === 'Complete' || status.phase === 'RolledBack') return 'the rollout is over';
  if (status.phase === 'Paused') return clean(`the rollout rests: ${banner?.title ?? status.message ?? 'paused'}`);
  const before = look.set.replicas - look.goal;
  if (slot.index < before) {
    const next = picture.slots.find(({ index }) => index === before);
    return `not in this step: it ends at ${next?.name ?? 'its last pod'} (${look.goal} of ${countPods(look.set.replicas)})`;
  }
  const rules = blockers.map(({ text }) => text).join('; ');
  const held = rules === '' ? '' : `; now: ${rules}`;
  if (picture.live.plan?.next.includes(slot.name) === true) {
    return rules === '' ? 'it is next' : `it is among the next; first: ${rules}`;
  }
  const ahead = turnsBefore(picture, slot);
  return ahead === null ? `it waits for its turn${held}` : `${countPods(ahead)} before it${held}`;
}

function updatedWords({ state }: RowView): string {
  switch (state) {
    case 'updated':
      return 'it is at the wanted version already';
    case 'stray':
      return 'it came to the new version before its turn: the step has not reached it';
    case 'broken':
      return 'it is at the wanted version, and broken: only another version, or your go-on, changes that';
    default:
      return 'it has been replaced, and is not available yet';
  }
}

/** Only where the order is known: forward, from the highest ordinal down. */
function turnsBefore(picture: Picture, slot: Slot): number | null {
  if (picture.back) return null;
  return picture.slots.filter(({ state, index }) => state === 'old' && index > slot.index).length;
}
