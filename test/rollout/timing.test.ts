import { describe, expect, it } from 'vitest';
import type { PodTiming } from '../../src/rollout/live.ts';
import { median, slowestPod, stagesOf, timelineOf } from '../../src/rollout/timing.ts';

const NOW = 1_000_000;
const timing = (more: Partial<PodTiming> = {}): PodTiming => ({
  goneAt: NOW,
  downMs: 5000,
  startMs: 20_000,
  scheduleMs: 1000,
  pullMs: 12_000,
  availableAt: NOW + 35_000,
  ...more,
});

describe('stagesOf', () => {
  it('takes a replacement apart: its stages are its whole time', () => {
    const stages = stagesOf(timing(), 10_000);
    expect(stages).toEqual({ terminate: 5000, schedule: 1000, pull: 12_000, start: 7000, soak: 10_000, gates: 0 });
  });

  it('tells the time beyond the soak as the gates’', () => {
    expect(stagesOf(timing({ availableAt: NOW + 75_000 }), 10_000)).toMatchObject({ soak: 10_000, gates: 40_000 });
  });

  it('claims nothing that was not seen', () => {
    expect(stagesOf(timing({ goneAt: null, downMs: null, scheduleMs: null, pullMs: null }), 10_000)).toEqual({
      terminate: null,
      schedule: null,
      pull: null,
      start: 20_000,
      soak: null,
      gates: null,
    });
    expect(stagesOf(timing({ startMs: null, availableAt: null }), 0).start).toBeNull();
  });
});

describe('timelineOf', () => {
  it('has nothing to say before a pod is Ready', () => {
    expect(timelineOf(new Map(), 0)).toBeNull();
    expect(timelineOf(new Map([['web-0', timing({ startMs: null })]]), 0)).toBeNull();
  });

  it('gives the median of each stage, and what the slowest pod was slow at', () => {
    const timings = new Map([
      ['web-2', timing()],
      ['web-1', timing({ downMs: 64_000 })],
      ['web-0', timing({ startMs: null })],
      ['web-3', timing({ downMs: 6000 })],
    ]);
    expect(timelineOf(timings, 10_000)).toMatchObject({
      pods: 3,
      medianMs: 26_000,
      medians: { terminate: 6000, pull: 12_000 },
      slowest: { pod: 'web-1', ms: 84_000, mostly: 'terminate' },
    });
  });
});

it('slowestPod leaves out who is not Ready yet', () => {
  expect(slowestPod(new Map([['web-0', timing({ startMs: null })]]))).toBeNull();
});

it.each([
  [[], null],
  [[3], 3],
  [[4, 1, 3, 2], 2],
])('the median of %j is %s', (values, expected) => {
  expect(median(values)).toBe(expected);
});
