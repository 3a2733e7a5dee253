import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isCountOrPercent,
  podsOfPercent,
  podsOfStep,
  stepTargets,
  unavailableBudget,
} from '../../src/rollout/percent.ts';

describe('percent of the pods', () => {
  it.each([
    [10, 3, 1],
    [50, 1, 1],
    [33, 7, 3],
    [66, 7, 5],
    [100, 7, 7],
    [1, 1000, 10],
    [33.3, 1000, 333],
    [99, 100, 99],
    [99, 2, 1],
    [100, 1, 1],
    [0, 5, 0],
    [25, 0, 0],
  ])('%d%% of %d is %d', (percent, replicas, pods) => expect(podsOfPercent(percent, replicas)).toBe(pods));

  it('is at least one, never all below 100, and grows with the percentage', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 2, max: 5000 }), (percent, replicas) => {
        const pods = podsOfPercent(percent, replicas);
        expect(pods).toBeGreaterThanOrEqual(1);
        expect(pods).toBeLessThan(replicas);
        expect(podsOfPercent(percent + 1, replicas)).toBeGreaterThanOrEqual(pods);
        expect(pods).toBeGreaterThanOrEqual(Math.min(replicas - 1, (percent * replicas) / 100));
      }),
    );
  });
});

describe('the budget', () => {
  it.each([
    ['1', 3, 1],
    ['25%', 2, 1],
    ['10%', 12, 1],
    ['25%', 12, 3],
    ['33%', 12, 3],
    ['0', 12, 1],
    ['0%', 12, 1],
    ['20', 12, 20],
  ])('%s of %d is %d', (maxUnavailable, replicas, pods) =>
    expect(unavailableBudget(maxUnavailable, replicas)).toBe(pods),
  );
});

describe('steps', () => {
  it('are cumulative and end with the percentage', () => {
    expect(stepTargets({ steps: ['1', '25%', '100%'], percent: 100 }, 12)).toEqual([1, 3, 12]);
    expect(stepTargets({ steps: ['1', '25%'], percent: 50 }, 12)).toEqual([1, 3, 6]);
    expect(stepTargets({ steps: [], percent: 25 }, 12)).toEqual([3]);
  });
  it('that add no pod are left out', () => {
    expect(stepTargets({ steps: ['10%', '20%', '30%', '100%'], percent: 100 }, 3)).toEqual([1, 3]);
  });
  it('of a set of no pods are one of none', () => expect(stepTargets({ steps: ['1'], percent: 100 }, 0)).toEqual([0]));
  it('in pods are capped by the set', () => expect(podsOfStep('9', 4)).toBe(4));
});

it.each(['4', '25%', '0', '12.5%'])('%s is a count or a percentage', (text) =>
  expect(isCountOrPercent(text)).toBe(true),
);
it.each(['', '-1', '1.5', '101%', 'x', '%', '1e3'])('%s is none', (text) => expect(isCountOrPercent(text)).toBe(false));
