import { sameTarget } from '../rollout/change.ts';
import type { RolloutRecord } from '../rollout/record.ts';
import type { SessionOptions } from './contract.ts';

/** What a session came to begin, if anything, and whether that is still to be done. */
export class Errand {
  /** The rollout that the record told of when we came; null for none. */
  #found: string | null = null;

  constructor(
    readonly begin: SessionOptions['begin'],
    private readonly ref: SessionOptions['ref'],
  ) {}

  /** What was there before: whatever stands in its place later, somebody has begun since. */
  found(stored: RolloutRecord | null): void {
    this.#found = stored?.spec.rolloutIdentity ?? null;
  }

  /**
   * Whether it is in the cluster, by us or by somebody who came with the same errand at the same time; true where there was
   * nothing to begin.
   */
  isBegun(stored: RolloutRecord | null): boolean {
    const { begin } = this;
    if (begin === undefined) return true;
    if (stored === null) return false;
    if (stored.spec.rolloutIdentity === begin.spec.rolloutIdentity) return true;
    return this.#isNew(stored) && asksTheSame(begin.spec, stored.spec);
  }

  /** Somebody else was faster, with another rollout. */
  isSuperseded(stored: RolloutRecord | null): boolean {
    return !this.isBegun(stored) && this.#isNew(stored);
  }

  get superseded(): string {
    const { name, namespace } = this.ref;
    return `somebody else has begun another rollout of ${name}: kubectl bedrock status sts/${name} -n ${namespace}`;
  }

  #isNew(stored: RolloutRecord | null): boolean {
    return (stored?.spec.rolloutIdentity ?? null) !== this.#found;
  }
}

function asksTheSame(a: RolloutRecord['spec'], b: RolloutRecord['spec']): boolean {
  if (a.rollback !== undefined || b.rollback !== undefined) return false;
  // two restarts differ only by their moments
  return a.target.kind === 'restart' ? b.target.kind === 'restart' : sameTarget(a.target, b.target);
}
