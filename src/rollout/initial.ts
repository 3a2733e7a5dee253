import { stamp } from './draft.ts';
import type { SetObservation } from './observation.ts';
import { RECORD_SCHEMA_VERSION, type RecordOrigin, type RecordSpec, type RecordStatus } from './record.ts';

/** The status of a rollout that nobody has executed yet. */
export function initialStatus(
  set: SetObservation,
  spec: RecordSpec,
  origin: RecordOrigin,
  by: string,
  now: number,
): RecordStatus {
  return {
    schemaVersion: RECORD_SCHEMA_VERSION,
    rolloutIdentity: spec.rolloutIdentity,
    phase: 'Pending',
    direction: 'forward',
    since: stamp(now),
    startedAt: stamp(now),
    startedBy: by,
    setUid: set.uid,
    target: { revision: null, templateHash: null },
    originRevision: origin.revision,
    forwardRevision: null,
    fence: null,
    mustSee: 0,
    led: null,
    placed: [],
    step: 0,
    replicas: set.replicas,
    start: set.start,
    lastProgressAt: stamp(now),
    progress: 0,
    tolerated: [],
    failed: [],
    lostRaces: [],
    leaks: [],
    held: false,
    events: [],
  };
}
