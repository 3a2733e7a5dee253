import { nextStep } from './next-step.ts';
import type { Picture } from './picture.ts';
import type { KeyView } from './view.ts';

/** The keys that do something now, as the last line shows them. */
export function keysOf(picture: Picture): KeyView[] {
  const { status, live } = picture;
  const over =
    status === null || status.phase === 'Complete' || status.phase === 'RolledBack' || status.reason === 'SetGone';
  const keys: KeyView[] = [];
  if (!over) {
    keys.push({ key: 'space', label: status.phase === 'Paused' ? 'go on' : 'pause', weight: 9 });
    keys.push({ key: '+ -', label: 'speed', weight: 4 });
    if (nextStep(picture) !== null) keys.push({ key: 'n', label: 'next step', weight: 6 });
    if (!picture.back) keys.push({ key: 'r', label: 'roll back', weight: 7 });
  }
  if (canTakeOver(picture)) keys.push({ key: 'e', label: 'take over', weight: 8 });
  keys.push({ key: '?', label: 'help', weight: 5 });
  keys.push({ key: 'q', label: live.role === 'executor' && !over ? 'leave held' : 'leave', weight: 8 });
  return keys;
}

function canTakeOver({ live, status }: Picture): boolean {
  if (live.role === 'executor' || live.holder !== null || live.record === null) return false;
  return status === null || !['Complete', 'RolledBack', 'Paused'].includes(status.phase);
}
