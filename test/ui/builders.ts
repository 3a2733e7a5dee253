import type { Key } from 'ink';
import type { Blocker, PlanNow } from '../../src/rollout/decision.ts';
import type { Live, PodTiming } from '../../src/rollout/live.ts';
import {
  type Asked,
  NOTHING_ASKED,
  NOTHING_TOLD,
  type PodObservation,
  type SetObservation,
  type Trouble,
} from '../../src/rollout/observation.ts';
import { stepTargets, unavailableBudget } from '../../src/rollout/percent.ts';
import type { PodDetails } from '../../src/rollout/pod-details.ts';
import {
  originSchema,
  type RecordSpec,
  type RecordStatus,
  specSchema,
  statusSchema,
} from '../../src/rollout/record.ts';

/** Local time, so that the clock on the screen is the same wherever the tests run. */
export const NOW = new Date(2026, 10, 24, 12, 3, 41).getTime();
export const OLD = 'web-7d9f6c';
export const NEW = 'web-5c4b88';

export function iso(ms: number): string {
  return new Date(ms).toISOString();
}

/** An old pod, Ready for three hours, unless told otherwise. */
export function pod(ordinal: number, more: Partial<PodObservation> = {}): PodObservation {
  const revision = more.revision ?? OLD;
  const ready = more.ready ?? true;
  const since = NOW - 3 * 3_600_000;
  return {
    name: `web-${ordinal}`,
    uid: `${ordinal}-${revision}`,
    ordinal,
    revision,
    createdAt: since,
    phase: 'Running',
    node: `ip-10-0-${ordinal % 4}-${10 + (ordinal % 7)}`,
    ip: `10.1.0.${ordinal % 250}`,
    deleting: false,
    deletingSince: null,
    graceMs: 30_000,
    vanishesAtOnce: false,
    ready,
    readySince: ready ? since : null,
    notReadySince: ready ? null : since,
    scheduledAt: since,
    runningAt: ready ? since : null,
    restarts: 0,
    restartsBefore: 0,
    finalizers: [],
    containers: { total: 1, ready: ready ? 1 : 0 },
    images: [{ container: 'app', image: revision === NEW ? 'registry.corp/app:1.9.0' : 'registry.corp/app:1.8.2' }],
    trouble: null,
    ...more,
  };
}

/** New and available for two minutes. */
export function newPod(ordinal: number, more: Partial<PodObservation> = {}): PodObservation {
  const readySince = more.readySince ?? NOW - 118_000;
  return pod(ordinal, { revision: NEW, createdAt: readySince - 9000, readySince, ...more });
}

export function startingPod(ordinal: number, more: Partial<PodObservation> = {}): PodObservation {
  return pod(ordinal, {
    revision: NEW,
    ready: false,
    createdAt: NOW - 12_000,
    notReadySince: NOW - 12_000,
    containers: { total: 2, ready: 1 },
    ...more,
  });
}

export function goingPod(ordinal: number, more: Partial<PodObservation> = {}): PodObservation {
  return pod(ordinal, { deleting: true, deletingSince: NOW - 4000, ...more });
}

export function trouble(more: Partial<Trouble> = {}): Trouble {
  return {
    kind: 'image',
    reason: 'ImagePullBackOff',
    message: 'Back-off pulling image "registry.corp/app:1.9.0": manifest unknown',
    container: 'app',
    since: NOW - 45_000,
    ...more,
  };
}

export function timing(more: Partial<PodTiming> = {}): PodTiming {
  return { goneAt: null, downMs: null, startMs: null, scheduleMs: null, pullMs: null, availableAt: null, ...more };
}

/** What is read of a pod that does not start. */
export function podDetails(more: Partial<PodDetails> = {}): PodDetails {
  return {
    at: NOW,
    zone: 'eu-west-1b',
    conditions: [
      { type: 'PodScheduled', status: 'True', reason: '', message: '', since: NOW - 40_000 },
      { type: 'Initialized', status: 'True', reason: '', message: '', since: NOW - 40_000 },
      {
        type: 'Ready',
        status: 'False',
        reason: 'ContainersNotReady',
        message: 'containers with unready status: [app]',
        since: NOW - 12_000,
      },
    ],
    containers: [
      {
        name: 'app',
        image: 'registry.corp/app:1.9.0',
        kind: 'container',
        ready: false,
        restarts: 3,
        state: {
          kind: 'waiting',
          reason: 'CrashLoopBackOff',
          message: 'back-off 40s restarting failed container',
          exitCode: null,
          since: null,
        },
        before: { kind: 'terminated', reason: 'OOMKilled', message: '', exitCode: 137, since: NOW - 20_000 },
      },
    ],
    events: [
      { at: NOW - 40_000, type: 'Normal', reason: 'Scheduled', message: 'assigned to ip-10-0-1-12', count: 1 },
      { at: NOW - 9000, type: 'Warning', reason: 'BackOff', message: 'Back-off restarting failed container', count: 4 },
    ],
    log: { container: 'app', previous: true, lines: ['loading the index', 'fatal: cannot open /data/LOCK'] },
    ...more,
  };
}

export function template(image: string) {
  return { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'app', image }] } };
}

export interface LiveOptions {
  pods?: PodObservation[];
  /** The pods' number, where it is not. */
  replicas?: number;
  set?: Partial<SetObservation>;
  spec?: Partial<RecordSpec>;
  status?: Partial<RecordStatus>;
  asked?: Partial<Asked>;
  blockers?: Blocker[];
  plan?: Partial<PlanNow>;
  timings?: Record<string, Partial<PodTiming>>;
  /** No rollout is recorded. */
  noRecord?: boolean;
  /** Asked for, never executed. */
  noStatus?: boolean;
  live?: Partial<Live>;
}

