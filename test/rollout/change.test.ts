import { describe, expect, test } from 'vitest';
import { type Change, parseImages, sameTarget, targetOf } from '../../src/rollout/change.ts';
import { RefusedError, UsageError } from '../../src/rollout/errors.ts';
import type { Json, JsonObject } from '../../src/rollout/json.ts';
import { checkManifest, checkPlace, manifestOf } from '../../src/rollout/manifest.ts';
import { differences, RESTARTED_AT, restarted } from '../../src/rollout/template.ts';

const TEMPLATE: JsonObject = {
  metadata: { labels: { app: 'web' } },
  spec: {
    initContainers: [{ name: 'migrate', image: 'tools:1' }],
    containers: [
      { name: 'app', image: 'web:1', env: [{ name: 'A', value: '1' }] },
      { name: 'sidecar', image: 'proxy:1' },
    ],
  },
};
const SET = { name: 'web', template: TEMPLATE };
const REVISIONS = [
  { name: 'web-a', revision: 3, template: { spec: { containers: [{ name: 'app', image: 'web:0' }] } } },
  { name: 'web-b', revision: 12, template: TEMPLATE },
];

const image = (...texts: string[]): Change => ({ kind: 'image', images: parseImages(texts) });

function imagesOf(template: Json | undefined): string[] {
  const paths = differences(TEMPLATE, template);
  return paths.map(({ path, after }) => `${path}=${String(after)}`);
}

describe('--image', () => {
  test.each([
    [['app=web:2'], ['spec.containers[app].image=web:2']],
    [['migrate=tools:2'], ['spec.initContainers[migrate].image=tools:2']],
    [
      ['app=web:2', 'sidecar=proxy:2'],
      ['spec.containers[app].image=web:2', 'spec.containers[sidecar].image=proxy:2'],
    ],
    [
      ['*=all:9'],
      [
        'spec.containers[app].image=all:9',
        'spec.containers[sidecar].image=all:9',
        'spec.initContainers[migrate].image=all:9',
      ],
    ],
    [
      ['*=all:9', 'app=web:2'],
      [
        'spec.containers[app].image=web:2',
        'spec.containers[sidecar].image=all:9',
        'spec.initContainers[migrate].image=all:9',
      ],
    ],
    [['app=web:1'], []],
    [['app=registry:5000/web@sha256:abc=='], ['spec.containers[app].image=registry:5000/web@sha256:abc==']],
  ])('%j changes %j and nothing else', (texts, changed) => {
    expect(imagesOf(targetOf(image(...texts), SET, []).template)).toEqual(changed);
  });

  test('an unknown container is refused, with those there are', () => {
    expect(() => targetOf(image('ap=web:2'), SET, [])).toThrow(UsageError);
    expect(() => targetOf(image('ap=web:2'), SET, [])).toThrow('app, sidecar, migrate');
  });

  test.each(['app', 'app=', '=web:2', 'app=web 2', ''])('%j is refused', (text) => {
    expect(() => parseImages([text])).toThrow(UsageError);
  });

  test('a container named twice with two images is refused; with one it is not', () => {
    expect(() => parseImages(['app=web:2', 'app=web:3'])).toThrow('app twice');
    expect(parseImages(['app=web:2', 'app=web:2'])).toEqual([{ container: 'app', image: 'web:2' }]);
  });

  test('the template that was read is not touched', () => {
    const before = structuredClone(TEMPLATE);
    targetOf(image('*=x:1'), SET, []);
    expect(TEMPLATE).toEqual(before);
  });
});

describe('--restart', () => {
  test('sets the annotation that kubectl rollout restart sets, beside the others', () => {
    const at = '2026-11-25T12:00:00Z';
    expect(targetOf({ kind: 'restart', again: false, at }, SET, []).template).toEqual({
      ...TEMPLATE,
      metadata: { labels: { app: 'web' }, annotations: { [RESTARTED_AT]: at } },
    });
  });

  test('two moments are two targets', () => {
    const one = targetOf({ kind: 'restart', again: false, at: '2026-11-25T12:00:00Z' }, SET, []);
    const two = targetOf({ kind: 'restart', again: false, at: '2026-11-25T12:00:01Z' }, SET, []);
    expect(sameTarget(one, two)).toBe(false);
    expect(restarted(null, 'x')).toEqual({ metadata: { annotations: { [RESTARTED_AT]: 'x' } } });
  });
});

