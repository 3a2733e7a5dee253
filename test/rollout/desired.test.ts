import { describe, expect, test } from 'vitest';
import { hashOf, observeSet } from '../../src/cluster/observe.ts';
import { readRecord } from '../../src/cluster/record-store.ts';
import { type Desire, desired, type Seen } from '../../src/rollout/desired.ts';
import { beginDesired, restDesired } from '../../src/rollout/desired-begin.ts';
import { APPLIED_ANNOTATION, MADE_ANNOTATION } from '../../src/rollout/embedded.ts';
import type { Json, JsonObject } from '../../src/rollout/json.ts';
import type { PodObservation } from '../../src/rollout/observation.ts';
import { ANNOTATIONS, HOLD_ALL, type RecordSpec, type RecordStatus } from '../../src/rollout/record.ts';
import { HELD_STRATEGY, RESOURCE_ANNOTATION, type Resource, resourceSpecSchema } from '../../src/rollout/resource.ts';
import { IDENTITY_ANNOTATION } from '../../src/rollout/template-wanted.ts';
import { ORIGIN, pod, status } from './builders.ts';

const OWN = { type: 'RollingUpdate', rollingUpdate: { partition: 0 } };
const template = (image: string): JsonObject => ({
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'app', image }] },
});
const embedded = (image: string, more: JsonObject = {}): JsonObject => ({
  serviceName: 'web',
  selector: { matchLabels: { app: 'web' } },
  template: template(image),
  ...more,
});

function resource(spec: JsonObject, parts: Partial<Resource> = {}): Resource {
  return {
    namespace: 'payments',
    name: 'web',
    uid: 'resource-1',
    resourceVersion: '7',
    generation: 1,
    deleting: false,
    spec: resourceSpecSchema.parse(spec),
    status: {},
    ...parts,
  };
}
const whole = (image: string, more: JsonObject = {}, set: JsonObject = {}) =>
  resource({ statefulset: { spec: embedded(image, set) }, ...more });
const target = (more: JsonObject = {}) => resource({ targetRef: { name: 'web' }, ...more });

/** The set, as the API server has it: four pods at app:1, not ours yet. */
function raw(parts: { spec?: JsonObject; annotations?: JsonObject; status?: JsonObject; metadata?: JsonObject } = {}) {
  return {
    metadata: {
      namespace: 'payments',
      name: 'web',
      uid: 'set-1',
      generation: 1,
      annotations: parts.annotations ?? {},
      ...parts.metadata,
    },
    spec: { replicas: 4, updateStrategy: OWN, podManagementPolicy: 'Parallel', ...embedded('app:1'), ...parts.spec },
    status: {
      observedGeneration: 1,
      replicas: 4,
      currentRevision: 'web-old',
      updateRevision: 'web-old',
      ...parts.status,
    },
  };
}

function see(wanted: Resource, set: Json | null, elder: string | null = null): Seen {
  const found = set === null ? null : { raw: set, set: observeSet(set), record: readRecord(set) };
  return { resource: wanted, found, elder, hash: hashOf };
}

/** What stands in the annotations of a set that carries this record. */
function annotations(spec: RecordSpec, parts: Partial<RecordStatus> | null, origin = ORIGIN): JsonObject {
  const whole = parts === null ? null : status({ rolloutIdentity: spec.rolloutIdentity, ...parts });
  return {
    [ANNOTATIONS.spec]: JSON.stringify(spec),
    [ANNOTATIONS.origin]: JSON.stringify({ ...origin, rolloutIdentity: spec.rolloutIdentity }),
    ...(whole === null ? {} : { [ANNOTATIONS.status]: JSON.stringify(whole) }),
  };
}

function only<K extends Desire['kind']>(desire: Desire, kind: K): Extract<Desire, { kind: K }> {
  if (desire.kind !== kind) throw new Error(`expected ${kind}, got ${JSON.stringify(desire)}`);
  return desire as Extract<Desire, { kind: K }>;
}

const pods = (revision = 'web-old'): PodObservation[] => [0, 1, 2, 3].map((ordinal) => pod(ordinal, { revision }));

