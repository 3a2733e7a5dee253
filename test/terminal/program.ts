import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createSets, type DemoCluster, openCluster } from '../../src/commands/demo/cluster.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** A simulated cluster that is served, with a Ready set `web`: Parallel, app:1, pods that stop in 300 ms and start in 200 ms. */
export async function clusterOf(pods: number): Promise<DemoCluster> {
  const cluster = await openCluster('1.37');
  const kubelet = { start: '200ms', stop: '300ms' };
  const set = { name: 'web', policy: 'Parallel', from: 'app:1', to: 'app:2', kubelet, flags: [] } as const;
  await createSets(cluster, [set], pods, AbortSignal.timeout(20_000));
  return cluster;
}

/** A command that runs as a process of its own. */
export interface Program {
  child: ChildProcess;
  /** Standard output and error. */
  said(): string;
  ended: Promise<number | null>;
}

interface Around {
  /** What stands around the command: "COMMAND | head -1". */
  shell?: string;
  /** So far its clock is ahead of this machine's, in milliseconds. */
  clockAheadMs?: number;
}

/** The sources, as a process of its own. */
export function start(
  line: string,
  kubeconfig: string,
  { shell = 'exec COMMAND', clockAheadMs = 0 }: Around = {},
): Program {
  const loaded = [import.meta.resolve('tsx'), import.meta.resolve('./wrong-clock.ts')];
  const imports = loaded.map((each) => `--import '${each}'`).join(' ');
  const program = `'${process.execPath}' ${imports} '${ROOT}/src/main.ts' ${line}`;
  const env = { ...process.env, KUBECONFIG: kubeconfig, TERM: 'dumb', CLOCK_AHEAD_MS: String(clockAheadMs) };
  const child = spawn('bash', ['-c', shell.replace('COMMAND', () => program)], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
  }
  return { child, said: () => text, ended: once(child, 'close').then(([code]) => code as number | null) };
}
