import { describe, expect, it } from 'vitest';
import { checkAccess, describeNeed, mustHaves, NICE_TO_HAVES } from '../../src/cluster/access.ts';
import { nearNames } from '../../src/cluster/near-names.ts';
import {
  getSet,
  listAutoscalers,
  listBudgets,
  listRevisions,
  podEvents,
  podLog,
  serverVersion,
  setEvents,
} from '../../src/cluster/reads.ts';
import { selectorText, selects } from '../../src/cluster/selector.ts';
import type { Json, JsonObject } from '../../src/rollout/json.ts';
import { FakeApi, refuse } from './fake-api.ts';

const REF = { namespace: 'shop', name: 'web' };
const list = (...items: JsonObject[]): Json => ({ metadata: { resourceVersion: '1' }, items });

describe('getSet', () => {
  it('names sets that may have been meant', async () => {
    const names = ['web1', 'db', 'weeb'].map((name) => ({ metadata: { name } }));
    const api = new FakeApi((request) => (request.path.endsWith('/web') ? refuse(404, 'not found') : list(...names)));
    await expect(getSet(api, REF)).rejects.toMatchObject({
      code: 404,
      message: 'statefulset web not found in namespace shop; did you mean web1 or weeb?',
    });
  });

  it('does without names where it may not list', async () => {
    const api = new FakeApi((request) =>
      request.path.endsWith('/web') ? refuse(404, 'not found') : refuse(403, 'forbidden'),
    );
    await expect(getSet(api, REF)).rejects.toThrow(/^statefulset web not found in namespace shop$/);
  });

  it.each([
    ['wbe', ['web', 'db'], ['web']],
    ['web', ['db', 'cache'], []],
    ['cahe-eu', ['cache-eu', 'cache-us', 'web'], ['cache-eu']],
    ['cache', ['cache-eu', 'cache-us', 'my-cache', 'cache-x'], ['cache-eu', 'cache-us', 'cache-x']],
    ['x', ['y', 'zz'], ['y']],
  ])('nearNames(%s, %j) is %j', (wanted, names, expected) => {
    expect(nearNames(wanted, names)).toEqual(expected);
  });
});

describe('listRevisions', () => {
  it('gives those of the set, latest first, without the marker of the patch', async () => {
    const revision = (name: string, number: number, uid: string, annotations: JsonObject = {}): JsonObject => ({
      metadata: {
        name,
        creationTimestamp: '2026-11-25T10:00:00Z',
        annotations,
        ownerReferences: [{ uid, controller: true }],
      },
      revision: number,
      data: {
        spec: { template: { $patch: 'replace', metadata: { labels: { app: 'web' } }, spec: { containers: [] } } },
      },
    });
    const api = new FakeApi(() =>
      list(
        revision('web-a', 1, 'u'),
        revision('web-b', 4, 'u', { 'kubernetes.io/change-cause': 'v2' }),
        revision('db-a', 9, 'x'),
      ),
    );
    expect(await listRevisions(api, REF, 'u')).toEqual([
      {
        name: 'web-b',
        revision: 4,
        createdAt: Date.parse('2026-11-25T10:00:00Z'),
        template: { metadata: { labels: { app: 'web' } }, spec: { containers: [] } },
        changeCause: 'v2',
      },
      expect.objectContaining({ name: 'web-a', revision: 1, changeCause: null }),
    ]);
  });
});

