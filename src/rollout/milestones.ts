import { stamp } from './draft.ts';
import { formatDuration } from './duration.ts';
import type { PodTiming } from './live.ts';
import { countPods } from './look.ts';
import {
  CALLBACK_KINDS,
  type Milestone,
  type MilestoneKind,
  NOTIFIER_NAMES,
  type Notifications,
  type NotifierName,
} from './notification-record.ts';
import type { RecordSpec, RecordStatus } from './record.ts';
import { wholeMs } from './timing.ts';

/** More than this is not kept for somebody who does not listen: the record shares 256 KiB with all annotations. */
export const OWED_KEPT = 64;

const FAILED_NAMED = 5;
const SLOWEST_NAMED = 3;
const LONGEST_MESSAGE = 500;

/** Who is to be told of a rollout. */
export function wantedNotifiers(spec: RecordSpec): NotifierName[] {
  const wanted = { slack: spec.slackChannel !== undefined, callback: spec.callback !== undefined };
  return NOTIFIER_NAMES.filter((name) => wanted[name]);
}

const FOR_PROGRAMS: ReadonlySet<MilestoneKind> = new Set(CALLBACK_KINDS);

function toTell(kind: MilestoneKind, wanted: readonly NotifierName[]): NotifierName[] {
  return wanted.filter((name) => name !== 'callback' || FOR_PROGRAMS.has(kind));
}

export interface MilestoneFacts {
  /** Milliseconds on the clock of the record's times. */
  now: number;
  /** What to begin with, where the record has no notifications yet. */
  initial: Notifications;
  timings: ReadonlyMap<string, PodTiming>;
}

/**
 * The status with every milestone noted that was passed since milestones were last noted. Derived from the record alone:
 * an executor that takes over notes what its predecessor did not come to, and nothing twice.
 */
export function noteMilestones(status: RecordStatus, spec: RecordSpec, facts: MilestoneFacts): RecordStatus {
  const wanted = wantedNotifiers(spec);
  const before = status.notifications ?? facts.initial;
  if (wanted.length === 0 && before.carried.length === 0) return status;
  if (status.phase === 'Pending') return { ...status, notifications: before };
  const passed = passedSince(before, status, spec, facts);
  const seen = seenOf(status, spec);
  if (passed.length === 0 && status.notifications !== undefined && sameSeen(before.seen, seen)) return status;
  const owed = [
    ...before.owed,
    ...passed.map(
      (each, index): Milestone => ({
        ...whole(each, status),
        ...sequenceOf(before, index),
        owedTo: toTell(each.kind, wanted),
      }),
    ),
  ].filter((milestone) => milestone.owedTo.length > 0);
  return {
    ...status,
    notifications: { ...before, seen, sequence: before.sequence + passed.length, owed: owed.slice(-OWED_KEPT) },
  };
}

/** A milestone that no status tells of: the executor ends by an error, and leaves the rollout as it is. */
export function noteError(status: RecordStatus, spec: RecordSpec, message: string, now: number): RecordStatus {
  const { notifications } = status;
  if (notifications === undefined || status.phase === 'Paused' || isOver(status)) return status;
  const stop = whole({ kind: 'stopped', at: stamp(now), message: short(message) }, status);
  const milestone = { ...stop, ...sequenceOf(notifications, 0), owedTo: toTell('stopped', wantedNotifiers(spec)) };
  return {
    ...status,
    notifications: {
      ...notifications,
      sequence: milestone.sequence,
      owed: [...notifications.owed, milestone].slice(-OWED_KEPT),
    },
  };
}

/** Nobody has been told anything yet: at `sequence` 0 the start is still to be noted. */
export function emptyNotifications(cluster: string, now: number): Notifications {
  return {
    cluster,
    sequence: 0,
    seen: { phase: 'Pending', since: stamp(now), direction: 'forward', maxUnavailable: '' },
    owed: [],
    carried: [],
  };
}

type Passed = Pick<Milestone, 'kind' | 'at' | 'message'> & Partial<Pick<Milestone, 'by' | 'failed' | 'slowest'>>;

function passedSince(
  { sequence, seen }: Notifications,
  status: RecordStatus,
  spec: RecordSpec,
  facts: MilestoneFacts,
): Passed[] {
  const passed: Passed[] = [];
  const first = sequence === 0;
  if (first) passed.push({ kind: 'started', at: status.startedAt, message: spec.target.summary, by: status.startedBy });
  for (const event of status.events) {
    if (event.kind === 'step' && (seen.stepAt === undefined || event.at > seen.stepAt))
      passed.push({ kind: 'step', at: event.at, message: event.message });
  }
  if (!first && seen.maxUnavailable !== spec.maxUnavailable) {
    const message = `${seen.maxUnavailable} -> ${spec.maxUnavailable} at once`;
    passed.push({ kind: 'speed', at: stamp(facts.now), message, ...byOf(spec) });
  }
  if (seen.direction !== status.direction) passed.push(turn(status, spec, facts));
  const entered = seen.phase !== status.phase || seen.reason !== status.reason || seen.since !== status.since;
  if (entered) passed.push(...entering(seen, status, spec, facts));
  return passed;
}

function turn(status: RecordStatus, spec: RecordSpec, { now }: MilestoneFacts): Passed {
  const event = status.events.findLast(({ kind }) => kind === 'rolling-back' || kind === 'scaled-to-zero');
  const by = spec.rollback?.by;
  return {
    kind: 'rolling-back',
    at: event?.at ?? stamp(now),
    // its event tells whose doing it was in the same breath
    message: short(spec.rollback?.summary ?? event?.message ?? 'back to the old version'),
    ...(by === undefined ? {} : { by }),
  };
}

