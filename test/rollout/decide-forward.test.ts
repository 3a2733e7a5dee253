import { describe, expect, it } from 'vitest';
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

describe('opening', () => {
  const pending = {
    phase: 'Pending',
    fence: null,
    target: { revision: null, templateHash: null },
    forwardRevision: null,
  } as const;
  const target = { kind: 'image', summary: 'app=app:2', template: { image: 'app:2' } } as const;
  rule('writes template and fence in one patch', { status: pending, spec: { target }, set: { strategy: fenced(0) } }, [
    `start RollingUpdate/${HOLD_ALL} +template`,
  ]);
  rule(
    'leaves the template where the change is pending in the set already',
    { status: pending, set: { strategy: fenced(0) } },
    [`start RollingUpdate/${HOLD_ALL}`],
  );
  rule(
    'settles an OnDelete set whose currentRevision is stale before anything else',
    {
      status: pending,
      set: { strategy: ON_DELETE, currentRevision: 'web-ancient', updateRevision: 'web-old' },
    },
    ['settle RollingUpdate/0'],
  );
  rule(
    'does not settle where pods are at mixed revisions',
    {
      status: pending,
      set: { strategy: ON_DELETE, currentRevision: 'web-ancient', updateRevision: 'web-old' },
      pods: [...pods(3), pod(3, { revision: 'web-x' })],
    },
    [`start RollingUpdate/${HOLD_ALL}`],
  );
  rule(
    'leaves an OnDelete set OnDelete where asked to',
    { status: pending, spec: { strategy: 'on-delete', target }, set: { strategy: ON_DELETE } },
    ['start OnDelete/null +template'],
  );
  rule(
    'waits in Settling for the promotion',
    {
      status: {
        ...pending,
        phase: 'Settling',
        since: new Date(ago(5)).toISOString(),
        fence: { type: 'RollingUpdate', partition: 0 },
      },
      set: { strategy: fenced(0), currentRevision: 'web-ancient', updateRevision: 'web-old' },
    },
    [],
    'settling',
  );
  rule(
    'starts once promoted',
    {
      status: { ...pending, phase: 'Settling', fence: { type: 'RollingUpdate', partition: 0 } },
      set: { strategy: fenced(0), currentRevision: 'web-old', updateRevision: 'web-old' },
    },
    [`start RollingUpdate/${HOLD_ALL}`],
  );
  rule(
    'puts the strategy back where the controller does not settle the set in time',
    {
      status: {
        ...pending,
        phase: 'Settling',
        since: new Date(ago(61)).toISOString(),
        fence: { type: 'RollingUpdate', partition: 0 },
      },
      set: { strategy: fenced(0), currentRevision: 'web-ancient', updateRevision: 'web-old' },
    },
    ['unsettle own'],
  );
  rule(
    'touches no pod before the controller has observed the template (F8)',
    {
      status: { target: { revision: null, templateHash: 'hash-new' }, mustSee: 6 },
      set: { generation: 6, observedGeneration: 5 },
    },
    [],
    'controller',
  );
  it('takes the update revision that the controller then reports for the target', () => {
    const decision = decideOn({ status: { target: { revision: null, templateHash: 'hash-new' } } });
    expect(decision.status.target.revision).toBe('web-new');
    expect(acts(decision)).toEqual(['evict web-3']);
  });
});

