import { tracingChannel } from 'node:diagnostics_channel';
import { useEffect, useState } from 'react';
import type { Live, Session } from '../../rollout/live.ts';
import type { View } from '../view.ts';
import { viewModel } from '../view-model.ts';

/** From one picture to the next at least: eyes do not read faster, and a thousand pods' events become one. */
const APART_MS = 150;
/** Ages and countdowns go on though nothing is heard. */
const TICK_MS = 1000;

/** Each frame begins with it: for whoever measures frames. It costs nothing where nobody does. */
const traced = tracingChannel('kubectl-bedrock:view');

/** What is shown, and what it was made of. */
export interface Shown {
  view: View;
  live: Live;
}

/** The picture of now: again after each change of the session, and each second. */
export function useView(session: Session): Shown {
  const [shown, setShown] = useState(() => shownOf(session));
  useEffect(() => {
    let last = 0;
    let pending: NodeJS.Timeout | null = null;
    const look = () => {
      pending = null;
      last = performance.now();
      setShown(shownOf(session));
    };
    const unsubscribe = session.subscribe(() => {
      pending ??= setTimeout(look, Math.max(0, last + APART_MS - performance.now()));
    });
    const tick = setInterval(look, TICK_MS);
    // what changed between the first picture and the subscription
    look();
    return () => {
      unsubscribe();
      clearInterval(tick);
      if (pending !== null) clearTimeout(pending);
    };
  }, [session]);
  return shown;
}

function shownOf(session: Session): Shown {
  const live = session.live();
  return { view: traced.traceSync(viewModel, {}, undefined, live), live };
}