function start(wanted: Resource, set: Json, existing = pods()) {
  const beginning = only(desired(see(wanted, set)), 'begin');
  const from = {
    set: observeSet(set),
    pods: existing,
    revisions: [{ name: 'web-old', revision: 1, template: template('app:1') }],
    record: readRecord(set),
    holder: null,
    user: 'operator@cluster',
    now: '2026-11-25T12:00:00.000Z',
  };
  return { beginning, from, begun: beginDesired(wanted, beginning, from) };
}

/** The set as it is once `wanted` has been claimed, applied and begun over `before`. */
function begun(wanted: Resource, parts: Partial<RecordStatus> | null, before: JsonObject = {}, set: JsonObject = {}) {
  const ready = settled(wanted, raw({ annotations: before, spec: set }));
  const { begun: made, from } = start(wanted, ready);
  const record = made.kind === 'new' ? made : restDesired(wanted, made.resting, from)?.record;
  if (record === undefined) throw new Error('nothing was begun');
  const applied = isRecord(ready.metadata.annotations) ? ready.metadata.annotations : {};
  return raw({ annotations: { ...applied, ...annotations(record.spec, parts) }, spec: set });
}
const isRecord = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null;

/** Claims and applies, as often as that is asked for. */
function settled(wanted: Resource, set: ReturnType<typeof raw>): ReturnType<typeof raw> {
  const desire = desired(see(wanted, set));
  const annotated = (more: JsonObject) => ({
    ...set,
    metadata: { ...set.metadata, annotations: { ...set.metadata.annotations, ...more } },
  });
  if (desire.kind === 'claim') return settled(wanted, annotated({ [RESOURCE_ANNOTATION]: desire.name }));
  if (desire.kind !== 'apply') return set;
  const { metadata, spec } = desire.manifest;
  const added = isRecord(metadata) && isRecord(metadata.annotations) ? metadata.annotations : {};
  const made = annotated(added);
  return settled(wanted, { ...made, spec: { ...made.spec, ...(isRecord(spec) ? spec : {}) } });
}

const FENCE = { type: 'RollingUpdate', partition: HOLD_ALL } as const;
const HELD = { updateStrategy: HELD_STRATEGY };
const over = (set: Json, parts: Partial<RecordStatus> = {}): Partial<RecordStatus> => ({
  phase: 'Complete',
  fence: FENCE,
  held: true,
  target: { revision: 'web-old', templateHash: observeSet(set).templateHash },
  ...parts,
});

/** At rest and held after the rollout of `wanted`, which the set's template shows. */
function restful(wanted: Resource, parts: Partial<RecordStatus> = {}, spec: JsonObject = {}) {
  const shape = { ...HELD, ...spec };
  return begun(wanted, over(raw({ spec: shape }), parts), {}, shape);
}

describe('a set that is not there', () => {
  test('is made as the resource says, behind the fence', () => {
    const { object } = only(desired(see(whole('app:1', {}, { replicas: 3 }), null)), 'create');
    expect(object).toMatchObject({
      kind: 'StatefulSet',
      metadata: { name: 'web', namespace: 'payments', annotations: { [RESOURCE_ANNOTATION]: 'web' } },
      spec: { replicas: 3, serviceName: 'web', template: template('app:1'), updateStrategy: HELD_STRATEGY },
    });
  });

  test('without hold it is made with its own strategy', () => {
    const { object } = only(
      desired(see(whole('app:1', { hold: false }, { updateStrategy: { type: 'OnDelete' } }), null)),
      'create',
    );
    expect(object).toMatchObject({ spec: { updateStrategy: { type: 'OnDelete' } } });
  });

  test('leaves to the apply what can be given up again later', () => {
    const { object } = only(
      desired(see(whole('app:1', {}, { minReadySeconds: 5, revisionHistoryLimit: 3 }), null)),
      'create',
    );
    expect(object.spec).not.toHaveProperty('minReadySeconds');
  });

  test('carries the identity in its template from the first pod on', () => {
    const { object } = only(desired(see(whole('app:1', { rolloutIdentity: 'a' }), null)), 'create');
    expect(object).toMatchObject({ spec: { template: { metadata: { annotations: { [IDENTITY_ANNOTATION]: 'a' } } } } });
  });

  test('is waited for where the resource only names it', () => {
    expect(desired(see(target(), null))).toEqual({
      kind: 'refused',
      reason: 'SetNotFound',
      message: 'there is no statefulset web in namespace payments',
    });
  });

  test('gets a record of nothing moved once its controller has seen it, and no rollout', () => {
    const wanted = whole('app:1');
    const { object } = only(desired(see(wanted, null)), 'create');
    const metadata = isRecord(object.metadata) ? object.metadata : {};
    const made = settled(
      wanted,
      raw({ annotations: isRecord(metadata.annotations) ? metadata.annotations : {}, spec: HELD }),
    );
    const young = { ...made, status: { ...made.status, observedGeneration: 0, updateRevision: '' } };
    expect(desired(see(wanted, young))).toMatchObject({ kind: 'nothing', done: false });
    const rest = only(desired(see(wanted, made)), 'rest');
    const { from } = fromOf(made);
    expect(restDesired(wanted, rest, from)).toMatchObject({
      strategy: FENCE,
      template: null,
      record: { status: { phase: 'Complete', held: true, fence: FENCE }, origin: { updateStrategy: OWN } },
    });
    // pods of another one that had this name
    expect(restDesired(wanted, rest, { ...from, pods: pods('web-other') })).toBeNull();
  });
});

