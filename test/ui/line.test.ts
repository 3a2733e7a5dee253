import { describe, expect, it } from 'vitest';
import type { Live } from '../../src/rollout/live.ts';
import { annotation } from '../../src/ui/annotation.ts';
import { heartbeatLine, lineChanges, runLine } from '../../src/ui/line.ts';
import { clockTime } from '../../src/ui/text.ts';
import { viewModel } from '../../src/ui/view-model.ts';
import { alarmed, goingPod, iso, live, middle, NOW, newPod, pod, startingPod } from './builders.ts';
import { StillSession } from './fake-session.ts';

const news = (before: Live, after: Live) => lineChanges(viewModel(before), viewModel(after));
const one = (first: Parameters<typeof live>[0]) => live({ spec: { maxUnavailable: '1' }, ...first });

describe('lineChanges', () => {
  const before = one({ pods: [pod(0), pod(1)] });

  it('introduces itself', () => {
    expect(lineChanges(null, viewModel(before))).toEqual([
      'sts/web  executing   in payments @ prod-eu: app 1.8.2 -> 1.9.0',
      'sts/web  now         0 of 2 updated, 0 on the way, 2 old, 0 broken; all 2 pods, 1 at once',
      'sts/web  Progressing app 1.8.2 -> 1.9.0',
    ]);
  });

  it('says nothing where nothing is new, though ages and countdowns go on', () => {
    const soaking = { pods: [newPod(0, { readySince: NOW - 1000 })] };
    expect(news(live(soaking), live({ ...soaking, live: { at: NOW + 1000 } }))).toEqual([]);
  });

  it.each<[string, Live, Live, string[]]>([
    [
      'going',
      before,
      one({ pods: [pod(0), goingPod(1)] }),
      ['web-1    going       terminating, grace 30s; 1 of 1 in use'],
    ],
    [
      'replaced',
      one({ pods: [pod(0), goingPod(1)] }),
      one({ pods: [pod(0), startingPod(1)], timings: { 'web-1': { downMs: 5000, startMs: null, availableAt: null } } }),
      ['web-1    replaced    new, 5s down'],
    ],
    [
      'Ready',
      one({ pods: [pod(0), startingPod(1)] }),
      one({ pods: [pod(0), newPod(1)], timings: { 'web-1': { downMs: 5000, startMs: 9000, availableAt: NOW } } }),
      ['web-1    Ready       14s (5s down, 9s start), 1/2 updated'],
    ],
    ['gone, not there again', one({ pods: [pod(0), goingPod(1)] }), one({ pods: [pod(0)], replicas: 2 }), []],
    [
      'not Ready any more',
      one({ pods: [newPod(0)] }),
      one({ pods: [{ ...newPod(0), ready: false, readySince: null, notReadySince: NOW }] }),
      ['web-0    not Ready   starting: 1/1 containers'],
    ],
    [
      'back as it was',
      one({ pods: [goingPod(0)] }),
      one({ pods: [pod(0, { uid: 'other' })] }),
      ['web-0    Ready       old: it came back as it was'],
    ],
    [
      'added by a scale-up, new',
      one({ pods: [newPod(0)] }),
      one({ pods: [newPod(0), startingPod(1)] }),
      ['web-1    created     new', 'sts/web  pace        all 2 pods; 1 at once'],
    ],
    [
      'added by a scale-up, old',
      one({ pods: [pod(0)] }),
      one({ pods: [pod(0), pod(1, { ready: false, notReadySince: NOW - 3000 })] }),
      ['web-1    created     old', 'sts/web  pace        all 2 pods; 1 at once'],
    ],
    [
      'back as it was, after it was gone',
      one({ pods: [pod(0)], replicas: 2 }),
      one({
        pods: [pod(0), pod(1, { ready: false, notReadySince: NOW - 3000 })],
        timings: { 'web-1': { downMs: 5000 } },
      }),
      ['web-1    came back   old, 5s down'],
    ],
    [
      'cut off',
      before,
      one({ pods: [pod(0), pod(1)], live: { connection: { state: 'broken', heardAt: NOW - 20_000, detail: null } } }),
      [`...      cut off     last update 20s ago, not acting since ${clockTime(NOW - 20_000)}, reconnecting`],
    ],
    [
      'faster',
      before,
      one({ pods: [pod(0), pod(1)], spec: { maxUnavailable: '2' } }),
      ['sts/web  pace        all 2 pods; 2 at once'],
    ],
    [
      'an event of a pod',
      before,
      one({
        pods: [pod(0), pod(1)],
        status: { events: [{ at: iso(NOW), kind: 'lost-race', pod: 'web-1', message: 'came back old' }] },
      }),
      ['web-1    lost-race   came back old'],
    ],
    [
      'a refusal',
      before,
      one({
        pods: [pod(0), pod(1)],
        blockers: [{ code: 'eviction-refused', message: 'pdb/web allows none', pods: ['web-1'] }],
      }),
      ['sts/web  waits       web-1: pdb/web allows none'],
    ],
  ])('%s', (_, from, to, lines) => {
    expect(news(from, to)).toEqual(lines);
  });

  it('tells an alarm with all that the screen says', () => {
    const lines = news(live({ pods: alarmed().observation?.pods }), alarmed());
    expect(lines).toEqual([
      'sts/web  Paused      web-9 does not start: ImagePullBackOff',
      '                     app: Back-off pulling image "registry.corp/app:1.9.0": manifest unknown',
      '                     14 pods serve the old version, 1 the new, 1 is down. Nothing more is touched.',
    ]);
  });

  it('does not report every pod when only the direction changes', () => {
    const pods = [pod(0), newPod(1)];
    const lines = news(live({ pods }), live({ pods, status: { phase: 'RollingBack', direction: 'back' } }));
    expect(lines.filter((line) => line.startsWith('web-'))).toEqual([]);
    expect(lines).toContain('sts/web  RollingBack app 1.9.0 -> 1.8.2');
  });

  it('beats with what it waits for', () => {
    expect(heartbeatLine(viewModel(middle()))).toBe(
      '...      still       6/16 updated, waits for web-7, web-8 and web-9: all 3 of the budget are in use; about 15s for this step',
    );
    expect(heartbeatLine(viewModel(middle({ blockers: [] })))).toContain(
      'waits for web-9 (starting: 1/2 containers, 12s), web-8 (soaking, 3s to go), web-7',
    );
  });

  it('beats with how long it rests, and when it goes on', () => {
    const rests = (spec: object) =>
      heartbeatLine(
        viewModel(
          middle({
            spec: { steps: ['25%'], ...spec },
            status: {
              phase: 'Paused',
              reason: 'StepReached',
              stepReachedAt: iso(NOW - 90_000),
              since: iso(NOW - 90_000),
            },
          }),
        ),
      );
    const counts = '6 of 16 updated, 3 on the way, 7 old, 0 broken';
    expect(rests({})).toBe(`...      still       paused for 1m30s, ${counts}`);
    expect(rests({ stepPause: '2m' })).toBe(`...      still       next step in 30s, ${counts}`);
  });

  it('says at a pause what to type: nobody presses keys in a log', async () => {
    const written: string[] = [];
    const session = new StillSession(middle());
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const run = runLine({ session, write: (line) => written.push(line), signal: new AbortController().signal, ended });
    session.show(middle({ status: { phase: 'Paused', reason: 'StepReached', since: iso(NOW) } }));
    end();
    await run;
    const commands = written.filter((line) => line.includes('kubectl bedrock') && line.startsWith('12:03:41'));
    expect(commands).toEqual([
      '12:03:41           go on       kubectl bedrock promote sts/web -n payments --context prod-eu',
      '12:03:41           back        kubectl bedrock rollback sts/web -n payments --context prod-eu',
    ]);
  });
});

