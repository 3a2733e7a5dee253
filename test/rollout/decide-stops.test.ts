import { describe, expect, it } from 'vitest';
import { stamp } from '../../src/rollout/draft.ts';
import { HOLD_ALL } from '../../src/rollout/record.ts';
import {
  acts,
  ago,
  crashing,
  decideOn,
  fenced,
  fresh,
  going,
  NOW,
  ON_DELETE,
  ORIGIN,
  pod,
  pods,
  type Scene,
} from './builders.ts';

const rule = (name: string, scene: Scene, expected: string[], blocker?: string) =>
  it(name, () => {
    const decision = decideOn(scene);
    expect(acts(decision)).toEqual(expected);
    if (blocker !== undefined) expect(decision.blockers.map((each) => each.code)).toContain(blocker);
  });

const trouble = (reason: string, kind: 'image' | 'container' | 'crash' | 'unschedulable', seconds: number) => ({
  ready: false,
  trouble: { kind, reason, message: 'manifest unknown', container: 'app', since: ago(seconds) },
});

describe('failure', () => {
  const mid = (parts: Parameters<typeof fresh>[1]): Scene => ({
    pods: [pod(0), pod(1), pod(2), fresh(3, parts)],
    set: { strategy: fenced(3) },
    spec: { maxUnavailable: '4' },
  });
  const outcome = (scene: Scene) => {
    const { status, outcome: ended } = decideOn(scene);
    return [status.phase, status.reason, ended];
  };
  rule('any waiting reason stops further evictions at once', mid(trouble('ErrImagePull', 'image', 0)), [], 'trouble');
  it('but has not failed yet', () =>
    expect(outcome(mid(trouble('ErrImagePull', 'image', 29)))).toEqual(['Progressing', undefined, null]));
  it('an image that cannot be pulled for 30 s has', () =>
    expect(outcome(mid(trouble('ImagePullBackOff', 'image', 30)))).toEqual(['Paused', 'PodFailed', 'stopped']));
  it('wakes up for that moment', () =>
    expect(decideOn(mid(trouble('ErrImagePull', 'image', 10))).wakeAt).toBe(NOW + 20_000));
  it.each([
    ['InvalidImageName', 'image'],
    ['CreateContainerConfigError', 'container'],
    ['CreateContainerError', 'container'],
    ['CrashLoopBackOff', 'crash'],
  ] as const)('%s has failed at once', (reason, kind) =>
    expect(outcome(mid(trouble(reason, kind, 0)))).toEqual(['Paused', 'PodFailed', 'stopped']),
  );
  it('one crash has not failed', () =>
    expect(outcome(mid(trouble('OOMKilled', 'crash', 300)))).toEqual(['Progressing', undefined, null]));
  it('the second restart has', () =>
    expect(outcome(mid({ ready: false, restarts: 2 }))).toEqual(['Paused', 'PodFailed', 'stopped']));
  it('says what, where and why', () =>
    expect(decideOn(mid(trouble('ImagePullBackOff', 'image', 30))).status.message).toBe(
      'web-3 does not start: ImagePullBackOff: app: manifest unknown',
    ));
  it('pods counted before that go bad later stop it, too', () =>
    expect(
      outcome({
        ...mid({}),
        pods: [pod(0), pod(1), fresh(2), fresh(3, trouble('CrashLoopBackOff', 'crash', 0))],
        set: { strategy: fenced(2) },
      }),
    ).toEqual(['Paused', 'PodFailed', 'stopped']));
  rule(
    'turns round where the policy says so',
    { ...mid(trouble('CrashLoopBackOff', 'crash', 0)), spec: { failurePolicy: 'rollback' } },
    [`rollback RollingUpdate/${HOLD_ALL} +template`],
  );
  const stopped: Scene['status'] = {
    phase: 'Paused',
    reason: 'PodFailed',
    since: stamp(ago(20)),
    failed: [{ pod: 'web-3', uid: 'new-3', reason: 'CrashLoopBackOff', message: '' }],
  };
  rule(
    'stays stopped until somebody answers',
    { ...mid(trouble('CrashLoopBackOff', 'crash', 0)), status: stopped },
    [],
    'paused',
  );
  it('goes on when told to, and lives with the pods that failed', () => {
    const decision = decideOn({
      ...mid(trouble('CrashLoopBackOff', 'crash', 0)),
      status: stopped,
      spec: { maxUnavailable: '4', resumedAt: stamp(ago(1)) },
    });
    expect(decision.status).toMatchObject({ phase: 'Progressing', tolerated: ['new-3'] });
    expect(acts(decision)).toEqual(['evict web-2']);
  });
  rule(
    'an answer to an earlier stop is none to this one',
    {
      ...mid(trouble('CrashLoopBackOff', 'crash', 0)),
      status: stopped,
      spec: { resumedAt: stamp(ago(30)) },
    },
    [],
    'paused',
  );
  it('no progress for progressDeadline stops it', () =>
    expect(
      outcome({
        pods: [pod(0), pod(1), pod(2), fresh(3, { ready: false })],
        set: { strategy: fenced(3) },
        status: { lastProgressAt: stamp(ago(600)) },
      }),
    ).toEqual(['Paused', 'ProgressDeadline', null]));
  it('a long grace is no stall', () =>
    expect(
      outcome({
        pods: [pod(0), pod(1), pod(2), going(3, { deletingSince: ago(700), graceMs: 1_200_000 })],
        set: { strategy: fenced(3) },
        status: { lastProgressAt: stamp(ago(700)) },
      }),
    ).toEqual(['Progressing', undefined, null]));
});

