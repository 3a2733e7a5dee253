import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Terminal } from '../../test/e2e/harness/tmux.ts';
import { eventually } from '../../test/e2e/harness/wait.ts';
import { EXECUTABLE_FLAGS } from '../package/executable.ts';
import type { Benchmark } from './benchmark.ts';

const PROGRAM = resolve(import.meta.dirname, '../../dist/kubectl-bedrock');
const FRAMES = resolve(import.meta.dirname, 'frames.mjs');
const CLUSTER = resolve(import.meta.dirname, 'busy-cluster.ts');
const SIZE = { width: 200, height: 50 };
const EVENTS_PER_SECOND = 200;
const MEASURED_MS = 30_000;

/** A rollout is executed meanwhile, slowly: most events are pods that report what nobody waits for. */
const ROLLOUT = ['rollout', 'sts/web', '--image', 'app=app:2', '--max-unavailable', '10', '--min-ready', '0s', '--yes'];

interface Frames {
  /** Milliseconds of CPU of each, and of its view alone. */
  frames: number[];
  views: number[];
  ms: number;
  cpuMs: number;
  rssBytes: number;
}

/**
 * The screen of a rollout of many pods in a terminal of 200x50, with the flags that the packaged executable has; the
 * cluster is a process of its own.
 */
export const ui: Benchmark = {
  what: `the screen of 5,000 pods with ${EVENTS_PER_SECOND} pod events a second, in a terminal of 200x50`,
  async run({ pods: asked }) {
    const pods = asked ?? 5_000;
    if (!existsSync(PROGRAM)) throw new Error('dist/kubectl-bedrock is missing: npm run build');
    const cluster = fork(CLUSTER, [String(pods), String(EVENTS_PER_SECOND)], { stdio: 'inherit' });
    const folder = await mkdtemp(join(tmpdir(), 'bedrock-bench-'));
    try {
      const [{ kubeconfig }] = (await once(cluster, 'message')) as [{ kubeconfig: string }];
      const written = async () => {
        cluster.send('written');
        const [answer] = (await once(cluster, 'message')) as [{ written: number }];
        return answer.written;
      };
      const file = join(folder, 'frames.json');
      const env = { ...process.env, KUBECONFIG: kubeconfig, BENCH_FRAMES: file, BENCH_MS: String(MEASURED_MS) };
      const program = [process.execPath, ...EXECUTABLE_FLAGS, '--import', FRAMES, PROGRAM];
      const terminal = await Terminal.open([...program, ...ROLLOUT], env, SIZE);
      try {
        await terminal.shows(/on the way/, 120_000);
        const [before, from] = [await written(), performance.now()];
        const text = await eventually('the figures', () => readFile(file, 'utf8'), 10 * MEASURED_MS);
        const events = ((await written()) - before) / ((performance.now() - from) / 1000);
        return report(JSON.parse(text), events);
      } finally {
        await terminal.close();
      }
    } finally {
      cluster.disconnect();
      await rm(folder, { recursive: true });
    }
  },
};

function report({ frames, views, ms, cpuMs, rssBytes }: Frames, events: number) {
  return {
    rows: [
      ['', 'measured', 'wanted'],
      ['CPU, of one core', `${((cpuMs / ms) * 100).toFixed(0)}%`, 'below 50%'],
      ['work of a frame, median', `${share(frames, 0.5)} ms`, 'below 8 ms'],
      ['work of a frame, 95%', `${share(frames, 0.95)} ms`, ''],
      ['resident memory, at most', `${(rssBytes / 1e6).toFixed(0)} MB`, 'below 200 MB'],
    ],
    notes: [
      `${(frames.length / (ms / 1000)).toFixed(1)} frames a second, of each ${share(views, 0.5)} ms for its view`,
      `${events.toFixed(0)} pod events a second`,
    ],
  };
}

function share(times: readonly number[], part: number): string {
  const sorted = times.toSorted((a, b) => a - b);
  return (sorted[Math.floor(sorted.length * part)] ?? Number.NaN).toFixed(1);
}
