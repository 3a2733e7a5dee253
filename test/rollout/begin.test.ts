import { describe, expect, test } from 'vitest';
import { type Begin, type BeginInput, begin } from '../../src/rollout/begin.ts';
import { RefusedError } from '../../src/rollout/errors.ts';
import type { Json } from '../../src/rollout/json.ts';
import type { RecordOrigin, RecordSpec, RecordStatus, RolloutRecord } from '../../src/rollout/record.ts';
import { fenced, fresh, ON_DELETE, ORIGIN, pod, pods, set, spec, status } from './builders.ts';

const T = (image: string): Json => ({ spec: { containers: [{ name: 'app', image }] } });
const OLD = { name: 'web-old', revision: 1, template: T('app:1') };
const NEW = { name: 'web-new', revision: 2, template: T('app:2') };
const OWN = { type: 'RollingUpdate', rollingUpdate: { partition: 0, maxUnavailable: '25%' } };
const own = { type: 'RollingUpdate', partition: 0, maxUnavailable: '25%', raw: OWN };

/** A set of four at web-old that nobody has touched. */
function input(parts: Partial<BeginInput> = {}, setParts: Parameters<typeof set>[0] = {}): BeginInput {
  return {
    set: set({
      template: T('app:1'),
      currentRevision: 'web-old',
      updateRevision: 'web-old',
      strategy: own,
      ...setParts,
    }),
    pods: pods(4),
    revisions: [OLD, NEW],
    record: null,
    target: { kind: 'image', summary: 'app=app:2', template: T('app:2') },
    again: false,
    pace: {},
    manifestStrategy: null,
    holder: null,
    user: 'ann@laptop',
    identity: 'r2',
    now: '2026-11-25T12:00:00.000Z',
    ...parts,
  };
}

function recordOf(parts: {
  spec?: Partial<RecordSpec>;
  status?: Partial<RecordStatus> | null;
  origin?: RecordOrigin;
}): RolloutRecord {
  return {
    spec: spec({ target: { kind: 'image', summary: 'app=app:2', template: T('app:2') }, ...parts.spec }),
    status: parts.status === null ? null : status(parts.status),
    origin: parts.origin ?? { ...ORIGIN, template: T('app:1'), updateStrategy: OWN },
  };
}

/** Half-way: two of four at the new version, behind our fence. */
const halfWay = {
  template: T('app:2'),
  updateRevision: 'web-new',
  strategy: fenced(2),
  written: { type: 'RollingUpdate', partition: 2 },
} as const;
const halfPods = [pod(0), pod(1), fresh(2), fresh(3)];

function started(answer: Begin): { spec: RecordSpec; origin: RecordOrigin; warnings: string[] } {
  if (answer.kind !== 'new') throw new Error(`expected a new rollout, got ${answer.kind}`);
  return answer;
}

describe('a new rollout', () => {
  test('goes back to the revision that every pod runs, with its own template', () => {
    const { spec, origin, warnings } = started(begin(input()));
    expect(origin).toMatchObject({
      revision: 'web-old',
      template: T('app:1'),
      updateStrategy: OWN,
      rolloutIdentity: 'r2',
    });
    expect(spec).toMatchObject({
      rolloutIdentity: 'r2',
      percent: 100,
      maxUnavailable: '25%',
      strategy: 'fence',
      hold: false,
    });
    expect(warnings).toEqual([]);
  });

  test('what was said counts before what the set says', () => {
    const { spec } = started(begin(input({ pace: { maxUnavailable: '3', percent: 25, steps: ['1'] } })));
    expect(spec).toMatchObject({ maxUnavailable: '3', percent: 25, steps: ['1'] });
  });

  test('one at once where nobody says anything', () => {
    expect(started(begin(input({}, { strategy: fenced(0) }))).spec.maxUnavailable).toBe('1');
  });

  test('the strategy of a file is the one to put back, and its maxUnavailable the default', () => {
    const manifestStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: 0, maxUnavailable: 2 } };
    const { spec, origin } = started(begin(input({ manifestStrategy })));
    expect(origin.updateStrategy).toEqual(manifestStrategy);
    expect(spec.maxUnavailable).toBe('2');
  });

  test('an OnDelete set whose currentRevision is ancient goes back to what its pods run', () => {
    const answer = begin(input({}, { strategy: ON_DELETE, currentRevision: 'web-ancient' }));
    expect(started(answer).origin).toMatchObject({ revision: 'web-old', updateStrategy: { type: 'OnDelete' } });
  });

  test('pods outside the range and pods on their way out do not count', () => {
    const strays = [...pods(4), fresh(4), fresh(1, { deleting: true, name: 'web-1' })];
    expect(started(begin(input({ pods: strays }))).origin.revision).toBe('web-old');
  });

  test('mixed pods without a record go back to currentRevision, with a warning', () => {
    const answer = started(begin(input({ pods: halfPods }, { updateRevision: 'web-new', template: T('app:2') })));
    expect(answer.origin.revision).toBe('web-old');
    expect(answer.warnings[0]).toContain('2 revisions');
  });

  test('without a revision to go back to nothing is begun', () => {
    const nothing = input({ pods: halfPods, revisions: [] }, { currentRevision: 'web-gone' });
    expect(() => begin(nothing)).toThrow(RefusedError);
    expect(() => begin(nothing)).toThrow('web-gone');
  });

  test.each(['Recreate', 'Sideways'])('a set of strategy %s is refused', (type) => {
    const strategy = { type, partition: null, maxUnavailable: null, raw: { type } };
    expect(() => begin(input({}, { strategy }))).toThrow(`of type ${type}`);
  });
});

