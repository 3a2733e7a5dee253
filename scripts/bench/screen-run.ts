import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Terminal } from '../../test/e2e/harness/tmux.ts';
import { eventually } from '../../test/e2e/harness/wait.ts';
import { EXECUTABLE_FLAGS } from '../package/executable.ts';

const PROGRAM = resolve(import.meta.dirname, '../../dist/kubectl-bedrock');
const CLUSTER = resolve(import.meta.dirname, 'busy-cluster.ts');
const SIZE = { width: 200, height: 50 };
/** Until the first pods are on their way. */
const BEGUN_MS = 120_000;

/** A rollout is executed meanwhile, slowly: most events are pods that report what nobody waits for. */
const ROLLOUT = ['rollout', 'sts/web', '--image', 'app=app:2', '--max-unavailable', '10', '--min-ready', '0s', '--yes'];

export interface ScreenRun {
  pods: number;
  eventsPerSecond: number;
  /** A module that is loaded into the program, and leaves its figures in the file that BENCH_FILE names. */
  probe: string;
  /** For so long it measures, milliseconds: BENCH_MS. */
  forMs: number;
  /** Of node, besides those of the packaged executable. */
  flags?: readonly string[];
}

/**
 * A rollout on the screen, in a terminal of 200x50 and with the flags that the packaged executable has; the cluster is a
 * process of its own.
 * @returns what the probe has left, and how many pod events there were in a second
 */
export async function onScreen(run: ScreenRun): Promise<{ figures: unknown; eventsPerSecond: number }> {
  if (!existsSync(PROGRAM)) throw new Error('dist/kubectl-bedrock is missing: npm run build');
  const cluster = fork(CLUSTER, [String(run.pods), String(run.eventsPerSecond)], { stdio: 'inherit' });
  const folder = await mkdtemp(join(tmpdir(), 'bedrock-bench-'));
  try {
    const [{ kubeconfig }] = (await once(cluster, 'message')) as [{ kubeconfig: string }];
    const written = async () => {
      cluster.send('written');
      const [answer] = (await once(cluster, 'message')) as [{ written: number }];
      return answer.written;
    };
    const file = join(folder, 'figures.json');
    const env = { ...process.env, KUBECONFIG: kubeconfig, BENCH_FILE: file, BENCH_MS: String(run.forMs) };
    const program = [process.execPath, ...EXECUTABLE_FLAGS, ...(run.flags ?? []), '--import', run.probe, PROGRAM];
    const terminal = await Terminal.open([...program, ...ROLLOUT], env, SIZE);
    try {
      await terminal.shows(/on the way/, BEGUN_MS);
      const [before, from] = [await written(), performance.now()];
      const text = await eventually('the figures', () => readFile(file, 'utf8'), 60_000 + 5 * run.forMs);
      const eventsPerSecond = ((await written()) - before) / ((performance.now() - from) / 1000);
      return { figures: JSON.parse(text), eventsPerSecond };
    } finally {
      await terminal.close();
    }
  } finally {
    cluster.disconnect();
    await rm(folder, { recursive: true });
  }
}
