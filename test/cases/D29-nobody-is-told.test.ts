import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { run } from '../../src/commands/run.ts';
import { openSession } from '../../src/executor/session.ts';
import { openNotifiers, openSlack } from '../../src/notify/open.ts';
import { startCluster, type TestCluster } from '../commands/cluster.ts';
import { refusal, SlackServer } from '../notify/slack-server.ts';

// argo-helm#420, argo-rollouts#1894, #1305, #1550; argo-cd PR 13128: nobody is told, or the deploy fails because of it

const ROLLOUT = 'rollout web --image app=app:2 --slack-channel deploys --min-ready 0 --yes'.split(' ');

let slack: SlackServer;
let cluster: TestCluster;

beforeEach(async () => {
  slack = await SlackServer.start();
  cluster = await startCluster({ replicas: 2 });
});

afterEach(() => slack[Symbol.asyncDispose]());

/** The whole program with the real client of Slack, against a server that answers as Slack does. */
async function rollOut(
  more: Record<string, string> = {},
  flags: string[] = [],
): Promise<{ code: number; said: string }> {
  const env = { TERM: 'dumb', SLACK_BOT_TOKEN: 'xoxb-secret', SLACK_API_URL: slack.url, ...more };
  const host = cluster.host({
    env,
    openSlack: () => openSlack(env),
    openSession: (options) => openSession({ notifiers: (...rollout) => openNotifiers(env, ...rollout), ...options }),
  });
  const code = await run([...ROLLOUT, ...flags], host);
  return { code, said: host.out() + host.err() };
}

describe('what is wrong before the start is said before the start, with what to do, and nothing is written', () => {
  test.each([
    ['invalid_auth', 'auth.test', 'SLACK_BOT_TOKEN is not valid'],
    ['token_revoked', 'auth.test', 'SLACK_BOT_TOKEN is not valid'],
    ['account_inactive', 'auth.test', 'SLACK_BOT_TOKEN is not valid'],
    ['not_in_channel', 'chat.postMessage', 'invite the bot in #deploys: /invite @bedrock'],
    ['channel_not_found', 'chat.postMessage', 'there is no #deploys'],
    ['is_archived', 'chat.postMessage', '#deploys is archived'],
    ['missing_scope', 'chat.postMessage', 'give it chat:write'],
  ])('%s', async (error, method, words) => {
    slack.script = (call) => (call.method === method ? refusal(error) : null);
    const { code, said } = await rollOut();
    expect(code).toBe(1);
    expect(said).toContain(words);
    expect(said).toContain('Nothing was changed.');
    expect(said).not.toContain('xoxb-secret');
    expect(slack.of(method)).toHaveLength(1);
    expect(cluster.writes()).toEqual([]);
  });

  test('no token', async () => {
    const { code, said } = await rollOut({ SLACK_BOT_TOKEN: '' });
    expect(code).toBe(1);
    expect(said).toContain('--slack-channel needs SLACK_BOT_TOKEN');
    expect(cluster.writes()).toEqual([]);
  });

  test('a dry run asks who we are, and posts nothing', async () => {
    const { code, said } = await rollOut({}, ['--dry-run=client']);
    expect(code).toBe(0);
    expect(said).toContain('#deploys in Slack (Acme), as @bedrock');
    expect(slack.calls.map(({ method }) => method)).toEqual(['auth.test']);
  });
});

describe('what goes wrong in the middle is one line, and the rollout goes on', () => {
  test('a token that is revoked', async () => {
    slack.script = (_, number) => (number > 3 ? refusal('token_revoked') : null);
    const { code, said } = await rollOut({}, ['--min-ready', '1500ms']);
    expect(code, said).toBe(0);
    expect(cluster.images()).toEqual(['app:2', 'app:2']);
    expect(said).toContain('Slack is not told: Slack answers token_revoked');
    expect(said).toContain('not told yet: 2 to Slack: kubectl bedrock notify sts/web -n default');
    expect(cluster.annotation('status')).toMatchObject({
      phase: 'Complete',
      conditions: [{ type: 'NotificationsFailing', status: 'True', reason: 'slack' }],
    });
    // waiting changes nothing: it is not tried again
    expect(slack.calls).toHaveLength(4);
  });

  test('no way to Slack at all', async () => {
    await slack[Symbol.asyncDispose]();
    const { code, said } = await rollOut();
    expect(code, said).toBe(0);
    expect(said).toContain('Slack cannot be reached');
    expect(cluster.images()).toEqual(['app:2', 'app:2']);
    slack = await SlackServer.start();
  });

  test('nothing: one message, and a thread of what happened', async () => {
    const { code, said } = await rollOut({ HTTP_PROXY: 'http://127.0.0.1:9', NO_PROXY: '127.0.0.1' });
    expect(code, said).toBe(0);
    expect(slack.of('chat.postMessage').map(({ fields }) => fields.text)).toEqual([
      'sts/web in default @ test: Preparing, app 1 -&gt; 2, 0 of 2 pods updated',
      'started by ann@laptop: app=app:2',
      expect.stringMatching(/^complete: 2 pods at app=app:2 in \d+m?s$/),
    ]);
  });
});
