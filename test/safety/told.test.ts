import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { connect } from '../../src/cluster/connection.ts';
import { createSets, openCluster } from '../../src/commands/demo/cluster.ts';
import { run } from '../../src/commands/run.ts';
import { openSession } from '../../src/executor/session.ts';
import { openNotifiers, openSlack } from '../../src/notify/open.ts';
import { fakeHost } from '../commands/fake-host.ts';
import { Receiver } from '../notify/receiver.ts';
import { SlackServer } from '../notify/slack-server.ts';

// What Slack and a call-back are told goes out of the company's hands: no credential of ours may be in it.

test.each([
  ['a rollout that ends well', 'app:2', 0],
  ['a rollout that stops', 'app:bad', 3],
])('%s: neither Slack nor a call-back is told a secret', { timeout: 60_000 }, async (_, image, expected) => {
  await using cluster = await openCluster('1.37');
  await using slack = await SlackServer.start();
  await using receiver = await Receiver.start();
  const kubelet = { start: '50ms', stop: '100ms' };
  const set = { name: 'web', policy: 'Parallel', from: 'app:1', to: image, kubelet, flags: [] } as const;
  await createSets(cluster, [set], 3, AbortSignal.timeout(20_000));
  const env = {
    TERM: 'dumb',
    SLACK_BOT_TOKEN: 'xoxb-1234-m4rk3r-slack',
    SLACK_API_URL: slack.url,
    BEDROCK_CALLBACK_SECRET: 'm4rk3r-callback-secret',
  };
  const host = fakeHost({
    connect,
    env,
    openSlack: () => openSlack(env),
    openSession: (options) => openSession({ notifiers: (...rollout) => openNotifiers(env, ...rollout), ...options }),
  });
  const line = `rollout web --image app=${image} --min-ready 0 --progress-deadline 3s --slack-channel deploys --yes -v 9`;
  const more = ['--callback-url', `${receiver.url}/done`, '--kubeconfig', cluster.kubeconfig];
  const code = await run([...line.split(' '), ...more], host);
  expect(code, host.out() + host.err()).toBe(expected);

  const [{ user }] = parse(readFileSync(cluster.kubeconfig, 'utf8')).users;
  const secrets = [user.token, env.SLACK_BOT_TOKEN, env.BEDROCK_CALLBACK_SECRET];
  const toSlack = JSON.stringify(slack.calls.map(({ method, fields }) => [method, fields]));
  const toReceiver = JSON.stringify(receiver.received);
  const kept = JSON.stringify(cluster.simulator.history.writes.map(({ after }) => after));
  // else nothing was told, and nothing was looked at
  expect(slack.of('chat.postMessage').length).toBeGreaterThan(0);
  expect(toReceiver).toContain(image === 'app:2' ? 'Complete' : 'web');
  for (const secret of secrets) {
    for (const told of [toSlack, toReceiver, kept, host.out(), host.err()]) expect(told).not.toContain(secret);
  }
  // to Slack the token goes as it must, and to nobody else
  expect(new Set(slack.calls.map(({ token }) => token))).toEqual(new Set([env.SLACK_BOT_TOKEN]));
});
