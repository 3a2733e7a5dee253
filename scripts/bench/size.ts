import { resolve } from 'node:path';
import type { Benchmark, Figure, Measured } from './benchmark.ts';
import { onScreen } from './screen-run.ts';

const SIZES = [1_000, 5_000, 10_000] as const;
const LARGEST = 10_000;
/** As many as an hour brings at 3 a second, in a minute. */
const EVENTS_PER_SECOND = 200;
const MEASURED_MS = 60_000;

/** Bytes and milliseconds. */
interface Size {
  frameMs: number;
  frameCpuMs: number;
  rssBytes: number;
  listBytes: number;
  most: number;
  ms: number;
  cpuMs: number;
  watchBytes: number;
  livingBytes: number;
  grownBytes: number;
}

/** The screen of sets of several sizes. */
export const size: Benchmark = {
  what: `first frame, memory, CPU and bytes read of sets of ${SIZES.join(', ')} pods, and growth over ${(EVENTS_PER_SECOND * MEASURED_MS) / 1000} pod events`,
  async run({ pods: asked, cases }) {
    const sizes = cases !== null ? [...new Set(cases.map(({ pods }) => pods))] : asked !== null ? [asked] : SIZES;
    const found: [number, Size][] = [];
    for (const pods of sizes) {
      const { figures } = await onScreen({
        pods,
        eventsPerSecond: EVENTS_PER_SECOND,
        probe: resolve(import.meta.dirname, 'size-probe.mjs'),
        forMs: MEASURED_MS,
        flags: ['--expose-gc'],
      });
      found.push([pods, figures as Size]);
    }
    return report(found);
  },
};

function report(found: readonly (readonly [number, Size])[]): Measured {
  const mb = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  return {
    rows: [
      [
        'pods',
        'first frame',
        'CPU until then',
        'memory then',
        'at most',
        'lives',
        'grown',
        'read by then',
        'a pod',
        'CPU',
        'watch, a second',
      ],
      ...found.map(([pods, its]) => [
        String(pods),
        `${(its.frameMs / 1000).toFixed(2)} s`,
        `${(its.frameCpuMs / 1000).toFixed(2)} s`,
        mb(its.rssBytes),
        mb(its.most),
        mb(its.livingBytes),
        mb(its.grownBytes),
        mb(its.listBytes),
        `${(its.listBytes / pods).toFixed(0)} B`,
        `${((its.cpuMs / its.ms) * 100).toFixed(0)}%`,
        `${(its.watchBytes / its.ms).toFixed(0)} kB`,
      ]),
    ],
    notes: ['Read: as it comes from the wire, lists compressed. CPU of one core. Lives and grown: after a collection.'],
    figures: found.flatMap(([pods, its]): Figure[] => {
      const wanted = (atMost: number) => (pods === LARGEST ? { atMost } : null);
      return [
        { what: `${pods} pods: first frame`, value: its.frameMs / 1000, unit: 's', wanted: wanted(3) },
        { what: `${pods} pods: resident memory, at most`, value: its.most / 1e6, unit: 'MB', wanted: wanted(300) },
        { what: `${pods} pods: growth`, value: its.grownBytes / 1e6, unit: 'MB', wanted: wanted(5) },
      ];
    }),
  };
}
