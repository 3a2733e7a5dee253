import { type ChildProcess, spawn } from 'node:child_process';
import { access, constants, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { endAfterTest } from './clean-up.ts';
import { run } from './command.ts';

/**
 * Where a program of others is: as NAME_BIN says, on PATH, or out of Debian's package of that suite.
 * @throws Error that says why it cannot be had
 */
export async function programOf(name: string, suite: string): Promise<string> {
  const said = process.env[`${name.toUpperCase()}_BIN`];
  if (said) return said;
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, name);
    if (
      await access(path, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  const got = await run(join(import.meta.dirname, 'debian-program'), [name, suite], { env: process.env });
  if (got.code !== 0) throw new Error(got.stderr.trim());
  return got.stdout.trim();
}

/** A server of others, in a folder of its own; ended after the test. */
export class Daemon {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #log = '';

  private constructor(program: string, args: readonly string[], folder: string) {
    const env = { PATH: process.env.PATH ?? '', HOME: folder };
    this.#child = spawn(program, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#log = (this.#log + text).slice(-4_000);
      });
    }
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', () => resolve());
      this.#child.once('close', () => resolve());
    });
    endAfterTest(async () => {
      this.#child.kill('SIGKILL');
      await this.#ended;
      await rm(folder, { recursive: true, force: true });
    });
  }

  /** @param args from its folder */
  static async start(program: string, args: (folder: string) => Promise<string[]>): Promise<Daemon> {
    const folder = await mkdtemp(join(tmpdir(), 'bedrock-daemon-'));
    return new Daemon(program, await args(folder), folder);
  }

  /** What it wrote last. */
  get log(): string {
    return this.#log;
  }

  /** SIGSTOP: its port takes calls, and nobody answers. */
  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  /** SIGKILL: its port refuses calls. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
  }
}