describe('pause', () => {
  rule('nothing is disrupted', { spec: { pauseRequested: true } }, [], 'paused');
  it('is not an end', () => expect(decideOn({ spec: { pauseRequested: true } }).outcome).toBeNull());
  it('says who', () => {
    expect(decideOn({ spec: { pauseRequested: true, pausedBy: 'bob@ci' } }).status).toMatchObject({
      phase: 'Paused',
      message: 'paused by bob@ci',
    });
  });
  it('the time it takes is no stall', () => {
    const decision = decideOn({ status: { phase: 'Paused', reason: 'Requested', lastProgressAt: stamp(ago(7200)) } });
    expect(decision.status.phase).toBe('Progressing');
    expect(acts(decision)).toEqual(['evict web-3']);
  });
});

describe("somebody else's change", () => {
  const argo = { manager: 'argocd-controller', at: ago(5) };
  rule(
    'of the template: the fence is raised first',
    {
      set: { strategy: fenced(2), templateHash: 'hash-foreign', foreignWriter: argo },
      pods: [pod(0), pod(1), fresh(2), fresh(3)],
    },
    [`raise RollingUpdate/${HOLD_ALL}`],
  );
  it('then it stops and names who', () => {
    const decision = decideOn({ set: { templateHash: 'hash-foreign', foreignWriter: argo } });
    expect(acts(decision)).toEqual([]);
    expect(decision.status).toMatchObject({ phase: 'Paused', reason: 'ForeignChange' });
    expect(decision.status.message).toContain('argocd-controller changed the pod template');
  });
  rule(
    'of the partition',
    {
      set: { strategy: fenced(0), written: { type: 'RollingUpdate', partition: 3 } },
      pods: [pod(0), pod(1), pod(2), fresh(3)],
    },
    [`raise RollingUpdate/${HOLD_ALL}`],
  );
  rule('of the strategy', { set: { strategy: ON_DELETE, written: { type: 'RollingUpdate', partition: 3 } } }, []);
  rule('of the ordinals', { set: { start: 1 } }, []);
  rule(
    'our own write in flight is no foreign one',
    { set: { templateHash: 'hash-foreign' }, asked: { writing: 'rollback' } },
    [],
  );
  const stop: Scene['status'] = {
    phase: 'Paused',
    reason: 'ForeignChange',
    since: stamp(ago(20)),
    message: 'argo changed it',
  };
  rule(
    'told to go on, the fence is put up again',
    {
      status: stop,
      spec: { resumedAt: stamp(ago(1)) },
      set: { strategy: fenced(0), written: { type: 'RollingUpdate', partition: 3 } },
      pods: [pod(0), pod(1), pod(2), fresh(3)],
    },
    ['raise RollingUpdate/3'],
  );
  it("but another's template is a rollout of its own", () => {
    const decision = decideOn({
      status: stop,
      spec: { resumedAt: stamp(ago(1)) },
      set: { templateHash: 'hash-foreign' },
    });
    expect(acts(decision)).toEqual([]);
    expect(decision.status.message).toContain('start a new rollout');
  });
  it('a set that was made anew is another set', () => {
    expect(decideOn({ set: { uid: 'set-2' } })).toMatchObject({ outcome: 'gone', actions: [] });
  });
});

