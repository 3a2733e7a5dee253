import type { Session } from '../rollout/live.ts';
import type { View } from './view.ts';
import { viewModel } from './view-model.ts';

export interface FollowOptions {
  session: Session;
  signal: AbortSignal;
  /** Settles when nothing more will happen (the executor's end). Without it, an ended rollout is the end. */
  ended?: Promise<unknown>;
  /** After so long without a line. */
  heartbeatMs: number;
}

/** Changes of one moment (a hundred pods turning Ready) are looked at together. */
const TOGETHER_MS = 100;

/**
 * Shows every new picture to `onView`, which tells whether it had something to say, until the end or the abort.
 * @returns why it ended
 */
export function follow(
  options: FollowOptions,
  onView: (before: View | null, after: View) => boolean,
  onHeartbeat: (view: View) => void,
): Promise<'done' | 'interrupted'> {
  const { session, signal, heartbeatMs } = options;
  return new Promise((resolve, reject) => {
    let before: View | null = null;
    let pending: NodeJS.Timeout | null = null;
    let over = false;
    const beat = setInterval(
      guarded(() => {
        const view = viewModel(session.live());
        if (!show(view)) onHeartbeat(view);
      }),
      heartbeatMs,
    );
    const unsubscribe = session.subscribe(() => {
      pending ??= setTimeout(guarded(look), TOGETHER_MS);
    });
    const onAbort = () => finish('interrupted');
    signal.addEventListener('abort', onAbort, { once: true });
    options.ended?.then(
      () => finish('done'),
      () => finish('done'),
    );
    guarded(look)();
    if (signal.aborted) finish('interrupted');

    function look(): void {
      pending = null;
      const view = viewModel(session.live());
      show(view);
      if (options.ended === undefined && view.phase.ended) finish('done');
    }

    function show(view: View): boolean {
      const spoke = onView(before, view);
      before = view;
      if (spoke) beat.refresh();
      return spoke;
    }

    function finish(how: 'done' | 'interrupted'): void {
      if (over) return;
      close();
      try {
        show(viewModel(session.live()));
        resolve(how);
      } catch (error) {
        reject(error);
      }
    }

    function close(): void {
      over = true;
      clearInterval(beat);
      if (pending !== null) clearTimeout(pending);
      unsubscribe();
      signal.removeEventListener('abort', onAbort);
    }

    /** What is thrown in a timer or in the session's call-back belongs to our caller. */
    function guarded(run: () => void): () => void {
      return () => {
        if (over) return;
        try {
          run();
        } catch (error) {
          close();
          reject(error);
        }
      };
    }
  });
}
