import { describe, expect, test } from 'vitest';
import { type Mirrored, mirror } from '../../src/rollout/mirror.ts';
import { HOLD_ALL, type RecordStatus } from '../../src/rollout/record.ts';
import { resourceSpecSchema } from '../../src/rollout/resource.ts';
import { resourceStatusSchema } from '../../src/rollout/resource-status.ts';
import { fenced, NOW, ORIGIN, set, spec, status } from './builders.ts';

const FENCE = { type: 'RollingUpdate', partition: HOLD_ALL } as const;

function mirrored(parts: Partial<Mirrored> = {}, record: Partial<RecordStatus> | null = {}): Mirrored {
  return {
    resource: {
      name: 'web',
      generation: 3,
      status: {},
      spec: resourceSpecSchema.parse({ targetRef: { name: 'db' }, maxUnavailable: '2' }),
    },
    set: set({ name: 'db', written: FENCE }),
    counted: { updated: 1, available: 4 },
    record: record === null ? null : { spec: spec(), status: status(record), origin: ORIGIN },
    live: null,
    executor: null,
    refusal: null,
    now: NOW,
    ...parts,
  };
}

function conditions(from: Mirrored): Record<string, string> {
  const all = mirror(from).conditions ?? [];
  return Object.fromEntries(all.map(({ type, status: holds, reason }) => [type, `${holds} ${reason}`]));
}

describe('the status of a resource', () => {
  test('is what the schema says, and has every condition', () => {
    const made = mirror(mirrored());
    expect(resourceStatusSchema.parse(made)).toEqual(made);
    expect(made).toMatchObject({ observedGeneration: 3, set: 'db', phase: 'Progressing', rolloutIdentity: 'r1' });
    expect(made.conditions?.map(({ type, observedGeneration }) => `${type} ${observedGeneration}`)).toEqual([
      'Progressing 3',
      'Available 3',
      'Degraded 3',
      'Held 3',
      'NotificationsFailing 3',
    ]);
  });

  test.each<[string, Partial<RecordStatus>, string, string]>([
    ['under way', {}, 'True Progressing', 'False AsExpected'],
    ['going back', { phase: 'RollingBack', direction: 'back' }, 'True RollingBack', 'False AsExpected'],
    ['paused', { phase: 'Paused', reason: 'Requested' }, 'False Requested', 'False AsExpected'],
    ['at its percent', { phase: 'Paused', reason: 'PercentReached' }, 'False PercentReached', 'False AsExpected'],
    ['stopped by a pod', { phase: 'Paused', reason: 'PodFailed' }, 'False PodFailed', 'True PodFailed'],
    ['changed by others', { phase: 'Paused', reason: 'ForeignChange' }, 'False ForeignChange', 'True ForeignChange'],
    ['complete', { phase: 'Complete' }, 'False Complete', 'False AsExpected'],
  ])('of a rollout that is %s', (_, record, progressing, degraded) => {
    expect(conditions(mirrored({}, record))).toMatchObject({ Progressing: progressing, Degraded: degraded });
  });

  test('is cut where a message is longer than the API server takes', () => {
    const refusal = { reason: 'RolloutFailed', message: 'x'.repeat(100_000) } as const;
    const made = mirror(mirrored({ refusal }));
    expect(resourceStatusSchema.safeParse(made).success).toBe(true);
  });

  test('says of a refusal more than of the rollout', () => {
    const refusal = { reason: 'ImmutableField', message: 'it changes serviceName' } as const;
    const from = mirrored({ refusal }, { phase: 'Paused', reason: 'PodFailed' });
    expect(conditions(from)).toMatchObject({ Degraded: 'True ImmutableField', Progressing: 'False PodFailed' });
  });

  test('counts the pods of a set at rest as its controller does, and those of a rollout as the record does', () => {
    const counts = { replicas: 4, updated: 2, available: 3, unavailable: 1, broken: 1 };
    expect(mirror(mirrored({}, { counts })).counts).toEqual(counts);
    const rest = mirrored({ counted: { updated: 4, available: 1 } }, { phase: 'Complete', counts });
    expect(mirror(rest).counts).toEqual({ replicas: 4, updated: 4, available: 1, unavailable: 3, broken: 0 });
    expect(conditions(rest)).toMatchObject({ Available: 'False TooFewPods' });
    expect(conditions(mirrored({ counted: { updated: 4, available: 2 } }, { phase: 'Complete' }))).toMatchObject({
      Available: 'True EnoughPods',
    });
  });

  test('is not held where the fence is not ours', () => {
    expect(conditions(mirrored())).toMatchObject({ Held: 'True Fenced' });
    const own = set({ strategy: fenced(0), written: FENCE });
    expect(conditions(mirrored({ set: own }))).toMatchObject({ Held: 'False OwnStrategy' });
    expect(conditions(mirrored({ set: null, counted: null }, null))).toMatchObject({
      Held: 'Unknown SetNotFound',
      Available: 'False SetNotFound',
      Progressing: 'False NoRollout',
    });
  });

  test('a condition keeps its time while it does not turn', () => {
    const first = mirrored();
    const before = mirror(first);
    const later = {
      ...first,
      resource: { ...first.resource, status: JSON.parse(JSON.stringify(before)) },
      now: NOW + 60_000,
    };
    expect(mirror(later).conditions).toEqual(before.conditions);
    const turned = mirror({ ...later, refusal: { reason: 'Forbidden', message: 'no' } }).conditions;
    const times = new Map(turned?.map(({ type, lastTransitionTime }) => [type, Date.parse(lastTransitionTime)]));
    expect(times.get('Degraded')).toBe(NOW + 60_000);
    expect(times.get('Held')).toBe(NOW);
  });

  test('tells who is not told, of the blockers ten, and where the thread is', () => {
    const blockers = Array.from({ length: 12 }, (_, index) => ({
      code: 'soak' as const,
      message: `${index}`,
      pods: [],
    }));
    const failing = {
      type: 'NotificationsFailing',
      status: 'True',
      reason: 'slack',
      message: 'no',
      lastTransitionTime: '2026-11-25T12:00:00.000Z',
    } as const;
    const made = mirror(
      mirrored(
        { live: { blockers, plan: null }, executor: 'operator@cluster' },
        {
          conditions: [failing],
          notifications: {
            cluster: 'test',
            sequence: 1,
            seen: {
              phase: 'Progressing',
              since: '2026-11-25T12:00:00.000Z',
              direction: 'forward',
              maxUnavailable: '1',
            },
            slack: { channel: 'C1', ts: '17.1' },
            owed: [],
            carried: [],
          },
        },
      ),
    );
    expect(made).toMatchObject({ executor: 'operator@cluster', slack: { channel: 'C1', ts: '17.1' } });
    expect(made.blockers).toHaveLength(10);
    expect(made.conditions?.find(({ type }) => type === 'NotificationsFailing')).toMatchObject({
      status: 'True',
      message: 'no',
    });
  });
});
