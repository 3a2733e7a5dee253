import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/rollout/json.ts';
import { type PreflightFacts, preflight } from '../../src/rollout/preflight.ts';
import { crashing, fresh, ON_DELETE, ORIGIN, pod, pods, set, spec } from './builders.ts';

const T = (image: string, more: { [key: string]: Json } = {}): Json => ({
  spec: { containers: [{ name: 'app', image, ...more }] },
});
const OLD = T('app:1');
const OWN = { type: 'RollingUpdate', rollingUpdate: { partition: 0, maxUnavailable: '25%' } };

interface Parts extends Partial<Omit<PreflightFacts, 'set' | 'spec'>> {
  set?: Parameters<typeof set>[0];
  spec?: Parameters<typeof spec>[0];
}

function plan(parts: Parts = {}) {
  const { set: setParts, spec: specParts, ...rest } = parts;
  const replicas = setParts?.replicas ?? 12;
  return preflight({
    set: set({ replicas, template: OLD, updateRevision: 'web-old', ...setParts }),
    raw: { metadata: {} },
    pods: pods(replicas),
    spec: spec({ target: { kind: 'image', summary: 'app=app:2', template: T('app:2') }, ...specParts }),
    origin: { ...ORIGIN, template: OLD, updateStrategy: OWN },
    budgets: [],
    autoscalers: [],
    serverVersion: 'v1.34.4',
    skewMs: 0,
    missing: [],
    manifestPartition: null,
    measured: undefined,
    begunBy: null,
    ...rest,
  });
}

const line = (parts: Parts, label: string) =>
  plan(parts)
    .lines.filter((each) => each.label === label)
    .map((each) => each.text);

test('a quiet set, whole', () => {
  expect(plan({ spec: { maxUnavailable: '3' } })).toEqual({
    lines: [
      { label: 'app', text: 'app:1 -> app:2' },
      { label: 'order', text: '12 pods: web-11 down to web-0; 3 at once' },
      { label: 'pace', text: 'a pod counts after 5s of Ready, stops after 10m without progress' },
      {
        label: 'time',
        text: '6m40s to 9m30s (they start in 1m40s, how long they stop is not known, at most 30s)',
      },
      {
        label: 'limit',
        text: "start time: 1m40s of a pod's 1m50s; speed: 6 at once instead of 3 would end it about 3m50s earlier",
      },
      { label: 'guard', text: 'a pod whose turn has not come stays at app:1, whatever kills it' },
      { label: 'end', text: 'its own update strategy is put back: RollingUpdate, maxUnavailable 25%' },
    ],
    warnings: [],
  });
});

test('where no pod tells how long it takes to start, the plan says so', () => {
  const quick = pods(12).map((each) => ({ ...each, createdAt: each.readySince ?? 0 }));
  expect(line({ pods: quick }, 'time')).toEqual([expect.stringMatching(/^not known before the first pods are back/)]);
});

describe('what changes', () => {
  const change = (template: Json, label: string) =>
    line({ spec: { target: { kind: 'file', summary: 'web.yaml', template } } }, label);

  test('other fields by their path, beside the image', () => {
    const template = T('app:2', { resources: { limits: { cpu: '2' } }, env: [{ name: 'A', value: '1' }] });
    expect(change(template, 'app')).toEqual(['app:1 -> app:2']);
    expect(change(template, 'field')).toEqual([
      'spec.containers[app].env: (none) -> [{"name":"A","value":"1"}]',
      'spec.containers[app].resources: (none) -> {"limits":{"cpu":"2"}}',
    ]);
  });

  test('a container that comes, and one that goes', () => {
    const template = {
      spec: {
        containers: [
          { name: 'app', image: 'app:1' },
          { name: 'log', image: 'log:1' },
        ],
      },
    };
    expect(change(template, 'log')).toEqual(['(new) -> log:1']);
    expect(change({ spec: { containers: [] } }, 'field')).toEqual([
      'spec.containers[app]: {"image":"app:1","name":"app"} -> (none)'.replace(
        '{"image":"app:1","name":"app"}',
        '{"name":"app","image":"app:1"}',
      ),
    ]);
  });

  test('a restart says so, not that an annotation changes', () => {
    const template = {
      metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': 'now' } },
      spec: { containers: [{ name: 'app', image: 'app:1' }] },
    };
    const before = {
      metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': 'then' } },
      spec: { containers: [{ name: 'app', image: 'app:1' }] },
    };
    const { lines } = plan({
      spec: { target: { kind: 'restart', summary: 'restart', template } },
      origin: { ...ORIGIN, template: before },
    });
    expect(lines[0]).toEqual({ label: 'restart', text: 'the same version, every pod anew' });
  });

  test('many fields are counted, not listed', () => {
    const template = T('app:1', Object.fromEntries('abcdefgh'.split('').map((key) => [key, 1])));
    expect(change(template, 'field')).toHaveLength(7);
    expect(change(template, 'field').at(-1)).toBe('and 2 more');
  });
});

