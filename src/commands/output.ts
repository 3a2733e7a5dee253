import { UsageError } from '../rollout/errors.ts';
import type { Host } from './host.ts';
import type { Output } from './op.ts';

type Terminals = Pick<Host, 'stdin' | 'stdout' | 'env'>;

/** A person is there: both ends are a terminal. Ink throws where standard input is none (ink#166). */
export function hasTerminal({ stdin, stdout }: Terminals): boolean {
  return stdin.isTTY === true && stdout.isTTY === true;
}

/**
 * How to show a rollout, decided before Ink is loaded.
 * @throws UsageError where the TUI was asked for and there is no terminal for it
 */
export function chooseOutput(host: Terminals, asked: Output | null): Output {
  if (asked === 'tui') {
    if (!hasTerminal(host)) throw new UsageError('-o tui needs a terminal for standard input and output: use -o line');
    if (host.env.TERM === 'dumb')
      throw new UsageError('-o tui needs a terminal that can move its cursor (TERM is dumb): use -o line');
    return 'tui';
  }
  if (asked !== null) return asked;
  return hasTerminal(host) && host.env.TERM !== 'dumb' && !host.env.CI ? 'tui' : 'line';
}

/** @throws UsageError where a question would have nobody to answer it. Nothing has been written by then. */
export function refuseWithoutAnswer(host: Terminals, yes: boolean): void {
  if (!yes && !hasTerminal(host)) {
    throw new UsageError('there is no terminal to ask in: add --yes to go on without asking. Nothing was written.');
  }
}
