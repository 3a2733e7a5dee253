import { describe, expect, it } from 'vitest';
import { stamp } from '../../src/rollout/draft.ts';
import { type GateFacts, uidKey } from '../../src/rollout/gate-facts.ts';
import { type Hook, hookSchema, type StepGate, stepGateSchema } from '../../src/rollout/gate-spec.ts';
import type { RecordSpec } from '../../src/rollout/record.ts';
import { acts, ago, decideOn, fenced, fresh, going, NOW, pod, pods, type Scene } from './builders.ts';

const CONSUL: Partial<RecordSpec> = { serviceDiscovery: { serviceNames: ['web'], soak: '5s' } };

const gate: StepGate = stepGateSchema.parse({
  kind: 'prometheus',
  name: 'errors',
  url: 'http://prometheus:9090',
  query: 'errors',
  pass: '< 1',
  fail: '> 5',
});

function services(parts: Partial<NonNullable<GateFacts['services']>> = {}): GateFacts {
  return { steps: [], services: { passing: 4, waiting: [], ...parts } };
}

function waiting(ordinal: number, uid: string, verdict: 'fail' | 'unknown' = 'fail') {
  return { pod: `web-${ordinal}`, uid, verdict, words: 'service web: critical in Consul' };
}

function steps(verdict: GateFacts['steps'][number]['verdict'], passed = 0, at = stamp(ago(1))): GateFacts {
  return { steps: [{ name: 'errors', verdict, words: '0.5', at, passed, passes: 3 }] };
}

const codes = (scene: Scene) => decideOn(scene).blockers.map(({ code }) => code);
const blockers = (scene: Scene) => decideOn(scene).blockers.map(({ message }) => message);

/** web-3 is new and Ready, web-2 is next. */
const halfway: Scene = {
  set: { strategy: fenced(3) },
  pods: [...pods(3), fresh(3)],
};

describe('service discovery', () => {
  it('lets a new pod count that every service has passing', () => {
    expect(acts(decideOn({ ...halfway, spec: CONSUL, gates: services() }))).toEqual(['evict web-2']);
  });

  it('does not count a new pod that is Ready and not found', () => {
    const scene = { ...halfway, spec: CONSUL, gates: services({ passing: 3, waiting: [waiting(3, 'new-3')] }) };
    expect(acts(decideOn(scene))).toEqual([]);
    expect(decideOn(scene).status.counts).toMatchObject({ available: 3 });
    expect(blockers(scene)).toContain('web-3 counts when: service web: critical in Consul');
  });

  it('lets an old pod that is not found use the budget', () => {
    const scene = { ...halfway, spec: CONSUL, gates: services({ passing: 3, waiting: [waiting(0, 'uid-0')] }) };
    expect(acts(decideOn(scene))).toEqual([]);
    expect(blockers(scene)).toEqual([
      'web-0 (old version) is unavailable (service web: critical in Consul) and uses the budget: 1 pod of 1',
    ]);
    expect(acts(decideOn({ ...scene, spec: { ...CONSUL, maxUnavailable: '2' } }))).toEqual(['evict web-2']);
  });

  it.each<[string, GateFacts | undefined]>([
    ['it was not asked yet', undefined],
    ['it does not answer', services({ unknown: 'Consul: 500: No cluster leader' })],
    ['a pod that is well has vanished', services({ passing: 3, waiting: [waiting(0, 'uid-0', 'unknown')] })],
  ])('holds every pod where nothing is known: %s', (_, gates) => {
    const scene = { ...halfway, spec: { ...CONSUL, maxUnavailable: '3' }, ...(gates === undefined ? {} : { gates }) };
    expect(acts(decideOn(scene))).toEqual([]);
    expect(codes(scene)).toContain('gate');
    expect(decideOn(scene).status.phase).toBe('Progressing');
  });

  it('is not complete while nothing is known, nor rolled back at the deadline', () => {
    const all = {
      set: { strategy: fenced(0), currentRevision: 'web-new' },
      pods: [0, 1, 2, 3].map((ordinal) => fresh(ordinal)),
    };
    const gates = services({ unknown: 'Consul: no answer within 5s' });
    const scene = { ...all, spec: { ...CONSUL, failurePolicy: 'rollback' as const }, gates };
    expect(acts(decideOn({ ...scene, gates: services() }))).toEqual(['finish own']);
    expect(acts(decideOn(scene))).toEqual([]);
    const late = { ...scene, status: { lastProgressAt: stamp(ago(601)), progress: 4 } };
    expect(acts(decideOn(late))).toEqual([]);
    expect(decideOn(late).status).toMatchObject({ phase: 'Paused', reason: 'ProgressDeadline', direction: 'forward' });
    expect(decideOn(late).status.message).toContain('Consul: no answer within 5s');
  });

  it('takes back what our own version broke, whatever it does not know', () => {
    const back: Scene = {
      set: { updateRevision: 'web-old', strategy: fenced(32767) },
      pods: [...pods(3), fresh(3, { ready: false })],
      spec: { ...CONSUL, rollback: { at: stamp(ago(5)), by: 'ann', summary: 'asked to' } },
      status: { direction: 'back', phase: 'RollingBack', target: { revision: 'web-old', templateHash: 'hash-new' } },
      gates: services({ unknown: 'Consul does not answer' }),
    };
    expect(acts(decideOn(back))).toEqual(['delete web-3']);
  });

  it('remembers how many pods it had before the first one went, and wants as many back between steps', () => {
    const start = { pods: pods(4), spec: CONSUL, gates: services({ passing: 4 }) };
    expect(decideOn(start).status.passingAtStart).toBe(4);
    expect(decideOn({ ...start, gates: services({ unknown: 'no' }) }).status.passingAtStart).toBeUndefined();
    const step: Scene = {
      ...halfway,
      spec: { ...CONSUL, steps: ['1', '100%'] },
      status: { passingAtStart: 4, stepReachedAt: stamp(ago(1)), lastDisruptionAt: stamp(ago(9)) },
    };
    const short = { ...step, gates: services({ passing: 3 }) };
    expect(decideOn(short).status.phase).toBe('Progressing');
    expect(blockers(short)).toContain('Consul has 3 pods passing, and had 4 at the start');
    expect(decideOn({ ...step, gates: services({ passing: 4 }) }).status).toMatchObject({ reason: 'StepReached' });
  });
});