describe('annotation', () => {
  const before = viewModel(live({ pods: alarmed().observation?.pods }));
  it('shows an alarm on the page of a GitHub run, once', () => {
    const after = viewModel(alarmed({ live: { place: { context: '', server: '', namespace: 'n', name: 'a%' } } }));
    expect(annotation(before, after)).toBe(
      '::error title=sts/a%25::PAUSED: web-9 does not start: ImagePullBackOff%0Aapp: Back-off pulling image "registry.corp/app:1.9.0": manifest unknown%0A14 pods serve the old version, 1 the new, 1 is down. Nothing more is touched.',
    );
    expect(annotation(after, after)).toBeNull();
    expect(annotation(before, before)).toBeNull();
  });

  it('is written by a run of a line log that asks for it', async () => {
    const written = async (annotate: boolean) => {
      const lines: string[] = [];
      const session = new StillSession(live({ pods: alarmed().observation?.pods }));
      const { promise: ended, resolve: end } = Promise.withResolvers<void>();
      const signal = new AbortController().signal;
      const run = runLine({ session, write: (line) => lines.push(line), signal, ended, annotate });
      session.show(alarmed());
      end();
      await run;
      return lines.filter((line) => line.startsWith('::'));
    };
    expect(await written(true)).toHaveLength(1);
    expect(await written(false)).toEqual([]);
  });
});
