import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ApiRequest } from '../../src/cluster/api.ts';
import {
  editResource,
  getResource,
  listResources,
  ResourceError,
  readResource,
  resourcePath,
  resourcesPath,
  writeResourceStatus,
} from '../../src/cluster/resource.ts';
import type { Json, JsonObject } from '../../src/rollout/json.ts';
import { FakeApi, refuse } from './fake-api.ts';

const REF = { namespace: 'shop', name: 'web' };

function raw(spec: Json, more: JsonObject = {}): JsonObject {
  return {
    metadata: { name: 'web', namespace: 'shop', uid: 'u1', resourceVersion: '7', generation: 3 },
    spec,
    ...more,
  };
}

function specOf(spec: JsonObject) {
  const read = readResource(raw({ targetRef: { name: 'web' }, ...spec }));
  if (read.kind === 'broken') throw new Error(read.why);
  return read.resource.spec;
}

function whyBroken(spec: Json): string {
  const read = readResource(raw(spec));
  return read.kind === 'broken' ? read.why : 'not broken';
}

describe('readResource', () => {
  it('fills in what was left out', () => {
    expect(readResource(raw({ targetRef: { name: 'db' } }))).toMatchObject({
      kind: 'resource',
      resource: {
        namespace: 'shop',
        name: 'web',
        uid: 'u1',
        resourceVersion: '7',
        generation: 3,
        deleting: false,
        spec: { targetRef: { name: 'db' }, percent: 100, maxUnavailable: '1', hold: true, disrupt: 'evict', steps: [] },
      },
    });
  });

  it('takes pods as numbers and as texts', () => {
    const { maxUnavailable, steps, failureThreshold } = specOf({
      maxUnavailable: 2,
      steps: [1, '25%'],
      failureThreshold: '3',
    });
    expect({ maxUnavailable, steps, failureThreshold }).toEqual({
      maxUnavailable: '2',
      steps: ['1', '25%'],
      failureThreshold: '3',
    });
  });

  const set = { targetRef: { name: 'web' } };
  it.each<[string, Json, RegExp]>([
    ['no spec', null, /^statefulsetrollout web: spec: /],
    ['neither set nor reference', {}, /either statefulset or targetRef/],
    ['both', { ...set, statefulset: { spec: {} } }, /either statefulset or targetRef/],
    ['a template beside the whole set', { statefulset: { spec: {} }, template: {} }, /template goes with targetRef/],
    ['too many percent', { ...set, percent: 200 }, /spec\.percent: /],
    ['half a pod', { ...set, maxUnavailable: 1.5 }, /spec\.maxUnavailable: /],
    ['too large a share', { ...set, maxUnavailable: '101%' }, /spec\.maxUnavailable: a number of pods or a percentage/],
    ['no duration', { ...set, minReady: 'soon' }, /spec\.minReady: a duration such as 30s/],
    [
      'a gate that never decides',
      { ...set, gates: [{ kind: 'prometheus', url: 'http://p', query: 'up' }] },
      /pass or fail/,
    ],
    [
      'a hook of two kinds',
      { ...set, hooks: { beforePod: { script: 'x', url: 'http://h' } } },
      /one of command, script and url/,
    ],
    ['a colour', { ...set, strategy: 'blue\u001b[31m' }, /spec\.strategy: /],
  ])('says what is wrong: %s', (_name, spec, words) => {
    expect(whyBroken(spec)).toMatch(words);
  });

  it('takes any JSON at all without a crash, and says nothing that could steer a terminal', () => {
    const json = fc.jsonValue() as fc.Arbitrary<Json>;
    const spec = fc.dictionary(
      fc.constantFrom('targetRef', 'statefulset', 'steps', 'gates', 'hooks', 'rollback'),
      json,
    );
    fc.assert(
      fc.property(
        fc.oneof(
          json,
          spec.map((value) => raw(value as Json)),
        ),
        (value) => {
          const read = readResource(value);
          // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be there
          if (read.kind === 'broken') expect(read.why).not.toMatch(/[\u0000-\u001f]/);
        },
      ),
    );
  });
});