describe('what surrounds a set', () => {
  const template = { metadata: { labels: { app: 'web', tier: 'front' } } };

  it('are the budgets that match its pods', async () => {
    const budget = (name: string, selector: Json, spec: JsonObject): JsonObject => ({
      metadata: { name },
      spec: { selector, ...spec },
      status: { disruptionsAllowed: 1, currentHealthy: 2, expectedPods: 3 },
    });
    const api = new FakeApi(() =>
      list(
        budget('mine', { matchLabels: { app: 'web' } }, { maxUnavailable: 1 }),
        budget('all', {}, { minAvailable: '50%' }),
        budget('other', { matchLabels: { app: 'db' } }, { maxUnavailable: 1 }),
      ),
    );
    expect(await listBudgets(api, REF, template)).toEqual([
      {
        name: 'mine',
        disruptionsAllowed: 1,
        maxUnavailable: '1',
        minAvailable: null,
        words: 'allows 1 now (maxUnavailable 1; 2 of 3 healthy)',
      },
      {
        name: 'all',
        disruptionsAllowed: 1,
        maxUnavailable: null,
        minAvailable: '50%',
        words: 'allows 1 now (minAvailable 50%; 2 of 3 healthy)',
      },
    ]);
  });

  it('are the autoscalers that name it', async () => {
    const scaler = (name: string, kind: string, target: string): JsonObject => ({
      metadata: { name },
      spec: { maxReplicas: 9, scaleTargetRef: { kind, name: target } },
    });
    const api = new FakeApi(() =>
      list(scaler('a', 'StatefulSet', 'web'), scaler('b', 'Deployment', 'web'), scaler('c', 'StatefulSet', 'db')),
    );
    expect(await listAutoscalers(api, REF)).toEqual([{ name: 'a', minReplicas: 1, maxReplicas: 9 }]);
  });

  it('are events of both shapes, oldest first', async () => {
    const api = new FakeApi(() =>
      list(
        {
          metadata: {},
          type: 'Warning',
          reason: 'Late',
          message: 'b',
          eventTime: '2026-11-25T10:01:00.000000Z',
          series: { count: 5, lastObservedTime: '2026-11-25T10:09:00.000000Z' },
        },
        {
          metadata: {},
          type: 'Warning',
          reason: 'BackOff',
          message: 'a\u001b[0m',
          lastTimestamp: '2026-11-25T10:02:00Z',
          count: 3,
        },
      ),
    );
    expect(await podEvents(api, REF, { name: 'web-0', uid: 'u' })).toEqual([
      { at: Date.parse('2026-11-25T10:02:00Z'), type: 'Warning', reason: 'BackOff', message: 'a[0m', count: 3 },
      { at: Date.parse('2026-11-25T10:09:00Z'), type: 'Warning', reason: 'Late', message: 'b', count: 5 },
    ]);
    expect(api.calls[0]?.query?.fieldSelector).toBe('involvedObject.name=web-0,involvedObject.uid=u');
  });

  it('is null where it is forbidden, and an error where the server fails', async () => {
    const forbidden = new FakeApi(() => refuse(403, 'forbidden'));
    const nothing = await Promise.all([
      listBudgets(forbidden, REF, template),
      listAutoscalers(forbidden, REF),
      setEvents(forbidden, REF, 'u'),
      podLog(forbidden, REF, 'web-0', 'app', { tailLines: 5, previous: true }),
      serverVersion(forbidden),
    ]);
    expect(nothing).toEqual([null, null, null, null, null]);
    await expect(listBudgets(new FakeApi(() => refuse(500, 'etcd')), REF, template)).rejects.toThrow('etcd');
  });

  it('is the log of a container, by lines', async () => {
    const api = new FakeApi(() => 'one\ntwo\n');
    expect(await podLog(api, REF, 'web-0', 'app', { tailLines: 5, previous: false })).toEqual(['one', 'two']);
    expect(api.calls[0]?.query).toEqual({ container: 'app', tailLines: '5', previous: 'false' });
  });
});

describe('selectors', () => {
  const spec: JsonObject = {
    selector: {
      matchLabels: { app: 'web' },
      matchExpressions: [
        { key: 'tier', operator: 'In', values: ['a', 'b'] },
        { key: 'old', operator: 'DoesNotExist' },
        { key: 'zone', operator: 'NotIn', values: ['z'] },
        { key: 'set', operator: 'Exists' },
      ],
    },
  };

  it('become a query', () => {
    expect(selectorText(spec)).toBe('app=web,tier in (a,b),!old,zone notin (z),set');
  });

  it.each([
    [{ app: 'web', tier: 'a', set: '' }, true],
    [{ app: 'db', tier: 'a', set: '' }, false],
    [{ app: 'web', tier: 'c', set: '' }, false],
    [{ app: 'web', tier: 'a', set: '', old: '' }, false],
    [{ app: 'web', tier: 'a', set: '', zone: 'z' }, false],
    [{ app: 'web', tier: 'a' }, false],
  ])('match %j: %s', (labels, expected) => {
    expect(selects(spec, labels)).toBe(expected);
  });
});

describe('checkAccess', () => {
  it('asks for each need, of the one set where that is enough, and names what is missing in order', async () => {
    const api = new FakeApi((request) => {
      const text = JSON.stringify(request.body);
      return { status: { allowed: !text.includes('"eviction"') && !text.includes('"patch"') } };
    });
    const { missing } = await checkAccess(api, 'shop', 'web', mustHaves('evict'));
    expect(missing.map(describeNeed)).toEqual(['patch statefulsets.apps', 'create pods/eviction']);
    const asked = api.calls.map(
      ({ body }) => (body as { spec: { resourceAttributes: JsonObject } }).spec.resourceAttributes,
    );
    expect(asked).toContainEqual({
      namespace: 'shop',
      name: 'web',
      verb: 'patch',
      group: 'apps',
      resource: 'statefulsets',
    });
    expect(asked).toContainEqual({
      namespace: 'shop',
      verb: 'create',
      group: '',
      resource: 'pods',
      subresource: 'eviction',
    });
  });

  it('needs either eviction or deletion', () => {
    expect(mustHaves('delete').map(describeNeed)).toContain('delete pods');
    expect(mustHaves('delete').map(describeNeed)).not.toContain('create pods/eviction');
    expect(NICE_TO_HAVES.map(describeNeed)).toContain('list poddisruptionbudgets.policy');
  });
});
