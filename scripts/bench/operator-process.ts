import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { isObject } from '../../src/rollout/json.ts';
import { usageOf } from './usage.ts';

const PROGRAM = resolve(import.meta.dirname, '../../dist/kubectl-bedrock');
const AT_EXIT = join(import.meta.dirname, 'usage-at-exit.mjs');

/** The operator as a process of its own, whose CPU and memory are told when it ends. */
export class OperatorProcess implements AsyncDisposable {
  private constructor(
    private readonly child: ChildProcess,
    private readonly port: number,
    private readonly folder: string,
  ) {}

  /** @param kubeconfig of whoever may do all that the operator has to */
  static async start(kubeconfig: string, namespace: string): Promise<OperatorProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'bedrock-bench-'));
    const args = ['operator', '-n', namespace, '--kubeconfig', kubeconfig, '--listen', '127.0.0.1:0'];
    const child = spawn(process.execPath, ['--import', AT_EXIT, PROGRAM, ...args], {
      env: { ...process.env, BENCH_USAGE: join(folder, 'usage.json') },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const port = await new Promise<number>((found, failed) => {
      child.once('close', () => failed(new Error('the operator ended')));
      createInterface({ input: child.stdout }).on('line', (line) => {
        const said: unknown = JSON.parse(line);
        if (isObject(said) && typeof said.port === 'number') found(said.port);
      });
    });
    return new OperatorProcess(child, port, folder);
  }

  /** By the line of each series. */
  async metrics(): Promise<Map<string, number>> {
    const text = await (await fetch(`http://127.0.0.1:${this.port}/metrics`)).text();
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(
      lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
    );
  }

  async end(): Promise<{ cpuMs: number; memoryMiB: number }> {
    this.child.kill('SIGTERM');
    await once(this.child, 'close');
    return usageOf(JSON.parse(await readFile(join(this.folder, 'usage.json'), 'utf8')));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL');
    await rm(this.folder, { recursive: true });
  }
}

/** The sum of a metric's series. */
export function total(metrics: ReadonlyMap<string, number>, name: string): number {
  return [...metrics]
    .filter(([line]) => line === name || line.startsWith(`${name}{`))
    .reduce((sum, [, value]) => sum + value, 0);
}

/** What was asked of the API server, by verb and resource. */
export function byResource(metrics: ReadonlyMap<string, number>): string {
  const counts = new Map<string, number>();
  for (const [line, value] of metrics) {
    const found = /^bedrock_api_requests_total\{verb="([^"]+)",resource="([^"]+)"/.exec(line);
    if (found === null) continue;
    const name = `${found[1]} ${found[2]}`;
    counts.set(name, (counts.get(name) ?? 0) + value);
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}
