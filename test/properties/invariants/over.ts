import type { RecordStatus } from '../../../src/rollout/record.ts';

export function isOver(status: RecordStatus): boolean {
  return status.phase === 'Complete' || status.phase === 'RolledBack';
}