describe('the fence follows', () => {
  rule(
    'an accepted eviction at once, though the watch does not show it yet',
    {
      asked: { accepted: [{ pod: 'web-3', uid: 'uid-3', target: 'web-new' }] },
    },
    ['fence RollingUpdate/3'],
    'budget',
  );
  rule(
    'accepted evictions also while paused',
    {
      spec: { pauseRequested: true },
      asked: { accepted: [{ pod: 'web-3', uid: 'uid-3', target: 'web-new' }] },
    },
    ['fence RollingUpdate/3'],
    'paused',
  );
  rule(
    'several that were accepted while a patch was in flight with one patch',
    {
      spec: { maxUnavailable: '2' },
      pods: [pod(0), pod(1), going(2), going(3)],
      asked: { accepted: [3, 2].map((n) => ({ pod: `web-${n}`, uid: `uid-${n}`, target: 'web-new' })) },
    },
    ['fence RollingUpdate/2'],
  );
  rule(
    'waits for its own write',
    {
      asked: { writing: 'fence', accepted: [{ pod: 'web-3', uid: 'uid-3', target: 'web-new' }] },
    },
    [],
  );
  rule('a pod that somebody else takes away when its turn is next', { pods: [pod(0), pod(1), pod(2), going(3)] }, [
    'fence RollingUpdate/3',
  ]);
  rule(
    'but not while paused',
    { pods: [pod(0), pod(1), pod(2), going(3)], spec: { pauseRequested: true } },
    [],
    'paused',
  );
  rule('and not one whose turn is not next', { pods: [pod(0), going(1), pod(2), pod(3)] }, [], 'budget');
  rule(
    'and not beyond the step',
    { pods: [pod(0), pod(1), going(2), fresh(3)], spec: { percent: 25 }, set: { strategy: fenced(3) } },
    [],
  );
  rule(
    'is raised above a lost race',
    {
      set: { strategy: fenced(3), written: { type: 'RollingUpdate', partition: 3 } },
      pods: [pod(0), pod(1), pod(2), pod(3, { uid: 'again', ready: false, createdAt: NOW })],
      asked: { accepted: [{ pod: 'web-3', uid: 'uid-3', target: 'web-new' }] },
    },
    [`raise RollingUpdate/${HOLD_ALL}`],
  );
  it('counts a lost race once', () => {
    const scene: Scene = {
      set: { strategy: fenced(HOLD_ALL) },
      pods: [pod(0), pod(1), pod(2), pod(3, { uid: 'again', ready: false, createdAt: NOW })],
      asked: { accepted: [{ pod: 'web-3', uid: 'uid-3', target: 'web-new' }] },
    };
    const first = decideOn(scene);
    expect(first.status.lostRaces.map((lost) => lost.pod)).toEqual(['web-3']);
    expect(decideOn({ ...scene, status: first.status }).status.lostRaces).toHaveLength(1);
  });
  rule(
    'is not lowered for a replacement that came back old before the patch was sent',
    {
      pods: [pod(0), pod(1), pod(2), pod(3, { uid: 'again', ready: true, readySince: ago(0), createdAt: NOW })],
      asked: { accepted: [{ pod: 'web-3', uid: 'uid-3', target: 'web-new' }] },
    },
    ['probe web-3'],
  );
  rule(
    'makes the lost race the led pod where raising would take others along',
    {
      set: { strategy: fenced(2), written: { type: 'RollingUpdate', partition: 2 } },
      spec: { maxUnavailable: '2' },
      status: { led: { pod: 'web-3', uid: 'again' } },
      pods: [pod(0), pod(1), going(2), pod(3, { uid: 'again', ready: false, createdAt: NOW })],
    },
    ['evict web-3'],
  );
  rule('starts from the lowest index that is at the target already', { pods: [pod(0), pod(1), fresh(2), fresh(3)] }, [
    'fence RollingUpdate/2',
    'evict web-1',
  ]);
  rule(
    'counts indexes where ordinals do not start at 0',
    {
      set: { start: 5, replicas: 2 },
      status: { start: 5 },
      pods: [pod(5), going(6)],
      asked: { accepted: [{ pod: 'web-6', uid: 'uid-6', target: 'web-new' }] },
    },
    ['fence RollingUpdate/1'],
  );
});

