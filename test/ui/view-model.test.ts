import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Live } from '../../src/rollout/live.ts';
import { clockTime } from '../../src/ui/text.ts';
import { viewModel } from '../../src/ui/view-model.ts';
import {
  alarmed,
  iso,
  type LiveOptions,
  live,
  middle,
  NEW,
  NOW,
  newPod,
  OLD,
  pod,
  startingPod,
  trouble,
} from './builders.ts';

describe('the middle of a rollout', () => {
  const view = viewModel(middle());

  it('counts every pod once', () => {
    expect(view.counts.words).toEqual(['6 of 16 updated', '3 on the way', '7 old', '0 broken']);
    expect(view.counts.shortWords).toEqual(['6 of 16 updated', '3 on the way']);
  });

  it('says what changes, where and how', () => {
    expect(view.header).toMatchObject({ subject: 'sts/web', hands: 'executing here', connectionWords: 'live' });
    expect(view.change).toMatchObject({
      images: ['app 1.8.2 -> 1.9.0'],
      revisions: `${OLD} -> ${NEW}`,
      wanted: 'app 1.9.0',
    });
    expect(view.pace).toMatchObject({
      step: 'step 2 of 3 (50% = 8 pods)',
      speed: '3 at once',
      shortTime: '2m10s gone',
      shortLeft: 'about 15s left',
    });
  });

  it('estimates by the pods before: the last one on its way has 4 of its 5 + 9 + 5 s behind it', () => {
    expect(view.pace.etaMs).toBe(15_000);
    expect(view.pace.time).toBe('2m10s gone, about 15s for this step');
  });

  it.each<[string, LiveOptions]>([
    ['no pod tells how long it takes to start', { timings: {}, pods: [pod(0), pod(1)] }],
    ['it is paused', { status: { phase: 'Paused', reason: 'Requested' } }],
    ['an eviction is refused', { blockers: [{ code: 'eviction-refused', message: 'pdb/web allows none', pods: [] }] }],
    ['the connection is broken', { live: { connection: { state: 'broken', heardAt: NOW - 9000, detail: null } } }],
  ])('estimates nothing where %s', (_, more) => {
    expect(viewModel(middle(more)).pace.etaMs).toBeNull();
  });

  it('is not slower than OrderedReady stops or the interval allows', () => {
    const { pace } = viewModel(middle({ spec: { minPodEvictionInterval: '1m' } }));
    // of 7 pods 6 wait a minute each for the one before
    expect(pace.etaMs).toBeGreaterThan(6 * 60_000);
    expect(pace.time).toBe('2m10s gone, about 6m20s left');
  });

  it('has no banner, names the pods of a blocker once, and offers the keys', () => {
    expect(view.banner).toBeNull();
    expect(view.blockers.map((blocker) => blocker.text)).toEqual([
      'web-7, web-8 and web-9: all 3 of the budget are in use',
    ]);
    expect(view.keys.map((key) => key.key)).toEqual(['space', '+ -', 'n', 'r', '?', 'q']);
    expect(view.acts.rollback).toHaveLength(8);
  });
});

describe('images', () => {
  const change = (before: string, after: string) => {
    const base = live({
      pods: [pod(0, { images: [{ container: 'app', image: before }] })],
      set: { images: [{ container: 'app', image: after }] },
    });
    return viewModel({ ...base, record: base.record === null ? null : { ...base.record, origin: null } }).change.images;
  };
  it.each([
    ['registry:5000/app:1', 'registry:5000/app:2', 'app 1 -> 2'],
    ['nginx:1', 'caddy:2', 'app nginx:1 -> caddy:2'],
    ['app', 'app:2', 'app latest -> 2'],
    [`app@sha256:${'a'.repeat(64)}`, `app@sha256:${'b'.repeat(64)}`, 'app @aaaaaaaaaaaa -> @bbbbbbbbbbbb'],
  ])('%s to %s', (before, after, words) => {
    expect(change(before, after)).toEqual([words]);
  });

  it('says what else is done where no image differs', () => {
    expect(change('app:1', 'app:1')).toEqual(['app=registry.corp/app:1.9.0']);
  });
});