describe('requests', () => {
  it('have paths for one, for a namespace, for all', () => {
    expect(resourcePath(REF)).toBe('/apis/rollouts.bedrock.dev/v1alpha1/namespaces/shop/statefulsetrollouts/web');
    expect(resourcesPath(null)).toBe('/apis/rollouts.bedrock.dev/v1alpha1/statefulsetrollouts');
  });

  it('are null where there is no such resource, or no such kind', async () => {
    const api = new FakeApi(() => refuse(404, 'the server could not find the requested resource'));
    expect(await getResource(api, REF)).toBeNull();
    expect(await listResources(api, null)).toBeNull();
  });

  it('do not hide that something may not be read', async () => {
    const api = new FakeApi(() => refuse(403, 'forbidden'));
    await expect(listResources(api, 'shop')).rejects.toThrow('forbidden');
  });
});

describe('editResource', () => {
  it('edits what it read, and again where somebody was faster', async () => {
    let version = 7;
    const patches: ApiRequest[] = [];
    const api = new FakeApi((request) => {
      const object = raw({ targetRef: { name: 'web' }, percent: version === 7 ? 10 : 50 });
      const now: JsonObject = {
        ...object,
        metadata: { name: 'web', namespace: 'shop', resourceVersion: String(version) },
      };
      if (request.method === 'GET') return now;
      patches.push(request);
      if (version === 7) {
        version = 8;
        refuse(409, 'modified');
      }
      return now;
    });
    await editResource(api, REF, ({ spec }) => ({ percent: spec.percent + 5 }));
    expect(patches.map(({ body }) => body)).toEqual([
      { metadata: { resourceVersion: '7' }, spec: { percent: 15 } },
      { metadata: { resourceVersion: '8' }, spec: { percent: 55 } },
    ]);
    expect(patches[0]).toMatchObject({ contentType: 'application/merge-patch+json' });
  });

  it('writes nothing where there is nothing to change, or nothing that can be read', async () => {
    const good = new FakeApi(() => raw({ targetRef: { name: 'web' } }));
    await editResource(good, REF, () => null);
    expect(good.calls).toHaveLength(1);
    const broken = new FakeApi(() => raw({ percent: 'all' }));
    await expect(editResource(broken, REF, () => ({}))).rejects.toThrow(ResourceError);
    const gone = new FakeApi(() => refuse(404, 'not found'));
    await expect(editResource(gone, REF, () => ({}))).rejects.toThrow(/web not found in namespace shop/);
  });
});

describe('writeResourceStatus', () => {
  const known = { ...REF, uid: 'u1', status: { phase: 'Paused', reason: 'Requested', set: 'web' } };

  it('writes the status of the very resource that it knows', async () => {
    const api = new FakeApi(() => ({}));
    await writeResourceStatus(api, known, { phase: 'Progressing', set: 'web' });
    expect(api.calls).toMatchObject([
      {
        method: 'PATCH',
        path: `${resourcePath(REF)}/status`,
        contentType: 'application/json-patch+json',
        body: [
          { op: 'test', path: '/metadata/uid', value: 'u1' },
          { op: 'add', path: '/status', value: { phase: 'Progressing', set: 'web' } },
        ],
      },
    ]);
  });

  it('says 409 where it is another resource now, and hides no other refusal', async () => {
    const other = new FakeApi(() => refuse(422, 'the server rejected our request due to an error in our request'));
    await expect(writeResourceStatus(other, known, {})).rejects.toMatchObject({ code: 409 });
    const causes = [{ reason: 'FieldValueNotSupported', field: 'status.phase', message: 'Unsupported value' }];
    const bad = new FakeApi(() => refuse(422, 'status.phase: Unsupported value', { causes }));
    await expect(writeResourceStatus(bad, known, {})).rejects.toMatchObject({ code: 422 });
  });

  it('writes nothing where nothing is new', async () => {
    const api = new FakeApi(() => ({}));
    expect(await writeResourceStatus(api, known, { phase: 'Paused', reason: 'Requested', set: 'web' })).toBeNull();
    expect(api.calls).toEqual([]);
  });
});
