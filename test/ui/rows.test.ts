import { describe, expect, it } from 'vitest';
import type { PodObservation } from '../../src/rollout/observation.ts';
import type { PodState } from '../../src/ui/pod-state.ts';
import { viewModel } from '../../src/ui/view-model.ts';
import { goingPod, iso, type LiveOptions, live, NEW, NOW, newPod, OLD, pod, startingPod, trouble } from './builders.ts';

describe('the state of a pod', () => {
  const cases: [string, PodObservation, PodState, string, string][] = [
    ['new and available', newPod(0), 'updated', 'new', 'Ready'],
    ['new, not for long enough', newPod(0, { readySince: NOW - 2000 }), 'soaking', 'new', 'soaking, 3s to go'],
    ['new, starting', startingPod(0), 'starting', 'new', 'starting: 1/2 containers'],
    ['new, without a node', startingPod(0, { node: null }), 'starting', 'new', 'starting: no node yet'],
    [
      'new, restarted once',
      startingPod(0, { restarts: 1 }),
      'starting',
      'new',
      'starting: 1/2 containers, restarted once',
    ],
    [
      'new, image late',
      startingPod(0, { trouble: trouble({ since: NOW - 5000, reason: 'ErrImagePull' }) }),
      'starting',
      'new',
      'ErrImagePull (app)',
    ],
    ['new, image not there', startingPod(0, { trouble: trouble() }), 'broken', 'new', 'ImagePullBackOff (app)'],
    ['new, crashing', startingPod(0, { restarts: 4 }), 'broken', 'new', 'restarted 4 times: 1/2 containers'],
    ['going', goingPod(0), 'going', 'old', 'terminating, grace 30s'],
    [
      'going for too long',
      goingPod(0, { deletingSince: NOW - 42_000 }),
      'going',
      'old',
      'terminating, 12s past its grace of 30s',
    ],
    ['old and serving', pod(0), 'old', 'old', 'Ready'],
    [
      'old, not Ready',
      pod(0, { ready: false, notReadySince: NOW - 1000 }),
      'unready',
      'old',
      'not Ready: 0/1 containers',
    ],
    [
      'old, crash-looping',
      pod(0, { ready: false, trouble: trouble({ kind: 'crash', reason: 'CrashLoopBackOff' }), restarts: 9 }),
      'broken',
      'old',
      'CrashLoopBackOff, restarted 9 times',
    ],
    ['of a third version', pod(0, { revision: 'web-aaa' }), 'stray', 'third', 'Ready at web-aaa'],
  ];
  it.each(cases)('%s', (_, one, state, revision, words) => {
    const [row] = viewModel(live({ pods: [one] })).rows;
    expect(row).toMatchObject({ name: 'web-0', state, revision, words });
  });

  it('tells an accepted eviction before the watch does', () => {
    const [row] = viewModel(
      live({ pods: [pod(0)], asked: { accepted: [{ pod: 'web-0', uid: `0-${OLD}`, target: NEW }] } }),
    ).rows;
    expect(row).toMatchObject({ state: 'going', words: 'eviction accepted' });
  });

  it('shows a pod that is not there', () => {
    const view = viewModel(live({ pods: [pod(0), pod(2)], replicas: 3 }));
    expect(view.rows.map((row) => [row.name, row.state])).toEqual([
      ['web-2', 'old'],
      ['web-1', 'missing'],
      ['web-0', 'old'],
    ]);
    expect(view.rows[1]).toMatchObject({ revision: '-', since: null, words: 'missing, not created yet' });
  });

  it('names a leaked pod until the step has caught up with it', () => {
    const options: LiveOptions = {
      pods: [newPod(0), pod(1), newPod(2), newPod(3)],
      status: { leaks: [{ pod: 'web-0', uid: `0-${NEW}`, at: iso(NOW) }] },
    };
    const early = viewModel(live({ ...options, spec: { percent: 50 } }));
    expect(early.rows.at(-1)).toMatchObject({ state: 'stray', words: 'Ready, but before its turn' });
    expect(early.counts).toMatchObject({ updated: 2, old: 1, outOfTurn: 1 });
    expect(viewModel(live(options)).rows.at(-1)).toMatchObject({ state: 'updated' });
  });

  it('says that a pod was available before', () => {
    const view = viewModel(
      live({ pods: [startingPod(0)], timings: { 'web-0': { downMs: 1, startMs: 1, availableAt: 1 } } }),
    );
    expect(view.rows[0]?.words).toBe('not Ready any more: 1/2 containers');
  });

  it('marks as many as may go as next, and none in a pause', () => {
    const options: LiveOptions = {
      pods: [pod(0), pod(1), pod(2)],
      plan: { next: ['web-2', 'web-1', 'web-0'], budget: 2 },
    };
    expect(viewModel(live(options)).rows.map((row) => row.words)).toEqual(['Ready, next', 'Ready, next', 'Ready']);
    const paused = viewModel(live({ ...options, status: { phase: 'Paused', reason: 'Requested' } }));
    expect(paused.rows.map((row) => row.words)).toEqual(['Ready', 'Ready', 'Ready']);
  });

  it('shows pods beyond the range as leaving, and does not count them', () => {
    const view = viewModel(live({ pods: [pod(0), pod(1), pod(2)], replicas: 2 }));
    expect(view.rows[0]).toMatchObject({ name: 'web-2', state: 'going', words: 'leaves: the set has 2 pods now' });
    expect(view.counts).toMatchObject({ replicas: 2, old: 2, onTheWay: 0 });
  });

  it('counts indexes from ordinals.start', () => {
    const view = viewModel(live({ pods: [pod(5), pod(6)], set: { start: 5 }, status: { start: 5 } }));
    expect(view.rows.map((row) => row.name)).toEqual(['web-6', 'web-5']);
  });
});