function fromOf(set: Json) {
  const revisions = [{ name: 'web-old', revision: 1, template: template('app:1') }];
  return {
    from: {
      set: observeSet(set),
      pods: pods(),
      revisions,
      record: readRecord(set),
      holder: null,
      user: 'operator@cluster',
      now: '2026-11-25T12:00:00.000Z',
    },
  };
}

describe('who decides', () => {
  test.each([
    ['deleted', { deleting: true }, null, 'nothing'],
    ['younger than another one', {}, 'elder', 'refused'],
  ] as const)('a resource that is %s touches nothing', (_, parts, elder, kind) => {
    const desire = desired(see({ ...whole('app:2'), ...parts }, raw(), elder));
    expect(desire).toMatchObject({ kind });
    if (elder !== null) expect(desire).toMatchObject({ reason: 'SetTaken', message: expect.stringContaining(elder) });
  });

  test('the set carries the name of the resource before anything else is written', () => {
    expect(desired(see(target({ rolloutIdentity: 'a' }), raw()))).toEqual({ kind: 'claim', name: 'web' });
  });

  test('a set that is being deleted is left alone', () => {
    const going = raw({ metadata: { deletionTimestamp: '2026-11-25T12:00:00Z' } });
    expect(desired(see(whole('app:2'), going))).toMatchObject({ kind: 'nothing', done: false });
  });

  test('a pause is followed, whatever else of the resource cannot be', () => {
    const set = begun(whole('app:2'), { phase: 'Progressing' });
    const wanted = whole('app:2', { pauseRequested: true }, { updateStrategy: { type: 'Recreate' } });
    expect(desired(see(wanted, set))).toMatchObject({ kind: 'edit' });
    const goesOn = whole('app:2', {}, { updateStrategy: { type: 'Recreate' } });
    expect(desired(see(goesOn, set))).toMatchObject({ kind: 'execute', refused: { reason: 'InvalidSpec' } });
  });

  test('a strategy that no fence can stand in for is refused', () => {
    const set = raw({ annotations: { [RESOURCE_ANNOTATION]: 'web' } });
    const desire = desired(see(whole('app:2', {}, { updateStrategy: { type: 'Recreate' } }), set));
    expect(desire).toMatchObject({
      kind: 'refused',
      reason: 'InvalidSpec',
      message: expect.stringContaining('Recreate'),
    });
  });
});