describe('the fence leads, for one pod, where a pod vanishes at once (F15)', () => {
  const vanishing = pod(3, { vanishesAtOnce: true, graceMs: 0 });
  const scene = { pods: [pod(0), pod(1), pod(2), vanishing] };
  rule('asks by a dry run first', scene, ['probe web-3']);
  rule('then lowers the fence', { ...scene, asked: { probed: [{ pod: 'web-3', uid: 'uid-3', at: ago(1) }] } }, [
    'lead RollingUpdate/3',
  ]);
  rule(
    'asks again where the answer is old',
    { ...scene, asked: { probed: [{ pod: 'web-3', uid: 'uid-3', at: ago(10) }] } },
    ['probe web-3'],
  );
  rule('needs no dry run where pods are deleted', { ...scene, spec: { disrupt: 'delete' } }, ['lead RollingUpdate/3']);
  const led = {
    ...scene,
    status: { led: { pod: 'web-3', uid: 'uid-3' } },
    set: { strategy: fenced(3), written: { type: 'RollingUpdate', partition: 3 } as const },
  };
  rule('and evicts once the controller has seen that', led, ['evict web-3']);
  rule('not before', { ...led, set: { ...led.set, generation: 6, observedGeneration: 5 } }, []);
  rule('a pause in between raises it again', { ...led, spec: { pauseRequested: true } }, [
    `raise RollingUpdate/${HOLD_ALL}`,
  ]);
});

describe('budget', () => {
  rule('takes the highest first', {}, ['evict web-3']);
  rule(
    'a pod of ours that is going uses it',
    {
      pods: [pod(0), pod(1), pod(2), going(3)],
      set: { strategy: fenced(3) },
    },
    [],
    'budget',
  );
  rule(
    'a new pod uses it until it has soaked',
    {
      pods: [pod(0), pod(1), pod(2), fresh(3, { readySince: ago(4) })],
      set: { strategy: fenced(3) },
    },
    [],
    'budget',
  );
  rule(
    'and not after',
    { pods: [pod(0), pod(1), pod(2), fresh(3, { readySince: ago(5) })], set: { strategy: fenced(3) } },
    ['evict web-2'],
  );
  rule(
    "the set's minReadySeconds counts where it is more",
    {
      pods: [pod(0), pod(1), pod(2), fresh(3, { readySince: ago(9) })],
      set: { strategy: fenced(3), minReadyMs: 10_000 },
    },
    [],
    'budget',
  );
  rule('a missing pod uses it', { pods: [pod(1), pod(2), pod(3)] }, [], 'budget');
  rule(
    'an old pod that lost its readiness uses it and is left alone',
    { pods: [pod(0, { ready: false }), pod(1), pod(2), pod(3)] },
    [],
    'budget',
  );
  rule(
    'more than one at once where asked for',
    { spec: { maxUnavailable: '50%' }, pods: [pod(0), pod(1), pod(2), going(3)], set: { strategy: fenced(3) } },
    ['evict web-2'],
  );
  rule('one request at a time', { asked: { disrupting: true } }, []);
  rule(
    'keeps the interval between disruptions',
    {
      spec: { minPodEvictionInterval: '30s' },
      status: { lastDisruptionAt: new Date(ago(29)).toISOString() },
    },
    [],
    'interval',
  );
  rule(
    'goes on after it',
    { spec: { minPodEvictionInterval: '30s' }, status: { lastDisruptionAt: new Date(ago(30)).toISOString() } },
    ['evict web-3'],
  );
  rule(
    'waits after a refused eviction',
    {
      asked: { refused: { pod: 'web-3', uid: 'uid-3', until: NOW + 5000, why: 'pdb/web allows none', budget: 'web' } },
    },
    [],
    'eviction-refused',
  );
  rule('deletes where asked to', { spec: { disrupt: 'delete' } }, ['delete web-3']);
});

