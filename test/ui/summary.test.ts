import { describe, expect, it } from 'vitest';
import type { Live } from '../../src/rollout/live.ts';
import { nextCommands } from '../../src/ui/commands.ts';
import { summary } from '../../src/ui/summary.ts';
import { alarmed, iso, live, middle, NOW, newPod, OLD, pod } from './builders.ts';

describe('summary', () => {
  const first = (from: Live) => summary(from)[0];
  const timings = { 'web-0': { downMs: 5000, startMs: 26_000, availableAt: NOW } };
  it('says at the end how long a pod took', () => {
    const two = { ...timings, 'web-1': { downMs: 5000, startMs: 9000, scheduleMs: 1000, pullMs: 3000 } };
    const end = { phase: 'Complete', endedAt: iso(NOW) } as const;
    const lines = summary(live({ pods: [newPod(0), newPod(1)], timings: two, status: end }));
    expect(lines[1]).toBe(
      '  a pod took 14s, the median of 2: 5s terminating, 1s waiting for a node, 3s pulling and preparing, 5s starting',
    );
    expect(summary(middle({ timings: two })).join()).not.toContain('a pod took');
  });

  it.each<[string, Live, string]>([
    [
      'complete',
      live({ pods: [newPod(0)], timings, status: { phase: 'Complete', endedAt: iso(NOW) } }),
      'sts/web complete: 1 pod at app 1.9.0 in 2m10s (slowest web-0, 31s). Strategy put back.',
    ],
    [
      'held at the end',
      live({ pods: [newPod(0)], status: { phase: 'Complete', held: true, endedAt: iso(NOW) } }),
      'sts/web complete: 1 pod at app 1.9.0 in 2m10s. Left held.',
    ],
    [
      'rolled back',
      live({ pods: [pod(0)], status: { phase: 'RolledBack', direction: 'back', endedAt: iso(NOW) } }),
      'sts/web rolled back: 1 pod at app 1.8.2 in 2m10s. Strategy put back.',
    ],
    [
      'at a step',
      middle({ status: { phase: 'Paused', reason: 'StepReached' } }),
      'sts/web held at 37%: 6 of 16 pods at app 1.9.0.',
    ],
    ['left', middle(), 'sts/web left held while rolling out: 6 of 16 pods at app 1.9.0. No further pod is touched.'],
    [
      'left by a viewer',
      middle({ live: { role: 'viewer' } }),
      'sts/web rolling out, executed by alice@laptop: 6 of 16 pods at app 1.9.0. It goes on.',
    ],
    ['none', live({ pods: [pod(0)], noRecord: true }), 'sts/web has no rollout'],
  ])('%s', (_, from, line) => {
    expect(first(from)).toBe(line);
  });

  it('says what went wrong, and what did not go as planned', () => {
    expect(summary(alarmed())).toEqual(
      expect.arrayContaining([
        'sts/web stopped, and held: 1 of 16 pods at app 1.9.0.',
        '  web-9 does not start: ImagePullBackOff',
      ]),
    );
    const race = { pod: 'web-3', uid: 'u', at: iso(NOW) };
    expect(summary(middle({ status: { lostRaces: [race, race] } }))).toContain(
      '  restarted once more than needed (gone before the fence could follow): web-3',
    );
  });
});

describe('nextCommands', () => {
  const ours = (from: Live) => nextCommands(from).ours.map(({ command }) => command);
  it.each<[string, Live, string[]]>([
    ['moving', middle(), ['resume', 'rollback']],
    ['a step', middle({ status: { phase: 'Paused', reason: 'StepReached' } }), ['promote', 'rollback']],
    ['the percentage', middle({ status: { phase: 'Paused', reason: 'PercentReached' } }), ['promote', 'rollback']],
    ['going back', middle({ status: { phase: 'RollingBack', direction: 'back' } }), ['resume']],
    ['complete', middle({ status: { phase: 'Complete' } }), []],
    ['complete and held', middle({ status: { phase: 'Complete', held: true } }), ['unhold']],
  ])('after %s', (_, from, verbs) => {
    expect(ours(from).map((command) => command.split(' ')[2])).toEqual(verbs);
  });

  it('quotes names for the shell', () => {
    const place = { context: "it's prod; rm", server: '', namespace: 'payments', name: 'web' };
    expect(ours(middle({ live: { place } }))[0]).toBe(
      `kubectl bedrock resume sts/web -n payments --context 'it'\\''s prod; rm'`,
    );
  });

  it('does without this tool', () => {
    const plain = nextCommands(alarmed()).plain.map(({ command }) => command);
    const scope = '-n payments --context prod-eu';
    expect(plain).toEqual([
      `kubectl patch statefulset/web --type=json -p '[{"op":"add","path":"/spec/updateStrategy/rollingUpdate/partition","value":0}]' ${scope}`,
      `kubectl rollout undo statefulset/web ${scope} --to-revision="$(kubectl get controllerrevision/${OLD} -o 'jsonpath={.revision}' ${scope})"`,
      `kubectl delete pod web-9 ${scope}`,
      `kubectl patch statefulset/web --type=json -p '[{"op":"replace","path":"/spec/updateStrategy","value":{"type":"RollingUpdate","rollingUpdate":{"partition":0}}}]' ${scope}`,
    ]);
  });

  it('goes to the end of the step, or of the next one', () => {
    const partition = (from: Live) => /"value":(\d+)/.exec(nextCommands(from).plain[0]?.command ?? '')?.[1];
    expect(partition(middle())).toBe('8');
    expect(partition(middle({ status: { phase: 'Paused', reason: 'StepReached', step: 1 } }))).toBe('0');
  });

  it('has nothing to say of a set that is gone', () => {
    expect(nextCommands(live({ pods: [], status: { phase: 'Paused', reason: 'SetGone' } }))).toEqual({
      ours: [],
      plain: [],
    });
  });
});