describe('the other fields of an embedded set', () => {
  const claimed = { [RESOURCE_ANNOTATION]: 'web' };

  test('are applied without template, strategy and what cannot be changed', () => {
    const wanted = whole('app:2', {}, { minReadySeconds: 5, updateStrategy: { type: 'OnDelete' } });
    const { manifest } = only(desired(see(wanted, raw({ annotations: claimed }))), 'apply');
    expect(manifest.spec).toEqual({ minReadySeconds: 5 });
    expect(manifest).toMatchObject({ metadata: { annotations: claimed } });
  });

  test('replicas only where they are given: else an autoscaler may', () => {
    const manifestOf = (set: JsonObject) =>
      only(desired(see(whole('app:1', {}, set), raw({ annotations: claimed }))), 'apply').manifest.spec;
    expect(manifestOf({})).toEqual({});
    expect(manifestOf({ replicas: 9 })).toEqual({ replicas: 9 });
  });

  test('a field that is stated no longer is given up by another apply', () => {
    const before = settled(whole('app:1', {}, { minReadySeconds: 5 }), raw({ annotations: claimed }));
    expect(desired(see(whole('app:1', {}, { minReadySeconds: 5 }), before)).kind).not.toBe('apply');
    const { manifest } = only(desired(see(whole('app:1'), before)), 'apply');
    expect(manifest.spec).toEqual({});
    expect(manifest.metadata).toHaveProperty(['annotations', APPLIED_ANNOTATION]);
  });

  test('what somebody else has made of them is put back', () => {
    const wanted = whole('app:1', {}, { replicas: 4 });
    const before = settled(wanted, raw({ annotations: claimed }));
    const scaled = { ...before, spec: { ...before.spec, replicas: 6 } };
    expect(only(desired(see(wanted, scaled)), 'apply').manifest.spec).toEqual({ replicas: 4 });
  });

  test.each([
    ['serviceName', { serviceName: 'other' }],
    ['selector', { selector: { matchLabels: { app: 'other' } } }],
    ['podManagementPolicy', { podManagementPolicy: 'OrderedReady' }],
    ['volumeClaimTemplates', { volumeClaimTemplates: [{ metadata: { name: 'data' } }] }],
  ])('%s cannot be changed: named, with the way out', (field, change) => {
    const desire = desired(see(whole('app:1', {}, change), raw({ annotations: claimed })));
    expect(desire).toMatchObject({
      kind: 'refused',
      reason: 'ImmutableField',
      message: expect.stringContaining(`spec.${field}`),
    });
    expect(desire).toMatchObject({ message: expect.stringContaining('--cascade=orphan') });
  });
});

