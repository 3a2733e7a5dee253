import { describe, expect, it } from 'vitest';
import { play } from './play.ts';
import type { Deed, FaultKind, RequestKind, Schedule, When } from './schedule.ts';

/** Stories that broke an invariant once, as small as they get. */
interface Parts {
  seed?: number;
  version?: Schedule['version'];
  set?: Partial<Schedule['set']>;
  rollout?: Partial<Schedule['rollout']>;
  acts?: Schedule['acts'];
  faults?: FaultKind[];
}

function schedule({ seed = 1, version = '1.37', set, rollout, acts = [], faults = [] }: Parts): Schedule {
  return {
    seed,
    version,
    set: {
      policy: 'Parallel',
      replicas: 4,
      ordinalsStart: 0,
      minReadySeconds: 0,
      strategy: 'RollingUpdate',
      startMs: 500,
      stopMs: 500,
      graceless: false,
      pdb: null,
      ...set,
    },
    rollout: {
      image: 'app:2',
      percent: 100,
      steps: [],
      stepPause: 'manual',
      maxUnavailable: '1',
      minReady: '0s',
      interval: '0s',
      disrupt: 'evict',
      onDelete: false,
      hold: false,
      failurePolicy: 'pause',
      screen: false,
      ...rollout,
    },
    acts,
    faults,
  };
}

/** @param slowMs of a request that is sent: it arrives so much later */
function at(on: RequestKind, nth: number, moment: 'sent' | 'done', deed: Deed, slowMs = 0): Deed & { when: When } {
  return { when: { on, nth, moment, slowMs }, ...deed };
}

describe('every invariant holds', () => {
  it.each<[string, Parts]>([
    [
      'when a fence is on its way and more of the budget is free (percent)',
      {
        rollout: { percent: 25, maxUnavailable: '100%' },
        acts: [at('fence', 0, 'sent', { do: 'resume', by: 'executor' }, 60)],
      },
    ],
    [
      'when a rollback is asked for while a pod is (seen, once)',
      { acts: [at('evict', 0, 'sent', { do: 'rollback', by: 'viewer' }, 900)] },
    ],
    [
      'when a status arrives after the fence that was written later (resume)',
      {
        rollout: { steps: ['1', '50%'], stepPause: '3s' },
        acts: [at('status', 1, 'sent', { do: 'resume', by: 'executor' }, 900)],
      },
    ],
    [
      'when a status arrives after a rollback that was written later (progress)',
      {
        set: { startMs: 3000 },
        rollout: { steps: ['1'], stepPause: 'manual' },
        acts: [at('status', 0, 'sent', { do: 'rollback', by: 'executor' }, 900), { when: { at: 7_500 }, do: 'heir' }],
      },
    ],
    [
      'when an executor dies before it has begun, and another waits behind its Lease (progress)',
      { acts: [at('template', 0, 'sent', { do: 'heir' })] },
    ],
    [
      'when an executor dies between an eviction and its fence (once, resume)',
      { acts: [at('fence', 1, 'sent', { do: 'heir' })] },
    ],
    [
      'when the set is scaled up while a pod is asked for (budget)',
      { rollout: { disrupt: 'delete', percent: 25 }, acts: [at('evict', 0, 'sent', { do: 'scale', by: 1 }, 900)] },
    ],
    [
      'when pods are deleted by somebody after our template and before the controller has seen it (fence)',
      {
        rollout: { maxUnavailable: '3', percent: 50 },
        acts: [
          at('template', 0, 'done', { do: 'delete', pod: 3 }),
          at('template', 0, 'done', { do: 'delete', pod: 2 }),
        ],
      },
    ],
  ])('%s', async (_, parts) => {
    const { violations, phase } = await play(schedule(parts));
    expect(violations).toEqual([]);
    expect(phase).toMatch(/Complete|RolledBack/);
  });
});