describe('an alarm', () => {
  const { banner, keys } = viewModel(alarmed());

  it('says what happened, to which pod, how it stands, and what each key would do in pods', () => {
    expect(banner).toEqual({
      tone: 'alarm',
      title: 'PAUSED: web-9 does not start: ImagePullBackOff',
      details: ['app: Back-off pulling image "registry.corp/app:1.9.0": manifest unknown'],
      state: '14 pods serve the old version, 1 the new, 1 is down. Nothing more is touched.',
      choices: [
        { key: 'r', text: 'roll back: restarts web-15 and web-9' },
        { key: 'space', text: 'try on, with web-9 as it is' },
      ],
    });
    expect(keys.find((key) => key.key === 'space')?.label).toBe('go on');
  });

  it.each<[string, LiveOptions, string]>([
    [
      'ProgressDeadline',
      { status: { phase: 'Paused', reason: 'ProgressDeadline', message: 'no progress for 10m: web-9 not available' } },
      'PAUSED: no progress for 10m: web-9 not available',
    ],
    [
      'ForeignChange',
      {
        set: { foreignWriter: { manager: 'argocd-controller', at: null } },
        status: { phase: 'Paused', reason: 'ForeignChange', message: 'argocd-controller changed the pod template' },
      },
      'PAUSED: argocd-controller changed the set',
    ],
    [
      'Forbidden',
      { status: { phase: 'Paused', reason: 'Forbidden', message: 'cannot create pods/eviction' } },
      'PAUSED: the API server does not let us',
    ],
    [
      'SetGone',
      { status: { phase: 'Paused', reason: 'SetGone' } },
      'PAUSED: sts/web is gone, or another one has its name',
    ],
    [
      'SettleTimeout',
      { status: { phase: 'Paused', reason: 'SettleTimeout' } },
      'PAUSED: the set did not settle in time',
    ],
  ])('for %s', (_, more, title) => {
    expect(viewModel(live({ pods: [pod(0)], ...more })).banner).toMatchObject({ tone: 'alarm', title });
  });

  it('warns that OnDelete leaks', () => {
    expect(viewModel(alarmed({ spec: { strategy: 'on-delete' } })).banner?.state).toContain(
      'comes back new (OnDelete)',
    );
  });
});

describe('a calm stop', () => {
  it('at a step says what n would begin', () => {
    const view = viewModel(middle({ status: { phase: 'Paused', reason: 'StepReached', step: 1 } }));
    expect(view.banner).toMatchObject({
      tone: 'calm',
      title: 'STEP 2 REACHED: no further pod is touched; 3 pods on the way still arrive',
    });
    expect(view.banner?.choices[0]).toEqual({ key: 'n', text: 'next step: 8 more pods, to 16 of 16' });
  });

  it('counts down where the step ends by the clock', () => {
    const status = { phase: 'Paused', reason: 'StepReached', step: 1, stepReachedAt: iso(NOW - 60_000) } as const;
    const view = viewModel(middle({ status, spec: { steps: ['50%', '100%'], stepPause: '5m' } }));
    expect(view.pace.time).toBe('2m10s gone, next step in 4m');
  });

  it('at the percentage offers what lies beyond', () => {
    const view = viewModel(
      middle({ spec: { percent: 50, steps: [] }, status: { phase: 'Paused', reason: 'PercentReached' } }),
    );
    expect(view.acts.next).toEqual({ percent: 100, text: 'on to 100%: 8 more pods' });
  });

  it('names who asked for it', () => {
    const view = viewModel(
      middle({ spec: { pausedBy: 'bob@desk' }, status: { phase: 'Paused', reason: 'Requested' } }),
    );
    expect(view.banner?.title).toMatch(/^PAUSED by bob@desk: /);
  });
});

describe('the way back', () => {
  const view = viewModel(
    live({
      pods: [pod(0), pod(1), newPod(2), startingPod(3, { revision: OLD })],
      status: { phase: 'RollingBack', direction: 'back' },
    }),
  );
  it('keeps the words old and new for the versions', () => {
    expect(view.rows.map((row) => [row.state, row.revision])).toEqual([
      ['starting', 'old'],
      ['old', 'new'],
      ['updated', 'old'],
      ['updated', 'old'],
    ]);
    expect(view.counts.words).toEqual(['2 of 4 restored', '1 on the way', '1 still new', '0 broken']);
    expect(view.change).toMatchObject({
      direction: 'back',
      images: ['app 1.9.0 -> 1.8.2'],
      revisions: `${NEW} -> ${OLD}`,
    });
    expect(view.keys.map((key) => key.key)).not.toContain('r');
  });
});

