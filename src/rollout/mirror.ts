import { isUnfinished } from './begin.ts';
import type { Refusal } from './desired.ts';
import { stamp } from './draft.ts';
import type { Live } from './live.ts';
import type { SetObservation } from './observation.ts';
import { unavailableBudget } from './percent.ts';
import type { PauseReason, RecordStatus, RolloutRecord } from './record.ts';
import { type Resource, setNameOf } from './resource.ts';
import {
  nextConditions,
  type ResourceCondition,
  type ResourceConditionType,
  type ResourceStatus,
  resourceStatusSchema,
} from './resource-status.ts';

/** What the status of a resource is made of. */
export interface Mirrored {
  resource: Pick<Resource, 'name' | 'generation' | 'status'> & { spec: Resource['spec'] | null };
  /** null where it is not there. */
  set: SetObservation | null;
  /** Of the set's own status, for a set at rest, of which nobody watches the pods. */
  counted: { updated: number; available: number } | null;
  record: RolloutRecord | null;
  /** Of whoever executes it here; null where nobody does. */
  live: Pick<Live, 'blockers' | 'plan'> | null;
  /** Who executes: the holder of the Lease. */
  executor: string | null;
  /** Why the resource cannot be followed now. */
  refusal: Refusal | Trouble | null;
  /** Milliseconds. */
  now: number;
}

/** What stands in the operator's way, and not in the resource. */
export interface Trouble {
  reason: 'Forbidden' | 'CannotBegin' | 'RolloutFailed' | 'ExecutedElsewhere' | 'ApiServer';
  message: string;
}

/** A stop that waits for a person because something is wrong. */
const BAD: ReadonlySet<PauseReason> = new Set([
  'PodFailed',
  'PodStuck',
  'GateFailed',
  'ProgressDeadline',
  'ForeignChange',
  'Forbidden',
  'SetGone',
  'SettleTimeout',
]);
const MOVING: ReadonlySet<RecordStatus['phase']> = new Set(['Pending', 'Settling', 'Progressing', 'RollingBack']);
const LONGEST_MESSAGE = 1_024;
const BLOCKERS_TOLD = 10;
const EVENTS_TOLD = 10;

/** The status that the resource is to have. */
export function mirror(mirrored: Mirrored): ResourceStatus {
  const { resource, set, record, live, executor, now } = mirrored;
  const status = record?.status ?? null;
  const before = resourceStatusSchema.safeParse(resource.status);
  const known = before.success ? (before.data.conditions ?? []) : [];
  const conditions = nextConditions(known, said(mirrored), stamp(now));
  const name = resource.spec === null ? null : setNameOf({ name: resource.name, spec: resource.spec });
  return {
    observedGeneration: resource.generation,
    ...(name === null ? {} : { set: name }),
    ...(set === null ? {} : { setUid: set.uid }),
    ...(status === null || record === null ? {} : ofRollout(record, status)),
    ...(executor === null ? {} : { executor }),
    ...(live?.plan == null ? {} : { steps: live.plan.steps }),
    ...countsOf(mirrored),
    blockers: (live?.blockers ?? []).slice(0, BLOCKERS_TOLD).map(({ code, message, pods }) => ({
      code,
      message,
      ...(pods.length === 0 ? {} : { pods: pods.slice(0, BLOCKERS_TOLD) }),
    })),
    conditions,
  };
}

function ofRollout({ spec }: RolloutRecord, status: RecordStatus): Partial<ResourceStatus> {
  const { phase, reason, message, direction, since, startedAt, startedBy, endedAt, step, notifications } = status;
  const slack = notifications?.slack;
  return {
    rolloutIdentity: spec.rolloutIdentity,
    phase,
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
    direction,
    since,
    startedAt,
    startedBy,
    ...(endedAt === undefined ? {} : { endedAt }),
    step,
    revisions: {
      ...(status.originRevision === '' ? {} : { origin: status.originRevision }),
      ...(status.target.revision === null ? {} : { target: status.target.revision }),
    },
    events: status.events.slice(-EVENTS_TOLD),
    ...(slack === undefined ? {} : { slack: { channel: slack.channel, ts: slack.ts } }),
  };
}

