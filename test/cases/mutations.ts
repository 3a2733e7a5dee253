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
];