describe('hands and connection', () => {
  const header = (more: Partial<Live>) => viewModel(middle({ live: more })).header;
  it('says who executes', () => {
    expect(header({ role: 'viewer' }).hands).toBe('watching, alice@laptop executes');
    expect(header({ role: 'viewer', holder: null }).hands).toBe('watching, nobody executes');
  });
  it('says how old the picture is', () => {
    const connection = { state: 'broken', heardAt: NOW - 42_000, detail: 'connection refused' } as const;
    expect(header({ connection }).connectionWords).toBe(
      `last update 42s ago, not acting since ${clockTime(NOW - 42_000)}, reconnecting (connection refused)`,
    );
    expect(header({ connection, role: 'viewer' }).connectionWords).toBe(
      'last update 42s ago, reconnecting (connection refused)',
    );
  });
  it('offers to take over where the executor is gone, and only there', () => {
    const gone = viewModel(middle({ live: { role: 'viewer', holder: null } }));
    expect(gone.banner).toMatchObject({ tone: 'alarm', title: 'Nobody executes this rollout: its executor is gone' });
    expect(gone.keys.map((key) => key.key)).toContain('e');
    expect(viewModel(middle()).keys.map((key) => key.key)).not.toContain('e');
  });
});

describe('no rollout', () => {
  it('shows the set as it is', () => {
    const view = viewModel(live({ pods: [pod(0), newPod(1)], noRecord: true }));
    expect(view.banner).toMatchObject({ tone: 'calm', title: 'No rollout is recorded for this set' });
    expect(view.rows.map((row) => row.revision)).toEqual(['new', 'old']);
    expect(view.keys.map((key) => key.key)).toEqual(['?', 'q']);
  });
  it('shows one that nobody has begun', () => {
    expect(
      viewModel(live({ pods: [pod(0)], noStatus: true, live: { role: 'viewer', holder: null } })).banner?.choices,
    ).toEqual([{ key: 'e', text: 'take over: execute here' }]);
  });
  it('shows nothing yet before the first list', () => {
    const view = viewModel({
      ...live(),
      observation: null,
      record: null,
      connection: { state: 'connecting', heardAt: 0, detail: null },
    });
    expect(view.rows).toEqual([]);
    expect(view.header.connectionWords).toBe('connecting');
  });
});

describe('text of the cluster', () => {
  it('is clean in every field of the view', () => {
    const evil = fc.constantFrom('\u001b[2J', 'a\nb', '\u202eabc', '\u009b1m', 'x\u0007y');
    fc.assert(
      fc.property(fc.array(evil, { minLength: 12, maxLength: 12 }), (words) => {
        const w = (index: number) => `w${words[index] ?? ''}z`;
        const view = viewModel(
          live({
            pods: [
              pod(0, { uid: 'a', node: w(0), revision: w(1) }),
              startingPod(1, { name: 'web-1', trouble: trouble({ reason: w(2), message: w(3), container: w(4) }) }),
            ],
            set: { images: [{ container: 'app', image: w(5) }], foreignWriter: { manager: w(6), at: null } },
            status: {
              phase: 'Paused',
              reason: 'PodFailed',
              message: w(7),
              failed: [{ pod: 'web-1', uid: 'u', reason: w(8), message: w(9) }],
              events: [{ at: iso(NOW), kind: w(10), message: w(11) }],
            },
            blockers: [{ code: 'trouble', message: w(0), pods: [w(1)] }],
            live: {
              place: { context: w(2), server: w(3), namespace: w(4), name: 'web' },
              holder: { identity: w(5), since: 0 },
              role: 'viewer',
              notice: { at: NOW, text: w(6), bad: true },
              connection: { state: 'broken', heardAt: NOW, detail: w(7) },
            },
          }),
        );
        for (const text of strings(view)) expect(text).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      }),
    );
  });
});

function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(strings);
}
