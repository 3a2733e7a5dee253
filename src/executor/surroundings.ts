import type { Api } from '../cluster/api.ts';
import type { SetCache } from '../cluster/set-cache.ts';
import type { RecordStatus } from '../rollout/record.ts';
import type { Memory } from './memory.ts';

/** What those who act need of the session around them. */
export interface Surroundings {
  readonly api: Api;
  readonly ref: { namespace: string; name: string };
  readonly cache: SetCache;
  readonly memory: Memory;
  status(): RecordStatus;
  setStatus(status: RecordStatus): void;
  /** A write carried this status to the cluster. */
  wrote(status: RecordStatus): void;
  /** The API server forbids what is needed: the rollout stops, held. */
  forbidden(message: string): void;
  /** Nothing more can be done: the session ends with this message. */
  fail(message: string): void;
  /** Something has changed: look again. */
  changed(): void;
  ended(): boolean;
}

export function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Waits on the given clock. */
export function pause(api: Api, ms: number): Promise<void> {
  return new Promise((resolve) => {
    api.clock.after(ms, resolve);
  });
}

/**
 * After a call of which no answer came: only a fresh list can tell whether the server acted. Asks until one comes.
 * @returns whether one came before the session ended
 */
export async function hearAgain(around: Surroundings): Promise<boolean> {
  for (let waitMs = 500; !around.ended(); waitMs = Math.min(10_000, waitMs * 2)) {
    try {
      await around.cache.refresh();
      return true;
    } catch {
      await pause(around.api, waitMs);
    }
  }
  return false;
}
