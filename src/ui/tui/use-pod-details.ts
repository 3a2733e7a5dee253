import { useEffect, useState } from 'react';
import type { Session } from '../../rollout/live.ts';
import type { PodDetails } from '../../rollout/pod-details.ts';

/** What was read of the pod; nothing is known in the beginning. */
export interface DetailsRead {
  pod: string;
  details: PodDetails | null;
  /** Why the last look failed; null where it did not. */
  trouble: string | null;
}

/** From one answer to the next question. */
const AGAIN_MS = 2000;
const TAIL_AGAIN_MS = 1000;
/** More than any window has lines. */
const TAIL_LINES = 200;
const LAST_LINES = 40;

/** Reads one pod again and again while its panel is open; nothing where `pod` is null. */
export function usePodDetails(session: Session, pod: string | null, tail: boolean): DetailsRead | null {
  const [read, setRead] = useState<DetailsRead | null>(null);
  useEffect(() => {
    if (pod === null) return;
    let over = false;
    let timer: NodeJS.Timeout | null = null;
    const look = async () => {
      try {
        const details = await session.inspect(pod, { logLines: tail ? TAIL_LINES : LAST_LINES });
        if (!over) setRead({ pod, details, trouble: null });
      } catch (error) {
        const trouble = error instanceof Error ? error.message : String(error);
        // what was read before is still better than nothing
        if (!over) setRead((last) => ({ pod, details: last?.pod === pod ? last.details : null, trouble }));
      }
      if (!over) timer = setTimeout(look, tail ? TAIL_AGAIN_MS : AGAIN_MS);
    };
    void look();
    return () => {
      over = true;
      if (timer !== null) clearTimeout(timer);
    };
  }, [session, pod, tail]);
  return read?.pod === pod ? read : null;
}
