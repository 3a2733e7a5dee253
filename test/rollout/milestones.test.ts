import { describe, expect, test } from 'vitest';
import { withCondition, withoutCondition } from '../../src/rollout/conditions.ts';
import { stamp } from '../../src/rollout/draft.ts';
import {
  emptyNotifications,
  type MilestoneFacts,
  noteError,
  noteMilestones,
  OWED_KEPT,
} from '../../src/rollout/milestones.ts';
import type { Milestone } from '../../src/rollout/notification-record.ts';
import { countOwed, nextOwed, owedWords, told } from '../../src/rollout/owed.ts';
import { type RecordSpec, type RecordStatus, statusSchema } from '../../src/rollout/record.ts';
import { NOW, spec as specOf, status as statusOf } from './builders.ts';

const BOTH = specOf({ slackChannel: '#deploys', callback: { url: 'https://releases.test/', signed: true } });
const at = (seconds: number) => stamp(NOW + seconds * 1000);

function facts(parts: Partial<MilestoneFacts> = {}): MilestoneFacts {
  return { now: NOW, initial: emptyNotifications('prod', NOW), timings: new Map(), ...parts };
}

/** A rollout told so far as its status says. */
function noted(parts: Partial<RecordStatus> = {}, spec: RecordSpec = BOTH): RecordStatus {
  return noteMilestones(statusOf(parts), spec, facts());
}

/** What is passed from one status to the next. */
function passed(before: RecordStatus, parts: Partial<RecordStatus>, spec = BOTH, more: Partial<MilestoneFacts> = {}) {
  const after = noteMilestones({ ...before, ...parts }, spec, facts(more));
  return (after.notifications?.owed ?? []).filter(({ sequence }) => sequence > (before.notifications?.sequence ?? 0));
}

const words = (milestones: readonly Milestone[]) =>
  milestones.map(({ kind, by, message }) => [kind, ...(by === undefined ? [] : [`by ${by}`]), message].join(' '));

test('nothing is noted where nobody is to be told, nor before anything was written', () => {
  expect(noted({}, specOf()).notifications).toBeUndefined();
  expect(noted({ phase: 'Pending' }).notifications).toEqual(emptyNotifications('prod', NOW));
});

test('what is noted is what the record takes', () => {
  const status = noted({ failed: [{ pod: 'web-3', uid: 'u', reason: 'Error', message: 'x' }] });
  expect(statusSchema.parse(JSON.parse(JSON.stringify(status)))).toEqual(status);
});

test('a stop by a gate names the gate, and no pod that had failed before', () => {
  const failed = [{ pod: 'web-3', uid: 'u', reason: 'Error', message: 'x' }];
  const stop = { phase: 'Paused', reason: 'GateFailed', since: at(9), message: 'gate errors fails: 7 is > 5' } as const;
  const [milestone] = passed(noted({ failed }), stop);
  expect(milestone).toMatchObject({ kind: 'stopped', reason: 'GateFailed', message: 'gate errors fails: 7 is > 5' });
  expect(milestone?.failed).toBeUndefined();
});

test('the same status again passes nothing', () => {
  const status = noted();
  expect(noteMilestones(status, BOTH, facts())).toBe(status);
});

