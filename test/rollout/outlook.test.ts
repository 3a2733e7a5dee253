import { describe, expect, it } from 'vitest';
import { outlookOf } from '../../src/rollout/outlook.ts';
import { fasterWords, forecastWords, roundWords } from '../../src/rollout/outlook-words.ts';
import { alarmed, goingPod, live, NOW, newPod, pod } from '../ui/builders.ts';

const timings = (count: number, downMs: number, startMs: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`web-${30 - index}`, { downMs, startMs }]));

/** 31 pods of which `done` are counted, none on its way. */
const rolling = (done: number, more: Parameters<typeof live>[0] = {}) =>
  live({
    pods: Array.from({ length: 31 }, (_, ordinal) => (ordinal > 30 - done ? newPod(ordinal) : pod(ordinal))),
    spec: { maxUnavailable: '4', ...more.spec },
    timings: timings(done, 5000, 15_000),
    ...more,
  });

describe('outlookOf', () => {
  it('counts on with what was seen', () => {
    const outlook = outlookOf(rolling(7));
    // 24 pods, 4 at once, 25 s each with the soak
    expect(outlook?.step.likelyMs).toBe(150_000);
    expect(outlook?.whole).toEqual(outlook?.step);
    expect(outlook?.faster.speed).toEqual({ from: 4, to: 8, savesMs: 75_000 });
  });

  it('leaves out what the pods on their way have behind them', () => {
    const pods = [pod(0), goingPod(1, { deletingSince: NOW - 5000 }), newPod(2)];
    const outlook = outlookOf(
      live({ pods, spec: { maxUnavailable: '2' }, timings: { 'web-2': { downMs: 5000, startMs: 15_000 } } }),
    );
    // one goes now, the other has 20 of its 25 s to go
    expect(outlook?.step.likelyMs).toBe(25_000);
  });

  it('goes by the old pods before one was replaced', () => {
    const started = (ordinal: number) =>
      pod(ordinal, { createdAt: NOW - 100_000, readySince: NOW - 80_000, graceMs: 4000 });
    const outlook = outlookOf(live({ pods: [started(0), started(1)], spec: { maxUnavailable: '1' } }));
    // stop 1 s, start 20 s, soak 5 s, twice
    expect(outlook?.step.likelyMs).toBe(52_000);
  });

  it('adds pauses that end by the clock, and does not guess at a person', () => {
    const steps = { steps: ['50%'], maxUnavailable: '4' };
    expect(outlookOf(rolling(7, { spec: { ...steps, stepPause: 'manual' } }))?.whole).toBeNull();
    const timed = outlookOf(rolling(7, { spec: { ...steps, stepPause: '10m' } }));
    // 9 pods to the first step in 3 waves, then 15 in 4
    expect(timed?.step.likelyMs).toBe(75_000);
    expect(timed?.whole?.likelyMs).toBe(75_000 + 600_000 + 100_000);
  });

  it.each([
    ['a stop', alarmed()],
    ['an old picture', rolling(7, { live: { connection: { state: 'broken', heardAt: NOW - 60_000, detail: null } } })],
    ['a refused eviction', rolling(7, { blockers: [{ code: 'eviction-refused', message: 'pdb/web', pods: [] }] })],
    ['no rollout', live({ pods: [pod(0)], noRecord: true })],
    ['the end', rolling(31)],
  ])('says nothing at %s', (_, seen) => {
    expect(outlookOf(seen)).toBeNull();
  });

  it('names what is in the way of more speed', () => {
    const ordered = outlookOf(rolling(7, { set: { policy: 'OrderedReady' }, timings: timings(7, 30_000, 5000) }));
    expect(ordered?.faster.limit).toBe('termination');
    expect(ordered?.faster.speed).toBeNull();
  });
});

describe('in words', () => {
  it.each([
    [{ lowMs: 70_000, likelyMs: 80_000, highMs: 90_000 }, 'about 1m20s'],
    [{ lowMs: 80_000, likelyMs: 100_000, highMs: 120_000 }, '1m20s to 2m'],
    [{ lowMs: 100, likelyMs: 300, highMs: 400 }, 'about 1s'],
  ])('%o', (range, words) => {
    expect(forecastWords(range)).toBe(words);
  });

  it.each([
    [0, '1s'],
    [12_345, '12s'],
    [43_000, '45s'],
    [134_000, '2m10s'],
    [1_234_000, '21m'],
  ])('%i ms are %s', (ms, words) => {
    expect(roundWords(ms)).toBe(words);
  });

  const faster = { limit: 'budget', speed: null, soakMs: 5000, cycleMs: 25_000, downMs: 30_000 } as const;
  it.each([
    [{ ...faster, speed: { from: 4, to: 8, savesMs: 360_000 } }, ['speed 4 -> 8 ends 6m earlier']],
    [faster, []],
    [{ ...faster, limit: 'termination' }, ['OrderedReady: termination is the limit, 30s for each pod, one at a time']],
    [{ ...faster, limit: 'interval' }, ['--interval is the limit: more at once would not end it earlier']],
    [
      { ...faster, soakMs: 60_000, cycleMs: 80_000 },
      ["1m of a pod's 1m20s are its soak (--min-ready, minReadySeconds)"],
    ],
  ] as const)('%o', (known, words) => {
    expect(fasterWords(known)).toEqual(words);
  });
});