describe('a rollout', () => {
  test('begins where the template is another one', () => {
    const wanted = whole('app:2', { percent: 25, maxUnavailable: '2' });
    const { beginning, begun: made } = start(wanted, settled(wanted, raw()));
    expect(beginning.target).toMatchObject({ kind: 'file', summary: 'app 2', template: template('app:2') });
    expect(made).toMatchObject({
      kind: 'new',
      spec: { percent: 25, maxUnavailable: '2', hold: true, rolloutIdentity: beginning.identity },
      origin: { revision: 'web-old', updateStrategy: OWN },
    });
  });

  test('is the same one for whoever asks again', () => {
    const wanted = whole('app:2');
    const set = settled(wanted, raw());
    expect(start(wanted, set).beginning.identity).toBe(start(structuredClone(wanted), set).beginning.identity);
  });

  test.each([
    ['nobody has executed', null],
    ['is under way', {}],
  ])('that %s is executed, not begun again', (_, parts) => {
    const wanted = whole('app:2');
    expect(desired(see(wanted, begun(wanted, parts)))).toEqual({ kind: 'execute', refused: null });
  });

  test('follows the resource', () => {
    const set = begun(whole('app:2', { percent: 25 }), { phase: 'Paused', reason: 'PercentReached' });
    const { edit } = only(desired(see(whole('app:2', { percent: 100, pauseRequested: true }), set)), 'edit');
    const record = readRecord(set);
    if (record === null) throw new Error('no record');
    expect(edit(record.spec)).toMatchObject({
      percent: 100,
      pauseRequested: true,
      rolloutIdentity: record.spec.rolloutIdentity,
      target: record.spec.target,
    });
  });

  test('follows it also where the rest of the resource is refused', () => {
    const set = begun(whole('app:2'), {});
    const bad = whole('app:2', { pauseRequested: true }, { serviceName: 'other' });
    expect(desired(see(bad, set)).kind).toBe('edit');
    expect(desired(see(whole('app:2', {}, { serviceName: 'other' }), set))).toMatchObject({
      kind: 'execute',
      refused: { reason: 'ImmutableField' },
    });
  });

  test('A, B, A, B are four rollouts', () => {
    const seen = new Set<string>();
    let before: JsonObject = {};
    for (const image of ['app:2', 'app:3', 'app:2', 'app:3']) {
      const wanted = whole(image);
      const set = begun(wanted, over(raw(), { fence: null, held: false }), before);
      seen.add(readRecord(set)?.spec.rolloutIdentity ?? '');
      before = set.metadata.annotations;
    }
    expect(seen.size).toBe(4);
  });

  test('a template that is back in mid-rollout begins over it, and goes back to what was complete', () => {
    const half = begun(whole('app:2'), {}, {}, { template: template('app:2') });
    const { begun: made, beginning } = start(whole('app:1'), half, [
      pod(0),
      pod(1),
      pod(2),
      pod(3, { revision: 'web-new' }),
    ]);
    expect(beginning.identity).not.toBe(readRecord(half)?.spec.rolloutIdentity);
    expect(made).toMatchObject({
      kind: 'new',
      origin: { revision: 'web-old' },
      spec: { target: { template: template('app:1') } },
    });
  });

  test('a new rolloutIdentity is a new one, of the same template', () => {
    const first = whole('app:1', { rolloutIdentity: 'a' });
    const stamped = {
      template: {
        ...template('app:1'),
        metadata: { labels: { app: 'web' }, annotations: { [IDENTITY_ANNOTATION]: 'a' } },
      },
    };
    const set = begun(first, over(raw({ spec: { ...HELD, ...stamped } })), {}, { ...HELD, ...stamped });
    expect(desired(see(first, set))).toMatchObject({ kind: 'nothing', done: true });
    const { target: next } = only(desired(see(whole('app:1', { rolloutIdentity: 'b' }), set)), 'begin');
    expect(next).toMatchObject({
      summary: 'rolloutIdentity b',
      template: { metadata: { annotations: { [IDENTITY_ANNOTATION]: 'b' } } },
    });
  });

  test('that somebody else executes is not begun over', () => {
    const wanted = whole('app:2');
    const { beginning, from } = start(wanted, settled(wanted, raw()));
    expect(() => beginDesired(wanted, beginning, { ...from, holder: 'ann@laptop' })).toThrow(/ann@laptop/);
  });

  test('of a template that every pod runs only leaves a record', () => {
    const wanted = whole('app:1');
    const set = settled(wanted, raw());
    const { begun: made, from } = start(wanted, set);
    if (made.kind !== 'rest') throw new Error(`expected rest, got ${made.kind}`);
    expect(restDesired(wanted, made.resting, from)).toMatchObject({
      strategy: FENCE,
      record: { status: { phase: 'Complete' } },
    });
  });

  test('asked to go back is edited once, and executed though it was over', () => {
    const set = restful(whole('app:1', {}), {});
    const identity = readRecord(set)?.spec.rolloutIdentity ?? '';
    const rollback = { at: '2026-11-25T12:00:00Z', by: 'ann', summary: 'asked to', identity };
    const { edit } = only(desired(see(whole('app:1', { rollback }), set)), 'edit');
    const record = readRecord(set);
    if (record === null) throw new Error('no record');
    const edited = {
      ...set,
      metadata: {
        ...set.metadata,
        annotations: { ...set.metadata.annotations, [ANNOTATIONS.spec]: JSON.stringify(edit(record.spec)) },
      },
    };
    expect(desired(see(whole('app:1', { rollback }), edited))).toEqual({ kind: 'execute', refused: null });
  });
});

