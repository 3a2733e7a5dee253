import { channel } from 'node:diagnostics_channel';

/** What a frame's time goes to: making the view of what is seen, the elements of it, and their text for the terminal. */
export type FramePart = 'view' | 'elements' | 'text';

const work = channel('kubectl-bedrock:frame');

/**
 * Runs a part of the work for a frame, and tells whoever measures how many milliseconds it took: subscribers of the
 * diagnostics channel `kubectl-bedrock:frame`. It costs nothing where there are none.
 */
export function frameWork<T>(part: FramePart, run: () => T): T {
  if (!work.hasSubscribers) return run();
  const from = performance.now();
  const made = run();
  tellWork(part, performance.now() - from);
  return made;
}

/** For work that was measured elsewhere. */
export function tellWork(part: FramePart, ms: number): void {
  if (work.hasSubscribers) work.publish({ part, ms });
}