function entering(
  seen: Notifications['seen'],
  status: RecordStatus,
  spec: RecordSpec,
  { timings }: MilestoneFacts,
): Passed[] {
  const { phase, reason, since } = status;
  const message = short(status.message ?? '');
  switch (phase) {
    case 'Complete':
      return [{ kind: 'complete', at: since, message, ...slowestOf(timings) }];
    case 'RolledBack':
      return [{ kind: 'rolled-back', at: since, message: message || 'nothing was changed', ...slowestOf(timings) }];
    case 'Paused':
      return paused(reason, since, message, status, spec);
    default: {
      const goesOn = seen.phase === 'Paused' && seen.direction === status.direction;
      // a step's pause may have ended by the clock, and then it was nobody
      const by = seen.reason === 'StepReached' && spec.stepPause !== 'manual' ? {} : byOf(spec);
      return goesOn ? [{ kind: 'resumed', at: since, message: goingOn(seen.reason, spec), ...by }] : [];
    }
  }
}

function paused(
  reason: RecordStatus['reason'],
  at: string,
  message: string,
  status: RecordStatus,
  spec: RecordSpec,
): Passed[] {
  switch (reason) {
    case 'Requested': {
      const by = spec.pausedBy === undefined ? {} : { by: spec.pausedBy };
      return [{ kind: 'paused', at, message: 'no further pod is disrupted', ...by }];
    }
    case 'StepReached':
      // its event has told it
      return [];
    case 'PercentReached':
      return [{ kind: 'held', at, message }];
    case 'GateFailed':
      // its message names the gate; pods that failed earlier are not what stopped it
      return [{ kind: 'stopped', at, message }];
    default: {
      const failed = status.failed
        .slice(0, FAILED_NAMED)
        .map((each) => ({ pod: each.pod, reason: each.reason, message: short(each.message) }));
      return [{ kind: 'stopped', at, message, ...(failed.length === 0 ? {} : { failed }) }];
    }
  }
}

function goingOn(reason: string | undefined, spec: RecordSpec): string {
  switch (reason) {
    case 'StepReached':
      return 'the next step begins';
    case 'PercentReached':
      return `on to ${spec.percent}%`;
    default:
      return 'goes on';
  }
}

function byOf({ editedBy }: RecordSpec): { by?: string } {
  return editedBy === undefined ? {} : { by: editedBy };
}

function slowestOf(timings: ReadonlyMap<string, PodTiming>): { slowest?: { pod: string; ms: number }[] } {
  const slowest = [...timings]
    .flatMap(([pod, timing]) => {
      const ms = wholeMs(timing);
      return ms === null ? [] : [{ pod, ms }];
    })
    .sort((a, b) => b.ms - a.ms)
    .slice(0, SLOWEST_NAMED);
  return slowest.length === 0 ? {} : { slowest };
}

function whole(passed: Passed, status: RecordStatus): Omit<Milestone, 'sequence' | 'owedTo'> {
  const { phase, reason, counts, direction } = status;
  return {
    ...passed,
    phase,
    direction,
    ...(reason === undefined ? {} : { reason }),
    ...(counts === undefined
      ? {}
      : {
          counts: {
            replicas: counts.replicas,
            updated: counts.updated,
            available: counts.available,
            broken: counts.broken,
          },
        }),
  };
}

function sequenceOf(before: Notifications, index: number): { sequence: number } {
  return { sequence: before.sequence + index + 1 };
}

function seenOf(status: RecordStatus, spec: RecordSpec): Notifications['seen'] {
  const stepAt = status.events.findLast(({ kind }) => kind === 'step')?.at;
  return {
    phase: status.phase,
    ...(status.reason === undefined ? {} : { reason: status.reason }),
    since: status.since,
    direction: status.direction,
    maxUnavailable: spec.maxUnavailable,
    ...(stepAt === undefined ? {} : { stepAt }),
  };
}

function sameSeen(a: Notifications['seen'], b: Notifications['seen']): boolean {
  return (
    a.phase === b.phase &&
    a.reason === b.reason &&
    a.since === b.since &&
    a.direction === b.direction &&
    a.maxUnavailable === b.maxUnavailable &&
    a.stepAt === b.stepAt
  );
}

function isOver({ phase }: RecordStatus): boolean {
  return phase === 'Complete' || phase === 'RolledBack';
}

function short(text: string): string {
  return text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE - 1)}…` : text;
}

/** "started", "paused by ann@laptop": what a milestone is called. */
export function milestoneTitle(kind: MilestoneKind, by: string | undefined): string {
  const whose = by === undefined ? '' : ` by ${by}`;
  switch (kind) {
    case 'step':
      return 'step reached';
    case 'speed':
      return `speed changed${whose}`;
    case 'rolling-back':
      return `rolling back${whose}`;
    case 'rolled-back':
      return 'rolled back';
    default:
      return `${kind}${whose}`;
  }
}

/** "web-3 31s, web-7 28s" */
export function slowestWords(slowest: readonly { pod: string; ms: number }[]): string {
  return slowest.map(({ pod, ms }) => `${pod} ${formatDuration(ms)}`).join(', ');
}

/** "6 of 16 pods updated", "6 of 16 pods restored" */
export function countWords(
  counts: Pick<NonNullable<Milestone['counts']>, 'updated' | 'replicas'>,
  direction: 'forward' | 'back',
): string {
  return `${counts.updated} of ${countPods(counts.replicas)} ${direction === 'back' ? 'restored' : 'updated'}`;
}
