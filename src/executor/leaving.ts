import type { RecordSpec, RecordStatus, RolloutRecord } from '../rollout/record.ts';

/** What becomes of a rollout whose executor leaves. */
export type Leave =
  /** Nobody goes on until somebody asks for it: that is a pause, and told as one. */
  | { kind: 'pause' }
  /** Another executor goes on with it at once: nothing is told, and its record says how it stood. */
  | { kind: 'hand-over' }
  /** Something else begins in its place: who was told of it is told why it ends. */
  | { kind: 'give-up'; why: string };

type FullRecord = RolloutRecord & { status: RecordStatus };

/** The spec that one who leaves decides by: nothing more is disrupted, and what was begun is seen through. */
export function leavingSpec({ spec, status }: FullRecord, user: string): RecordSpec {
  // a rollout that rests already stays as it is, for whoever comes next; but a pause that nobody asks for is our own leaving
  const rests = status.phase === 'Paused' && (status.reason !== 'Requested' || spec.pauseRequested);
  return rests ? spec : { ...spec, pauseRequested: true, pausedBy: `${user}, who left` };
}

/** The status that one who leaves decided on; `before` is the record that it was decided from. */
export function leftStatus(leave: Leave, decided: RecordStatus, { spec, status: before }: FullRecord): RecordStatus {
  const isOwnPause = decided.phase === 'Paused' && decided.reason === 'Requested' && !spec.pauseRequested;
  if (leave.kind === 'pause' || !isOwnPause) return decided;
  const { phase, reason, message, since } = before;
  return { ...decided, phase, reason, message, since };
}
