import { describe, expect, it } from 'vitest';
import { checkSize, editSpec, RecordError, readRecord, writeStatus } from '../../src/cluster/record-store.ts';
import type { Json, JsonObject } from '../../src/rollout/json.ts';
import { ANNOTATIONS, type RecordSpec, type RecordStatus } from '../../src/rollout/record.ts';
import { rawSet } from './builders.ts';
import { FakeApi, refuse } from './fake-api.ts';

const REF = { namespace: 'shop', name: 'web' };
const SPEC = { schemaVersion: 1, rolloutIdentity: 'r1', target: { kind: 'image', summary: 'app=web:2' } };

function annotated(annotations: Record<string, string>, resourceVersion = '100'): JsonObject {
  return rawSet({}, { metadata: { name: 'web', namespace: 'shop', uid: 'u', resourceVersion, annotations } });
}

function withSpec(spec: Json = SPEC): JsonObject {
  return annotated({ [ANNOTATIONS.spec]: JSON.stringify(spec) });
}

describe('readRecord', () => {
  it('is null without one, and fills in what was left out', () => {
    expect(readRecord(rawSet())).toBeNull();
    expect(readRecord(withSpec())).toMatchObject({
      spec: { percent: 100, maxUnavailable: '1', disrupt: 'evict' },
      status: null,
      origin: null,
    });
  });

  it.each<[string, string, RegExp]>([
    ['no JSON', '{', /rollouts\.bedrock\.dev\/spec of statefulset web is not JSON/],
    ['a wrong value', JSON.stringify({ ...SPEC, percent: 200 }), /is broken: percent: /],
    [
      'a newer version',
      JSON.stringify({ ...SPEC, schemaVersion: 2 }),
      /was written by a newer kubectl bedrock \(version 2/,
    ],
  ])('says what is wrong: %s', (_name, text, expected) => {
    const read = () => readRecord(annotated({ [ANNOTATIONS.spec]: text }));
    expect(read).toThrow(RecordError);
    expect(read).toThrow(expected);
  });

  it('tells the command that removes a broken one', () => {
    expect(() => readRecord(annotated({ [ANNOTATIONS.spec]: '[]' }))).toThrow(
      /kubectl annotate statefulset web -n shop rollouts\.bedrock\.dev\/spec-$/,
    );
  });
});

const PATH = '/metadata/annotations/rollouts.bedrock.dev~1spec';

/** What a JSON patch makes the spec. */
function specIn(patch: unknown): unknown {
  const [last] = (patch as { value: string }[]).slice(-1);
  return JSON.parse(last?.value ?? '');
}

describe('editSpec', () => {
  const pause = (spec: RecordSpec): RecordSpec => ({ ...spec, pauseRequested: true });

  it('writes the spec alone, over what it read and nothing else', async () => {
    const api = new FakeApi((request) => (request.method === 'GET' ? withSpec() : { written: true }));
    expect(await editSpec(api, REF, pause)).toEqual({ written: true });
    const [, patch] = api.calls;
    expect(patch).toMatchObject({ method: 'PATCH', query: { fieldManager: 'kubectl-bedrock' } });
    // and no test of the resourceVersion: status and fence are written several times a second
    expect(patch?.body).toEqual([
      { op: 'test', path: '/metadata/uid', value: 'u' },
      { op: 'test', path: PATH, value: JSON.stringify(SPEC) },
      { op: 'add', path: PATH, value: expect.any(String) },
    ]);
    expect(specIn(patch?.body)).toMatchObject({ pauseRequested: true, rolloutIdentity: 'r1' });
  });

  it('reads again where somebody was faster, and keeps their change', async () => {
    let theirs: JsonObject = SPEC;
    const api = new FakeApi((request) => {
      if (request.method === 'GET') return withSpec(theirs);
      if (!('percent' in theirs)) {
        theirs = { ...SPEC, percent: 25 };
        refuse(422, 'test failed');
      }
      return request.body ?? null;
    });
    expect(specIn(await editSpec(api, REF, pause))).toMatchObject({ percent: 25, pauseRequested: true });
  });

  it('gives up after five times', async () => {
    const api = new FakeApi((request) => (request.method === 'GET' ? withSpec() : refuse(409, 'modified')));
    await expect(editSpec(api, REF, pause)).rejects.toThrow(
      /could not be edited, 5 times in a row .*modified.* Nothing was changed/,
    );
    expect(api.calls.filter(({ method }) => method === 'PATCH')).toHaveLength(5);
  });

  it('writes nothing where nothing changes, where the edit throws, and where there is no record', async () => {
    const first = new FakeApi(() => withSpec());
    const read = readRecord(withSpec());
    const same = new FakeApi(() => withSpec((read?.spec ?? null) as Json));
    await editSpec(same, REF, (spec) => spec);
    await expect(
      editSpec(first, REF, () => {
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    await expect(editSpec(new FakeApi(() => rawSet()), REF, pause)).rejects.toThrow(
      'statefulset web has no rollout to change',
    );
    expect([...first.calls, ...same.calls].every(({ method }) => method === 'GET')).toBe(true);
  });
});

describe('what is written', () => {
  it('is the status annotation alone, and only over the one that was read', async () => {
    const api = new FakeApi(() => ({}));
    const status = { phase: 'Paused' } as RecordStatus;
    await writeStatus(api, REF, annotated({ [ANNOTATIONS.status]: '{"phase":"Progressing"}' }), status);
    const path = '/metadata/annotations/rollouts.bedrock.dev~1status';
    expect(api.calls[0]?.body).toEqual([
      { op: 'test', path, value: '{"phase":"Progressing"}' },
      { op: 'add', path, value: '{"phase":"Paused"}' },
    ]);
  });

  it('is refused beforehand where it does not fit beside the other annotations', () => {
    const full = annotated({ 'kubectl.kubernetes.io/last-applied-configuration': 'x'.repeat(200 * 1024) });
    expect(() => checkSize(full, { [ANNOTATIONS.spec]: 'x'.repeat(55 * 1024) })).not.toThrow();
    expect(() => checkSize(full, { [ANNOTATIONS.spec]: 'é'.repeat(30 * 1024) })).toThrow(
      /would be 261 KiB, and Kubernetes takes 256 KiB/,
    );
  });
});
