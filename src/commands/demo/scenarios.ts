/**
 * What `kubectl bedrock demo` can show, as data: the sets, what their pods do, and what befalls them meanwhile. How a
 * pod behaves is told to the simulated kubelets by annotations and by the tag of its image (see src/simulator/index.ts).
 */
export interface Scenario {
  /** What it shows, in a line. */
  title: string;
  /** For people, before it starts: what to watch, a line each. */
  watch: readonly string[];
  /** What is worth trying while it runs. */
  tries: readonly string[];
  /** How many, where --pods does not say. */
  pods: number;
  /** One set; or two, shown side by side. */
  sets: readonly [DemoSet, ...DemoSet[]];
  script: readonly Happening[];
  /** Where nobody presses keys and the rollout stops half-way, this is done next. */
  sequel?: 'rollback';
}

export interface DemoSet {
  name: string;
  policy: 'Parallel' | 'OrderedReady';
  /** Default RollingUpdate. */
  strategy?: 'OnDelete';
  from: string;
  to: string;
  /** kubelet.test/...: how long its pods take to start and to stop, and what else they do. */
  kubelet: Readonly<Record<string, string>>;
  /** A PodDisruptionBudget's, where it has one. */
  budget?: string;
  /** Of `kubectl bedrock rollout`, after the image. */
  flags: readonly string[];
}

/** One thing after the other: each waits for its moment, then does what it does, and tells it. */
export interface Happening {
  /** Waits until this share of the pods (0 to 1) is Ready at the new version, in every set. */
  updated?: number;
  /** And then for so long. */
  thenMs: number;
  /** A node is chosen where old pods of every set are, so that there is something to see. It is the same one until the end. */
  act: 'drain' | 'uncordon';
  /** At most 76 cells, so that it fits a line of a terminal. */
  say: (node: string) => string;
}

const IMAGE = 'registry.example/web';

const drain = (updated: number, after: Happening['say']): Happening[] => [
  {
    updated,
    thenMs: 3_000,
    act: 'drain',
    say: (node) => `${node} is being drained: every pod there dies. At which version do they return?`,
  },
  { thenMs: 10_000, act: 'uncordon', say: after },
];

const web = (parts: Partial<DemoSet> & Pick<DemoSet, 'flags'>): DemoSet => ({
  name: 'web',
  policy: 'Parallel',
  from: `${IMAGE}:1.8.2`,
  to: `${IMAGE}:1.9.0`,
  kubelet: { start: '3s..5s', stop: '1s..2s' },
  ...parts,
});

export const SCENARIOS = {
  smooth: {
    title: 'all goes well: four pods at once',
    watch: [
      'four pods go at once; the next one goes as soon as one of them counts as available',
      'the others stay behind the fence: kill one, and it comes back at the version it had',
    ],
    tries: ['space pauses, and nothing moves', '+ and - change how many go at once'],
    pods: 12,
    sets: [web({ flags: ['--max-unavailable', '4', '--min-ready', '2s'] })],
    script: [],
  },
  'bad-image': {
    title: 'the new image does not exist',
    watch: [
      'the first pods cannot pull it: nothing more is touched, and after half a minute it stops',
      'a StatefulSet by itself would be stuck here, and stay stuck after an undo',
    ],
    tries: ['r rolls back: only the broken pods restart', 'space tries on'],
    pods: 12,
    sets: [web({ to: `${IMAGE}:bad-1.9.0`, flags: ['--max-unavailable', '3', '--min-ready', '2s'] })],
    script: [],
    sequel: 'rollback',
  },
  'crash-after-ready': {
    title: 'the new version becomes Ready, and crashes four seconds later',
    watch: [
      'Ready alone would have let all pods go; here a pod counts only after 6s without a break',
      'so the first pods are all that the bad version ever gets',
    ],
    tries: ['r rolls back', 'enter on a pod shows what its kubelet says'],
    pods: 12,
    sets: [
      web({
        to: `${IMAGE}:crash-1.9.0`,
        kubelet: { start: '2s', stop: '1s', 'crash-after': '4s', 'back-off': '10s' },
        flags: ['--max-unavailable', '3', '--min-ready', '6s'],
      }),
    ],
    script: [],
    sequel: 'rollback',
  },
  'node-drain': {
    title: 'a node is drained while the rollout waits at 50%',
    watch: [
      'at half of the pods it waits for 25s, and a node is drained meanwhile',
      'pods that were released come back new, those behind the fence come back old: nothing leaks',
    ],
    tries: ['n goes on at once', 'q leaves: the set stays held at half'],
    pods: 12,
    sets: [
      web({
        budget: '50%',
        flags: ['--max-unavailable', '3', '--min-ready', '2s', '--steps', '50%,100%', '--step-pause', '25s'],
      }),
    ],
    script: drain(0.5, (node) => `${node} is back: what died there has come back at the version it had`),
  },
  'slow-start': {
    title: 'OrderedReady, and pods that take 6 to 14 seconds to start',
    watch: [
      'OrderedReady by itself starts one pod after the other: more than two minutes here',
      'four start at once all the same, and only one at a time is missing',
    ],
    tries: ['+ and - change how many go at once'],
    pods: 12,
    sets: [
      web({
        policy: 'OrderedReady',
        kubelet: { start: '6s..14s', stop: '500ms' },
        flags: ['--max-unavailable', '4', '--min-ready', '1s'],
      }),
    ],
    script: [],
  },
  leak: {
    title: 'OnDelete beside the fence: the same rollout, the same drain',
    watch: [
      'both stop at a quarter for 25s, and a node is drained meanwhile',
      'OnDelete (left): what dies comes back new, it leaks; the fence (right): it comes back old',
    ],
    tries: ['q leaves'],
    pods: 12,
    sets: [
      web({
        name: 'on-delete',
        strategy: 'OnDelete',
        flags: ['--strategy', 'on-delete', '--max-unavailable', '3', '--min-ready', '2s'].concat(
          '--steps 25%,100% --step-pause 25s'.split(' '),
        ),
      }),
      web({
        name: 'fence',
        flags: ['--max-unavailable', '3', '--min-ready', '2s', '--steps', '25%,100%', '--step-pause', '25s'],
      }),
    ],
    script: drain(0.25, (node) => `what died on ${node} came back new on the left, and old on the right`),
  },
  big: {
    title: 'a thousand pods, a tenth at once',
    watch: [
      'the fence follows each eviction; a hundred pods are on their way all the time',
      'each pod takes 2 to 6 seconds to start, and the whole about a minute and a half',
    ],
    tries: ['/ finds a pod', '- makes it slower, space stops it'],
    pods: 1000,
    sets: [
      web({ kubelet: { start: '2s..6s', stop: '1s..2s' }, flags: ['--max-unavailable', '10%', '--min-ready', '1s'] }),
    ],
    script: [],
  },
} as const satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof SCENARIOS;

export const SCENARIO_NAMES = Object.keys(SCENARIOS) as ScenarioName[];
