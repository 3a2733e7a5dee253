import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BedrockOptions, PROGRAM } from './bedrock.ts';
import { endAfterTest } from './clean-up.ts';
import type { Cluster } from './cluster.ts';
import { run } from './command.ts';
import { eventually } from './wait.ts';

export interface TerminalOptions extends Omit<BedrockOptions, 'stdin'> {
  /** Default 100x30. */
  width?: number;
  height?: number;
}

/** How the terminal was left. */
export interface TerminalState {
  alternateScreen: boolean;
  cursorVisible: boolean;
  /** Lines are edited and echoed by the terminal, as a shell wants it. */
  cooked: boolean;
}

/** A terminal (a tmux server of its own) in which a program runs. Ended after the test. */
export class Terminal {
  private constructor(
    private readonly folder: string,
    private readonly socket: string,
  ) {}

  /** Runs `argv` with `env` as the terminal's only foreground program. */
  static async open(
    argv: readonly string[],
    env: NodeJS.ProcessEnv,
    { width = 100, height = 30 }: TerminalOptions = {},
  ): Promise<Terminal> {
    const folder = await mkdtemp(join(tmpdir(), 'bedrock-tmux-'));
    const terminal = new Terminal(folder, join(folder, 'socket'));
    // A tmux server would outlive tests that were killed.
    const end = `tmux -S ${quote(terminal.socket)} kill-server; rm -rf ${quote(folder)}`;
    // The shell outlives the program, so that the terminal can be looked at as it was left. It traps the signals that a
    // terminal sends to all of a foreground group; the program gets them with their own meaning.
    const script = [
      `(while kill -0 ${process.pid}; do sleep 1; done; ${end}) > /dev/null 2>&1 < /dev/null &`,
      'trap : INT QUIT HUP',
      `sh -c 'echo $$ > "$0/pid"; exec "$@"' ${[folder, ...argv].map(quote).join(' ')}`,
      `echo $? > ${quote(join(folder, 'code'))}`,
      'while :; do sleep 60; done',
    ];
    await writeFile(join(folder, 'script'), script.join('\n'));
    const { TMUX: _, ...clean } = env;
    const size = ['-x', String(width), '-y', String(height)];
    const started = await run(
      'tmux',
      ['-S', terminal.socket, '-f', '/dev/null', '-u', 'new-session', '-d', ...size, 'sh', join(folder, 'script')],
      {
        env: { TERM: 'xterm-256color', LANG: 'C.UTF-8', ...clean },
      },
    );
    if (started.code !== 0) {
      await rm(folder, { recursive: true, force: true });
      throw new Error(`tmux does not start: ${started.stderr}`);
    }
    endAfterTest(() => terminal.close());
    return terminal;
  }

  /** Keys as tmux names them: 'Space', 'Enter', 'C-c', 'Up', 'PageDown', 'q'. */
  async press(...keys: string[]): Promise<void> {
    await this.#tmux('send-keys', ...keys);
  }

  /** Text as it stands, letter by letter. */
  async type(text: string): Promise<void> {
    await this.#tmux('send-keys', '-l', text);
  }

  async resize(width: number, height: number): Promise<void> {
    await this.#tmux('resize-window', '-x', String(width), '-y', String(height));
  }

  /** The screen's lines, without trailing blanks. `scrollback`: with those that have scrolled off above. */
  async screen({ scrollback = false } = {}): Promise<string> {
    return await this.#tmux('capture-pane', '-p', ...(scrollback ? ['-S', '-'] : []));
  }

  /** Resolves with the screen once it shows `pattern`; rejects with the last screen. */
  async shows(pattern: RegExp, timeoutMs = 60_000): Promise<string> {
    let last = '';
    return await eventually(
      `the screen shows ${pattern}`,
      async () => {
        last = await this.screen();
        return pattern.test(last) ? last : null;
      },
      timeoutMs,
    ).catch((error: Error) => {
      throw new Error(`${error.message}\n${last}`);
    });
  }

  /** The program's pid. */
  async pid(): Promise<number> {
    return await eventually(
      'the program to start',
      async () => Number(await readFile(join(this.folder, 'pid'), 'utf8')) || null,
    );
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    process.kill(await this.pid(), signal);
  }

  /** The exit code, once it has ended. */
  async code(timeoutMs = 60_000): Promise<number> {
    const text = await eventually(
      'the program to end',
      async () => /^(\d+)\n/.exec(await readFile(join(this.folder, 'code'), 'utf8'))?.[1],
      timeoutMs,
    ).catch(async (error: Error) => {
      throw new Error(`${error.message}\n${await this.screen()}`);
    });
    return Number(text);
  }

  async state(): Promise<TerminalState> {
    const [alternate, cursor, tty = ''] = (
      await this.#tmux('display-message', '-p', '#{alternate_on} #{cursor_flag} #{pane_tty}')
    )
      .trim()
      .split(' ');
    const { stdout } = await run('sh', ['-c', `stty -a < ${quote(tty)}`], { env: process.env });
    return {
      alternateScreen: alternate === '1',
      cursorVisible: cursor === '1',
      cooked: /(^|\s)icanon\b/.test(stdout) && /(^|\s)echo\b/.test(stdout),
    };
  }

  /** Ends the program (by SIGHUP, as a closed window does) and the terminal. */
  async close(): Promise<void> {
    await run('tmux', ['-S', this.socket, 'kill-server'], { env: process.env });
    // the server may still be writing there as it ends
    await rm(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }

  async #tmux(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await run('tmux', ['-S', this.socket, ...args], { env: process.env });
    if (code !== 0) throw new Error(`tmux ${args[0]}: ${stderr}`);
    return stdout;
  }
}

/** Starts dist/kubectl-bedrock in a terminal. `args` as after `kubectl bedrock`. */
export function runInTmux(cluster: Cluster, args: readonly string[], options: TerminalOptions = {}): Promise<Terminal> {
  const env = { ...cluster.env, KUBECONFIG: options.kubeconfig ?? cluster.kubeconfig, ...options.env };
  return Terminal.open([process.execPath, PROGRAM, ...args], env, options);
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
