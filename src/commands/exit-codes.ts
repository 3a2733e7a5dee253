import type { End } from '../executor/contract.ts';

/** What this program answers to a script. Documented in the README, and meant to stay. */
export const EXIT = {
  /** Reached what was asked for; or a viewer was left, and the rollout goes on. */
  done: 0,
  /** Could not: nothing was changed, or an error that nobody foresaw. */
  failed: 1,
  /** The command line is wrong, or a question could not be asked. Nothing was written. */
  usage: 2,
  /** Stopped half-way: a failure, a deadline, q, somebody else's change. The set is held. */
  stopped: 3,
  /** A rollout that ended rolled back. */
  rolledBack: 4,
  SIGHUP: 129,
  SIGINT: 130,
  SIGTERM: 143,
} as const;

/** The signals that end a run in good order. */
export type EndingSignal = 'SIGHUP' | 'SIGINT' | 'SIGTERM';

/**
 * @param wanted where the command was to lead: forward to a version, or back to the old one
 * @param executed whether it was we who acted, at any time of this run
 */
export function exitCodeOf(end: Pick<End, 'outcome'>, wanted: 'forward' | 'back', executed: boolean): number {
  switch (end.outcome) {
    case 'complete':
    case 'held':
      return wanted === 'back' ? EXIT.stopped : EXIT.done;
    case 'rolled-back':
      return wanted === 'back' ? EXIT.done : EXIT.rolledBack;
    case 'left':
      return executed ? EXIT.stopped : EXIT.done;
    case 'stopped':
    case 'gone':
    case 'lost':
      return EXIT.stopped;
    case 'error':
      return EXIT.failed;
  }
}