describe('order and pace', () => {
  test.each([
    [{ percent: 25, maxUnavailable: '3' }, {}, '25% of 12 -> 3 pods: web-11 down to web-9; 3 at once'],
    [{ percent: 1 }, {}, '1% of 12 -> 1 pod: web-11; 1 at once'],
    [{ percent: 0 }, {}, '0% of 12 -> no pod; 1 at once'],
    [{ percent: 99 }, {}, '99% of 12 -> 11 pods: web-11 down to web-1; 1 at once'],
    [{ maxUnavailable: '30%' }, {}, '12 pods: web-11 down to web-0; 3 at once (30% of 12)'],
    [{ percent: 50 }, { start: 5, replicas: 4 }, '50% of 4 -> 2 pods: web-8 down to web-7; 1 at once'],
    [{}, { replicas: 0 }, 'the set has 0 pods: only the template is written'],
  ])('%j %j', (specParts, setParts, text) => {
    expect(line({ spec: specParts, set: setParts }, 'order')).toEqual([text]);
  });

  test('steps as pods, with their pause', () => {
    expect(line({ spec: { steps: ['1', '25%'], stepPause: '5m' } }, 'steps')).toEqual([
      '1 pod, then 3, then 12; between them a pause 5m',
    ]);
    expect(line({ spec: { steps: ['1'] } }, 'steps')[0]).toContain('until you say so');
  });

  test('what stays behind is held, and said so', () => {
    const { lines } = plan({ spec: { percent: 25 } });
    expect(lines).toContainEqual({ label: 'then', text: 'held: 9 pods stay at the old version' });
    expect(lines).toContainEqual({ label: 'end', text: 'the set is left held until it is promoted or rolled back' });
    expect(line({ spec: { hold: true } }, 'end')[0]).toContain('left held');
  });

  test('the longer of the two soaks, and the interval', () => {
    const [text] = line({ set: { minReadyMs: 30_000 }, spec: { minPodEvictionInterval: '1m' } }, 'pace');
    expect(text).toBe('a pod counts after 30s of Ready, at least 1m between two, stops after 10m without progress');
  });

  test('broken pods go first; OrderedReady is explained', () => {
    const broken = [
      ...pods(11).map((each) => ({ ...each, ordinal: each.ordinal + 1 })),
      pod(0, { ready: false, trouble: crashing }),
    ];
    expect(line({ pods: broken }, 'first')[0]).toContain('web-0');
    expect(line({ set: { policy: 'OrderedReady' } }, 'note')).toEqual([
      'OrderedReady: stopping is one at a time, starting overlaps',
    ]);
  });
});

