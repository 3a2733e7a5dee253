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

/** Whether somebody should execute, and nobody does. */
export function canTakeOver(picture: Picture): boolean {
  const { live, status } = picture;
  if (live.role === 'executor' || live.holder !== null || live.record === null) return false;
  if (status === null) return true;
  if (status.phase === 'Paused') return isUnanswered(picture);
  return status.phase !== 'Complete' && status.phase !== 'RolledBack';
}

/**
 * A stop ends its executor in good order, and every act of ours executes again where nobody does; but of a set that a
 * resource decides about, that is left to its operator, who may be gone.
 */
function isUnanswered({ live, status, spec, look }: Picture): boolean {
  if (live.observation?.set.decidedBy === undefined || status === null || spec === null || spec.pauseRequested)
    return false;
  if (spec.rollback !== undefined && status.direction === 'forward') return true;
  if (spec.resumedAt !== undefined && Date.parse(spec.resumedAt) > Date.parse(status.since)) return true;
  if (status.reason === 'PercentReached') return (look?.goal ?? 0) > (status.counts?.updated ?? 0);
  return status.reason === 'StepReached' && spec.promotedStep > status.step;
}
