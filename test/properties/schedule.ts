import fc from 'fast-check';

/** A whole story: a set, a rollout, what people do meanwhile, and what goes wrong. Times are milliseconds from the start. */
export interface Schedule {
  /** Of the simulator: latencies, lags and the drawing of faults. */
  seed: number;
  version: '1.34' | '1.37';
  set: SetPlan;
  rollout: RolloutPlan;
  acts: Act[];
  faults: FaultKind[];
}

export interface SetPlan {
  policy: 'Parallel' | 'OrderedReady';
  replicas: number;
  ordinalsStart: number;
  minReadySeconds: number;
  strategy:
    | 'RollingUpdate'
    | 'RollingUpdate with maxUnavailable'
    | 'OnDelete'
    | 'OnDelete with a stale currentRevision';
  startMs: number;
  stopMs: number;
  /** terminationGracePeriodSeconds 0: pods vanish in the moment they are deleted. */
  graceless: boolean;
  /** A PodDisruptionBudget that allows so many to be unavailable; null for none. */
  pdb: number | null;
}

export interface RolloutPlan {
  image: 'app:2' | 'app:bad' | 'app:crash' | 'app:never';
  percent: number;
  steps: string[];
  stepPause: 'manual' | '3s';
  maxUnavailable: string;
  minReady: string;
  interval: string;
  disrupt: 'evict' | 'delete';
  /** Only on a set that is OnDelete. */
  onDelete: boolean;
  hold: boolean;
  failurePolicy: 'pause' | 'rollback';
  /** A screen with keys in front of the first executor: it ends by itself only where the rollout is over. */
  screen: boolean;
  /** Asked besides the cluster; nobody where it is left out. */
  gates?: Gates;
}

export type Gates = 'consul' | 'hooks';

/** How Consul is, or whether hooks agree. */
export type Mood = 'well' | 'without a leader' | 'without an answer' | 'refusing';

/** When an act happens: at a time, or at a request of one of our executors. */
export type When =
  | { at: number }
  | {
      /** Kind of request. */
      on: RequestKind;
      /** Of its kind, from 0, over all executors. */
      nth: number;
      /** It has been sent, on what its executor knew then; or it has been done, and nobody has seen that yet. */
      moment: 'sent' | 'done';
      /** Of `sent`: it takes so much longer to arrive. */
      slowMs: number;
    }
  /** As the nth race is lost, from 0: a pod that we took has been made anew, and old. */
  | { lost: number };

export const REQUEST_KINDS = ['evict', 'probe', 'template', 'fence', 'status', 'spec', 'lease', 'read'] as const;
export type RequestKind = (typeof REQUEST_KINDS)[number];

export type Deed =
  | { do: 'pause' | 'resume' | 'promote' | 'rollback'; by: 'executor' | 'viewer' }
  | { do: 'speed'; maxUnavailable: string; by: 'executor' | 'viewer' }
  | { do: 'percent'; percent: number; by: 'executor' | 'viewer' }
  /** `kill`: without a word; `heir`: killed, and another process begins to go on at once; `leave`: told to stop. */
  | { do: 'kill' | 'heir' | 'leave' | 'second' }
  /** Stopped and continued (SIGSTOP, a laptop's lid), longer than its Lease lasts or not. */
  | { do: 'freeze'; ms: number }
  /** The same, and another process begins, which waits until it may take over: the frozen one wakes up as a stranger. */
  | { do: 'overtake'; ms: number }
  /** What is asked besides the cluster falls ill, or is well again. */
  | { do: 'outside'; mood: Mood }
  | { do: 'crash' | 'delete' | 'fail'; pod: number }
  | { do: 'flap'; pod: number; ms: number }
  | { do: 'drain' | 'node death'; node: number }
  | { do: 'scale'; by: number }
  | { do: 'scale to 0' | 'foreign template' | 'foreign OnDelete' | 'foreign partition' | 'cut the watches' };

export type Act = { when: When } & Deed;

export const FAULTS = [
  'cut',
  'expired',
  'conflict',
  'overloaded',
  'internal',
  'lost',
  'late',
  'twice',
  'slow',
] as const;
export type FaultKind = (typeof FAULTS)[number];

/** Acts and faults end here; from then on the rollout must come to its end. */
export const CALM_MS = 60_000;

const set: fc.Arbitrary<SetPlan> = fc.record({
  policy: fc.constantFrom('Parallel', 'OrderedReady'),
  replicas: fc.integer({ min: 1, max: 8 }),
  ordinalsStart: fc.constantFrom(0, 0, 5),
  minReadySeconds: fc.constantFrom(0, 0, 2),
  strategy: fc.constantFrom(
    'RollingUpdate',
    'RollingUpdate',
    'RollingUpdate with maxUnavailable',
    'OnDelete',
    'OnDelete with a stale currentRevision',
  ),
  startMs: fc.integer({ min: 100, max: 3000 }),
  // the short ones are gone before the controller sees the fence: a race that is lost
  stopMs: fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 150, max: 2000 }) },
    { weight: 1, arbitrary: fc.integer({ min: 10, max: 150 }) },
  ),
  graceless: fc.constantFrom(false, false, false, false, true),
  pdb: fc.constantFrom(null, null, 1, 2),
});

const budget = fc.constantFrom('1', '2', '3', '30%', '100%');

