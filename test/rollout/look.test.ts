import { describe, expect, it } from 'vitest';
import { lookAt } from '../../src/rollout/look.ts';
import { fresh, NOW, observe, pod, pods, record, type Scene } from './builders.ts';

/** The same scene with fresh objects: nothing that was told before can be known of them. */
function anew(scene: Scene): Scene {
  return { ...scene, pods: scene.pods?.map((pod) => ({ ...pod })) ?? [] };
}

describe('a look at pods that were seen before', () => {
  const seen = pods(4).map((pod) => ({ ...pod, ready: true, readySince: NOW - 60_000, notReadySince: null }));
  const scene: Scene = { pods: seen };
  const [first, second] = seen;
  if (first === undefined || second === undefined) throw new Error('there are no pods');
  const look = (of: Scene, now = NOW) => lookAt(observe(of), record(of), now);

  it('takes the places of those that stay as they are', () => {
    const before = look(scene);
    const after = look(scene, NOW + 5_000);
    expect(after.slots.every((slot, index) => slot === before.slots[index])).toBe(true);
    expect(before.slots.every(({ available }) => available)).toBe(true);
  });

  const changes: Record<string, [Scene, number?]> = {
    'one goes': [{ pods: [first, { ...second, deleting: true, deletingSince: NOW }, ...seen.slice(2)] }],
    'one was asked to go': [{ ...scene, asked: { accepted: [{ pod: first.name, uid: first.uid, target: null }] } }],
    'one is led': [{ ...scene, status: { led: { pod: first.name, uid: first.uid } } }],
    'the target is another': [{ ...scene, status: { target: { revision: first.revision, templateHash: null } } }],
    'they must be Ready for longer': [{ ...scene, set: { minReadyMs: 120_000 } }],
    'the moment is an earlier one': [scene, NOW - 59_999],
    'the range begins elsewhere': [{ ...scene, set: { start: 1 } }],
    'service discovery is asked': [
      {
        ...scene,
        spec: { serviceDiscovery: { serviceNames: ['web'], soak: '5s' } },
        gates: {
          services: { passing: 3, waiting: [{ pod: first.name, uid: first.uid, verdict: 'fail', words: 'critical' }] },
          steps: [],
        },
      },
    ],
  };

  it.each(Object.entries(changes))('tells them anew where %s', (_, [changed, now]) => {
    look(scene);
    const { slots, unavailable } = look(changed, now);
    const fresh = look(anew(changed), now);
    expect(slots).toEqual(fresh.slots);
    expect(unavailable).toBe(fresh.unavailable);
  });

  it('tells the same observation again until time makes another thing of a pod', () => {
    const crash = {
      kind: 'image',
      reason: 'ErrImagePull',
      message: '',
      container: 'app',
      since: NOW - 28_000,
    } as const;
    const young: Scene = {
      pods: [
        fresh(0, { readySince: NOW - 3_000 }),
        pod(1, { ready: false, notReadySince: NOW - 296_000 }),
        fresh(2, { ready: false, trouble: crash }),
        pod(3),
      ],
      set: { minReadyMs: 4_000 },
      spec: { minReady: '4s', progressDeadline: '5m' },
    };
    const observation = observe(young);
    const places = (at: number) => lookAt(observation, record(young), at).slots;
    const first = places(NOW);
    expect(places(NOW + 999)).toBe(first);
    for (const later of [1_000, 2_000, 4_000, 60_000]) {
      expect(places(NOW + later)).toEqual(look(anew(young), NOW + later).slots);
    }
    expect(places(NOW + 60_000).map(({ available, broken }) => [available, broken])).toEqual([
      [true, false],
      [false, true],
      [false, true],
      [true, false],
    ]);
    expect(places(NOW)).toEqual(first);
    const led = { ...young, status: { led: { pod: 'web-3', uid: 'uid-3' } } };
    expect(lookAt(observation, record(led), NOW).slots[3]?.available).toBe(false);
  });
});