describe('from one status to the next', () => {
  const going = noted();
  const paused = noted({ phase: 'Paused', reason: 'Requested', since: at(1) });
  const step = { at: at(5), kind: 'step', message: 'step 1 of 3 reached: 2 of 8 pods' };

  test.each<[string, RecordStatus, Partial<RecordStatus>, Partial<RecordSpec>, string[]]>([
    ['counts alone', going, { counts: { replicas: 4, updated: 2, available: 4, unavailable: 0, broken: 0 } }, {}, []],
    [
      'a pause',
      going,
      { phase: 'Paused', reason: 'Requested', since: at(9) },
      { pausedBy: 'bob@laptop' },
      ['paused by bob@laptop no further pod is disrupted'],
    ],
    [
      'a second pause after one that nobody saw end',
      paused,
      { since: at(9) },
      { pausedBy: 'bob@laptop' },
      ['paused by bob@laptop no further pod is disrupted'],
    ],
    [
      'going on',
      paused,
      { phase: 'Progressing', reason: undefined, since: at(9) },
      { editedBy: 'bob@laptop' },
      ['resumed by bob@laptop goes on'],
    ],
    [
      'another speed',
      going,
      {},
      { maxUnavailable: '4', editedBy: 'bob@laptop' },
      ['speed by bob@laptop 1 -> 4 at once'],
    ],
    [
      'a step reached, and rested at',
      going,
      { phase: 'Paused', reason: 'StepReached', since: at(5), events: [step] },
      {},
      ['step step 1 of 3 reached: 2 of 8 pods'],
    ],
    ['a step passed without a rest', going, { step: 1, events: [step] }, {}, ['step step 1 of 3 reached: 2 of 8 pods']],
    ['steps that promotion skipped', going, { step: 3 }, {}, []],
    [
      'its percentage',
      going,
      { phase: 'Paused', reason: 'PercentReached', since: at(9), message: 'held at 25%' },
      {},
      ['held held at 25%'],
    ],
    [
      'a failure',
      going,
      { phase: 'Paused', reason: 'PodFailed', since: at(9), message: 'web-3 does not start' },
      {},
      ['stopped web-3 does not start'],
    ],
    [
      'a rollback that somebody asked for',
      going,
      { phase: 'RollingBack', direction: 'back', since: at(9) },
      { rollback: { at: at(8), by: 'bob@laptop', summary: 'asked to' } },
      ['rolling-back by bob@laptop asked to'],
    ],
    [
      'a rollback by the policy',
      going,
      {
        phase: 'RollingBack',
        direction: 'back',
        since: at(9),
        events: [{ at: at(9), kind: 'rolling-back', message: 'the failure policy rolls back: web-3 does not start' }],
      },
      {},
      ['rolling-back the failure policy rolls back: web-3 does not start'],
    ],
    [
      'the end',
      going,
      { phase: 'Complete', since: at(9), message: '4 pods at app=app:2' },
      {},
      ['complete 4 pods at app=app:2'],
    ],
    [
      'a stop and the way back, both unseen',
      going,
      { phase: 'RolledBack', direction: 'back', since: at(9), message: '4 pods back' },
      { rollback: { at: at(8), by: 'bob@laptop', summary: 'asked to' } },
      ['rolling-back by bob@laptop asked to', 'rolled-back 4 pods back'],
    ],
  ])('%s', (_, before, parts, edits, expected) => {
    expect(words(passed(before, parts, { ...BOTH, ...edits }))).toEqual(expected);
  });

  test('a step that ends by the clock is nobody’s doing', () => {
    const resting = noted({ phase: 'Paused', reason: 'StepReached', since: at(1) });
    const spec = { ...BOTH, stepPause: '5m', editedBy: 'bob@laptop' };
    expect(words(passed(resting, { phase: 'Progressing', reason: undefined, since: at(9) }, spec))).toEqual([
      'resumed the next step begins',
    ]);
  });

  test('the slowest pods come with the end, slowest first', () => {
    const none = { goneAt: null, scheduleMs: null, pullMs: null, availableAt: null };
    const timings = new Map([1, 5, 3, 4].map((each) => [`web-${each}`, { ...none, downMs: 0, startMs: each * 1000 }]));
    const [end] = passed(going, { phase: 'Complete', since: at(9) }, BOTH, { timings });
    expect(end?.slowest?.map(({ pod }) => pod)).toEqual(['web-5', 'web-4', 'web-3']);
  });
});

describe('what is owed', () => {
  test('to programs: start, steps and ends only', () => {
    const status = noteMilestones(
      noted({ phase: 'Paused', reason: 'Requested', since: at(1) }),
      { ...BOTH, maxUnavailable: '4' },
      facts(),
    );
    const owed = status.notifications?.owed ?? [];
    expect(owed.map(({ kind, owedTo }) => [kind, owedTo.join()])).toEqual([
      ['started', 'slack,callback'],
      ['paused', 'slack'],
      ['speed', 'slack'],
    ]);
  });

  test('is taken off for each by itself, and forgotten when all have it', () => {
    const { notifications } = noted();
    if (notifications === undefined) throw new Error('there is somebody to be told');
    const one = told(notifications, 'slack', 1);
    expect(nextOwed(one, 'slack')).toBeNull();
    expect(nextOwed(one, 'callback')?.sequence).toBe(1);
    expect(countOwed(one, 'callback')).toBe(1);
    expect(told(one, 'callback', 1).owed).toEqual([]);
  });

  test(`keeps the last ${OWED_KEPT}, and says to people what waits`, () => {
    let status = noted();
    for (let second = 1; second <= 200; second++) {
      status = noteMilestones({ ...status, phase: 'Paused', reason: 'Requested', since: at(second) }, BOTH, facts());
    }
    expect(status.notifications?.owed).toHaveLength(OWED_KEPT);
    expect(status.notifications?.sequence).toBe(201);
    expect(owedWords(status, { namespace: 'payments', name: 'web' })).toBe(
      'not told yet: 64 to Slack: kubectl bedrock notify sts/web -n payments',
    );
  });

  test('an error that ends the executor is told, unless a stop has told it', () => {
    const error = noteError(noted(), BOTH, 'the API server refuses', NOW);
    expect(error.notifications?.owed.at(-1)).toMatchObject({ kind: 'stopped', message: 'the API server refuses' });
    const paused = noted({ phase: 'Paused', reason: 'Forbidden', since: at(1) });
    expect(noteError(paused, BOTH, 'the API server refuses', NOW)).toBe(paused);
  });
});

test('a condition is noted as an event when it begins and when it ends, and not in between', () => {
  const first = withCondition(noted(), 'slack', 'Slack cannot be reached', NOW);
  expect(withCondition(first, 'slack', 'Slack cannot be reached', NOW + 1)).toBe(first);
  const other = withCondition(first, 'slack', 'Slack answers token_revoked', NOW + 5_000);
  expect(other.conditions).toEqual([
    {
      type: 'NotificationsFailing',
      status: 'True',
      reason: 'slack',
      message: 'Slack is not told: Slack answers token_revoked. The rollout goes on',
      lastTransitionTime: stamp(NOW),
    },
  ]);
  const over = withoutCondition(other, 'slack', NOW + 9_000);
  expect(over.conditions).toBeUndefined();
  expect(over.events.map(({ message }) => message)).toEqual([
    'Slack is not told: Slack cannot be reached. The rollout goes on',
    'Slack is told again',
  ]);
});
