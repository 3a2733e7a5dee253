import { beforeEach, describe, expect, it } from 'vitest';
import { PodTracker } from '../../src/cluster/pod-tracker.ts';
import type { Json } from '../../src/rollout/json.ts';
import type { PodObservation } from '../../src/rollout/observation.ts';
import { CREATED, type PodFacts, rawPod, time } from './builders.ts';

const SET = { name: 'web', uid: 'set-1' };
const NOW = CREATED + 60_000;

let tracker: PodTracker;

beforeEach(() => {
  tracker = new PodTracker();
});

function see(facts: PodFacts, now = NOW, ordinal = 0): PodObservation {
  const [pod] = tracker.observePods([rawPod(ordinal, facts)], SET, now);
  if (!pod) throw new Error('not observed');
  return pod;
}

describe('which pods', () => {
  it('are those the set controls, by its uid, with their ordinals', () => {
    const pods: Json[] = [
      rawPod(0),
      rawPod(12),
      rawPod(1, { metadata: { ownerReferences: [{ uid: 'set-0', controller: true }] } }),
      rawPod(2, { metadata: { ownerReferences: [{ uid: 'set-1', controller: false }] } }),
      rawPod(3, { metadata: { ownerReferences: [] } }),
    ];
    expect(tracker.observePods(pods, SET, NOW).map(({ ordinal }) => ordinal)).toEqual([0, 12]);
  });

  it('takes the ordinal from the label where the name has none', () => {
    expect(see({ metadata: { name: 'odd', labels: { 'apps.kubernetes.io/pod-index': '4' } } })).toMatchObject({
      ordinal: 4,
    });
  });

  it('gives the same object for a pod of which nothing changed, and another for one that did', () => {
    const still = rawPod(0);
    const [first, moving] = tracker.observePods([still, rawPod(1)], SET, NOW);
    const [again, moved] = tracker.observePods([still, rawPod(1, { restarts: 1 })], SET, NOW + 1000);
    expect(again).toBe(first);
    expect(moved).not.toBe(moving);
    expect(moved?.restarts).toBe(1);
  });

  it('names pod and field where a type is wrong', () => {
    expect(() => see({ container: { restartCount: 'many' } })).toThrow(
      /^pod web-0: status\.containerStatuses\.0\.restartCount: /,
    );
  });
});

describe('facts', () => {
  it('reads a running pod', () => {
    expect(see({ status: { podIP: '10.0.0.1' } })).toMatchObject({
      name: 'web-0',
      uid: 'pod-0',
      revision: 'web-a',
      createdAt: CREATED,
      phase: 'Running',
      node: 'node-1',
      deleting: false,
      deletingSince: null,
      graceMs: 30_000,
      vanishesAtOnce: false,
      ready: true,
      restarts: 0,
      containers: { total: 1, ready: 1 },
      images: [{ container: 'app', image: 'web:1' }],
      trouble: null,
    });
  });

  it('reads a pod without a status, and counts sidecars as kubectl does', () => {
    const pod = rawPod(0, {
      spec: { initContainers: [{ name: 'setup' }, { name: 'proxy', restartPolicy: 'Always' }] },
      status: {
        initContainerStatuses: [
          { name: 'setup', ready: true, restartCount: 1 },
          { name: 'proxy', ready: true, restartCount: 2 },
        ],
      },
    });
    expect(tracker.observePods([pod], SET, NOW)[0]).toMatchObject({ containers: { total: 2, ready: 2 }, restarts: 3 });
    const { status: _, ...bare } = rawPod(1);
    expect(tracker.observePods([bare], SET, NOW)[0]).toMatchObject({
      phase: '',
      ready: false,
      restarts: 0,
      notReadySince: CREATED,
    });
  });

  it('knows since when a pod is going: the stamp lies in the future by its grace', () => {
    const pod = see({ metadata: { deletionTimestamp: time(CREATED + 90_000), deletionGracePeriodSeconds: 45 } });
    expect(pod).toMatchObject({ deleting: true, deletingSince: CREATED + 45_000, graceMs: 45_000 });
  });

  it.each<[string, PodFacts, boolean]>([
    ['on a node', {}, false],
    ['without a node', { spec: { nodeName: null } }, true],
    ['failed', { phase: 'Failed' }, true],
    ['succeeded', { phase: 'Succeeded' }, true],
    ['without grace', { spec: { terminationGracePeriodSeconds: 0 } }, true],
    [
      'without grace, but with a finalizer',
      { spec: { terminationGracePeriodSeconds: 0 }, metadata: { finalizers: ['x/y'] } },
      false,
    ],
  ])('knows whether one vanishes at once: %s (design, F15)', (_name, facts, expected) => {
    expect(see(facts).vanishesAtOnce).toBe(expected);
  });
});

describe('since when it is Ready (case D15)', () => {
  it.each([
    ['a node’s plausible stamp', 5_000, CREATED + 5_000],
    ['a stamp of the future: now', 3_600_000, NOW],
    ['a stamp before the pod was made: its creation', -3_600_000, CREATED],
  ])('at first sight is %s', (_name, stampMs, expected) => {
    expect(see({ stampMs }).readySince).toBe(expected);
  });

  it('is the moment we see it turn, whatever the stamp', () => {
    see({ ready: false });
    const pod = see({ ready: true, stampMs: -3_600_000 }, NOW + 1000);
    expect(pod).toMatchObject({ readySince: NOW + 1000, notReadySince: null });
    expect(see({ ready: true, stampMs: -3_600_000 }, NOW + 9000).readySince).toBe(NOW + 1000);
    expect(see({ ready: false }, NOW + 10_000)).toMatchObject({ readySince: null, notReadySince: NOW + 10_000 });
  });

  it('begins anew with a restart, and with a stamp that tells of a gap we did not see', () => {
    see({ restarts: 0 });
    expect(see({ restarts: 1 }, NOW + 1000).readySince).toBe(NOW + 1000);
    expect(see({ restarts: 1, stampMs: 62_000 }, NOW + 5000).readySince).toBe(NOW + 5000);
  });

  it('belongs to one pod, not to its name', () => {
    see({});
    expect(see({ metadata: { uid: 'other' }, stampMs: 3000 }, NOW + 1000).readySince).toBe(CREATED + 3000);
  });
});

