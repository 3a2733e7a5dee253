import { describe, expect, test } from 'vitest';
// loaded before time moves: a first import takes real time, in which virtual time would run ahead
import '../../src/commands/speed.ts';
import { openSession } from '../../src/executor/session.ts';
import { World } from '../cases/kit.ts';
import type { FakeParts } from '../commands/fake-host.ts';
import { FakeSlack, screenOf } from '../notify/fake-slack.ts';

/** A process with a token. */
function withSlack(slack: FakeSlack): FakeParts {
  return {
    openSession: (options) => openSession({ ...options, notifiers: slack.open }),
    openSlack: async () => slack,
    env: { TERM: 'dumb', SLACK_BOT_TOKEN: 'xoxb-fake' },
  };
}

describe('a rollout told in Slack', () => {
  test('one message, edited in place, and a thread of milestones', async () => {
    const world = await World.start({ replicas: 6, start: '4s', stop: '1s' });
    const slack = new FakeSlack(world.clock);
    const running = world.start(
      'rollout web --image app=app:2 --steps 2,100% --max-unavailable 2 --slack-channel #deploys --yes',
      withSlack(slack),
    );
    await world.untilPhase('Paused (StepReached)');
    await world.run('speed web --max-unavailable 3', { user: 'bob' });
    await world.run('promote web --no-execute', { user: 'bob' });
    const { code, said } = await world.end(running);
    expect(code, said).toBe(0);
    expect(slack.messages).toHaveLength(1);
    await expect(screenOf(slack)).toMatchFileSnapshot('golden/complete.txt');
  });
});
