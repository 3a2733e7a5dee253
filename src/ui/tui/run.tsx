import { render } from 'ink';
import type { ReactElement } from 'react';
import type { Session } from '../../rollout/live.ts';
import type { Bell } from '../attention.ts';
import type { PlanView } from '../plan-view.ts';
import type { View } from '../view.ts';
import { App, type AppProps } from './app.tsx';
import { Beside, type Pane } from './beside.tsx';
import { PlanScreen } from './plan-screen.tsx';
import type { Left } from './screen-state.ts';
import { type Looks, LooksContext } from './styled.tsx';
import { Suspendable } from './suspendable.tsx';
import { TerminalSignals } from './terminal-signals.ts';

export interface TuiOptions {
  session: Session;
  /**
   * Aborted by a signal to the process: the screen is left at once, as `interrupted`. Listen to signals by
   * `process.on`, not `once`: Ink's handler (signal-exit) ends the process where it finds no other listener.
   */
  signal: AbortSignal;
  /** Settles when the executor is done: the last frame is shown for a moment, then the screen closes by itself. */
  ended?: Promise<unknown>;
  terminal: Looks & { bell: Bell };
  initial?: AppProps['initial'];
}

/** For so long the last frame stays: long enough to see the bar full. */
const LAST_FRAME_MS = 700;

/**
 * The live view, in the alternate screen: what was in the terminal before is there again afterwards. Import this
 * module only after prepareTerminal(), and only with a terminal at stdin and stdout.
 * @returns how the user left; the terminal is as it was by then. Rejects with what a component threw.
 */
export async function runTui(options: TuiOptions): Promise<{ left: Left }> {
  const { session, signal, ended, terminal, initial } = options;
  const signals = new TerminalSignals((bytes) => process.stdout.write(bytes), terminal.bell, process.env);
  const onView = (view: View) => signals.show(view);
  try {
    const left = await fullScreen<Left>(signal, 'interrupted', terminal, (leave) => {
      // it must not keep the process alive once the user has left
      const closing = () => setTimeout(() => leave('done'), LAST_FRAME_MS).unref();
      ended?.then(closing, closing);
      return <App session={session} glyphs={terminal.glyphs} onLeave={leave} onView={onView} initial={initial} />;
    });
    return { left };
  } finally {
    signals.end();
  }
}

/** Shows the plan and waits for the answer; an abort is `quit`. The rules of runTui hold here too. */
export function runPlanScreen(options: {
  plan: PlanView;
  signal: AbortSignal;
  terminal: Looks;
}): Promise<'start' | 'quit'> {
  return fullScreen<'start' | 'quit'>(options.signal, 'quit', options.terminal, (answer) => (
    <PlanScreen plan={options.plan} onAnswer={answer} />
  ));
}

export interface BesideOptions {
  panes: readonly Pane[];
  /** Calls back with each thing that befalls the cluster. */
  onNews: (listener: (text: string) => void) => () => void;
  signal: AbortSignal;
  /** Settles when all of them are done. */
  ended: Promise<unknown>;
  terminal: Looks;
}

/** Several sessions on one screen, only to be looked at. The rules of runTui hold here too. */
export function runBeside({ panes, onNews, signal, ended, terminal }: BesideOptions): Promise<Left> {
  return fullScreen<Left>(signal, 'interrupted', terminal, (leave) => {
    const closing = () => setTimeout(() => leave('done'), LAST_FRAME_MS).unref();
    ended.then(closing, closing);
    return <Beside panes={panes} onNews={onNews} glyphs={terminal.glyphs} onLeave={leave} />;
  });
}

/** The one owner of Ink: mounts, waits for the first answer, unmounts, and gives the terminal back. */
async function fullScreen<Answer>(
  signal: AbortSignal,
  onAbort: Answer,
  looks: Looks,
  make: (answer: (answer: Answer) => void) => ReactElement,
): Promise<Answer> {
  if (signal.aborted) return onAbort;
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const abort = () => resolve(onAbort);
  signal.addEventListener('abort', abort, { once: true });
  // who hears the screen reads on from what was said before
  const heard = process.env.INK_SCREEN_READER === 'true';
  const screen = (
    <LooksContext value={looks}>
      <Suspendable>{make(resolve)}</Suspendable>
    </LooksContext>
  );
  const ink = render(screen, {
    alternateScreen: !heard,
    incrementalRendering: !heard,
    isScreenReaderEnabled: heard,
    // Ctrl-C asks first
    exitOnCtrlC: false,
    // Ink takes CI=1 for no terminal, even where there is one
    interactive: true,
  });
  const exited = ink.waitUntilExit();
  try {
    // what a component throws rejects `exited`, and ends this wait
    return await Promise.race([promise, exited.then(() => onAbort)]);
  } finally {
    signal.removeEventListener('abort', abort);
    ink.unmount();
    await exited.catch(() => undefined);
  }
}
