import { describe, expect, it } from 'vitest';
import { ConnectionError } from '../../src/cluster/api.ts';
import {
  ApplyConflict,
  applySet,
  deletePod,
  type EvictionAnswer,
  evictPod,
  patchSet,
} from '../../src/cluster/writes.ts';
import { FakeApi, refuse } from './fake-api.ts';

const REF = { namespace: 'shop', name: 'web' };
const POD = { pod: 'web-3', uid: 'u3', dryRun: false };

describe('evictPod', () => {
  it('asks for this very pod, with its own grace', async () => {
    const api = new FakeApi(() => ({ status: 'Success' }));
    expect(await evictPod(api, REF, POD)).toEqual({ kind: 'accepted' });
    expect(api.calls).toEqual([
      {
        method: 'POST',
        path: '/api/v1/namespaces/shop/pods/web-3/eviction',
        body: {
          apiVersion: 'policy/v1',
          kind: 'Eviction',
          metadata: { name: 'web-3', namespace: 'shop' },
          deleteOptions: { preconditions: { uid: 'u3' } },
        },
      },
    ]);
  });

  it('says twice that it is a dry run, as the API wants it', async () => {
    const api = new FakeApi(() => ({}));
    await evictPod(api, REF, { ...POD, dryRun: true });
    expect(api.calls[0]).toMatchObject({
      query: { dryRun: 'All' },
      body: { deleteOptions: { dryRun: ['All'], preconditions: { uid: 'u3' } } },
    });
  });

  const budget = [
    {
      reason: 'DisruptionBudget',
      message: 'The disruption budget web-pdb needs 3 healthy pods and has 3 currently',
      field: '',
    },
  ];
  it.each<[string, () => never, EvictionAnswer]>([
    ['404', () => refuse(404, 'pods "web-3" not found'), { kind: 'gone' }],
    [
      'another uid',
      () =>
        refuse(
          409,
          'Operation cannot be fulfilled on pods "web-3": Precondition failed: UID in precondition: u3, UID in object meta: u4',
        ),
      { kind: 'gone' },
    ],
    [
      'another writer',
      () => refuse(409, 'the object has been modified'),
      { kind: 'conflict', why: 'the object has been modified' },
    ],
    [
      'a budget',
      () => refuse(429, 'Cannot evict pod', { causes: budget, retry: 10 }),
      { kind: 'refused', why: budget[0]?.message ?? '', budget: 'web-pdb', retryAfterMs: 10_000 },
    ],
    ['a loaded server', () => refuse(429, 'try again later', { retry: 1 }), { kind: 'overloaded', retryAfterMs: 1000 }],
    [
      'two budgets',
      () =>
        refuse(500, 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.'),
      {
        kind: 'refused',
        why: 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
        budget: null,
        retryAfterMs: 60_000,
      },
    ],
    [
      'a budget with too many disrupted pods',
      () => refuse(403, 'poddisruptionbudgets.policy "web-pdb" is forbidden: DisruptedPods map too big'),
      {
        kind: 'refused',
        why: 'poddisruptionbudgets.policy "web-pdb" is forbidden: DisruptedPods map too big',
        budget: 'web-pdb',
        retryAfterMs: 0,
      },
    ],
    [
      'no permission',
      () => refuse(403, 'pods "web-3" is forbidden: User "jane" cannot create resource "pods/eviction"'),
      { kind: 'forbidden', why: 'pods "web-3" is forbidden: User "jane" cannot create resource "pods/eviction"' },
    ],
    [
      'a webhook that says 403',
      () => refuse(403, 'admission webhook "drain.example.com" denied the request: not today'),
      {
        kind: 'refused',
        why: 'admission webhook "drain.example.com" denied the request: not today',
        budget: null,
        retryAfterMs: 0,
      },
    ],
    [
      'a time-out',
      () => refuse(504, 'couldn’t update the budget'),
      { kind: 'unknown', why: 'couldn’t update the budget' },
    ],
    ['no server behind the balancer', () => refuse(503, 'unavailable'), { kind: 'unknown', why: 'unavailable' }],
    [
      'anything else',
      () => refuse(418, 'a teapot'),
      { kind: 'refused', why: 'a teapot', budget: null, retryAfterMs: 0 },
    ],
  ])('understands %s (design, F11)', async (_name, answer, expected) => {
    expect(await evictPod(new FakeApi(answer), REF, POD)).toEqual(expected);
  });

  it('does not guess where no answer came', async () => {
    const api = new FakeApi(() => {
      throw new ConnectionError('reset');
    });
    await expect(evictPod(api, REF, POD)).rejects.toThrow('reset');
  });
});

describe('deletePod', () => {
  it('deletes this very pod, and never without grace', async () => {
    const api = new FakeApi(() => ({}));
    expect(await deletePod(api, REF, POD)).toEqual({ kind: 'accepted' });
    expect(api.calls).toEqual([
      {
        method: 'DELETE',
        path: '/api/v1/namespaces/shop/pods/web-3',
        body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: 'u3' } },
      },
    ]);
    expect(JSON.stringify(api.calls)).not.toContain('gracePeriodSeconds');
  });
});

describe('writes of the set', () => {
  it('patches as one field manager', async () => {
    const api = new FakeApi(() => ({ ok: true }));
    await patchSet(api, REF, [{ op: 'test', path: '/metadata/generation', value: 7 }]);
    expect(api.calls[0]).toEqual({
      method: 'PATCH',
      path: '/apis/apps/v1/namespaces/shop/statefulsets/web',
      query: { fieldManager: 'kubectl-bedrock' },
      contentType: 'application/json-patch+json',
      body: [{ op: 'test', path: '/metadata/generation', value: 7 }],
    });
  });

  it('applies on the server, and names who owns what it would take', async () => {
    const causes = [
      {
        reason: 'FieldManagerConflict',
        message: 'conflict with "helm" using apps/v1',
        field: '.spec.template.spec.containers[name="app"].image',
      },
    ];
    const error = await applySet(new FakeApi(() => refuse(409, 'Apply failed', { causes })), REF, {}).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ApplyConflict);
    expect(error).toMatchObject({
      conflicts: [{ manager: 'helm', field: '.spec.template.spec.containers[name="app"].image' }],
    });
    const api = new FakeApi(() => ({}));
    await applySet(api, REF, { kind: 'StatefulSet' }, { force: true, dryRun: true });
    expect(api.calls[0]).toMatchObject({
      contentType: 'application/apply-patch+yaml',
      query: { force: 'true', dryRun: 'All' },
    });
  });

  it('takes what only its own patches own, and names only others where there are others', async () => {
    const cause = (manager: string) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with "${manager}" using apps/v1`,
      field: `.spec.${manager}`,
    });
    const conflicting = (...managers: string[]) =>
      new FakeApi((request) =>
        request.query?.force ? { taken: true } : refuse(409, 'Apply failed', { causes: managers.map(cause) }),
      );
    expect(await applySet(conflicting('kubectl-bedrock'), REF, {})).toEqual({ taken: true });
    const mixed = conflicting('kubectl-bedrock', 'helm');
    await expect(applySet(mixed, REF, {})).rejects.toMatchObject({
      conflicts: [{ manager: 'helm', field: '.spec.helm' }],
    });
    expect(mixed.calls).toHaveLength(1);
  });

  it('leaves a 409 that is no conflict of managers as it is', async () => {
    await expect(applySet(new FakeApi(() => refuse(409, 'modified')), REF, {})).rejects.toMatchObject({
      code: 409,
      name: 'ApiError',
    });
  });
});
