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
  {
    case: 'D30',
    without: 'an instance is told from that of the pod before it by its address and uid',
    file: 'src/gates/service-judge.ts',
    search: `if (uid !== undefined) return uid === pod.uid;
  return pod.ip !== null && instance.address === pod.ip;`,
    replacement: `return instance.meta['pod-name'] === pod.name || instance.address !== '';`,
  },
  {
    case: 'D30',
    without: 'an old instance that callers are still sent to is waited out',
    file: 'src/gates/service-judge.ts',
    search: `if (instance.health !== 'passing' || isOf(instance, pod)) return false;`,
    replacement: `if (instance.health !== 'nothing' || isOf(instance, pod)) return false;`,
  },
  {
    case: 'D30',
    without: 'passing must hold without a break',
    file: 'src/gates/service-judge.ts',
    search: 'return passingSince !== null && now - passingSince >= this.#soakMs;',
    replacement: 'return passingSince !== null;',
  },
  {
    case: 'D30',
    without: 'an answer other than 200 is no answer',
    file: 'src/gates/consul.ts',
    search: 'if (answer.status !== 200) throw',
    replacement: 'if (answer.status === 0) throw',
  },
  {
    case: 'D30',
    without: 'without a leader nothing is vouched for',
    file: 'src/gates/consul.ts',
    search: `if (answer.header('x-consul-knownleader') === 'false') throw`,
    replacement: `if (answer.header('x-consul-knownleader') === 'never') throw`,
  },
  {
    case: 'D30',
    without: 'a stale reading is no answer',
    file: 'src/gates/consul.ts',
    search: 'const STALE_MS = 5_000;',
    replacement: 'const STALE_MS = 5_000_000;',
  },
  {
    case: 'D30',
    without: 'what is not known holds every pod',
    file: 'src/rollout/pod-gate.ts',
    search: 'if (unknown === null) return false;',
    replacement: 'if (unknown === null || look.now > 0) return false;',
  },
  {
    case: 'D30',
    without: 'an instance that vanished from under a pod that is well is not known, not gone',
    file: 'src/gates/service-judge.ts',
    search: 'return standing.passed && pod.ready && !pod.deleting',
    replacement: 'return standing.passed && pod.ready && pod.deleting',
  },
  {
    case: 'D30',
    without: 'what is not known is no failure that is rolled back',
    file: 'src/rollout/failure.ts',
    search: 'const unknown = servicesUnknown(look) !== null;',
    replacement: 'const unknown = false;',
  },
  {
    case: 'D30',
    without: 'as many pass between two steps as before the start',
    file: 'src/rollout/step-gate.ts',
    search: 'if (!holds && services !== undefined && services.passing < wanted) {',
    replacement: 'if (!holds && services !== undefined && services.passing < 0) {',
  },
];
