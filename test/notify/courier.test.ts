import { describe, expect, test } from 'vitest';
import { DeliveryError } from '../../src/notify/contract.ts';
import { SlackNotifier } from '../../src/notify/slack.ts';
import { stamp } from '../../src/rollout/draft.ts';
import { VirtualClock } from '../../src/simulator/index.ts';
import { Desk, hostOf, NOW } from './builders.ts';
import { FakeSlack } from './fake-slack.ts';

function start(latencyMs = 100) {
  const clock = new VirtualClock(NOW);
  const slack = new FakeSlack(clock, latencyMs);
  const desk = new Desk(clock);
  const notifier = new SlackNotifier(slack, { channel: '#deploys', buttons: () => false }, hostOf(clock));
  const courier = desk.hire(notifier);
  return { clock, slack, desk, courier, pass: (ms: number) => clock.run(clock.now() + ms) };
}

const counts = (updated: number) => ({ replicas: 10_000, updated, available: updated, unavailable: 0, broken: 0 });

describe('edits', () => {
  test('10,000 events in five minutes: none within 3 s of the last one, and the last one tells how it ended', async () => {
    const { clock, slack, desk, pass } = start();
    for (let event = 1; event <= 10_000; event++) {
      desk.change({ counts: counts(event) });
      await pass(30);
    }
    desk.change({ phase: 'Complete', since: stamp(clock.now()), message: 'all there' });
    await pass(10_000);
    const [message] = slack.messages;
    const times = [message?.at ?? 0, ...(message?.edits ?? [])];
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(3_000);
    // and it is kept up to date: an edit at each 3 s, and what the call takes
    expect(gaps.length).toBeGreaterThan(300_000 / 3_200);
    expect(message?.message.text).toContain('10000 of 10000 pods updated');
    expect(message?.message.text).toContain('Complete');
  });

  test('none where nothing but the time goes on, but once a minute', async () => {
    const { slack, desk, pass } = start();
    desk.change({ counts: counts(1) });
    await pass(10_000);
    const before = slack.messages[0]?.edits.length ?? 0;
    await pass(5 * 60_000);
    expect((slack.messages[0]?.edits.length ?? 0) - before).toBe(5);
    desk.change({ phase: 'Paused', reason: 'Requested', since: stamp(NOW + 1) });
    await pass(10_000);
    const paused = slack.messages[0]?.edits.length ?? 0;
    await pass(3_600_000);
    expect(slack.messages[0]?.edits.length).toBe(paused);
  });
});

describe('failures', () => {
  test('are tried again with a back-off up to a minute, and milestones arrive once, in order', async () => {
    const { clock, slack, desk, pass } = start();
    await pass(1_000);
    const attempts: number[] = [];
    slack.fault = () => {
      attempts.push(clock.now());
      throw new DeliveryError('Slack cannot be reached: ECONNREFUSED');
    };
    desk.change({ phase: 'Paused', reason: 'Requested', since: stamp(clock.now()), message: 'paused' });
    await pass(60_000);
    desk.change({ phase: 'Progressing', reason: undefined, since: stamp(clock.now()) });
    await pass(10 * 60_000);
    const waits = attempts.slice(1).map((at, index) => at - (attempts[index] ?? 0));
    expect(waits.slice(0, 4)).toEqual([1_100, 2_100, 4_100, 8_100]);
    expect(Math.max(...waits)).toBe(60_100);
    expect(desk.status.conditions).toMatchObject([{ type: 'NotificationsFailing', reason: 'slack' }]);
    slack.fault = () => {};
    await pass(61_000);
    expect(slack.messages[0]?.thread.map(({ message }) => message.text)).toEqual([
      'started by ann@laptop: app=app:2',
      'paused: no further pod is disrupted',
      'resumed: goes on',
    ]);
    expect(desk.status.conditions).toBeUndefined();
    expect(desk.owed()).toBe(0);
  });

  test('a pause that Slack asks for is kept to the second', async () => {
    const { clock, slack, desk, pass } = start();
    await pass(10_000);
    const calls: number[] = [];
    slack.fault = () => {
      calls.push(clock.now());
      if (calls.length === 1) throw new DeliveryError('Slack asks for a pause', { retryAfterMs: 45_000 });
    };
    desk.change({ phase: 'Paused', reason: 'Requested', since: stamp(clock.now()) });
    await pass(120_000);
    expect((calls[1] ?? 0) - (calls[0] ?? 0)).toBe(45_100);
  });

  test('that only a person can mend are not tried again, and what is owed stays owed', async () => {
    const { clock, slack, desk, pass } = start();
    await pass(1_000);
    let calls = 0;
    slack.fault = () => {
      calls++;
      throw new DeliveryError('Slack answers token_revoked', { permanent: true });
    };
    desk.change({ phase: 'Paused', reason: 'Requested', since: stamp(clock.now()) });
    await pass(3_600_000);
    expect(calls).toBe(1);
    expect(desk.owed()).toBe(1);
    expect(desk.failures).toEqual([{ message: 'Slack answers token_revoked', permanent: true }]);
  });

  test('a thread that somebody deleted begins anew', async () => {
    const { clock, slack, desk, pass } = start();
    await pass(1_000);
    const { SlackRefusal } = await import('../../src/notify/slack-client.ts');
    let gone = true;
    slack.fault = (call) => {
      if (call === 'reply' && gone) {
        gone = false;
        throw new SlackRefusal('thread_not_found', 'Slack answers thread_not_found', true);
      }
    };
    desk.change({ phase: 'Paused', reason: 'Requested', since: stamp(clock.now()) });
    await pass(60_000);
    expect(slack.messages).toHaveLength(2);
    expect(slack.messages[1]?.thread).toHaveLength(1);
  });
});

describe('the end', () => {
  test('waits for what is owed, the last edit too, and no longer than that', async () => {
    const { clock, slack, desk, courier, pass } = start();
    await pass(5_000);
    desk.change({ phase: 'Complete', since: stamp(clock.now()), message: 'all there' });
    const from = clock.now();
    let endedAt = 0;
    void courier.close(4_000).then(() => {
      endedAt = clock.now();
    });
    await pass(10_000);
    expect(slack.messages[0]?.thread.at(-1)?.message.text).toBe('complete: all there');
    expect(slack.messages[0]?.message.text).toContain('Complete');
    expect(endedAt - from).toBeLessThanOrEqual(4_000);
    expect(slack.closed).toBe(1);
    expect(clock.pending).toBe(0);
  });

  test('a Slack that hangs is not waited for, and leaves no timer', async () => {
    const { clock, desk, courier, pass } = start(30_000);
    const from = clock.now();
    let endedAt = 0;
    void courier.close(4_000).then(() => {
      endedAt = clock.now();
    });
    await pass(20_000);
    expect(endedAt - from).toBe(4_000);
    expect(desk.owed()).toBe(1);
    // the answer that comes too late changes nothing any more
    await pass(60_000);
    expect(desk.owed()).toBe(1);
    expect(clock.pending).toBe(0);
  });

  test('whoever has not answered of late gets one more attempt', async () => {
    const { clock, slack, desk, courier, pass } = start();
    slack.fault = () => {
      throw new DeliveryError('no route');
    };
    await pass(20_000);
    const from = clock.now();
    let endedAt = 0;
    void courier.close(4_000).then(() => {
      endedAt = clock.now();
    });
    await pass(10_000);
    expect(endedAt - from).toBe(100);
    expect(desk.owed()).toBe(1);
  });
});
