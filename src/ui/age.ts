import { formatDuration } from '../rollout/duration.ts';

/** "1m58s" since then, in whole seconds; '' where it is not known. Both times are milliseconds of one clock. */
export function ageWords(since: number | null, at: number): string {
  return since === null ? '' : formatDuration(Math.floor(Math.max(0, at - since) / 1000) * 1000);
}