describe('warnings', () => {
  const budget = { name: 'web', disruptionsAllowed: 1, maxUnavailable: null, minAvailable: null };

  test.each<[string, Parts, string | null]>([
    [
      'a pod that is not Ready',
      { pods: [...pods(11), pod(11, { ready: false })] },
      'not Ready before the start: web-11',
    ],
    ['a pod that is missing', { pods: pods(11) }, '1 pod of 12 missing'],
    [
      'a PDB that never can',
      { budgets: [{ ...budget, maxUnavailable: '0' }] },
      'can never allow a disruption (maxUnavailable 0 of 12)',
    ],
    ['a PDB that wants them all', { budgets: [{ ...budget, minAvailable: '100%' }] }, 'can never allow'],
    ['a PDB whose percentage rounds up to all', { budgets: [{ ...budget, minAvailable: '95%' }] }, 'can never allow'],
    ['a PDB whose percentage leaves one', { budgets: [{ ...budget, minAvailable: '90%' }] }, null],
    ['a PDB of 1% allows one', { budgets: [{ ...budget, maxUnavailable: '1%' }] }, null],
    [
      'a PDB that allows none now',
      { budgets: [{ ...budget, maxUnavailable: '1', disruptionsAllowed: 0 }] },
      'allows none now',
    ],
    [
      'a PDB that is slower than asked',
      { budgets: [{ ...budget, maxUnavailable: '1' }], spec: { maxUnavailable: '25%' } },
      'pdb/web allows 1 now, and 3 at once are asked for: it goes at the pace of the budget',
    ],
    ['two PDBs', { budgets: [budget, { ...budget, name: 'all' }] }, 'pdb/web and pdb/all match the same pods'],
    ['delete goes past PDBs', { budgets: [budget], spec: { disrupt: 'delete' } }, 'goes past pdb/web'],
    [
      'an HPA',
      { autoscalers: [{ name: 'web', minReplicas: 2, maxReplicas: 9 }] },
      'hpa/web may scale the set meanwhile (2 to 9)',
    ],
    ['on-delete leaks', { spec: { strategy: 'on-delete' } }, 'version leak'],
    ['a manifest with a partition', { manifestPartition: 3 }, 'states partition 3'],
    ['a missing permission', { missing: ['list poddisruptionbudgets'] }, 'not permitted: list poddisruptionbudgets'],
    ['1.27.3', { serverVersion: 'v1.27.3' }, 'kubernetes#119685'],
    ['1.27.8', { serverVersion: 'v1.27.8' }, 'older than 1.29, the oldest that is supported'],
    ['1.28.3-gke.100', { serverVersion: 'v1.28.3-gke.100' }, 'kubernetes#119685'],
    ['1.28.4', { serverVersion: 'v1.28.4' }, 'older than 1.29'],
    ['1.29.0', { serverVersion: 'v1.29.0' }, null],
    ['1.35.3', { serverVersion: 'v1.35.3' }, '1.35.0 to 1.35.3'],
    ['1.35.4', { serverVersion: 'v1.35.4' }, null],
    ['an unknown version', { serverVersion: null }, null],
    ['a clock that is behind', { skewMs: -300_000 }, "this machine's clock is 5m behind the API server's"],
    ['a clock that is ahead', { skewMs: 31_000 }, "this machine's clock is 31s ahead of the API server's"],
    ['a clock that is good enough', { skewMs: -30_000 }, null],
  ])('%s', (_, parts, words) => {
    const { warnings } = plan(parts);
    if (words === null) expect(warnings).toEqual([]);
    else expect(warnings.join('\n')).toContain(words);
  });

  test('mixed revisions, and what cannot be protected', () => {
    const mixed = [...pods(10), fresh(10), fresh(11, { revision: 'web-third' })];
    expect(plan({ pods: mixed }).warnings).toEqual([
      `the pods run 3 revisions: web-old (web-0, web-1 and 8 more), web-new (web-10), web-third (web-11)`,
      'cannot be protected: web-10 and web-11 would come back at web-old on dying before its turn',
    ]);
  });

  test('what an unfinished rollout has done already is counted, and is safe', () => {
    const half = [...pods(10), fresh(10), fresh(11)];
    const { lines, warnings } = plan({
      begunBy: 'bob@desk',
      pods: half,
      set: { template: T('app:2'), updateRevision: 'web-new' },
      spec: { percent: 25 },
    });
    expect(lines[0]).toEqual({ label: 'goes on', text: 'with what bob@desk began: app=app:2' });
    expect(lines).toContainEqual({
      label: 'order',
      text: '25% of 12 -> 3 pods: web-11 down to web-9 (2 there already); 1 at once',
    });
    expect(warnings.join()).not.toContain('cannot be protected');
  });

  test('a stale OnDelete set is settled first where it can be, else it is said what cannot be held', () => {
    const stale = { strategy: ON_DELETE, currentRevision: 'web-ancient' };
    expect(plan({ set: stale }).warnings[0]).toContain('the set is settled first');
    const down = [...pods(11), pod(11, { ready: false })];
    expect(plan({ set: stale, pods: down }).warnings.join('\n')).toContain(
      'can be settled only when every pod is Ready',
    );
    expect(plan({ set: stale, spec: { strategy: 'on-delete' } }).warnings.join('\n')).not.toContain('settled');
  });
});

describe('who else looks after the set', () => {
  const owned = (metadata: Json) => plan({ raw: { metadata } }).warnings;

  test.each<[string, Json, string]>([
    [
      'an operator',
      { ownerReferences: [{ kind: 'Kafka', name: 'main', apiVersion: 'kafka/v1', controller: true }] },
      'Kafka main (kafka/v1)',
    ],
    [
      'Argo CD by tracking id',
      { annotations: { 'argocd.argoproj.io/tracking-id': 'shop:apps/StatefulSet:x/web' } },
      'argocd app set shop --sync-policy none',
    ],
    ['Argo CD by field manager', { managedFields: [{ manager: 'argocd-controller' }] }, 'Argo CD'],
    [
      'Flux',
      { labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps', 'kustomize.toolkit.fluxcd.io/namespace': 'infra' } },
      'flux suspend kustomization apps -n infra',
    ],
    [
      'Flux, a release',
      { labels: { 'helm.toolkit.fluxcd.io/name': 'web' } },
      'flux suspend helmrelease web -n flux-system',
    ],
    ['Helm', { annotations: { 'meta.helm.sh/release-name': 'web' } }, 'Helm release web'],
    ['rollout-operator', { labels: { 'rollout-group': 'ingester' } }, 'grafana rollout-operator: it deletes pods'],
    ['Keel', { annotations: { 'keel.sh/policy': 'minor' } }, 'set keel.sh/policy to never'],
    ['Reloader', { annotations: { 'reloader.stakater.com/auto': 'true' } }, 'change none meanwhile'],
    ['Reloader, a Secret', { annotations: { 'secret.reloader.stakater.com/reload': 'web' } }, 'Reloader'],
    ['Spinnaker', { annotations: { 'moniker.spinnaker.io/application': 'shop' } }, 'disable that pipeline'],
  ])('%s', (_, metadata, words) => {
    expect(owned(metadata).join('\n')).toContain(words);
  });

  test('we ourselves and kubectl are nobody to warn of', () => {
    expect(owned({ managedFields: [{ manager: 'kubectl-bedrock' }, { manager: 'kubectl' }] })).toEqual([]);
  });
});
