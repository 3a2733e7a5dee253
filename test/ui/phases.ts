import type { Blocker } from '../../src/rollout/decision.ts';
import type { Live, PodTiming } from '../../src/rollout/live.ts';
import type { PodObservation } from '../../src/rollout/observation.ts';
import {
  goingPod,
  iso,
  type LiveOptions,
  live,
  NEW,
  NOW,
  newPod,
  pod,
  startingPod,
  timing,
  trouble,
} from './builders.ts';

export const PHASES = ['starting', 'mid', 'paused', 'broken', 'rolling-back', 'complete'] as const;
export type PhaseName = (typeof PHASES)[number];

/** How many go at once in a set of so many pods. */
const AT_ONCE: Record<number, number> = { 3: 1, 60: 4, 1000: 30, 5000: 100 };

/** A rollout of so many pods in that phase, as an executor sees it: what golden frames and pictures show. */
export function phaseLive(phase: PhaseName, pods: number): Live {
  const atOnce = AT_ONCE[pods] ?? 3;
  const common = { spec: { maxUnavailable: String(atOnce) } };
  switch (phase) {
    case 'starting':
      return live({
        ...moving(pods, 0, { going: Math.ceil(atOnce / 2) }),
        ...common,
        status: {
          startedAt: iso(NOW - 3000),
          since: iso(NOW - 3000),
          events: [{ at: iso(NOW - 3000), kind: 'start', message: 'alice@laptop began: app 1.8.2 -> 1.9.0' }],
        },
      });
    case 'mid':
      return live({
        ...moving(pods, Math.floor(pods * 0.4), thirds(atOnce)),
        ...common,
        status: { events: [{ at: iso(NOW - 4000), kind: 'note', message: 'alice@laptop: 3 -> 4 at once' }] },
      });
    case 'paused':
      return live({
        ...moving(pods, Math.floor(pods * 0.4), { starting: Math.ceil(atOnce / 3) }),
        spec: { ...common.spec, pauseRequested: true, pausedBy: 'alice@laptop' },
        status: { phase: 'Paused', reason: 'Requested', message: 'paused by alice@laptop', since: iso(NOW - 20_000) },
        blockers: [],
      });
    case 'broken':
      return broken(pods, atOnce);
    case 'rolling-back':
      return back(pods, atOnce);
    case 'complete':
      return live({
        pods: Array.from({ length: pods }, (_, ordinal) => newPod(ordinal)),
        ...common,
        timings: timed(pods, pods),
        status: { phase: 'Complete', endedAt: iso(NOW - 1000), since: iso(NOW - 1000) },
      });
  }
}

interface OnTheWay {
  going?: number;
  starting?: number;
  soaking?: number;
}

function thirds(atOnce: number): OnTheWay {
  const part = Math.ceil(atOnce / 3);
  return { soaking: part, starting: Math.min(part, atOnce - part), going: Math.max(0, atOnce - 2 * part) };
}

/** From the top: `done` pods, those on their way, the old ones. */
function moving(pods: number, done: number, { soaking = 0, starting = 0, going = 0 }: OnTheWay): LiveOptions {
  const made = Array.from({ length: pods }, (_, ordinal): PodObservation => {
    const turn = pods - 1 - ordinal - done;
    if (turn < 0) return newPod(ordinal);
    if (turn < soaking) return newPod(ordinal, { readySince: NOW - 2000 });
    if (turn < soaking + starting) return startingPod(ordinal);
    if (turn < soaking + starting + going) return goingPod(ordinal);
    return pod(ordinal);
  });
  const onTheWay = soaking + starting + going;
  const names = made.slice(pods - done - onTheWay, pods - done).map(({ name }) => name);
  const blockers: Blocker[] = [
    {
      code: 'budget',
      message: `all ${onTheWay} of the budget ${onTheWay === 1 ? 'is' : 'are'} in use`,
      pods: names.toReversed(),
    },
  ];
  return {
    pods: made,
    blockers,
    timings: timed(pods, done),
    plan: {
      next: made
        .slice(0, pods - done - onTheWay)
        .toReversed()
        .map(({ name }) => name),
    },
  };
}

function timed(pods: number, done: number): Record<string, PodTiming> {
  return Object.fromEntries(
    Array.from({ length: done }, (_, turn) => [
      `web-${pods - 1 - turn}`,
      timing({ downMs: 5000, startMs: 9000, availableAt: NOW - 100_000 + turn }),
    ]),
  );
}

/** A tenth is done; the lowest of those on their way cannot pull its image. */
function broken(pods: number, atOnce: number): Live {
  const done = Math.max(1, Math.floor(pods / 10));
  const bad = pods - 1 - done;
  const all = Array.from({ length: pods }, (_, ordinal) => {
    if (ordinal > bad) return newPod(ordinal);
    if (ordinal === bad) return startingPod(ordinal, { trouble: trouble(), containers: { total: 1, ready: 0 } });
    return pod(ordinal);
  });
  const message = 'app: Back-off pulling image "registry.corp/app:1.9.0": manifest unknown';
  return live({
    pods: all,
    spec: { maxUnavailable: String(atOnce) },
    timings: timed(pods, done),
    status: {
      phase: 'Paused',
      reason: 'PodFailed',
      message: `web-${bad} does not start: ImagePullBackOff`,
      failed: [{ pod: `web-${bad}`, uid: `${bad}-${NEW}`, reason: 'ImagePullBackOff', message }],
      events: [{ at: iso(NOW - 4000), kind: 'failed', pod: `web-${bad}`, message: 'ImagePullBackOff' }],
    },
  });
}

/** Half of it was new; a tenth is old again, some come back. */
function back(pods: number, atOnce: number): Live {
  const reached = Math.ceil(pods / 2);
  const restored = Math.floor(pods / 10);
  const part = Math.ceil(atOnce / 2);
  const all = Array.from({ length: pods }, (_, ordinal) => {
    const turn = ordinal - (pods - reached);
    if (turn < 0) return pod(ordinal);
    if (turn < restored) return pod(ordinal, { readySince: NOW - 60_000 });
    if (turn < restored + part) return startingPod(ordinal, { revision: pod(ordinal).revision });
    if (turn < restored + atOnce) return goingPod(ordinal, { revision: NEW });
    return newPod(ordinal);
  });
  return live({
    pods: all,
    spec: {
      maxUnavailable: String(atOnce),
      rollback: { at: iso(NOW - 30_000), by: 'alice@laptop', summary: 'asked to' },
    },
    status: {
      phase: 'RollingBack',
      direction: 'back',
      since: iso(NOW - 30_000),
      events: [{ at: iso(NOW - 30_000), kind: 'rolling-back', message: 'alice@laptop rolls back' }],
    },
  });
}
