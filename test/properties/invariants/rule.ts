import type { Write } from '../../../src/simulator/index.ts';
import type { PodFacts, SetFacts } from '../facts.ts';
import type { Taking, Truth } from '../truth.ts';

/** Names as in the design, section 5; `percent` is the part of `fence` that says how many, `gates` that of `honest` about what is asked. */
export type Invariant =
  | 'budget'
  | 'percent'
  | 'fence'
  | 'pause'
  | 'seen'
  | 'once'
  | 'single'
  | 'resume'
  | 'progress'
  | 'honest'
  | 'gates';

/** A write of the set. The truth is still the one before it. */
export interface SetWrite {
  before: SetFacts;
  after: SetFacts;
  user: string;
  write: Write;
}

/**
 * One invariant. Each hook answers what is wrong, or null; all are asked before the truth takes the write in. What an
 * executor cannot have known (it is younger than the truth's lag) is no fault of its.
 */
export interface Rule {
  name: Invariant;
  /** A pod is taken away: by us, or by the controller because of our fence. */
  taken?(taking: Taking, truth: Truth): string | null;
  /** The controller takes away an old, living pod that belongs to the set. */
  swept?(pod: PodFacts, truth: Truth): string | null;
  /** One of our executors writes the set. */
  wrote?(write: SetWrite, truth: Truth): string | null;
}
