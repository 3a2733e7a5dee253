import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const RESTART_MS = 1_000;

/** One program of a control plane: its process, which can be killed and started again with the same arguments. */
export class Part {
  #process: ChildProcess | null = null;
  #exited: Promise<void> = Promise.resolve();
  /** Ended by us: then nobody starts it again. */
  #down = true;

  constructor(
    readonly name: string,
    private readonly program: string,
    private readonly args: string[],
    private readonly directory: string,
    /** Started again where it ends by itself, as a kubelet does with the parts of a control plane. */
    private readonly supervised = false,
  ) {}

  get pid(): number | null {
    return this.#process?.pid ?? null;
  }

  get alive(): boolean {
    return this.#process !== null;
  }

  /** The last lines of its log. */
  tail(lines = 12): string {
    return readFileSync(this.logFile, 'utf8').split('\n').slice(-lines).join('\n');
  }

  get logFile(): string {
    return join(this.directory, `${this.name}.log`);
  }

  /** Its pid lies in NAME.pid as long as it lives: for the reaper. */
  start(): void {
    if (this.alive) throw new Error(`${this.name} runs already`);
    const log = openSync(this.logFile, 'a');
    // In a process group of its own: Ctrl-C in the terminal reaches the tests, and they end it in good order.
    const child = spawn(this.program, this.args, { cwd: this.directory, detached: true, stdio: ['ignore', log, log] });
    closeSync(log);
    if (child.pid === undefined) {
      child.once('error', () => {});
      throw new Error(`cannot start ${this.program}`);
    }
    writeFileSync(this.#pidFile, String(child.pid));
    this.#process = child;
    this.#down = false;
    this.#exited = new Promise((resolve) => {
      child.once('exit', () => {
        this.#process = null;
        rmSync(this.#pidFile, { force: true });
        resolve();
        if (this.supervised && !this.#down) setTimeout(() => this.#startAgain(), RESTART_MS).unref();
      });
    });
    child.unref();
  }

  #startAgain(): void {
    if (!this.#down && !this.alive) this.start();
  }

  /** Sends a signal; after SIGKILL and SIGTERM resolves when the process is gone. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.#process === null) throw new Error(`${this.name} does not run`);
    this.#process.ref();
    this.#down = signal === 'SIGKILL' || signal === 'SIGTERM';
    this.#process.kill(signal);
    if (signal === 'SIGKILL' || signal === 'SIGTERM') await this.#exited;
    else this.#process.unref();
  }

  /** SIGTERM, and SIGKILL for one that is still there after `graceMs`. */
  async end(graceMs = 3000): Promise<void> {
    this.#down = true;
    if (this.#process === null) return;
    this.#process.ref();
    // One that was stopped for a test would not hear.
    this.#process.kill('SIGCONT');
    this.#process.kill('SIGTERM');
    const late = new AbortController();
    await Promise.race([this.#exited, sleep(graceMs, undefined, { signal: late.signal }).catch(() => {})]);
    late.abort();
    this.#process?.kill('SIGKILL');
    await this.#exited;
  }

  get #pidFile(): string {
    return join(this.directory, `${this.name}.pid`);
  }
}