describe('OrderedReady', () => {
  const ordered = { policy: 'OrderedReady' } as const;
  const wide = { maxUnavailable: '4' };
  rule(
    'not while a pod is terminating',
    { set: { ...ordered, strategy: fenced(3) }, spec: wide, pods: [pod(0), pod(1), pod(2), going(3)] },
    [],
    'ordered-ready',
  );
  rule(
    'not while a pod is missing',
    { set: { ...ordered, strategy: fenced(3) }, spec: wide, pods: [pod(0), pod(1), pod(2)] },
    [],
    'ordered-ready',
  );
  rule(
    'as soon as the replacement object exists, though it is starting',
    {
      set: { ...ordered, strategy: fenced(3) },
      spec: wide,
      pods: [pod(0), pod(1), pod(2), fresh(3, { ready: false })],
    },
    ['evict web-2'],
  );
  rule(
    'not while a lower pod is not Ready',
    { set: ordered, spec: wide, pods: [pod(0, { ready: false }), pod(1), pod(2), pod(3)] },
    [],
    'ordered-ready',
  );
});

describe('steps and percent', () => {
  rule(
    'stops at the percentage, held',
    { spec: { percent: 25 }, pods: [pod(0), pod(1), pod(2), fresh(3)], set: { strategy: fenced(3) } },
    [],
  );
  it('says so', () => {
    const decision = decideOn({
      spec: { percent: 25 },
      pods: [pod(0), pod(1), pod(2), fresh(3)],
      set: { strategy: fenced(3) },
    });
    expect(decision.outcome).toBe('held');
    expect(decision.status).toMatchObject({ phase: 'Paused', reason: 'PercentReached', held: true });
  });
  rule('0 percent writes the template and moves nothing', { spec: { percent: 0 } }, []);
  rule(
    'waits at a manual step',
    { spec: { steps: ['1', '100%'] }, pods: [pod(0), pod(1), pod(2), fresh(3)], set: { strategy: fenced(3) } },
    [],
    'paused',
  );
  rule(
    'goes on when promoted',
    {
      spec: { steps: ['1', '100%'], promotedStep: 1 },
      pods: [pod(0), pod(1), pod(2), fresh(3)],
      set: { strategy: fenced(3) },
    },
    ['evict web-2'],
  );
  rule(
    'waits out a timed step',
    {
      spec: { steps: ['1', '100%'], stepPause: '30s' },
      status: { stepReachedAt: new Date(ago(29)).toISOString(), phase: 'Paused', reason: 'StepReached' },
      pods: [pod(0), pod(1), pod(2), fresh(3)],
      set: { strategy: fenced(3) },
    },
    [],
  );
  it('and then goes on by itself', () => {
    const decision = decideOn({
      spec: { steps: ['1', '100%'], stepPause: '30s' },
      status: { stepReachedAt: new Date(ago(30)).toISOString(), phase: 'Paused', reason: 'StepReached' },
      pods: [pod(0), pod(1), pod(2), fresh(3)],
      set: { strategy: fenced(3) },
    });
    expect(decision.status.step).toBe(1);
    expect(decision.wakeAt).not.toBeNull();
  });
  rule(
    'a leak counts against the percentage',
    { spec: { percent: 50 }, pods: [fresh(0), pod(1), pod(2), fresh(3)], set: { strategy: fenced(3) } },
    [],
  );
  it('and is named', () => {
    const decision = decideOn({
      spec: { percent: 50 },
      pods: [fresh(0), pod(1), pod(2), fresh(3)],
      set: { strategy: fenced(3) },
    });
    expect(decision.status.leaks.map((leak) => leak.pod)).toEqual(['web-0']);
  });
});