describe('over what is left of an earlier one', () => {
  const third = { kind: 'image', summary: 'app=app:3', template: T('app:3') } as const;

  test('a third version half-way goes back to the last complete one, and puts back the own strategy, not the fence', () => {
    const { origin } = started(begin(input({ pods: halfPods, record: recordOf({}), target: third }, halfWay)));
    expect(origin).toMatchObject({
      revision: 'web-old',
      template: T('app:1'),
      updateStrategy: OWN,
      rolloutIdentity: 'r2',
    });
  });

  test('all at the new version, but not all serving: the version from before still is the complete one', () => {
    const all = [fresh(0), fresh(1), fresh(2), fresh(3, { ready: false })];
    const answer = begin(input({ pods: all, record: recordOf({}), target: third }, halfWay));
    expect(started(answer).origin.revision).toBe('web-old');
    const serving = begin(
      input({ pods: [0, 1, 2, 3].map((each) => fresh(each)), record: recordOf({}), target: third }, halfWay),
    );
    expect(started(serving).origin.revision).toBe('web-new');
  });

  test('a set left held: the version it runs, and the strategy from before the hold', () => {
    const record = recordOf({ status: { phase: 'Complete', held: true } });
    const held = {
      ...halfWay,
      currentRevision: 'web-new',
      strategy: fenced(32767),
      written: { type: 'RollingUpdate', partition: 32767 } as const,
    };
    const { origin } = started(
      begin(input({ pods: [0, 1, 2, 3].map((each) => fresh(each)), record, target: third }, held)),
    );
    expect(origin).toMatchObject({ revision: 'web-new', template: T('app:2'), updateStrategy: OWN });
  });

  test('a strategy that somebody wrote since is theirs, and is put back', () => {
    const record = recordOf({ status: { phase: 'Complete' } });
    const { origin } = started(begin(input({ record, target: third }, { strategy: ON_DELETE, written: null })));
    expect(origin.updateStrategy).toEqual({ type: 'OnDelete' });
  });

  test('the record of a set that was deleted and made anew does not count', () => {
    const record = recordOf({ status: { setUid: 'another' } });
    const { origin } = started(
      begin(input({ record }, { strategy: fenced(2), written: { type: 'RollingUpdate', partition: 2 } })),
    );
    expect(origin.updateStrategy).toEqual(fenced(2).raw);
  });
});

