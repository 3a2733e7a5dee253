import type { End, OpenSession } from '../executor/contract.ts';
import type { Outcome } from '../rollout/decision.ts';
import type { ScreenFlags } from '../ui/terminal.ts';
import { type EndingSignal, EXIT, exitCodeOf } from './exit-codes.ts';
import { type Host, print, tell } from './host.ts';
import type { Output } from './op.ts';

/** At these a session without a screen ends by itself; on a screen a person may want to go on. */
export function endOn(output: Output): ReadonlySet<Outcome> {
  return new Set<Outcome>(output === 'tui' ? [] : ['held', 'stopped']);
}

export interface RunOptions {
  output: Output;
  /** Where the command was to lead: forward to a version, or back to the old one. */
  wanted: 'forward' | 'back';
  /** End with 0 at a pause, instead of waiting for somebody to go on. */
  exitAtPause: boolean;
  screen?: ScreenFlags;
}

/** Why a run ended that did not end by itself. */
type Cut = { kind: 'signal'; signal: EndingSignal } | { kind: 'closed' } | { kind: 'pause' };

/**
 * Shows a session until its end, and sees to it that every way out leaves the set held and says how to go on.
 * @returns the exit code
 */
export async function runSession(host: Host, session: OpenSession, options: RunOptions): Promise<number> {
  const abort = new AbortController();
  let cut: Cut | null = null;
  let executed = session.live().role === 'executor';
  const cutShort = (why: Cut) => {
    if (cut !== null) return;
    cut = why;
    // the summary that the abort leads to must tell how it stands then
    void session.stop().finally(() => abort.abort());
  };
  const offSignals = host.onSignal((signal) => {
    // whoever asks twice does not want to wait
    if (cut?.kind === 'signal') host.exitNow(EXIT[signal]);
    cutShort({ kind: 'signal', signal });
  });
  const offClosed = host.onClosedOutput(() => cutShort({ kind: 'closed' }));
  const look = () => {
    const { role, record } = session.live();
    executed ||= role === 'executor';
    const paused = record?.status?.phase === 'Paused' ? record.status.reason : undefined;
    if (options.exitAtPause && (paused === 'StepReached' || paused === 'Requested')) cutShort({ kind: 'pause' });
  };
  const unsubscribe = session.subscribe(look);
  look();
  try {
    const left = await show(host, session, options, abort.signal);
    await session.stop();
    return exitCode(cut, left, await session.done, options, executed, host);
  } finally {
    unsubscribe();
    offSignals();
    offClosed();
    await session.stop();
  }
}

/** @returns whether Ctrl-C was pressed on the screen */
async function show(
  host: Host,
  session: OpenSession,
  { output, screen }: RunOptions,
  signal: AbortSignal,
): Promise<'left' | 'interrupted'> {
  const common = { session, signal, ended: session.done };
  const write = (line: string) => print(host, [line]);
  switch (output) {
    case 'line':
      await (await import('../ui/line.ts')).runLine({ ...common, write, annotate: host.env.GITHUB_ACTIONS === 'true' });
      return 'left';
    case 'jsonl':
      await (await import('../ui/jsonl.ts')).runJsonl({ ...common, write });
      return 'left';
    case 'tui': {
      const { prepareTerminal } = await import('../ui/terminal.ts');
      const terminal = prepareTerminal(host.env, screen);
      const { runTui } = await import('../ui/tui/index.ts');
      const { left } = await runTui({ ...common, terminal });
      await session.stop();
      const { summary } = await import('../ui/summary.ts');
      print(host, summary(session.live()));
      return left === 'interrupted' ? 'interrupted' : 'left';
    }
  }
}

function exitCode(
  cut: Cut | null,
  left: 'left' | 'interrupted',
  end: End,
  { wanted }: RunOptions,
  executed: boolean,
  host: Host,
): number {
  if (cut?.kind === 'signal') return EXIT[cut.signal];
  if (cut?.kind === 'closed') return executed ? EXIT.stopped : EXIT.done;
  if (cut?.kind === 'pause') return EXIT.done;
  if (left === 'interrupted') return EXIT.SIGINT;
  if (end.outcome === 'error' && end.message !== null) tell(host, [`error: ${end.message}`]);
  return exitCodeOf({ outcome: reached(end) }, wanted, executed);
}

/** Left at the percentage that was asked for: that was the aim, whoever closed the screen. */
function reached(end: End): End['outcome'] {
  const status = end.record?.status;
  return end.outcome === 'left' && status?.phase === 'Paused' && status.reason === 'PercentReached'
    ? 'held'
    : end.outcome;
}
