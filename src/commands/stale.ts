import type { SetObservation } from '../rollout/observation.ts';
import type { RecordStatus } from '../rollout/record.ts';

/** The rollout is over, and what the set asks for now is not what that rollout was about. */
export function isStale(status: RecordStatus, set: SetObservation): boolean {
  if (status.phase !== 'Complete' && status.phase !== 'RolledBack') return false;
  if (status.setUid !== set.uid) return true;
  const known = status.target.templateHash;
  return known !== null && known !== set.templateHash;
}
