import type { Live } from '../rollout/live.ts';
import { type Look, lookAt, type Slot } from '../rollout/look.ts';
import type { Observation, PodObservation } from '../rollout/observation.ts';
import {
  RECORD_SCHEMA_VERSION,
  type RecordSpec,
  type RolloutRecord,
  specSchema,
  statusSchema,
} from '../rollout/record.ts';

/** A Live with what the parts of the view model ask of it again and again. */
export interface Picture {
  live: Live;
  /** null before the set has been seen. */
  look: Look | null;
  /** The slots from the highest ordinal down. */
  slots: Slot[];
  /** The rollout has been told to go back, and the target is the version from before. */
  back: boolean;
  status: RolloutRecord['status'];
  spec: RecordSpec | null;
}

/** The engine's own look at the pods, so that "available" and "broken" mean on the screen what they mean to it. */
export function pictureOf(live: Live): Picture {
  const { observation, record } = live;
  const look = observation === null ? null : lookAt(observation, recordOrIdle(observation, record), live.at);
  return {
    live,
    look,
    slots: look === null ? [] : look.slots.toReversed(),
    back: record?.status?.direction === 'back',
    status: record?.status ?? null,
    spec: record?.spec ?? null,
  };
}

/**
 * "old", "new" and "third" name versions, not directions: "new" is what was rolled out also while it is being rolled
 * back, and "old" the version from before. "back" is the version of a rollback to yet another revision.
 */
export function revisionWord(picture: Picture, revision: string): string {
  const { look, status } = picture;
  if (look === null) return '-';
  if (status === null) return revision === look.target ? 'new' : 'old';
  if (picture.back) {
    if (revision === status.originRevision) return 'old';
    if (revision === look.target) return 'back';
    return revision === status.forwardRevision ? 'new' : 'third';
  }
  if (revision === look.target) return 'new';
  return revision === status.originRevision ? 'old' : 'third';
}

/** Pods that a rollback would restart: those that are not at the version from before, without those that are going. */
export function rollbackPods(picture: Picture): string[] {
  const origin = picture.status?.originRevision;
  if (origin === undefined) return [];
  return picture.slots
    .filter((slot) => slot.pod !== null && slot.state !== 'going' && slot.pod.revision !== origin)
    .map((slot) => slot.name);
}

/** Where nobody rolls anything out, the set is shown as it is: what it would roll itself, and its own minReadySeconds. */
function recordOrIdle(
  observation: Observation,
  record: RolloutRecord | null,
): RolloutRecord & { status: NonNullable<RolloutRecord['status']> } {
  if (record?.status != null) return { ...record, status: record.status };
  const { set } = observation;
  const spec =
    record?.spec ??
    specSchema.parse({
      schemaVersion: RECORD_SCHEMA_VERSION,
      rolloutIdentity: '',
      target: { kind: 'pending', summary: '' },
      minReady: '0s',
    });
  const never = new Date(0).toISOString();
  const status = statusSchema.parse({
    schemaVersion: RECORD_SCHEMA_VERSION,
    rolloutIdentity: spec.rolloutIdentity,
    phase: 'Pending',
    since: never,
    startedAt: never,
    startedBy: '',
    setUid: set.uid,
    direction: 'forward',
    target: { revision: set.updateRevision, templateHash: null },
    originRevision: set.currentRevision,
    forwardRevision: null,
    fence: null,
    mustSee: 0,
    led: null,
    start: set.start,
    replicas: set.replicas,
    lastProgressAt: never,
  });
  return { spec, status, origin: record?.origin ?? null };
}

/** The pods of the set that lie outside its range: they go with a scale-down. */
export function extraPods(picture: Picture): PodObservation[] {
  return (picture.look?.extra ?? []).toSorted((a, b) => b.ordinal - a.ordinal);
}