describe('--to-revision', () => {
  test('takes the template of that number', () => {
    expect(targetOf({ kind: 'revision', revision: 3 }, SET, REVISIONS).template).toEqual(REVISIONS[0]?.template);
  });

  test('a number that is not there is refused, with those that are', () => {
    expect(() => targetOf({ kind: 'revision', revision: 4 }, SET, REVISIONS)).toThrow(RefusedError);
    expect(() => targetOf({ kind: 'revision', revision: 4 }, SET, REVISIONS)).toThrow('it has 3, 12');
    expect(() => targetOf({ kind: 'revision', revision: 4 }, SET, [])).toThrow('it has none');
  });
});

test('targets are the same by their template, whatever they were asked for by', () => {
  const byImage = targetOf(image('app=web:1'), SET, []);
  const byRevision = targetOf({ kind: 'revision', revision: 12 }, SET, REVISIONS);
  const pending = targetOf({ kind: 'pending' }, SET, []);
  expect(sameTarget(byImage, byRevision)).toBe(true);
  expect(sameTarget(byImage, pending)).toBe(false);
  expect(sameTarget(pending, pending)).toBe(true);
});

describe('-f', () => {
  const ref = { namespace: 'payments', name: 'web' };
  const raw = {
    spec: {
      replicas: 3,
      serviceName: 'web',
      podManagementPolicy: 'OrderedReady',
      selector: { matchLabels: { app: 'web' } },
      volumeClaimTemplates: [
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          metadata: { name: 'data', creationTimestamp: null },
          spec: {
            accessModes: ['ReadWriteOnce'],
            resources: { requests: { storage: '1Gi' } },
            volumeMode: 'Filesystem',
          },
          status: { phase: 'Pending' },
        },
      ],
    },
  };
  const manifest = (spec: { [field: string]: Json } = {}, metadata: { [field: string]: Json } = {}) =>
    manifestOf(
      [
        {
          apiVersion: 'apps/v1',
          kind: 'StatefulSet',
          metadata: { name: 'web', ...metadata },
          spec: { template: TEMPLATE, ...spec },
        },
      ],
      'web.yaml',
    );

  test('what is applied leaves out strategy, replicas, status and what the server fills in', () => {
    const { apply, updateStrategy, replicas } = manifestOf(
      [
        {
          apiVersion: 'apps/v1',
          kind: 'StatefulSet',
          metadata: {
            name: 'web',
            uid: 'u',
            resourceVersion: '7',
            managedFields: [],
            labels: { a: 'b' },
            annotations: { mine: 'kept', 'rollouts.bedrock.dev/spec': '{}' },
          },
          spec: { template: TEMPLATE, replicas: 3, serviceName: 'web', updateStrategy: { type: 'OnDelete' } },
          status: { replicas: 3 },
        },
      ],
      'web.yaml',
    );
    expect(apply).toEqual({
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'web', labels: { a: 'b' }, annotations: { mine: 'kept' } },
      spec: { template: TEMPLATE, serviceName: 'web' },
    });
    expect({ updateStrategy, replicas }).toEqual({ updateStrategy: { type: 'OnDelete' }, replicas: 3 });
  });

  test.each([
    [[], 'is empty'],
    [[{ kind: 'ConfigMap', apiVersion: 'v1' }], 'a ConfigMap of v1'],
    [[{ kind: 'StatefulSet', apiVersion: 'apps/v1beta2' }], 'a StatefulSet of apps/v1beta2'],
    [['text'], 'a string'],
    [
      [
        { kind: 'StatefulSet', apiVersion: 'apps/v1' },
        { kind: 'Service', apiVersion: 'v1' },
      ],
      '2 objects (StatefulSet, Service)',
    ],
    [[{ kind: 'StatefulSet', apiVersion: 'apps/v1', metadata: {}, spec: { template: {} } }], 'metadata.name'],
    [[{ kind: 'StatefulSet', apiVersion: 'apps/v1', metadata: { name: 'web' }, spec: {} }], 'spec.template'],
  ])('%j is refused', (objects: Json[], words) => {
    expect(() => manifestOf(objects, 'web.yaml')).toThrow(UsageError);
    expect(() => manifestOf(objects, 'web.yaml')).toThrow(words);
  });

  test.each<[Json, Json]>([
    [null, null],
    [{}, { type: 'RollingUpdate', rollingUpdate: { partition: 0 } }],
    [
      { type: 'RollingUpdate', rollingUpdate: null },
      { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
    ],
    [{ rollingUpdate: { partition: 4 } }, { type: 'RollingUpdate', rollingUpdate: { partition: 4 } }],
    [
      { rollingUpdate: { maxUnavailable: '10%' } },
      { type: 'RollingUpdate', rollingUpdate: { partition: 0, maxUnavailable: '10%' } },
    ],
    [{ type: 'OnDelete', rollingUpdate: null }, { type: 'OnDelete' }],
  ])('updateStrategy %j is put back as %j', (updateStrategy, back) => {
    expect(manifest({ updateStrategy }).updateStrategy).toEqual(back);
  });

  test.each<[Json, string]>([
    [{ type: 'Recreate' }, 'of type Recreate'],
    [{ type: 'Sideways' }, 'of type Sideways, which this version does not know'],
    [{ type: 'OnDelete', rollingUpdate: { partition: 0 } }, 'beside type OnDelete'],
    [{ rollingUpdate: { partition: -1 } }, 'partition is -1'],
    [{ rollingUpdate: { maxUnavailable: 0 } }, 'maxUnavailable is 0'],
    ['RollingUpdate', 'is not an object'],
  ])('updateStrategy %j is refused', (updateStrategy, words) => {
    expect(() => manifest({ updateStrategy })).toThrow(words);
  });

  test.each<[{ [field: string]: Json }, string]>([
    [{ serviceName: 'other' }, 'spec.serviceName'],
    [{ podManagementPolicy: 'Parallel' }, 'spec.podManagementPolicy'],
    [{ selector: { matchLabels: { app: 'other' } } }, 'spec.selector'],
    [
      { volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { resources: { requests: { storage: '2Gi' } } } }] },
      'spec.volumeClaimTemplates',
    ],
    [{ volumeClaimTemplates: [] }, 'spec.volumeClaimTemplates'],
  ])('%j is refused with the way out', (spec, field) => {
    const check = () => checkManifest(manifest(spec), ref, raw);
    expect(check).toThrow(RefusedError);
    expect(check).toThrow(`${field}, which cannot be changed`);
    expect(check).toThrow('--cascade=orphan');
    expect(check).toThrow('keep the old template');
  });

  test('what the file leaves out to the defaults is no change', () => {
    const spec = {
      replicas: 3,
      serviceName: 'web',
      selector: { matchLabels: { app: 'web' } },
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
        },
      ],
    };
    expect(() => checkManifest(manifest(spec), ref, raw)).not.toThrow();
  });

  test('another name, namespace or number of replicas is refused', () => {
    expect(() => checkPlace(manifest(), { ...ref, name: 'db' })).toThrow('is about web, but db was named');
    expect(() => checkPlace(manifest({}, { namespace: 'dev' }), ref)).toThrow('add -n dev');
    expect(() => checkManifest(manifest({ replicas: 5 }), ref, raw)).toThrow(
      /says replicas: 5, the set has 3.*kubectl scale/s,
    );
    expect(() => checkManifest(manifest({ replicas: 1 }), ref, { spec: {} })).not.toThrow();
  });
});
