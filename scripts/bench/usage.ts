import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const PROGRAM = resolve(import.meta.dirname, '../../dist/kubectl-bedrock');
const AT_EXIT = resolve(import.meta.dirname, 'usage-at-exit.mjs');

export interface Usage {
  /** Milliseconds of CPU, of the program and of the system for it. */
  cpuMs: number;
  /** The most memory that it had at once, in MiB. */
  memoryMiB: number;
}

/**
 * Runs dist/kubectl-bedrock to its end, in a process of its own.
 * @param env more of its environment
 * @throws with its output, where it ended with another code than 0
 */
export async function measured(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Usage & { output: string }> {
  if (!existsSync(PROGRAM)) throw new Error('dist/kubectl-bedrock is missing: npm run build');
  const folder = await mkdtemp(join(tmpdir(), 'bedrock-bench-'));
  try {
    const file = join(folder, 'usage.json');
    const child = spawn(process.execPath, ['--import', AT_EXIT, PROGRAM, ...args], {
      env: { ...process.env, ...env, BENCH_USAGE: file },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`kubectl-bedrock ended with ${String(code)}:\n${output}`);
    return { ...usageOf(JSON.parse(await readFile(file, 'utf8'))), output };
  } finally {
    await rm(folder, { recursive: true });
  }
}

export function usageOf({ userCPUTime, systemCPUTime, maxRSS }: NodeJS.ResourceUsage): Usage {
  return { cpuMs: (userCPUTime + systemCPUTime) / 1000, memoryMiB: maxRSS / 1024 };
}