describe('gates', () => {
  const spec = { gates: [gate] };

  it.each<[string, GateFacts | undefined, string[]]>([
    ['passes', steps('pass', 1), ['evict web-2']],
    ['is idle: there is no new pod to ask of', steps('idle'), ['evict web-2']],
    ['is unknown', steps('unknown'), []],
    ['was not asked yet', undefined, []],
  ])('in the middle of a step, one that %s', (_, gates, wanted) => {
    expect(acts(decideOn({ ...halfway, spec, ...(gates === undefined ? {} : { gates }) }))).toEqual(wanted);
  });

  it('stop the rollout where one fails, or turn it round', () => {
    const scene = { ...halfway, spec, gates: steps('fail') };
    expect(decideOn(scene).status).toMatchObject({ phase: 'Paused', reason: 'GateFailed' });
    expect(decideOn(scene).status.message).toBe('gate errors fails: 0.5');
    const back = decideOn({ ...scene, spec: { ...spec, failurePolicy: 'rollback' } });
    expect(acts(back)).toEqual(['rollback RollingUpdate/32767 +template']);
  });

  it('do not stop it again for what was known when somebody said go on', () => {
    const told = { ...spec, resumedAt: stamp(NOW) };
    const paused = { phase: 'Paused' as const, reason: 'GateFailed' as const };
    const old = decideOn({ ...halfway, spec: told, status: paused, gates: steps('fail', 0, stamp(ago(5))) });
    expect(old.status.phase).toBe('Progressing');
    expect(acts(old)).toEqual([]);
    const later = { ...halfway, now: NOW + 9_000, spec: told, gates: steps('fail', 0, stamp(NOW + 5_000)) };
    expect(decideOn(later).status.reason).toBe('GateFailed');
  });

  const step: Scene = { ...halfway, spec: { ...spec, steps: ['1', '100%'] } };
  const reached = { stepReachedAt: stamp(ago(60)) };

  it.each<[string, Scene['status'], GateFacts, string | undefined]>([
    ['passed often before the step was reached', {}, steps('pass', 9), undefined],
    ['passed twice since', reached, steps('pass', 2), undefined],
    ['passed three times since', reached, steps('pass', 3), 'StepReached'],
    ['is unknown', reached, steps('unknown', 0), undefined],
  ])('at the end of a step, one that %s', (_, status, gates, reason) => {
    const decision = decideOn({ ...step, status: { ...status }, gates });
    expect(decision.status.reason).toBe(reason);
    expect(decision.status.stepReachedAt).toBeDefined();
    expect(acts(decision)).toEqual([]);
  });

  it('are asked once more where a step is promoted to more pods', () => {
    const decision = decideOn({ ...halfway, spec, status: reached, gates: steps('pass', 9) });
    expect(decision.status.stepReachedAt).toBeUndefined();
  });

  it('hold the percentage and the end open until they have passed', () => {
    const percent = { ...halfway, spec: { ...spec, percent: 25 }, status: reached };
    expect(decideOn({ ...percent, gates: steps('pass', 1) }).outcome).toBeNull();
    expect(decideOn({ ...percent, gates: steps('pass', 3) }).outcome).toBe('held');
    const all: Scene = {
      set: { strategy: fenced(0), currentRevision: 'web-new' },
      pods: [0, 1, 2, 3].map((ordinal) => fresh(ordinal)),
      spec,
      status: reached,
    };
    expect(acts(decideOn({ ...all, gates: steps('pass', 2) }))).toEqual([]);
    expect(acts(decideOn({ ...all, gates: steps('pass', 3) }))).toEqual(['finish own']);
  });

  it('do not let the deadline run while they pass', () => {
    const status = { ...reached, lastProgressAt: stamp(ago(700)), progress: 1 };
    expect(decideOn({ ...step, status, gates: steps('pass', 1) }).status.phase).toBe('Progressing');
    const silent = decideOn({ ...step, status, gates: steps('unknown', 0) });
    expect(silent.status.reason).toBe('ProgressDeadline');
  });

  it('are not asked on the way back', () => {
    const back: Scene = {
      set: { updateRevision: 'web-old', currentRevision: 'web-older' },
      pods: [...pods(3), fresh(3)],
      spec: { ...spec, rollback: { at: stamp(ago(5)), by: 'ann', summary: 'asked to' } },
      status: { direction: 'back', phase: 'RollingBack', target: { revision: 'web-old', templateHash: 'hash-new' } },
      gates: steps('fail'),
    };
    expect(acts(decideOn(back))).toEqual(['evict web-3']);
  });
});

