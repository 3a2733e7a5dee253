import type { WriteAction } from '../rollout/decision.ts';
import type { AcceptedPod, Asked, Observation } from '../rollout/observation.ts';

/** Of a refused eviction, where the API server names no time (design, F11). */
const RETRY_MS = 5_000;

/** At least so long between two requests to evict the same pod, however much happens around it. */
const RETRY_AT_CHANGE_MS = 300;

/**
 * What the executor has asked for and does not see yet. Without it the next look would take a second pod for the one
 * that the watch still shows Ready (opensearch-k8s-operator#1471).
 */
export class Memory {
  #accepted: AcceptedPod[] = [];
  #probed: Asked['probed'] = [];
  #refused: (NonNullable<Asked['refused']> & { at: number; picture: string }) | null = null;
  #failures = 0;
  asking: NonNullable<Asked['asking']> = [];
  disrupting = false;
  #writing: WriteAction | null = null;
  writeFailed: Asked['writeFailed'] = null;
  tookOverAt: number | null = null;

  get writing(): Asked['writing'] {
    return this.#writing?.what ?? null;
  }

  /** A write of the set is under way from now on; none is, with null. */
  write(action: WriteAction | null): void {
    this.#writing = action;
  }

  accept(pod: AcceptedPod): void {
    this.#accepted.push(pod);
    this.#refused = null;
  }

  probe(pod: string, uid: string, at: number): void {
    this.#probed = [{ pod, uid, at }];
    this.#refused = null;
  }

  /** @param picture what must change for the question to be worth asking again before its time */
  refuse(
    pod: string,
    uid: string,
    why: string,
    budget: string | null,
    now: number,
    retryAfterMs: number,
    picture: string,
  ): void {
    const until = now + (retryAfterMs > 0 ? retryAfterMs : RETRY_MS);
    this.#refused = { pod, uid, why, budget, until, at: now, picture };
  }

  /** Back-off of a refused write: 0.5 s, doubled each time, 15 s at most. */
  failWrite(why: string, now: number): void {
    this.writeFailed = { why, until: now + Math.min(15_000, 500 * 2 ** this.#failures) };
    this.#failures++;
  }

  wroteWell(): void {
    this.writeFailed = null;
    this.#failures = 0;
  }

  /** What is seen by now need not be remembered: the names of accepted pods with another uid. */
  forgetSeen(observation: Observation): void {
    if (this.#accepted.length === 0) return;
    const uids = new Map(observation.pods.map(({ name, uid }) => [name, uid]));
    this.#accepted = this.#accepted.filter((entry) => (uids.get(entry.pod) ?? entry.uid) === entry.uid);
  }

  /** @param picture told only where it matters */
  asked(picture: () => string, now: number): Asked {
    const refused = this.#refused;
    if (refused !== null && now - refused.at >= RETRY_AT_CHANGE_MS && refused.picture !== picture())
      this.#refused = null;
    return {
      accepted: this.#accepted,
      probed: this.#probed,
      refused: this.#refused,
      asking: this.asking,
      disrupting: this.disrupting,
      writing: this.writing,
      lowering: loweredTo(this.#writing),
      writeFailed: this.writeFailed,
      tookOverAt: this.tookOverAt,
    };
  }
}

function loweredTo(action: WriteAction | null): number | null {
  if (action === null || action.strategy === 'own') return null;
  return action.what === 'fence' || action.what === 'lead' ? action.strategy.partition : null;
}

/** Which pods are there and Ready: what a PodDisruptionBudget looks at. */
export function pictureOf(observation: Observation): string {
  return observation.pods
    .map((pod) => `${pod.uid}${pod.ready ? '+' : '-'}${pod.deleting ? 'x' : ''}`)
    .sort()
    .join(' ');
}
