import { describe, expect, it } from 'vitest';
import { historyOf, measuredOf } from '../../src/rollout/history.ts';
import type { PodTiming } from '../../src/rollout/live.ts';
import { limitWords, type Planned, predict, predictionWords } from '../../src/rollout/prediction.ts';
import { specSchema } from '../../src/rollout/record.ts';
import { ago, NOW, pod, set } from './builders.ts';

/** Made so long ago, Ready `startSeconds` later. */
const started = (ordinal: number, startSeconds: number) =>
  pod(ordinal, { createdAt: ago(3600), readySince: ago(3600 - startSeconds) });

const planned = (more: Partial<Planned> = {}, spec: object = {}): Planned => ({
  set: set({ replicas: 16 }),
  pods: Array.from({ length: 16 }, (_, ordinal) => started(ordinal, 9)),
  spec: specSchema.parse({
    schemaVersion: 1,
    rolloutIdentity: 'r',
    target: { kind: 'image', summary: 'app=app:2' },
    maxUnavailable: '4',
    minReady: '1s',
    ...spec,
  }),
  measured: { pods: 16, downMs: 5000, startMs: 9000 },
  there: 0,
  ...more,
});

describe('predict', () => {
  it('reckons with how long the pods took to start, and with what the last rollout measured', () => {
    // four waves of 5 + 9 + 1 s
    expect(predict(planned())).toMatchObject({ likelyMs: 60_000, limit: 'budget', startMs: 9000, downMs: 5000 });
  });

  it('is open about how long pods stop where no rollout has measured it', () => {
    const prediction = predict(planned({ measured: undefined }));
    expect(prediction?.downMs).toBeNull();
    // between a second and all of the grace
    expect(prediction?.lowMs).toBeLessThanOrEqual(4 * 11_000);
    expect(prediction?.highMs).toBeGreaterThanOrEqual(4 * 40_000);
  });

  it('leaves out the pods that are there', () => {
    expect(predict(planned({ there: 8 }))?.likelyMs).toBe(30_000);
    expect(predict(planned({ there: 16 }))).toBeNull();
  });

  it('adds pauses that end by the clock', () => {
    expect(predict(planned({}, { steps: ['25%'], stepPause: '10m' }))?.likelyMs).toBe(660_000);
    expect(predict(planned({}, { steps: ['25%'] }))).toMatchObject({ likelyMs: 60_000, waitsForPerson: true });
  });

  it('says nothing of a set whose pods tell nothing', () => {
    expect(predict(planned({ pods: [pod(0, { ready: false })], measured: undefined }))).toBeNull();
  });
});

describe('predictionWords', () => {
  it.each<[string, Partial<Planned>, object, string]>([
    ['all known', {}, {}, 'about 1m (they start in 9s, stop in 5s)'],
    [
      'unknown stop',
      { measured: undefined },
      {},
      '40s to 2m50s (they start in 9s, how long they stop is not known, at most 30s)',
    ],
    [
      'OrderedReady',
      { set: set({ replicas: 16, policy: 'OrderedReady' }) },
      { maxUnavailable: '8' },
      'about 1m30s (they start in 9s, stop in 5s)',
    ],
    ['steps', {}, { steps: ['25%'] }, 'about 1m and your pauses (they start in 9s, stop in 5s)'],
  ])('%s', (_, more, spec, words) => {
    const prediction = predict(planned(more, spec));
    expect(prediction === null ? null : predictionWords(prediction)).toBe(words);
  });
});

describe('limitWords', () => {
  const ordered = set({ replicas: 16, policy: 'OrderedReady' });
  it.each<[string, Partial<Planned>, object, string]>([
    [
      'start time',
      {},
      {},
      "start time: 9s of a pod's 15s; speed: 8 at once instead of 4 would end it about 30s earlier",
    ],
    [
      'stop time',
      { measured: { pods: 16, downMs: 40_000, startMs: 9000 } },
      {},
      "stop time: 40s of a pod's 50s; speed: 8 at once instead of 4 would end it about 1m40s earlier",
    ],
    [
      'soak',
      {},
      { minReady: '1m', maxUnavailable: '16' },
      "--min-ready or minReadySeconds: 1m of a pod's 1m10s; more at once would not end it earlier",
    ],
    [
      'policy',
      { set: ordered },
      { maxUnavailable: '8' },
      'policy: OrderedReady stops one pod at a time, 5s each; more at once would not end it earlier',
    ],
    [
      'interval',
      {},
      { minPodEvictionInterval: '1m' },
      '--interval: the next pod waits for it, however fast they are; more at once would not end it earlier',
    ],
    [
      'gates',
      {},
      { maxUnavailable: '16', serviceDiscovery: { serviceNames: ['web'] } },
      "start time: 9s of a pod's 15s; more at once would not end it earlier; besides it waits for service discovery, nobody can foresee for how long",
    ],
  ])('%s', (_, more, spec, words) => {
    const prediction = predict(planned(more, spec));
    expect(prediction === null ? null : limitWords(prediction)).toBe(words);
  });
});

describe('historyOf', () => {
  it('leaves out pods whose readiness is not that of their start', () => {
    const pods = [
      started(0, 9),
      started(1, 10),
      started(2, 11),
      started(3, 900),
      pod(4, { restarts: 1, createdAt: ago(3600), readySince: ago(3500) }),
      pod(5, { ready: false }),
    ];
    expect(historyOf(pods, undefined).startMs).toEqual([9000, 10_000, 11_000]);
  });
});

it('measures for the record only what was seen whole', () => {
  const timing = { goneAt: NOW, downMs: 4000, startMs: 9000, scheduleMs: null, pullMs: null, availableAt: null };
  const timings = new Map<string, PodTiming>([
    ['web-0', timing],
    ['web-1', { ...timing, downMs: null }],
    ['web-2', { ...timing, startMs: null }],
  ]);
  expect(measuredOf(timings)).toEqual({ pods: 1, downMs: 4000, startMs: 9000 });
  expect(measuredOf(new Map())).toBeUndefined();
});
