import { decide } from '../../src/rollout/decide.ts';
import type { Decision } from '../../src/rollout/decision.ts';
import { stamp } from '../../src/rollout/draft.ts';
import {
  type Asked,
  NOTHING_ASKED,
  NOTHING_TOLD,
  type Observation,
  type PodObservation,
  type SetObservation,
  type Told,
} from '../../src/rollout/observation.ts';
import {
  HOLD_ALL,
  type RecordOrigin,
  type RecordSpec,
  type RecordStatus,
  type RolloutRecord,
  specSchema,
} from '../../src/rollout/record.ts';

/** The moment of all tests, in milliseconds. */
export const NOW = Date.parse('2026-11-25T12:00:00.000Z');
export const ago = (seconds: number) => NOW - seconds * 1000;

export function set(parts: Partial<SetObservation> = {}): SetObservation {
  return {
    namespace: 'payments',
    name: 'web',
    uid: 'set-1',
    generation: 5,
    observedGeneration: 5,
    deleting: false,
    replicas: 4,
    start: 0,
    policy: 'Parallel',
    minReadyMs: 0,
    strategy: fenced(HOLD_ALL),
    template: { image: 'app:2' },
    templateHash: 'hash-new',
    images: [{ container: 'app', image: 'app:2' }],
    currentRevision: 'web-old',
    updateRevision: 'web-new',
    statusReplicas: 4,
    written: null,
    foreignWriter: null,
    ...parts,
  };
}

export function fenced(partition: number): SetObservation['strategy'] {
  return {
    type: 'RollingUpdate',
    partition,
    maxUnavailable: null,
    raw: { type: 'RollingUpdate', rollingUpdate: { partition } },
  };
}

export const ON_DELETE: SetObservation['strategy'] = {
  type: 'OnDelete',
  partition: null,
  maxUnavailable: null,
  raw: { type: 'OnDelete' },
};

/** A pod that has been Ready for an hour at the old revision; `revision: 'web-new'` for a new one. */
export function pod(ordinal: number, parts: Partial<PodObservation> = {}): PodObservation {
  const ready = parts.ready ?? true;
  return {
    name: `web-${ordinal}`,
    uid: `uid-${ordinal}`,
    ordinal,
    revision: 'web-old',
    createdAt: ago(3700),
    phase: 'Running',
    node: 'node-1',
    ip: '10.0.0.1',
    deleting: false,
    deletingSince: null,
    graceMs: 30_000,
    vanishesAtOnce: false,
    ready,
    readySince: ready ? ago(3600) : null,
    notReadySince: ready ? null : ago(60),
    scheduledAt: ago(3700),
    runningAt: ready ? ago(3650) : null,
    restarts: 0,
    restartsBefore: 0,
    finalizers: [],
    containers: { total: 1, ready: ready ? 1 : 0 },
    images: [{ container: 'app', image: 'app:1' }],
    trouble: null,
    ...parts,
  };
}

export const fresh = (ordinal: number, parts: Partial<PodObservation> = {}) =>
  pod(ordinal, { uid: `new-${ordinal}`, revision: 'web-new', ...parts });

export const going = (ordinal: number, parts: Partial<PodObservation> = {}) =>
  pod(ordinal, { deleting: true, deletingSince: ago(1), ...parts });

export const crashing = {
  kind: 'crash',
  reason: 'CrashLoopBackOff',
  message: 'back-off',
  container: 'app',
  since: ago(60),
} as const;

export function pods(
  count: number,
  parts: (ordinal: number) => Partial<PodObservation> = () => ({}),
): PodObservation[] {
  return Array.from({ length: count }, (_, ordinal) => pod(ordinal, parts(ordinal)));
}

export function spec(parts: Partial<RecordSpec> = {}): RecordSpec {
  const base = specSchema.parse({
    schemaVersion: 1,
    rolloutIdentity: 'r1',
    target: { kind: 'image', summary: 'app=app:2' },
  });
  return { ...base, ...parts };
}

/** Of a rollout under way, its target known and nothing else yet. */
export function status(parts: Partial<RecordStatus> = {}): RecordStatus {
  return {
    schemaVersion: 1,
    rolloutIdentity: 'r1',
    phase: 'Progressing',
    direction: 'forward',
    since: stamp(ago(60)),
    startedAt: stamp(ago(60)),
    startedBy: 'ann@laptop',
    setUid: 'set-1',
    target: { revision: 'web-new', templateHash: 'hash-new' },
    originRevision: 'web-old',
    forwardRevision: 'web-new',
    fence: { type: 'RollingUpdate', partition: HOLD_ALL },
    mustSee: 5,
    led: null,
    placed: [],
    step: 0,
    replicas: 4,
    start: 0,
    lastProgressAt: stamp(ago(10)),
    progress: 0,
    tolerated: [],
    failed: [],
    lostRaces: [],
    leaks: [],
    held: false,
    events: [],
    ...parts,
  };
}

export const ORIGIN: RecordOrigin = {
  schemaVersion: 1,
  rolloutIdentity: 'r1',
  revision: 'web-old',
  template: { image: 'app:1' },
  updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
};

export interface Scene {
  set?: Partial<SetObservation>;
  pods?: PodObservation[];
  asked?: Partial<Asked>;
  told?: Partial<Told>;
  gates?: Observation['gates'];
  spec?: Partial<RecordSpec>;
  status?: Partial<RecordStatus>;
  origin?: RecordOrigin | null;
  now?: number;
}

export function observe(scene: Scene): Observation {
  const replicas = scene.set?.replicas ?? 4;
  const strategy = scene.set?.strategy ?? fenced(HOLD_ALL);
  // unless a test says otherwise, the strategy is what we wrote ourselves
  const written = {
    type: strategy.type === 'OnDelete' ? 'OnDelete' : 'RollingUpdate',
    partition: strategy.partition,
  } as const;
  return {
    set: set({ statusReplicas: replicas, written, ...scene.set }),
    pods: scene.pods ?? pods(replicas),
    asked: { ...NOTHING_ASKED, ...scene.asked },
    told: { ...NOTHING_TOLD, ...scene.told },
    ...(scene.gates === undefined ? {} : { gates: scene.gates }),
  };
}

export function record(scene: Scene): RolloutRecord & { status: RecordStatus } {
  return {
    spec: spec(scene.spec),
    status: status({ replicas: scene.set?.replicas ?? 4, ...scene.status }),
    origin: scene.origin === undefined ? ORIGIN : scene.origin,
  };
}

export function decideOn(scene: Scene): Decision {
  return decide(observe(scene), record(scene), scene.now ?? NOW);
}

/** The names of the pods that the decision takes away, and the partition it writes. */
export function acts(decision: Decision): string[] {
  return decision.actions.map((action) => {
    if (action.kind === 'disrupt') return `${action.how} ${action.pod}`;
    if (action.kind === 'probe') return `probe ${action.pod}`;
    if (action.kind === 'ask') return `ask ${action.moment} ${action.pod}`;
    const to = action.strategy === 'own' ? 'own' : `${action.strategy.type}/${action.strategy.partition}`;
    return `${action.what} ${to}${action.template === undefined ? '' : ' +template'}`;
  });
}
