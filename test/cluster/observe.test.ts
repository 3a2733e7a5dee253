import { describe, expect, it } from 'vitest';
import { observeSet } from '../../src/cluster/observe.ts';
import { MalformedError } from '../../src/cluster/shapes.ts';
import type { Json } from '../../src/rollout/json.ts';
import { ANNOTATIONS, FIELD_MANAGER } from '../../src/rollout/record.ts';
import { rawSet } from './builders.ts';

describe('observeSet', () => {
  it('reads what is there', () => {
    const set = observeSet(
      rawSet({
        replicas: 5,
        ordinals: { start: 2 },
        podManagementPolicy: 'Parallel',
        minReadySeconds: 4,
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 3, maxUnavailable: '25%' } },
      }),
    );
    expect(set).toMatchObject({
      namespace: 'shop',
      name: 'web',
      uid: 'set-1',
      generation: 7,
      observedGeneration: 6,
      deleting: false,
      replicas: 5,
      start: 2,
      policy: 'Parallel',
      minReadyMs: 4000,
      strategy: { type: 'RollingUpdate', partition: 3, maxUnavailable: '25%' },
      images: [{ container: 'app', image: 'web:1' }],
      currentRevision: 'web-a',
      updateRevision: 'web-b',
      statusReplicas: 3,
      written: null,
      foreignWriter: null,
    });
  });

  it('takes what the API server leaves out as it does: replicas 1, numbers 0, OrderedReady (case D12)', () => {
    const { replicas: _, ...spec } = (rawSet().spec ?? {}) as Record<string, Json>;
    const set = observeSet({ metadata: { name: 'web', uid: 'u' }, spec, status: { replicas: 0 } });
    expect(set).toMatchObject({
      replicas: 1,
      start: 0,
      policy: 'OrderedReady',
      minReadyMs: 0,
      generation: 0,
      observedGeneration: 0,
      statusReplicas: 0,
      currentRevision: '',
    });
    expect(observeSet(rawSet({ replicas: 0 })).replicas).toBe(0);
  });

  it.each<[string, Record<string, Json>]>([
    ['no whole number of pods', { replicas: 1e308 }],
    ['more pods than Kubernetes is made for', { replicas: 2_000_000_000 }],
    ['fewer than none', { replicas: -1 }],
    ['ordinals beyond what can be counted', { ordinals: { start: 2 ** 53 } }],
    ['a partition beyond an int32', { updateStrategy: { rollingUpdate: { partition: 1e20 } } }],
  ])('says what it does not count to: %s', (_name, spec) => {
    expect(() => observeSet(rawSet(spec))).toThrow(MalformedError);
  });

  it.each<[string, Json, object]>([
    ['{}', {}, { type: 'RollingUpdate', partition: 0 }],
    ['null', null, { type: 'RollingUpdate', partition: 0, raw: null }],
    ['rollingUpdate null', { type: 'RollingUpdate', rollingUpdate: null }, { type: 'RollingUpdate', partition: 0 }],
    ['OnDelete', { type: 'OnDelete' }, { type: 'OnDelete', partition: null }],
    ['a third one', { type: 'Recreate' }, { type: 'Recreate', partition: null }],
    ['maxUnavailable a number', { rollingUpdate: { maxUnavailable: 2 } }, { partition: 0, maxUnavailable: '2' }],
  ])('reads the strategy %s (case D10)', (_name, updateStrategy, expected) => {
    expect(observeSet(rawSet({ updateStrategy })).strategy).toMatchObject(expected);
  });

  it('gives equal templates one hash, whatever the order of their keys', () => {
    const one = observeSet(rawSet({ template: { spec: { containers: [], a: 1 }, metadata: {} } }));
    const two = observeSet(rawSet({ template: { metadata: {}, spec: { a: 1, containers: [] } } }));
    const three = observeSet(rawSet({ template: { metadata: {}, spec: { a: 2, containers: [] } } }));
    expect(one.templateHash).toMatch(/^[0-9a-f]{64}$/);
    expect(two.templateHash).toBe(one.templateHash);
    expect(three.templateHash).not.toBe(one.templateHash);
  });

  it('names object and field where a type is wrong', () => {
    expect(() => observeSet(rawSet({ replicas: 'three' }))).toThrow(MalformedError);
    expect(() => observeSet(rawSet({ replicas: 'three' }))).toThrow(/^statefulset web: spec\.replicas: /);
    expect(() => observeSet(null)).toThrow(/^statefulset \(without a name\)/);
  });

  it.each<[string, Json, object | null]>([
    ['the fence', { fence: { type: 'RollingUpdate', partition: 2 } }, { type: 'RollingUpdate', partition: 2 }],
    ['none yet', { fence: null }, null],
    ['nonsense', { fence: { type: 'Maybe' } }, null],
    ['no object', 'fence', null],
  ])('reads what we last wrote from the status annotation: %s', (_name, status, expected) => {
    const annotations = { [ANNOTATIONS.status]: JSON.stringify(status) };
    expect(observeSet(rawSet({}, { metadata: { name: 'web', uid: 'u', annotations } })).written).toEqual(expected);
  });

  it('takes a broken status annotation as none', () => {
    const annotations = { [ANNOTATIONS.status]: '{' };
    expect(observeSet(rawSet({}, { metadata: { name: 'web', uid: 'u', annotations } })).written).toBeNull();
  });

  it('names who last wrote template, strategy or ordinals besides us', () => {
    const entry = (manager: string, minute: number, fields: object, subresource?: string) => ({
      manager,
      operation: 'Update',
      time: `2026-11-25T10:0${minute}:00Z`,
      fieldsV1: { 'f:spec': fields },
      ...(subresource ? { subresource } : {}),
    });
    const managedFields = [
      entry('kubectl-create', 1, { 'f:template': {} }),
      entry('argocd-controller', 3, { 'f:template': {} }),
      entry('hpa', 5, { 'f:replicas': {} }),
      entry('kube-controller-manager', 6, { 'f:template': {} }, 'status'),
      entry(FIELD_MANAGER, 7, { 'f:updateStrategy': {} }),
    ] as Json[];
    const set = observeSet(rawSet({}, { metadata: { name: 'web', uid: 'u', managedFields } }));
    expect(set.foreignWriter).toEqual({ manager: 'argocd-controller', at: Date.parse('2026-11-25T10:03:00Z') });
  });
});