describe('a set at rest', () => {
  test('is left alone', () => {
    const wanted = whole('app:1');
    expect(desired(see(wanted, restful(wanted)))).toEqual({ kind: 'nothing', done: true, why: 'the set is held' });
  });

  test('stays where a rollback has left it', () => {
    const wanted = whole('app:2');
    const set = restful(wanted, { phase: 'RolledBack', direction: 'back' });
    expect(desired(see(wanted, set))).toMatchObject({ kind: 'nothing', done: true });
  });

  test('gets its template back, behind the fence, where somebody has changed it', () => {
    const wanted = whole('app:1');
    const set = restful(wanted);
    const drifted = { ...set, spec: { ...set.spec, template: template('app:9') } };
    const rest = only(desired(see(wanted, drifted)), 'rest');
    expect(restDesired(wanted, rest, fromOf(drifted).from)).toMatchObject({
      strategy: FENCE,
      template: template('app:1'),
    });
  });

  test('is rolled back to it pod by pod where the fence is gone, too', () => {
    const wanted = whole('app:1');
    const set = restful(wanted);
    const loose = { ...set, spec: { ...set.spec, template: template('app:9'), updateStrategy: OWN } };
    expect(only(desired(see(wanted, loose)), 'begin').target.template).toEqual(template('app:1'));
  });

  test('is held again where somebody has taken the fence away', () => {
    const wanted = whole('app:1');
    const set = restful(wanted);
    const loose = { ...set, spec: { ...set.spec, updateStrategy: OWN } };
    expect(desired(see(wanted, loose))).toMatchObject({ kind: 'rest', hold: true, template: null, record: null });
  });

  test('is let go where hold is taken back, but not where that would move pods', () => {
    const wanted = whole('app:1', { hold: false });
    const set = restful(whole('app:1'));
    const rest = only(desired(see(wanted, set)), 'rest');
    expect(restDesired(wanted, rest, fromOf(set).from)).toMatchObject({
      strategy: 'own',
      record: { status: { fence: null, held: false } },
    });
    const drifted = { ...set, spec: { ...set.spec, template: template('app:9') } };
    expect(desired(see(wanted, drifted))).toMatchObject({ kind: 'refused', reason: 'WouldMovePods' });
  });

  test('that a resource only names is held with its own strategy kept, and its template is its owner’s', () => {
    const wanted = target();
    const set = settled(wanted, raw());
    const rest = only(desired(see(wanted, set)), 'rest');
    expect(restDesired(wanted, rest, fromOf(set).from)).toMatchObject({
      strategy: FENCE,
      record: { origin: { updateStrategy: OWN } },
    });
    const held = restful(whole('app:1'), {}, { template: template('app:9') });
    expect(desired(see({ ...target(), uid: 'another' }, held))).toMatchObject({ kind: 'nothing', done: true });
  });

  test('OnDelete with a stale current revision is not fenced without a rollout', () => {
    const wanted = target();
    const set = settled(
      wanted,
      raw({ spec: { updateStrategy: { type: 'OnDelete' } }, status: { currentRevision: 'web-ancient' } }),
    );
    const rest = only(desired(see(wanted, set)), 'rest');
    const from = { ...fromOf(set).from, revisions: [{ name: 'web-old', revision: 1, template: template('app:1') }] };
    expect(() => restDesired(wanted, rest, from)).toThrow(/web-ancient/);
  });

  test('that a resource names rolls out what it asks for when rolloutIdentity is new', () => {
    const wanted = target({ rolloutIdentity: 'b' });
    const held = restful(whole('app:1'), {}, { template: template('app:9') });
    expect(only(desired(see(wanted, held)), 'begin').target).toMatchObject({
      template: {
        spec: { containers: [{ image: 'app:9' }] },
        metadata: { annotations: { [IDENTITY_ANNOTATION]: 'b' } },
      },
    });
  });

  test('is made known as made by us only by its own annotation', () => {
    const wanted = whole('app:1');
    const other = settled(wanted, raw({ annotations: { [MADE_ANNOTATION]: 'web-other' } }));
    expect(desired(see(wanted, other)).kind).toBe('begin');
  });

  test('that was made for this template and has another one since, without a record, is rolled out', () => {
    const wanted = whole('app:1');
    const made = only(desired(see(wanted, null)), 'create').object;
    const annotations = isRecord(made.metadata) && isRecord(made.metadata.annotations) ? made.metadata.annotations : {};
    expect(only(desired(see(wanted, settled(wanted, raw({ annotations })))), 'rest').record).not.toBeNull();
    const changed = settled(wanted, raw({ annotations, spec: { template: template('app:9') } }));
    expect(desired(see(wanted, changed)).kind).toBe('begin');
  });
});