const rollout: fc.Arbitrary<RolloutPlan> = fc.record({
  image: fc.constantFrom('app:2', 'app:2', 'app:2', 'app:2', 'app:bad', 'app:crash', 'app:never'),
  percent: fc.constantFrom(25, 50, 100, 100),
  steps: fc.constantFrom<string[]>([], [], [], ['1'], ['1', '50%'], ['25%', '75%']),
  stepPause: fc.constantFrom('manual', '3s'),
  maxUnavailable: budget,
  minReady: fc.constantFrom('0s', '1s', '5s'),
  interval: fc.constantFrom('0s', '0s', '0s', '2s'),
  disrupt: fc.constantFrom('evict', 'evict', 'delete'),
  onDelete: fc.constantFrom(false, false, true),
  hold: fc.constantFrom(false, false, true),
  failurePolicy: fc.constantFrom('pause', 'rollback'),
  screen: fc.constantFrom(false, false, true),
});

const time = fc.record({ at: fc.nat({ max: CALM_MS - 1 }) });
const early = fc.record({ at: fc.nat({ max: 15_000 }) });
const request = (kinds: readonly RequestKind[]) =>
  fc.record({
    on: fc.constantFrom(...kinds),
    nth: fc.nat({ max: 5 }),
    moment: fc.constantFrom('sent', 'done'),
    slowMs: fc.constantFrom(0, 0, 60, 900),
  });
const once = fc.record({
  on: fc.constant('template' as const),
  nth: fc.nat({ max: 1 }),
  moment: fc.constantFrom('sent', 'done'),
  slowMs: fc.constantFrom(0, 60, 900),
});
const lost = fc.record({ lost: fc.nat({ max: 1 }) });
const when = fc.oneof(
  time,
  early,
  request(['evict', 'fence']),
  request(REQUEST_KINDS),
  once,
  lost,
) as fc.Arbitrary<When>;

const by = fc.constantFrom('executor', 'viewer');
const pod = fc.nat({ max: 8 });
const deed = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('pause', 'resume', 'promote'), by }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('rollback'), by }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('speed'), maxUnavailable: budget, by }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('percent'), percent: fc.constantFrom(25, 50, 75, 100), by }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('kill', 'heir', 'heir', 'leave', 'second') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('freeze'), ms: fc.constantFrom(1_000, 8_000, 25_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('overtake'), ms: fc.integer({ min: 14_000, max: 25_000 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('crash', 'delete', 'delete', 'fail'), pod }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('flap'), pod, ms: fc.constantFrom(300, 5_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('drain', 'node death'), node: fc.nat({ max: 2 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('scale'), by: fc.constantFrom(-2, -1, 1, 2, 3) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('scale to 0', 'foreign template', 'foreign OnDelete', 'foreign partition', 'cut the watches'),
    }),
  },
) as fc.Arbitrary<Deed>;

const act: fc.Arbitrary<Act> = fc.tuple(when, deed).map(([at, what]) => ({ when: at, ...what }));

const any = fc.record({
  seed: fc.nat({ max: 1_000_000 }),
  version: fc.constantFrom('1.34', '1.37'),
  set,
  rollout,
  acts: fc.array(act, { maxLength: 5 }),
  faults: fc.oneof(fc.constant([]), fc.subarray([...FAULTS], { maxLength: 3 })),
}) as fc.Arbitrary<Schedule>;

/** A race is lost, and in that moment somebody pauses: by chance alone the two hardly ever meet. */
const lostBesidePause = fc.tuple(any, fc.integer({ min: 10, max: 90 }), fc.integer({ min: 1000, max: 3000 }), by).map(
  ([{ set, rollout, ...schedule }, stopMs, startMs, hand]): Schedule => ({
    ...schedule,
    set: { ...set, policy: 'OrderedReady', strategy: 'RollingUpdate', replicas: 6, startMs, stopMs, graceless: false },
    rollout: { ...rollout, image: 'app:2', percent: 100, steps: [], interval: '0s', onDelete: false },
    acts: [
      { when: { lost: 0 }, do: 'pause', by: hand },
      { when: { at: 30_000 }, do: 'resume', by: hand },
    ],
    faults: [],
  }),
);

/** Consul, or hooks, that are now well and now not. */
const gated = fc
  .tuple(
    any,
    fc.constantFrom<Gates>('consul', 'hooks'),
    fc.array(fc.tuple(early, fc.constantFrom<Mood>('well', 'without a leader', 'without an answer', 'refusing')), {
      minLength: 1,
      maxLength: 4,
    }),
  )
  .map(
    ([schedule, gates, moods]): Schedule => ({
      ...schedule,
      rollout: { ...schedule.rollout, gates },
      acts: [...moods.map(([when, mood]): Act => ({ when, do: 'outside', mood })), ...schedule.acts.slice(0, 2)],
    }),
  );

/** Somebody puts another strategy back before the first pod goes, and a person says go on. */
const reasserted = fc
  .tuple(any, fc.constantFrom('foreign OnDelete', 'foreign partition'), fc.integer({ min: 500, max: 8_000 }), by)
  .map(
    ([{ rollout, ...schedule }, foreign, ms, hand]): Schedule => ({
      ...schedule,
      // one that ends at the stop would not be there to go on
      rollout: { ...rollout, image: 'app:2', onDelete: false, screen: true },
      acts: [
        { when: { on: 'template', nth: 0, moment: 'done', slowMs: 0 }, do: foreign },
        { when: { at: ms }, do: 'resume', by: hand },
        ...schedule.acts.slice(0, 1),
      ],
      faults: [],
    }),
  );

export const schedules = fc.oneof(
  { weight: 16, arbitrary: any },
  { weight: 1, arbitrary: lostBesidePause },
  { weight: 1, arbitrary: reasserted },
  { weight: 2, arbitrary: gated },
);
