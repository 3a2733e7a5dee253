import { resolve } from 'node:path';
import type { Benchmark, Measured } from './benchmark.ts';
import { onScreen } from './screen-run.ts';

const PODS = 5_000;
const EVENTS_PER_SECOND = 200;
const MEASURED_MS = 30_000;

interface Frames {
  /** Milliseconds of CPU of each, and of its view alone. */
  frames: number[];
  views: number[];
  ms: number;
  cpuMs: number;
  rssBytes: number;
}

/** The screen of a rollout of many pods: what it costs while they report. */
export const ui: Benchmark = {
  what: `the screen of ${PODS} pods with ${EVENTS_PER_SECOND} pod events a second, in a terminal of 200x50`,
  async run({ pods }) {
    const { figures, eventsPerSecond } = await onScreen({
      pods: pods ?? PODS,
      eventsPerSecond: EVENTS_PER_SECOND,
      probe: resolve(import.meta.dirname, 'frames.mjs'),
      forMs: MEASURED_MS,
    });
    return report(figures as Frames, eventsPerSecond);
  },
};

function report({ frames, views, ms, cpuMs, rssBytes }: Frames, events: number): Measured {
  const cpu = (cpuMs / ms) * 100;
  return {
    rows: [
      ['', 'measured', 'wanted'],
      ['CPU, of one core', `${cpu.toFixed(0)}%`, 'below 50%'],
      ['work of a frame, median', `${share(frames, 0.5).toFixed(1)} ms`, 'below 8 ms'],
      ['work of a frame, 95%', `${share(frames, 0.95).toFixed(1)} ms`, ''],
      ['resident memory, at most', `${(rssBytes / 1e6).toFixed(0)} MB`, 'below 200 MB'],
    ],
    notes: [
      `${(frames.length / (ms / 1000)).toFixed(1)} frames a second, of each ${share(views, 0.5).toFixed(1)} ms for its view`,
      `${events.toFixed(0)} pod events a second`,
    ],
    figures: [
      { what: 'CPU, of one core', value: cpu, unit: '%', wanted: { atMost: 50 } },
      { what: 'work of a frame, median', value: share(frames, 0.5), unit: 'ms', wanted: { atMost: 8 } },
      { what: 'resident memory, at most', value: rssBytes / 1e6, unit: 'MB', wanted: { atMost: 200 } },
    ],
  };
}

function share(times: readonly number[], part: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * part)] ?? Number.NaN;
}
