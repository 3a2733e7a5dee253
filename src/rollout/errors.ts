/** The command line is wrong: nothing was asked of the cluster, or nothing written. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What was asked for cannot be done to this set now, and nothing was changed. Exit code 1. */
export class RefusedError extends Error {
  override readonly name: string = 'RefusedError';
}

/** To let a set go now would have its controller replace pods. */
export class WouldMovePodsError extends RefusedError {
  override readonly name = 'WouldMovePodsError';
}
