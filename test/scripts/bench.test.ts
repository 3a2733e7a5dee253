import { describe, expect, it } from 'vitest';
import { type Figure, isMet } from '../../scripts/bench/benchmark.ts';
import { casesAsked } from '../../scripts/bench/filter.ts';
import { allCases, boundMs, caseOf, nameOf } from '../../scripts/bench/makespan/cases.ts';
import { oursSimulatedMs, refillMs } from '../../scripts/bench/makespan/refill.ts';

describe('the cases of makespan', () => {
  it('know the shortest possible of each policy', () => {
    // ten waves of 3.5 s
    expect(boundMs(caseOf('Parallel', 60, '6'))).toBe(35_000);
    // the last wave's sixth pod waits for five stops of 0.5 s
    expect(boundMs(caseOf('OrderedReady', 60, '6'))).toBe(37_500);
    // stopping one at a time is longer than any wave
    expect(boundMs(caseOf('OrderedReady', 60, '30', { stopMs: 2_000, startMs: 2_000 }))).toBe(122_000);
    expect(boundMs(caseOf('Parallel', 12, '10%'))).toBe(boundMs(caseOf('Parallel', 12, '1')));
  });

  it('are those that were asked for, also some that the whole table has not', () => {
    expect(casesAsked({})).toBeNull();
    const [one, ...others] = casesAsked({ n: '60', m: '6', policy: 'Parallel', times: '500ms,3s' }) ?? [];
    expect(others).toEqual([]);
    expect(one).toEqual(caseOf('Parallel', 60, '6'));
    expect(casesAsked({ n: '12,60', m: '4' })?.map(({ pods, policy }) => `${policy} ${pods}`)).toEqual([
      'Parallel 12',
      'Parallel 60',
      'OrderedReady 12',
      'OrderedReady 60',
    ]);
    expect(new Set(allCases().map(nameOf)).size).toBe(allCases().length);
  });

  it.each([
    [{ n: 'many' }, '--n many'],
    [{ n: '0' }, '--n 0'],
    [{ policy: 'parallel' }, 'Parallel or OrderedReady'],
    [{ times: '3s' }, '--times 3s'],
  ])('say what is wrong with %j', (flags, words) => {
    expect(() => casesAsked(flags)).toThrow(words);
  });
});

describe('on the simulated cluster', () => {
  it.each(['Parallel', 'OrderedReady'] as const)(
    'ours is near the shortest possible, and the other one is not: %s',
    async (policy) => {
      const each = caseOf(policy, 12, '4');
      expect((await oursSimulatedMs(each)) / boundMs(each)).toBeLessThan(1.15);
      expect((await refillMs(each)) / boundMs(each)).toBeGreaterThan(1.3);
    },
  );
});

it.each<[Figure['wanted'], number, boolean | null]>([
  [null, 5, null],
  [{ atMost: 5 }, 5, true],
  [{ atMost: 5 }, 5.1, false],
  [{ atLeast: 2 }, 2, true],
  [{ atLeast: 2 }, 1.9, false],
])('a target of %j, measured %d', (wanted, value, met) => {
  expect(isMet({ what: 'x', unit: 'x', wanted, value })).toBe(met);
});
