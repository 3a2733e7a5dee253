import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSets, openCluster } from '../../src/commands/demo/cluster.ts';
import { SCENARIOS } from '../../src/commands/demo/scenarios.ts';
import { packagePlatform } from '../package/package.ts';
import { platformOf } from '../package/platforms.ts';
import type { Benchmark } from './benchmark.ts';
import { median } from './median.ts';

/** Odd, so that the median is one of them. */
const ROUNDS = 15;

/**
 * The packaged executable without a node on the PATH, beside the bare runtime that is inside it: turn by turn, so that a
 * busy moment hits both.
 */
export const startUp: Benchmark = {
  what: 'start of the packaged linux/amd64 executable, beside the bare runtime; and the first frame of a rollout',
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'bedrock-start-up-'));
    try {
      const { path, bytes } = await packagePlatform(platformOf('linux/amd64'), folder);
      execFileSync('tar', ['-xzf', path, '-C', folder]);
      const program = join(folder, 'kubectl-bedrock');
      const commands: [string, string, string[]][] = [
        ['node -e 0', process.execPath, ['-e', '0']],
        ['version', program, ['version']],
        ['--help', program, ['--help']],
        ['rollout --help', program, ['rollout', '--help']],
      ];
      const times = new Map<string, number[]>(commands.map(([name]) => [name, []]));
      for (let round = 0; round < ROUNDS; round++) {
        for (const [name, file, args] of commands) times.get(name)?.push(timed(file, args));
      }
      const bare = median(times.get('node -e 0') ?? []);
      const rows = [...times].map(([name, all]) => [name, ms(median(all)), `${(median(all) / bare).toFixed(2)} x`]);
      const frame = await firstFrame(program);
      return {
        rows: [['', 'median', 'of bare'], ...rows, ['first frame', ms(frame), '']],
        notes: [`the archive has ${(bytes / 2 ** 20).toFixed(1)} MiB; ${ROUNDS} rounds`],
      };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

function timed(file: string, args: readonly string[]): number {
  const startedAt = performance.now();
  execFileSync(file, args, { env: { PATH: '/nowhere' }, stdio: 'ignore' });
  return performance.now() - startedAt;
}

/** From the start of `rollout` in a terminal to its plan on the screen, on the simulated cluster: the median of five. */
async function firstFrame(program: string): Promise<number> {
  await using cluster = await openCluster('1.37');
  const [set] = SCENARIOS.smooth.sets;
  await createSets(cluster, [set], 12, new AbortController().signal);
  const command = `${program} rollout sts/${set.name} --image '*=app:2' --kubeconfig ${cluster.kubeconfig}`;
  const times: number[] = [];
  for (let round = 0; round < 5; round++) times.push(await untilShown(command, /12 pods/));
  return median(times);
}

/** script(1) gives the command a terminal. */
function untilShown(command: string, pattern: RegExp): Promise<number> {
  const startedAt = performance.now();
  const child = spawn('script', ['-qefc', command, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: '/usr/bin:/bin', TERM: 'xterm-256color', HOME: tmpdir() },
  });
  return new Promise((resolve, reject) => {
    let text = '';
    let shownAt: number | null = null;
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      if (shownAt !== null || !pattern.test(text)) return;
      shownAt = performance.now();
      child.stdin.write('q');
    });
    child.once('error', reject);
    child.once('close', () => {
      if (shownAt === null) reject(new Error(`the plan was not shown:\n${text}`));
      else resolve(shownAt - startedAt);
    });
  });
}

function ms(value: number): string {
  return `${Math.round(value)} ms`;
}