function countsOf({ set, counted, record, live }: Mirrored): Pick<ResourceStatus, 'counts'> {
  const counts = record?.status?.counts;
  if (set === null) return {};
  const runs = record !== null && isUnfinished(record, set);
  if ((runs || live !== null) && counts !== undefined) return { counts };
  if (counted === null) return {};
  const { updated, available } = counted;
  const unavailable = Math.max(0, set.replicas - available);
  return { counts: { replicas: set.replicas, updated, available, unavailable, broken: 0 } };
}

type Said = Omit<ResourceCondition, 'lastTransitionTime'>;

function said(mirrored: Mirrored): Said[] {
  const { resource, record, refusal, set } = mirrored;
  const status = record?.status ?? null;
  const say = (type: ResourceConditionType, holds: boolean | null, reason: string, message: string): Said => ({
    type,
    status: holds === null ? 'Unknown' : holds ? 'True' : 'False',
    observedGeneration: resource.generation,
    reason,
    message: message.slice(0, LONGEST_MESSAGE),
  });
  return [
    progressing(status, say),
    available(mirrored, say),
    degraded(status, refusal, say),
    held(set, say),
    notifications(status, say),
  ];
}

type Say = (type: ResourceConditionType, holds: boolean | null, reason: string, message: string) => Said;

function progressing(status: RecordStatus | null, say: Say): Said {
  if (status === null) return say('Progressing', false, 'NoRollout', 'there was no rollout yet');
  const { phase, reason, message = '' } = status;
  if (MOVING.has(phase)) return say('Progressing', true, phase, message);
  return say('Progressing', false, reason ?? phase, message);
}

function available(mirrored: Mirrored, say: Say): Said {
  const { set, resource } = mirrored;
  const { counts } = countsOf(mirrored);
  if (set === null) return say('Available', false, 'SetNotFound', 'the statefulset is not there');
  if (counts === undefined) return say('Available', null, 'NotCounted', 'the pods were not counted yet');
  const budget = unavailableBudget(resource.spec?.maxUnavailable ?? '1', counts.replicas);
  const enough = counts.unavailable <= budget && (counts.available > 0 || counts.replicas === 0);
  const message = `${counts.available} of ${counts.replicas} pods are available, at most ${budget} may be missing`;
  return say('Available', enough, enough ? 'EnoughPods' : 'TooFewPods', message);
}

function degraded(status: RecordStatus | null, refusal: Mirrored['refusal'], say: Say): Said {
  if (refusal !== null) return say('Degraded', true, refusal.reason, refusal.message);
  if (status?.phase === 'Paused' && status.reason !== undefined && BAD.has(status.reason)) {
    return say('Degraded', true, status.reason, status.message ?? '');
  }
  return say('Degraded', false, 'AsExpected', '');
}

function held(set: SetObservation | null, say: Say): Said {
  if (set === null) return say('Held', null, 'SetNotFound', 'the statefulset is not there');
  const { strategy, written } = set;
  const fenced = strategy.type === 'RollingUpdate' && written?.type === 'RollingUpdate';
  return fenced && strategy.partition === written.partition
    ? say('Held', true, 'Fenced', 'no pod moves but through this resource')
    : say('Held', false, 'OwnStrategy', `its controller moves pods by itself (${strategy.type})`);
}

function notifications(status: RecordStatus | null, say: Say): Said {
  const failing = status?.conditions ?? [];
  if (failing.length === 0) return say('NotificationsFailing', false, 'AsExpected', '');
  return say('NotificationsFailing', true, 'NotTold', failing.map(({ message }) => message).join('; '));
}