describe('the detour for broken old pods', () => {
  const broken = pod(0, { ready: false, trouble: crashing });
  const others = [pod(1), pod(2), pod(3)];
  rule('leaves the fence for a moment', { pods: [broken, ...others] }, ['detour OnDelete/null']);
  rule('under OrderedReady, too', { pods: [broken, ...others], set: { policy: 'OrderedReady' } }, [
    'detour OnDelete/null',
  ]);
  const away = { strategy: ON_DELETE, written: { type: 'OnDelete', partition: null } as const };
  const fence = { type: 'OnDelete', partition: null } as const;
  rule(
    'deletes the broken pod once the controller has seen it',
    { pods: [broken, ...others], set: away, status: { fence } },
    ['delete web-0'],
  );
  rule(
    'not before',
    { pods: [broken, ...others], set: { ...away, generation: 6 }, status: { fence, mustSee: 6 } },
    [],
    'controller',
  );
  rule(
    'waits for the replacement object',
    {
      pods: others,
      set: away,
      status: { fence },
      asked: { accepted: [{ pod: 'web-0', uid: 'uid-0', target: 'web-new' }] },
    },
    [],
    'replacement',
  );
  rule(
    'then goes back behind the fence',
    { pods: [fresh(0, { ready: false }), ...others], set: away, status: { fence } },
    [`detour RollingUpdate/${HOLD_ALL}`],
  );
  rule('waits until nobody else is taking a pod away', { pods: [broken, pod(1), going(2), pod(3)] }, [], 'replacement');
  rule(
    'mends it although it was paused in the middle: back behind the fence, nothing deleted',
    {
      pods: [broken, ...others],
      set: away,
      status: { fence },
      spec: { pauseRequested: true },
    },
    [`detour RollingUpdate/${HOLD_ALL}`],
    'paused',
  );
  rule(
    'nothing else goes while the mended pod is not available',
    { pods: [fresh(0, { readySince: ago(1) }), ...others], status: { placed: [0] } },
    [],
    'budget',
  );
  rule('then the rest follows', { pods: [fresh(0), ...others], status: { placed: [0] } }, ['evict web-3']);
  it('a mended pod is no leak', () => {
    expect(decideOn({ pods: [fresh(0), ...others], status: { placed: [0] } }).status.leaks).toEqual([]);
  });
});

describe('the end', () => {
  const all = [0, 1, 2, 3].map((n) => fresh(n));
  rule(
    "puts the set's own strategy back once promoted",
    { pods: all, set: { strategy: fenced(0), currentRevision: 'web-new' } },
    ['finish own'],
  );
  rule(
    'or leaves it held',
    { pods: all, set: { strategy: fenced(0), currentRevision: 'web-new' }, spec: { hold: true } },
    [`finish RollingUpdate/${HOLD_ALL}`],
  );
  rule('waits for the promotion', { pods: all, set: { strategy: fenced(0) } }, [], 'promotion');
  rule(
    'waits for the soak of the last pod',
    {
      pods: [fresh(0, { readySince: ago(1) }), ...all.slice(1)],
      set: { strategy: fenced(0), currentRevision: 'web-new' },
    },
    [],
  );
  rule(
    'waits for a pod outside the range',
    {
      pods: [...all, fresh(4, { deleting: true, deletingSince: ago(1) })],
      set: { strategy: fenced(0), currentRevision: 'web-new' },
    },
    [],
  );
  rule(
    'waits for the observed generation',
    { pods: all, set: { strategy: fenced(0), currentRevision: 'web-new', generation: 6, observedGeneration: 5 } },
    [],
  );
  rule(
    'OnDelete sets are never promoted by old servers: nobody waits for it',
    {
      pods: all,
      spec: { strategy: 'on-delete' },
      set: { strategy: ON_DELETE },
      status: { fence: { type: 'OnDelete', partition: null } },
    },
    ['finish own'],
  );
  rule(
    'a set of no pods is complete at once',
    { set: { replicas: 0, statusReplicas: 0, currentRevision: 'web-new' }, pods: [], status: { replicas: 0 } },
    ['finish own'],
  );
  it('stays complete', () => {
    expect(decideOn({ pods: all, status: { phase: 'Complete', fence: null } }).outcome).toBe('complete');
  });
});