/** An executor, two minutes into rolling app 1.8.2 -> 1.9.0 out, three at once. */
export function live(options: LiveOptions = {}): Live {
  const pods = options.pods ?? [];
  const at = options.live?.at ?? NOW;
  const replicas = options.replicas ?? pods.length;
  const back = options.status?.direction === 'back';
  const spec = specSchema.parse({
    schemaVersion: 1,
    rolloutIdentity: 'r1',
    target: { kind: 'image', summary: 'app=registry.corp/app:1.9.0', template: template('registry.corp/app:1.9.0') },
    maxUnavailable: '3',
    ...options.spec,
  });
  const status = statusSchema.parse({
    schemaVersion: 1,
    rolloutIdentity: 'r1',
    phase: 'Progressing',
    since: iso(NOW - 130_000),
    startedAt: iso(NOW - 130_000),
    startedBy: 'alice@laptop',
    setUid: 'set-1',
    direction: 'forward',
    target: { revision: back ? OLD : NEW, templateHash: 'h' },
    originRevision: OLD,
    forwardRevision: NEW,
    fence: { type: 'RollingUpdate', partition: 7 },
    mustSee: 2,
    led: null,
    start: 0,
    replicas,
    lastProgressAt: iso(NOW - 5000),
    ...options.status,
  });
  const origin = originSchema.parse({
    schemaVersion: 1,
    rolloutIdentity: 'r1',
    revision: OLD,
    template: template('registry.corp/app:1.8.2'),
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
  });
  const steps = stepTargets(spec, replicas);
  return {
    at,
    place: { context: 'prod-eu', server: 'https://10.1.2.3', namespace: 'payments', name: 'web' },
    observation: {
      set: {
        namespace: 'payments',
        name: 'web',
        uid: 'set-1',
        generation: 2,
        observedGeneration: 2,
        deleting: false,
        replicas,
        start: 0,
        policy: 'Parallel',
        minReadyMs: 0,
        strategy: { type: 'RollingUpdate', partition: 7, maxUnavailable: null, raw: null },
        template: template(back ? 'registry.corp/app:1.8.2' : 'registry.corp/app:1.9.0'),
        templateHash: 'h',
        images: [{ container: 'app', image: back ? 'registry.corp/app:1.8.2' : 'registry.corp/app:1.9.0' }],
        currentRevision: OLD,
        updateRevision: back ? OLD : NEW,
        statusReplicas: replicas,
        written: null,
        foreignWriter: null,
        ...options.set,
      },
      pods,
      asked: { ...NOTHING_ASKED, ...options.asked },
      told: NOTHING_TOLD,
    },
    record: options.noRecord ? null : { spec, status: options.noStatus ? null : status, origin },
    blockers: options.blockers ?? [],
    plan: {
      replicas,
      steps,
      step: 0,
      goal: steps[0] ?? 0,
      budget: unavailableBudget(spec.maxUnavailable, replicas),
      unavailable: 0,
      next: [],
      ...options.plan,
    },
    connection: { state: 'live', heardAt: at, detail: null },
    role: 'executor',
    holder: { identity: 'alice@laptop', since: NOW - 130_000 },
    notice: null,
    timings: new Map(Object.entries(options.timings ?? {}).map(([name, more]) => [name, timing(more)])),
    ...options.live,
  };
}

/** 16 pods of which 6 are done, 3 on the way: the picture of docs and tests. */
export function middle(more: LiveOptions = {}): Live {
  const pods = Array.from({ length: 16 }, (_, ordinal) => {
    if (ordinal >= 10) return newPod(ordinal);
    if (ordinal === 9) return startingPod(9);
    if (ordinal === 8) return newPod(8, { readySince: NOW - 2000 });
    if (ordinal === 7) return goingPod(7);
    return pod(ordinal);
  });
  return live({
    pods,
    spec: { steps: ['25%', '50%', '100%'], promotedStep: 1 },
    status: {
      step: 1,
      events: [{ at: iso(NOW - 4000), kind: 'note', message: 'all is well' }],
    },
    blockers: [{ code: 'budget', message: 'all 3 of the budget are in use', pods: ['web-7', 'web-8', 'web-9'] }],
    plan: { next: ['web-6', 'web-5'], budget: 1 },
    timings: {
      'web-15': { downMs: 5000, startMs: 9000, availableAt: NOW - 100_000 },
      'web-14': { downMs: 5000, startMs: 9000, availableAt: NOW - 90_000 },
    },
    ...more,
  });
}

/** web-9 cannot pull its image. */
export function alarmed(more: LiveOptions = {}): Live {
  const pods = Array.from({ length: 16 }, (_, ordinal) => {
    if (ordinal === 15) return newPod(15);
    if (ordinal === 9) return startingPod(9, { trouble: trouble(), containers: { total: 1, ready: 0 } });
    return pod(ordinal);
  });
  return live({
    pods,
    status: {
      phase: 'Paused',
      reason: 'PodFailed',
      message: 'web-9 does not start: ImagePullBackOff: app: manifest unknown',
      failed: [
        {
          pod: 'web-9',
          uid: `9-${NEW}`,
          reason: 'ImagePullBackOff',
          message: 'app: Back-off pulling image "registry.corp/app:1.9.0": manifest unknown',
        },
      ],
    },
    ...more,
  });
}

/** As Ink tells a letter. */
export const NO_KEY: Key = {
  upArrow: false,
  downArrow: false,
  leftArrow: false,
  rightArrow: false,
  pageDown: false,
  pageUp: false,
  home: false,
  end: false,
  return: false,
  escape: false,
  ctrl: false,
  shift: false,
  tab: false,
  backspace: false,
  delete: false,
  meta: false,
  super: false,
  hyper: false,
  capsLock: false,
  numLock: false,
};
