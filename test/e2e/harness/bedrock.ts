import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { endAfterTest } from './clean-up.ts';
import type { Cluster } from './cluster.ts';
import { exitCode, type Finished } from './command.ts';
import { eventually } from './wait.ts';

/** What `npm ci` (or `npm run build`) leaves: the program under test. */
export const PROGRAM = resolve(import.meta.dirname, '../../../dist/kubectl-bedrock');

export interface BedrockOptions {
  env?: NodeJS.ProcessEnv;
  /** Written to its standard input, which is closed then; default: closed at once. */
  stdin?: string;
  kubeconfig?: string;
}

/** A running kubectl-bedrock without a terminal. Killed after the test where it still runs. */
export class BedrockRun {
  /** The exit code; 128 + n when ended by signal n without an answer of its own. */
  readonly code: Promise<number>;
  readonly #child: ChildProcess;
  readonly #text = { stdout: '', stderr: '' };
  #over = false;

  constructor(child: ChildProcess, stdin: string) {
    this.#child = child;
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.setEncoding('utf8').on('data', (text: string) => {
        this.#text[name] += text;
      });
    }
    this.code = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        this.#over = true;
        forget();
        resolve(exitCode(code, signal));
      });
    });
    const forget = endAfterTest(async () => {
      this.kill('SIGKILL');
      await this.code;
    });
    child.stdin?.on('error', () => {});
    child.stdin?.end(stdin);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get over(): boolean {
    return this.#over;
  }

  /** Everything so far. */
  get stdout(): string {
    return this.#text.stdout;
  }

  get stderr(): string {
    return this.#text.stderr;
  }

  get lines(): string[] {
    return this.stdout.split('\n').filter((line) => line !== '');
  }

  /** The objects that `-o jsonl` has printed so far. */
  get json(): unknown[] {
    const whole = this.stdout.slice(0, this.stdout.lastIndexOf('\n') + 1);
    return whole
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Resolves when standard output or error has said it; rejects, with all that was said, when it ends before. */
  async says(pattern: RegExp, timeoutMs = 60_000): Promise<void> {
    const told = () => `--- stdout\n${this.stdout}\n--- stderr\n${this.stderr}`;
    let ended = false;
    await eventually(
      `kubectl-bedrock says ${pattern}`,
      () => {
        if (pattern.test(this.stdout) || pattern.test(this.stderr)) return true;
        ended = this.#over;
        return ended;
      },
      timeoutMs,
    ).catch((error: Error) => {
      throw new Error(`${error.message}\n${told()}`);
    });
    if (ended) throw new Error(`kubectl-bedrock ended without saying ${pattern}\n${told()}`);
  }

  /** Waits for the end. */
  async finished(): Promise<Finished> {
    return { code: await this.code, stdout: this.stdout, stderr: this.stderr };
  }
}

/** Starts dist/kubectl-bedrock with this very Node. `args` as after `kubectl bedrock`. */
export function runBedrock(cluster: Cluster, args: readonly string[], options: BedrockOptions = {}): BedrockRun {
  const env = { ...cluster.env, KUBECONFIG: options.kubeconfig ?? cluster.kubeconfig, ...options.env };
  const child = spawn(process.execPath, [PROGRAM, ...args], { env, stdio: 'pipe' });
  return new BedrockRun(child, options.stdin ?? '');
}

/** Runs it to its end. */
export function bedrock(cluster: Cluster, args: readonly string[], options?: BedrockOptions): Promise<Finished> {
  return runBedrock(cluster, args, options).finished();
}