const hook = (parts: Partial<Hook> = {}): Hook => hookSchema.parse({ command: 'leave', ...parts });

describe('the before-pod hook', () => {
  const spec = { hooks: { beforePod: hook() } };
  const answer = (agreed: boolean, seconds: number, tries = 1) => ({
    hooks: {
      answers: [
        {
          moment: 'before' as const,
          pod: 'web-3',
          uid: 'uid-3',
          agreed,
          at: stamp(ago(seconds)),
          tries,
          words: 'exit status 1: primary',
        },
      ],
      done: [],
    },
  });

  it.each<[string, Scene, string[]]>([
    ['is asked for the pod that is next', {}, ['ask before web-3']],
    [
      'is not asked twice at once',
      { asked: { asking: [{ moment: 'before', pod: 'web-3', uid: 'uid-3', until: NOW }] } },
      [],
    ],
    ['agreed', { status: answer(true, 5) }, ['evict web-3']],
    ['agreed long ago', { status: answer(true, 301) }, ['ask before web-3']],
    ['refused just now', { status: answer(false, 5) }, []],
    ['refused a while ago', { status: answer(false, 10) }, ['ask before web-3']],
    ['is not asked beyond the budget', { pods: [pod(0, { ready: false }), ...pods(4).slice(1)] }, []],
    ['is not asked while another is on its way out', { pods: [...pods(3), going(3)] }, ['fence RollingUpdate/3']],
    ['is not asked while an eviction has no answer', { asked: { disrupting: true } }, []],
    ['is not asked while paused', { spec: { ...spec, pauseRequested: true } }, []],
  ])('%s', (_, scene, wanted) => {
    expect(acts(decideOn({ spec, ...scene }))).toEqual(wanted);
  });

  it('tells why it holds the pod, and when it is asked again', () => {
    const decision = decideOn({ spec, status: answer(false, 4) });
    expect(decision.blockers).toEqual([
      {
        code: 'hook',
        message: 'web-3: its before-pod hook refuses: exit status 1: primary (asked again in 6s)',
        pods: ['web-3'],
      },
    ]);
    expect(decision.wakeAt).toBe(NOW + 6_000);
  });

  it('stops the rollout where it refuses more often than it may', () => {
    const strict = { hooks: { beforePod: hook({ retries: 2 }) } };
    expect(decideOn({ spec: strict, status: answer(false, 1, 2) }).status.phase).toBe('Progressing');
    const stopped = decideOn({ spec: strict, status: answer(false, 1, 3) });
    expect(stopped.status).toMatchObject({ phase: 'Paused', reason: 'GateFailed' });
    expect(stopped.status.message).toBe('web-3: its before-pod hook refused 3 times: exit status 1: primary');
  });

  it('is not asked of what is broken: it serves nothing', () => {
    const crash = { kind: 'crash', reason: 'CrashLoopBackOff', message: '', container: 'app', since: ago(60) } as const;
    const broken = pods(4, (ordinal) => (ordinal === 1 ? { ready: false, trouble: crash } : {}));
    expect(acts(decideOn({ spec, pods: broken }))).toEqual(['detour OnDelete/null']);
  });

  it('is forgotten with its pod', () => {
    const reborn = [...pods(3), pod(3, { uid: 'other' })];
    expect(decideOn({ spec, pods: reborn, status: answer(true, 5) }).status.hooks?.answers).toEqual([]);
  });
});

