import { expect, it } from 'vitest';
import { stamp } from '../../src/rollout/draft.ts';
import { acts, ago, decideOn, fenced, going, pod, type Scene } from './builders.ts';

// After a restart of the API server the controller's watch may stay cut for a minute: it goes on from the set that it
// saw last, and brings a pod back old though the fence stands below it.

const scene = (parts: { observed: number; agoSeconds: number }): Scene => ({
  spec: { maxUnavailable: '3' },
  set: { strategy: fenced(3), generation: 7, observedGeneration: parts.observed },
  status: { lastDisruptionAt: stamp(ago(parts.agoSeconds)) },
  pods: [pod(0), pod(1), pod(2), going(3)],
});

it('takes the next pod while the controller has yet to see the last move of the fence', () => {
  expect(acts(decideOn(scene({ observed: 6, agoSeconds: 0.5 })))).toEqual(['evict web-2']);
});

it('takes none where the controller has not seen it a second after a pod went for it', () => {
  const decision = decideOn(scene({ observed: 6, agoSeconds: 3 }));
  expect(acts(decision)).toEqual([]);
  expect(decision.blockers.map(({ code }) => code)).toContain('controller');
});

it('goes on once it has', () => {
  expect(acts(decideOn(scene({ observed: 7, agoSeconds: 3 })))).toEqual(['evict web-2']);
});