describe('trouble', () => {
  const waiting = (reason: string, message = 'words') => ({
    ready: false,
    container: { state: { waiting: { reason, message } } },
  });

  it.each([
    ['InvalidImageName', 'image'],
    ['ErrImagePull', 'image'],
    ['ImagePullBackOff', 'image'],
    ['CreateContainerConfigError', 'container'],
    ['RunContainerError', 'container'],
    ['CrashLoopBackOff', 'crash'],
  ])('%s is of kind %s', (reason, kind) => {
    expect(see(waiting(reason)).trouble).toEqual({ kind, reason, message: 'words', container: 'app', since: NOW });
  });

  it.each(['ContainerCreating', 'PodInitializing'])('%s is none', (reason) => {
    expect(see(waiting(reason)).trouble).toBeNull();
  });

  it('sees a container that died and is not Ready again', () => {
    const container = { lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } } };
    expect(see({ ready: false, restarts: 1, container }).trouble).toMatchObject({
      kind: 'crash',
      reason: 'OOMKilled',
      message: 'exit code 137',
    });
    expect(see({ ready: true, restarts: 1, container }).trouble).toBeNull();
  });

  it('gives the scheduler’s words, without what could steer a terminal', () => {
    const conditions = [
      { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes\u001b[31m are available' },
    ];
    expect(see({ status: { conditions } }).trouble).toMatchObject({
      kind: 'unschedulable',
      message: '0/3 nodes[31m are available',
      container: null,
    });
  });

  it.each(['Failed', 'Succeeded', 'Unknown'])('phase %s is one', (phase) => {
    expect(see({ ready: false, phase, status: { reason: 'Evicted', message: 'low on memory' } }).trouble).toMatchObject(
      {
        kind: 'phase',
        reason: 'Evicted',
        message: 'low on memory',
      },
    );
  });

  it('tells the worst of several', () => {
    const containerStatuses = ['ImagePullBackOff', 'CrashLoopBackOff', 'CreateContainerError'].map((reason) => ({
      name: reason,
      ready: false,
      restartCount: 0,
      state: { waiting: { reason } },
    }));
    const worst = (statuses: Json[]) => see({ ready: false, status: { containerStatuses: statuses } }).trouble?.reason;
    expect(worst(containerStatuses)).toBe('CreateContainerError');
    expect(worst(containerStatuses.slice(0, 2))).toBe('CrashLoopBackOff');
  });

  it('lasts while its kind does: ErrImagePull and ImagePullBackOff take turns', () => {
    see(waiting('ErrImagePull'));
    expect(see(waiting('ImagePullBackOff'), NOW + 5000).trouble?.since).toBe(NOW);
    expect(see(waiting('CrashLoopBackOff'), NOW + 6000).trouble?.since).toBe(NOW + 6000);
    expect(see({ ready: false }, NOW + 7000).trouble).toBeNull();
    expect(see(waiting('ErrImagePull'), NOW + 8000).trouble?.since).toBe(NOW + 8000);
  });
});

describe('since when it has a node, and runs', () => {
  const container = {
    name: 'app',
    ready: false,
    restartCount: 0,
    state: { running: { startedAt: time(CREATED + 9000) } },
  };
  const status = (parts: object = {}) => ({
    status: {
      conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: time(CREATED + 2000) }],
      containerStatuses: [container],
      ...parts,
    },
  });

  it('is told by the stamps of a pod that was there before we looked', () => {
    expect(tracker.observePods([rawPod(0, status())], SET, NOW)[0]).toMatchObject({
      scheduledAt: CREATED + 2000,
      runningAt: CREATED + 9000,
    });
  });

  it('is the moment we see it happen, and stays that through a restart', () => {
    const waiting = { containerStatuses: [{ ...container, state: { waiting: { reason: 'ContainerCreating' } } }] };
    const look = (raw: ReturnType<typeof rawPod>, now: number) => tracker.observePods([raw], SET, now)[0];
    expect(look(rawPod(0, { ...status(waiting), spec: { nodeName: null } }), NOW)).toMatchObject({
      scheduledAt: null,
      runningAt: null,
    });
    expect(look(rawPod(0, status(waiting)), NOW + 1000)).toMatchObject({ scheduledAt: NOW + 1000, runningAt: null });
    expect(look(rawPod(0, status()), NOW + 3000)?.runningAt).toBe(NOW + 3000);
    expect(look(rawPod(0, status(waiting)), NOW + 9000)?.runningAt).toBe(NOW + 3000);
  });
});

describe('of a thousand pods', () => {
  it('gives the same array where nothing changed, and forgets who went', () => {
    const pods = [rawPod(0), rawPod(1)];
    const first = tracker.observePods(pods, SET, NOW);
    expect(tracker.observePods(pods, SET, NOW + 1000)).toBe(first);
    expect(tracker.observePods(pods.slice(0, 1), SET, NOW + 2000)).toHaveLength(1);
    // it comes back under the same uid: since when it is Ready is told anew, by its stamp
    const [, back] = tracker.observePods(pods, SET, NOW + 3000);
    expect(back).toEqual(first[1]);
  });
});
