/** A fix taken out, to show that the test of its case fails without it: `npm run cases:check`. */
export interface Mutation {
  /** D01 to D30; its tests are the files test/cases/D01-*. */
  case: string;
  /** What the program does not do any more. */
  without: string;
  file: string;
  /** Found once in the file. */
  search: string;
  replacement: string;
}

/** By case. A case may need several fixes; each of them is taken out alone. */
export const MUTATIONS: readonly Mutation[] = [
  {
    case: 'D01',
    without: 'pods that the bad version broke are deleted on the way back, whatever the others do',
    file: 'src/rollout/replace.ts',
    search: 'if (isFree(look, candidate) && look.open) {',
    replacement: 'if (look.now < 0) {',
  },
  {
    case: 'D29',
    without: 'the message is posted before anything is written, so that a refusal ends it with nothing changed',
    file: 'src/commands/announce.ts',
    search: 'if (error instanceof DeliveryError && error.permanent)',
    replacement: 'if (error instanceof DeliveryError && error.retryAfterMs === -1)',
  },
  {
    case: 'D29',
    without: 'what only a person can mend is not tried again',
    file: 'src/notify/courier.ts',
    search: 'if (known.permanent) this.#givenUp = true;',
    replacement: '',
  },
];
