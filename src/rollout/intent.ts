import { stamp } from './draft.ts';
import type { Intent } from './live.ts';
import { podsOfPercent, stepTargets } from './percent.ts';
import type { RecordSpec, RolloutRecord } from './record.ts';

/** What a person wants, as an edit of the record's spec, with what to tell them. */
export interface Edit {
  spec: RecordSpec;
  message: string;
  /** Nothing was to be changed. */
  unchanged: boolean;
}

/**
 * @param who "user@host", for the record
 * @param now milliseconds, on the server's calendar
 */
export function applyIntent(record: RolloutRecord, intent: Intent, who: string, now: number, replicas: number): Edit {
  const { spec, status } = record;
  const same = (message: string): Edit => ({ spec, message, unchanged: true });
  const changed = (next: Partial<RecordSpec>, message: string): Edit => ({
    spec: { ...spec, ...next, editedBy: who },
    message,
    unchanged: false,
  });
  const over = status?.phase === 'Complete' || status?.phase === 'RolledBack';
  if (over && intent.kind !== 'rollback')
    return same(`the rollout is over (${status?.phase}): nothing to ${intent.kind}`);
  switch (intent.kind) {
    case 'pause':
      if (spec.pauseRequested) return same(`already paused by ${spec.pausedBy ?? 'somebody'}`);
      return changed({ pauseRequested: true, pausedBy: who }, 'pause asked for: no further pod is disrupted');
    case 'resume':
      return changed({ pauseRequested: false, pausedBy: undefined, resumedAt: stamp(now) }, 'asked to go on');
    case 'speed':
      if (spec.maxUnavailable === intent.maxUnavailable) return same(`the speed is ${spec.maxUnavailable} already`);
      return changed(
        { maxUnavailable: intent.maxUnavailable },
        `speed ${spec.maxUnavailable} -> ${intent.maxUnavailable} asked for`,
      );
    case 'promote':
      return promote(record, intent.percent, replicas, changed, same);
    case 'rollback':
      if (spec.rollback !== undefined || status?.direction === 'back') {
        return same('it is rolled back already (forward again: kubectl bedrock rollout --to-revision N)');
      }
      return changed(
        {
          rollback: { at: stamp(now), by: who, summary: 'asked to' },
          pauseRequested: false,
          pausedBy: undefined,
          resumedAt: stamp(now),
        },
        'rollback asked for',
      );
    case 'takeover':
      return same('taking over');
  }
}

/**
 * `now`, with what an edit changed from `before` to `after`: whoever edited the record in the same moment keeps what they
 * changed, and an edit that is made twice is made once.
 */
export function changedFields(before: RecordSpec, after: RecordSpec, now: RecordSpec): RecordSpec {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof RecordSpec)[];
  const changed = names.filter((name) => before[name] !== after[name]);
  return { ...now, ...Object.fromEntries(changed.map((name) => [name, after[name]])) };
}

function promote(
  { spec, status }: RolloutRecord,
  percent: number | undefined,
  replicas: number,
  changed: (next: Partial<RecordSpec>, message: string) => Edit,
  same: (message: string) => Edit,
): Edit {
  if (status?.direction === 'back') return same('it is being rolled back: there is no next step');
  const going = { pauseRequested: false, pausedBy: undefined };
  if (percent !== undefined) {
    if (percent < spec.percent && podsOfPercent(percent, replicas) < (status?.counts?.updated ?? 0)) {
      return same(`${status?.counts?.updated} pods are at the new version already: ${percent}% would be a rollback`);
    }
    const promotedStep = stepTargets({ steps: spec.steps, percent }, replicas).length - 1;
    return changed(
      { ...going, percent, promotedStep },
      `promoted to ${percent}% (${podsOfPercent(percent, replicas)} of ${replicas} pods)`,
    );
  }
  const steps = stepTargets(spec, replicas);
  const step = Math.min(Math.max(status?.step ?? 0, spec.promotedStep), steps.length - 1);
  if (step < steps.length - 1) {
    return changed(
      { ...going, promotedStep: step + 1 },
      `step ${step + 2} of ${steps.length}: ${steps[step + 1]} of ${replicas} pods`,
    );
  }
  if (spec.percent >= 100) return same('this is the last step already');
  const promotedStep = stepTargets({ steps: spec.steps, percent: 100 }, replicas).length - 1;
  return changed({ ...going, percent: 100, promotedStep }, `promoted to 100% (${replicas} pods)`);
}
