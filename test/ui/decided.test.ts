import { describe, expect, it, test } from 'vitest';
import type { RecordSpec, RecordStatus } from '../../src/rollout/record.ts';
import { nextCommands } from '../../src/ui/commands.ts';
import { viewModel } from '../../src/ui/view-model.ts';
import { iso, live, middle, NOW, newPod, pod } from './builders.ts';

const decided = { set: { decidedBy: 'web' }, live: { role: 'viewer', holder: null } } as const;
const pods = [pod(0), pod(1), newPod(2), newPod(3)];

/** A rollout that rests without an executor, as its operator leaves it, or has left it for good. */
function resting(status: Partial<RecordStatus>, spec: Partial<RecordSpec> = {}) {
  const counts = { replicas: 4, updated: 2, available: 4, unavailable: 0, broken: 0 };
  const since = iso(NOW - 60_000);
  return viewModel(live({ pods, status: { phase: 'Paused', since, counts, ...status }, spec, ...decided }));
}

const keys = ({ keys: all }: ReturnType<typeof viewModel>) => all.map(({ key }) => key);

it('the header says who decides, and nothing of it where nobody does', () => {
  expect(viewModel(middle(decided)).header.decidedBy).toBe('statefulsetrollout/web');
  expect(viewModel(middle()).header.decidedBy).toBeNull();
});

describe('a rest without an executor', () => {
  test.each<[string, Partial<RecordStatus>, Partial<RecordSpec>]>([
    ['that somebody asked to end', { reason: 'Requested' }, { resumedAt: iso(NOW - 1_000) }],
    ['at a step that was promoted', { reason: 'StepReached' }, { steps: ['50%', '100%'], promotedStep: 1 }],
    ['at a percentage that was raised', { reason: 'PercentReached' }, { percent: 100 }],
    [
      'of a rollout that is to go back',
      { reason: 'Requested' },
      { rollback: { at: iso(NOW), by: 'ann', summary: '' } },
    ],
  ])('%s offers to take over from the operator', (_what, status, spec) => {
    const view = resting(status, spec);
    expect(keys(view)).toContain('e');
    expect(view.banner?.choices).toContainEqual({ key: 'e', text: 'take over: execute here' });
  });

  test.each<[string, Partial<RecordStatus>, Partial<RecordSpec>]>([
    ['that somebody asked for', { reason: 'Requested' }, { pauseRequested: true }],
    ['that was asked for after the last go-on', { reason: 'Requested' }, { resumedAt: iso(NOW - 90_000) }],
    ['at a step', { reason: 'StepReached' }, { steps: ['50%', '100%'] }],
    ['at its percentage', { reason: 'PercentReached' }, { percent: 50 }],
  ])('%s is a rest, and nobody need execute it', (_what, status, spec) => {
    expect(keys(resting(status, spec))).not.toContain('e');
  });
});

it('advises no command that the operator would put back', () => {
  const status = { phase: 'Complete', held: true, endedAt: iso(NOW) } as const;
  expect(nextCommands(live({ pods, status, ...decided }))).toEqual({ ours: [], plain: [] });
  expect(nextCommands(live({ pods, status })).ours).toMatchObject([{ what: 'let go' }]);
});