describe('scaling', () => {
  rule(
    'is waited out',
    {
      set: { replicas: 6, strategy: fenced(HOLD_ALL) },
      status: { replicas: 4 },
      pods: pods(5),
      spec: { maxUnavailable: '4' },
    },
    [],
    'scaling',
  );
  rule('down, too', { set: { replicas: 3 }, status: { replicas: 4 }, pods: pods(4) }, [], 'scaling');
  it('and counted in', () => {
    const decision = decideOn({
      set: { replicas: 7, strategy: fenced(3) },
      status: { replicas: 4 },
      pods: [...pods(3), ...[3, 4, 5, 6].map((n) => fresh(n))],
    });
    expect(decision.status.replicas).toBe(7);
    expect(decision.status.events.at(-1)?.message).toContain('web-4, web-5 and web-6 came up new, out of turn');
    expect(acts(decision)).toEqual(['evict web-2']);
  });
  rule(
    'behind the fence moves no partition',
    { set: { replicas: 7 }, status: { replicas: 4 }, pods: pods(7), spec: { percent: 0 } },
    [],
  );
  rule(
    'to 0 while paused puts the old template back',
    {
      set: { replicas: 0, statusReplicas: 2 },
      status: { replicas: 3 },
      pods: [],
      spec: { pauseRequested: true },
    },
    [`zero RollingUpdate/${HOLD_ALL} +template`],
  );
  rule(
    'to 0 short of 100 % likewise',
    { set: { replicas: 0 }, status: { replicas: 3 }, pods: [], spec: { percent: 50 } },
    [`zero RollingUpdate/${HOLD_ALL} +template`],
  );
  rule(
    'to 0 on the way to 100 % does not',
    { set: { replicas: 0, statusReplicas: 0, currentRevision: 'web-new' }, status: { replicas: 3 }, pods: [] },
    ['finish own'],
  );
});

describe('rollback', () => {
  const asked = { rollback: { at: stamp(ago(1)), by: 'ann@laptop', summary: 'asked to' } };
  rule(
    'is one patch of template and fence',
    { spec: asked, pods: [pod(0), pod(1), pod(2), fresh(3)], set: { strategy: fenced(3) } },
    [`rollback RollingUpdate/${HOLD_ALL} +template`],
  );
  it('by replace of what was recorded', () => {
    const write = decideOn({ spec: asked }).actions[0];
    expect(write).toMatchObject({ template: { replace: ORIGIN.template }, mustSee: true });
  });
  rule('also out of a stop', { spec: asked, status: { phase: 'Paused', reason: 'PodFailed' } }, [
    `rollback RollingUpdate/${HOLD_ALL} +template`,
  ]);
  rule(
    'also after the end',
    { spec: asked, status: { phase: 'Complete', fence: null }, set: { strategy: fenced(0) } },
    [`rollback RollingUpdate/${HOLD_ALL} +template`],
  );
  it('before anything was written there is nothing to go back from', () => {
    const decision = decideOn({ spec: asked, status: { phase: 'Pending', fence: null } });
    expect(decision).toMatchObject({ outcome: 'rolled-back', actions: [] });
  });
  it('says so where there is no template to go back to', () => {
    const decision = decideOn({ spec: asked, origin: null });
    expect(decision.actions).toEqual([]);
    expect(decision.blockers[0]?.message).toContain('--to-revision');
  });

  // on the way back the target is the old revision, and both sides of the partition mean it
  const back: Scene = {
    spec: asked,
    status: { direction: 'back', phase: 'RollingBack', target: { revision: 'web-old', templateHash: 'hash-old' } },
    set: { templateHash: 'hash-old', updateRevision: 'web-old', currentRevision: 'web-old' },
  };
  const bad = { ready: false, trouble: crashing };
  rule('a second one changes nothing', { ...back, pods: [pod(0), pod(1), pod(2), fresh(3)] }, ['evict web-3']);
  rule('broken pods go first, deleted, past the budget', { ...back, pods: [pod(0), pod(1), fresh(2), fresh(3, bad)] }, [
    'delete web-3',
  ]);
  rule('all of them together', { ...back, pods: [pod(0), pod(1), fresh(2, bad), going(3)] }, ['delete web-2']);
  rule(
    'also under OrderedReady',
    { ...back, set: { ...back.set, policy: 'OrderedReady' }, pods: [pod(0), pod(1), fresh(2, bad), going(3)] },
    ['delete web-2'],
  );
  rule(
    'then the newest first',
    {
      ...back,
      pods: [
        fresh(0, { createdAt: ago(100) }),
        pod(1),
        fresh(2, { createdAt: ago(50) }),
        fresh(3, { createdAt: ago(90) }),
      ],
    },
    ['evict web-2'],
  );
  rule(
    'or from the top under OrderedReady',
    {
      ...back,
      set: { ...back.set, policy: 'OrderedReady' },
      pods: [
        fresh(0, { createdAt: ago(100) }),
        pod(1),
        fresh(2, { createdAt: ago(50) }),
        fresh(3, { createdAt: ago(90) }),
      ],
    },
    ['evict web-3'],
  );
  rule('within the budget', { ...back, pods: [pod(0), pod(1), fresh(2), going(3)] }, [], 'budget');
  rule(
    'the partition need not move',
    {
      ...back,
      pods: [pod(0), pod(1), fresh(2), going(3)],
      asked: { accepted: [{ pod: 'web-3', uid: 'uid-3', target: 'web-old' }] },
    },
    [],
  );
  rule('pods never touched stay', { ...back, pods: pods(4) }, ['finish own']);
  rule(
    'is a rollout like any other where the new version was promoted before',
    {
      ...back,
      set: { ...back.set, currentRevision: 'web-new' },
      pods: [fresh(0), fresh(1), fresh(2), going(3)],
      asked: { accepted: [{ pod: 'web-3', uid: 'uid-3', target: 'web-old' }] },
    },
    ['fence RollingUpdate/3'],
    'budget',
  );
  it('ends as rolled back', () => {
    expect(decideOn({ ...back, status: { ...back.status, phase: 'RolledBack' }, pods: pods(4) }).outcome).toBe(
      'rolled-back',
    );
  });
});