describe('the after-pod hook', () => {
  const spec = { hooks: { afterPod: hook() } };
  const made = { createdAt: ago(40), readySince: ago(30) };
  const scene: Scene = { set: { strategy: fenced(3) }, pods: [...pods(3), fresh(3, made)], spec };

  it('is asked for a replacement that is Ready, which counts only then', () => {
    const decision = decideOn(scene);
    expect(acts(decision)).toEqual(['ask after web-3']);
    expect(decision.status.counts).toMatchObject({ available: 3 });
    const done = { hooks: { answers: [], done: [uidKey('new-3')] } };
    expect(acts(decideOn({ ...scene, status: done }))).toEqual(['evict web-2']);
  });

  it('is not asked for one that is not Ready long enough, nor for one that was there before', () => {
    expect(
      acts(decideOn({ ...scene, pods: [...pods(3), fresh(3, { createdAt: ago(40), readySince: ago(1) })] })),
    ).toEqual([]);
    expect(acts(decideOn({ ...scene, pods: [...pods(3), fresh(3)] }))).toEqual(['evict web-2']);
  });

  it('is asked while paused, too', () => {
    expect(acts(decideOn({ ...scene, spec: { ...spec, pauseRequested: true } }))).toEqual(['ask after web-3']);
  });
});

describe('not-before', () => {
  const at = NOW + 3_600_000;
  const held = (notBefore: { at: number | null; text: string }) => [...pods(3), pod(3, { notBefore })];

  it('holds the pod, and names it', () => {
    const decision = decideOn({ pods: held({ at, text: '2026-11-25T13:00:00Z' }) });
    expect(acts(decision)).toEqual([]);
    expect(decision.blockers[0]).toMatchObject({ code: 'not-before', pods: ['web-3'] });
    expect(decision.blockers[0]?.message).toContain(
      'web-3 is not to be evicted: not before 2026-11-25T13:00:00Z, in 1h',
    );
    expect(decision.wakeAt).toBe(at);
  });

  it.each<[string, { at: number | null; text: string }, Partial<RecordSpec>, string[]]>([
    ['is over', { at: NOW, text: 'then' }, {}, ['evict web-3']],
    ['is overridden', { at, text: 'then' }, { ignoreNotBefore: true }, ['evict web-3']],
    ['is no time', { at: null, text: 'tomorrow' }, {}, []],
  ])('that %s', (_, notBefore, spec, wanted) => {
    expect(acts(decideOn({ pods: held(notBefore), spec }))).toEqual(wanted);
  });

  it('is no standstill that the deadline counts', () => {
    const status = { lastProgressAt: stamp(ago(3600)) };
    expect(decideOn({ pods: held({ at, text: 'then' }), status }).status.phase).toBe('Progressing');
    expect(decideOn({ pods: held({ at: null, text: 'tomorrow' }), status }).status.reason).toBe('ProgressDeadline');
  });
});
