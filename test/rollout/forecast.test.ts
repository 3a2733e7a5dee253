import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Course, finishMs, forecast, type Pace } from '../../src/rollout/forecast.ts';

const pace = (more: Partial<Pace> = {}): Pace => ({ budget: 1, intervalMs: 0, stopsOneAtATime: false, ...more });
const course = (waiting: number, more: Partial<Course> = {}): Course => ({
  waiting,
  busy: [],
  notBeforeMs: 0,
  ...more,
});
const cycle = { downMs: 5, upMs: 15 };

describe('finishMs', () => {
  it.each<[string, Course, Pace, number]>([
    ['one at a time', course(4), pace(), 80],
    ['two at a time', course(4), pace({ budget: 2 }), 40],
    ['a last wave that is not full', course(5), pace({ budget: 2 }), 60],
    ['more at once than there are', course(3), pace({ budget: 8 }), 20],
    ['OrderedReady: starting overlaps, stopping does not', course(4), pace({ budget: 4, stopsOneAtATime: true }), 35],
    ['OrderedReady, where the budget is narrower', course(4), pace({ budget: 2, stopsOneAtATime: true }), 45],
    ['an interval', course(3), pace({ budget: 3, intervalMs: 30 }), 80],
    ['not before', course(1, { notBeforeMs: 7 }), pace(), 27],
    ['one on its way', course(1, { busy: [12] }), pace(), 28],
    ['only what is on its way', course(0, { busy: [12, 4] }), pace({ budget: 2 }), 16],
    ['one that takes longer than all before', course(1, { busy: [100] }), pace(), 23],
    ['more on their way than may be', course(1, { busy: [0, 10, 15] }), pace(), 40],
    ['nothing left', course(0), pace(), 0],
  ])('%s', (_, from, how, expected) => {
    expect(finishMs(from, how, cycle)).toBe(expected);
  });

  const courses = fc.record({
    waiting: fc.nat(60),
    busy: fc.array(fc.nat(40), { maxLength: 8 }),
    notBeforeMs: fc.nat(20),
  });
  const paces = fc.record({
    budget: fc.integer({ min: 1, max: 12 }),
    intervalMs: fc.nat(20),
    stopsOneAtATime: fc.boolean(),
  });

  it('is never later with more at once', () => {
    fc.assert(
      fc.property(courses, paces, (from, how) => {
        expect(finishMs(from, { ...how, budget: how.budget + 1 }, cycle)).toBeLessThanOrEqual(
          finishMs(from, how, cycle),
        );
      }),
    );
  });
});

describe('forecast', () => {
  const same = (count: number) => Array.from({ length: count }, () => ({ downMs: 5000, upMs: 15_000 }));

  it('says nothing where nothing is known, or nothing is left', () => {
    expect(forecast(course(3), pace(), [])).toBeNull();
    expect(forecast(course(0), pace(), same(3))).toBeNull();
  });

  it('holds what pods that are all alike will take, between its two ends', () => {
    const seen = forecast(course(10), pace({ budget: 2 }), same(6));
    expect(seen?.likelyMs).toBe(100_000);
    expect(seen?.lowMs).toBeLessThan(100_000);
    expect(seen?.highMs).toBeGreaterThan(100_000);
  });

  it('is the surer the more pods were seen', () => {
    const width = (count: number) => {
      const seen = forecast(course(100), pace({ budget: 5 }), same(count));
      return seen === null ? 0 : seen.highMs - seen.lowMs;
    };
    expect(width(40)).toBeLessThan(width(4) / 3);
  });

  it('is wide where pods are unlike', () => {
    const unlike = [3000, 40_000, 5000, 60_000].map((upMs) => ({ downMs: 1000, upMs }));
    const seen = forecast(course(6), pace({ budget: 2 }), unlike);
    expect((seen?.highMs ?? 0) / (seen?.lowMs ?? 1)).toBeGreaterThan(2);
  });

  it('does not promise what only the quick ones of the first wave kept', () => {
    const quick = [10_000, 11_000].map((upMs) => ({ downMs: 1000, upMs }));
    const before = forecast(course(20, { busy: [5000, 5000] }), pace({ budget: 4 }), quick);
    const later = forecast(course(20, { busy: [40_000, 40_000] }), pace({ budget: 4 }), quick);
    expect(later?.likelyMs).toBeGreaterThan((before?.likelyMs ?? 0) * 1.5);
    const hanging = forecast(course(20, { busy: [4_000_000, 5000] }), pace({ budget: 4 }), quick);
    expect(hanging?.highMs).toBeLessThan(4_000_000);
  });

  it.each([
    [pace({ budget: 2 }), 'budget'],
    [pace({ budget: 8, stopsOneAtATime: true }), 'termination'],
    [pace({ budget: 2, stopsOneAtATime: true }), 'budget'],
    [pace({ budget: 2, intervalMs: 60_000 }), 'interval'],
  ] as const)('with %o the limit is %s', (how, limit) => {
    expect(forecast(course(10), how, same(3))?.limit).toBe(limit);
  });
});