describe('after an executor that ended without a word', () => {
  const tookOver = { asked: { tookOverAt: NOW }, status: { updatedAt: stamp(ago(10)) } };
  it('pods of its turn that were made anew, old, are lost races', () => {
    const decision = decideOn({
      ...tookOver,
      pods: [pod(0), pod(1), pod(2), pod(3, { uid: 'again', createdAt: ago(5) })],
    });
    expect(decision.status.lostRaces.map((lost) => lost.pod)).toEqual(['web-3']);
  });
  it('older ones are not', () => {
    expect(decideOn(tookOver).status.lostRaces).toEqual([]);
  });
});

describe('scaling while a pod is broken', () => {
  const bad = { ready: false, trouble: crashing };
  rule(
    'does not keep a rollback from taking it away: under OrderedReady the scale itself waits for that',
    {
      spec: { rollback: { at: stamp(ago(1)), by: 'ann', summary: 'asked to' } },
      status: {
        direction: 'back',
        phase: 'RollingBack',
        target: { revision: 'web-old', templateHash: 'hash-old' },
        replicas: 1,
      },
      set: {
        templateHash: 'hash-old',
        updateRevision: 'web-old',
        currentRevision: 'web-old',
        policy: 'OrderedReady',
        replicas: 3,
      },
      pods: [fresh(0, bad)],
    },
    ['delete web-0'],
    'scaling',
  );
  rule(
    'does not keep the detour from mending it',
    {
      status: { replicas: 1 },
      set: { policy: 'OrderedReady', replicas: 3 },
      pods: [pod(0, bad)],
    },
    ['detour OnDelete/null'],
    'scaling',
  );
  rule(
    'takes what a scale-down under OrderedReady waits for, on the way back',
    {
      spec: { rollback: { at: stamp(ago(1)), by: 'ann', summary: 'asked to' } },
      status: {
        direction: 'back',
        phase: 'RollingBack',
        target: { revision: 'web-old', templateHash: 'hash-old' },
        replicas: 3,
      },
      set: {
        templateHash: 'hash-old',
        updateRevision: 'web-old',
        currentRevision: 'web-old',
        policy: 'OrderedReady',
        replicas: 2,
      },
      pods: [pod(0), pod(1), fresh(2, bad)],
    },
    ['delete web-2'],
    'scaling',
  );
});