describe('the same again', () => {
  function goneOn(parts: Partial<BeginInput>): RecordSpec {
    const all = input({ pods: halfPods, record: recordOf({}), ...parts }, halfWay);
    const answer = begin(all);
    if (answer.kind !== 'continue') throw new Error(`expected to go on, got ${answer.kind}`);
    return answer.edit(all.record?.spec ?? spec());
  }

  test('an unfinished rollout of the same template is gone on with', () => {
    expect(goneOn({})).toMatchObject({ rolloutIdentity: 'r1', percent: 100, resumedAt: '2026-11-25T12:00:00.000Z' });
  });

  test('also before anybody has executed it', () => {
    expect(goneOn({ record: recordOf({ status: null }) }).rolloutIdentity).toBe('r1');
  });

  test('the pace that is said now counts; without --percent all pods are asked for', () => {
    const record = recordOf({ spec: { percent: 25, maxUnavailable: '4' } });
    expect(goneOn({ record, pace: { maxUnavailable: '2' } })).toMatchObject({ percent: 100, maxUnavailable: '2' });
    expect(goneOn({ record, pace: { percent: 25 } })).toMatchObject({ percent: 25, maxUnavailable: '4' });
  });

  test('without a change the percent of the record stays', () => {
    const record = recordOf({ spec: { percent: 25 } });
    expect(goneOn({ record, target: { kind: 'pending', summary: '' } }).percent).toBe(25);
  });

  test('a restart goes on with an unfinished restart, unless it is to be anew', () => {
    const target = { kind: 'restart', summary: 'restart', template: T('later') } as const;
    const record = recordOf({ spec: { target: { ...target, template: T('earlier') } } });
    expect(goneOn({ record, target }).rolloutIdentity).toBe('r1');
    expect(begin(input({ pods: halfPods, record, target, again: true }, halfWay)).kind).toBe('new');
  });

  test('an own pause is ended; that of somebody else is not', () => {
    const mine = recordOf({ spec: { pauseRequested: true, pausedBy: 'ann@laptop' } });
    expect(goneOn({ record: mine })).toMatchObject({ pauseRequested: false });
    const theirs = recordOf({ spec: { pauseRequested: true, pausedBy: 'bob@desk' } });
    expect(() => goneOn({ record: theirs })).toThrow(/bob@desk has paused.*resume/);
  });

  test('forward again over an unfinished rollback is a rollout of its own', () => {
    const rollback = { at: '2026-11-25T11:00:00.000Z', by: 'bob', summary: 'asked to' };
    const record = recordOf({ spec: { rollback }, status: { direction: 'back', phase: 'RollingBack' } });
    expect(
      begin(input({ pods: halfPods, record }, { ...halfWay, template: T('app:1'), updateRevision: 'web-old' })).kind,
    ).toBe('new');
    const pending = { kind: 'pending', summary: '' } as const;
    expect(() => begin(input({ pods: halfPods, record, target: pending }, halfWay))).toThrow(
      'half-way through a rollback',
    );
  });
});

describe('nothing to do', () => {
  const all = [0, 1, 2, 3].map((each) => fresh(each));
  const there = { template: T('app:2'), updateRevision: 'web-new', currentRevision: 'web-new' };

  test('the same template, and every pod runs it', () => {
    expect(begin(input({ pods: all }, there))).toMatchObject({
      kind: 'nothing',
      message: expect.stringContaining('all 4 pods run'),
    });
    expect(begin(input({ pods: all, target: { kind: 'pending', summary: '' } }, there)).kind).toBe('nothing');
  });

  test('not where a pod still is old, is missing, or the controller has not looked', () => {
    expect(begin(input({ pods: [...all.slice(0, 3), pod(3)] }, there)).kind).toBe('new');
    expect(begin(input({ pods: all.slice(0, 3) }, there)).kind).toBe('new');
    expect(begin(input({ pods: all }, { ...there, observedGeneration: 4 })).kind).toBe('new');
  });

  test('a restart always is something to do', () => {
    expect(
      begin(input({ pods: all, target: { kind: 'restart', summary: '', template: T('app:2') } }, there)).kind,
    ).toBe('new');
  });
});

describe('while somebody executes', () => {
  test('the same rollout is watched, another one is refused by name', () => {
    const parts = { pods: halfPods, record: recordOf({}), holder: 'bob@desk' };
    expect(begin(input(parts, halfWay))).toEqual({ kind: 'view', holder: 'bob@desk' });
    const other = { kind: 'image', summary: 'app=app:3', template: T('app:3') } as const;
    expect(() => begin(input({ ...parts, target: other }, halfWay))).toThrow(/bob@desk executes a rollout.*app=app:2/);
  });
});
