import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createSets, openCluster } from '../../src/commands/demo/cluster.ts';
import { Terminal } from '../e2e/harness/tmux.ts';

export interface ShellOptions {
  /** Of the set `web`. */
  pods: number;
  width: number;
  height: number;
}

/** A terminal with a shell in it, and `kubectl-bedrock` in its PATH, in front of a served simulated cluster. */
export interface Shell extends AsyncDisposable {
  terminal: Terminal;
  /** Types a command and Enter. */
  run(command: string): Promise<void>;
  /** The images that pods run now, each once. */
  images(): string[];
}

const ROOT = resolve(import.meta.dirname, '../..');

export async function openShell({ pods, width, height }: ShellOptions): Promise<Shell> {
  const cluster = await openCluster('1.37');
  const kubelet = { start: '200ms', stop: '300ms' };
  await createSets(
    cluster,
    [{ name: 'web', policy: 'Parallel', from: 'app:1', to: 'app:2', kubelet, flags: [] }],
    pods,
    AbortSignal.timeout(20_000),
  );
  const folder = await mkdtemp(join(tmpdir(), 'bedrock-shell-'));
  await mkdir(join(folder, 'bin'));
  // the sources, so that what is tested is what stands there
  const program = `#!/bin/sh\nexec '${process.execPath}' --import '${import.meta.resolve('tsx')}' '${ROOT}/src/main.ts' "$@"\n`;
  await writeFile(join(folder, 'bin', 'kubectl-bedrock'), program, { mode: 0o755 });
  const env = {
    HOME: folder,
    PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
    KUBECONFIG: cluster.kubeconfig,
    PS1: '$ ',
    HISTFILE: '/dev/null',
    LANG: 'C.UTF-8',
    BASH_SILENCE_DEPRECATION_WARNING: '1',
  };
  const terminal = await Terminal.open(['bash', '--norc', '--noprofile', '-i'], env, { width, height });
  await terminal.shows(/^\$ ?$/m);
  return {
    terminal,
    run: async (command) => {
      await terminal.type(command);
      await terminal.press('Enter');
    },
    images: () => [
      ...new Set(
        cluster.simulator.pods().map((pod) => /"image":"(app:\d)"/.exec(JSON.stringify(pod.spec))?.[1] ?? 'none'),
      ),
    ],
    [Symbol.asyncDispose]: async () => {
      await terminal.close();
      await cluster[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
