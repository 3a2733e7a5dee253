import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DeliveryError } from '../../src/notify/contract.ts';
import { openSlack } from '../../src/notify/open.ts';
import type { SlackClient } from '../../src/notify/slack-client.ts';
import { refusal, SlackServer } from './slack-server.ts';

const MESSAGE = { text: 'hello', blocks: [] };
const PARENT = { channel: 'C0DEPLOYS', ts: '1700000000.000001' };

let server: SlackServer;
let client: SlackClient;

beforeEach(async () => {
  server = await SlackServer.start();
  client = await openAt(server.url);
});

afterEach(async () => {
  client.close();
  await server[Symbol.asyncDispose]();
});

async function openAt(url: string, env: Record<string, string> = {}): Promise<SlackClient> {
  const slack = await openSlack({ SLACK_BOT_TOKEN: 'xoxb-secret', SLACK_API_URL: url, ...env });
  if (slack === null) throw new Error('there is a token');
  return slack;
}

async function failure(call: Promise<unknown>): Promise<DeliveryError> {
  const error = await call.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof DeliveryError)) throw new Error(`not a DeliveryError: ${String(error)}`);
  return error;
}

test('posts, replies, edits and whispers, each once, without mentions made of text', async () => {
  await client.identify();
  const ref = await client.post('#deploys', MESSAGE);
  expect(ref).toEqual(PARENT);
  await client.reply(ref, MESSAGE, true);
  await client.edit(ref, MESSAGE);
  await client.whisper('C0DEPLOYS', 'U0ANN', 'psst');
  expect(server.calls.map(({ method }) => method)).toEqual([
    'auth.test',
    'chat.postMessage',
    'chat.postMessage',
    'chat.update',
    'chat.postEphemeral',
  ]);
  expect(new Set(server.calls.map(({ token }) => token))).toEqual(new Set(['xoxb-secret']));
  expect(server.calls[1]?.fields).toMatchObject({ channel: '#deploys', text: 'hello', link_names: 'false' });
  expect(server.calls[2]?.fields).toMatchObject({ thread_ts: PARENT.ts, reply_broadcast: 'true' });
});

describe('what Slack refuses for good is not tried again, and told with its remedy', () => {
  test.each([
    ['not_in_channel', 'invite the bot in #deploys: /invite @bedrock'],
    ['channel_not_found', 'there is no #deploys, or it is private'],
    ['is_archived', 'archived; choose another with --slack-channel'],
    ['invalid_auth', 'SLACK_BOT_TOKEN is not valid'],
    ['token_revoked', 'SLACK_BOT_TOKEN is not valid'],
    ['account_inactive', 'SLACK_BOT_TOKEN is not valid'],
    ['missing_scope', 'give it chat:write'],
    ['some_error_of_next_year', 'Slack answers some_error_of_next_year'],
  ])('%s', async (error, words) => {
    await client.identify();
    server.script = () => refusal(error);
    const failed = await failure(client.post('#deploys', MESSAGE));
    expect(failed.message).toContain(words);
    expect(failed.permanent).toBe(true);
    expect(failed.message).not.toContain('xoxb-secret');
    expect(server.of('chat.postMessage')).toHaveLength(1);
  });
});

describe('what passes is left to whoever knows when to try again', () => {
  test('429 with Retry-After', async () => {
    server.script = () => ({
      status: 429,
      headers: { 'retry-after': '17' },
      body: { ok: false, error: 'ratelimited' },
    });
    expect(await failure(client.edit(PARENT, MESSAGE))).toMatchObject({ permanent: false, retryAfterMs: 17_000 });
    expect(server.calls).toHaveLength(1);
  });

  test('429 without it', async () => {
    server.script = () => ({ status: 429, body: { ok: false, error: 'ratelimited' } });
    expect(await failure(client.edit(PARENT, MESSAGE))).toMatchObject({ permanent: false, retryAfterMs: 30_000 });
    expect(server.calls).toHaveLength(1);
  });

  test.each(['internal_error', 'service_unavailable', 'ratelimited'])('ok:false %s', async (error) => {
    server.script = () => refusal(error);
    expect(await failure(client.post('#deploys', MESSAGE))).toMatchObject({ permanent: false });
  });

  test('500 with a page', async () => {
    server.script = () => ({ status: 500, body: '<html>oops</html>' });
    const failed = await failure(client.post('#deploys', MESSAGE));
    expect(failed).toMatchObject({ permanent: false, message: 'Slack answers HTTP 500' });
    expect(server.calls).toHaveLength(1);
  });

  test('a connection that is cut', async () => {
    server.script = () => ({ hangMs: 20 });
    const failed = await failure(client.post('#deploys', MESSAGE));
    expect(failed.permanent).toBe(false);
    expect(failed.message).toMatch(/^Slack cannot be reached: /);
  });

  test('nobody there', async () => {
    const gone = await SlackServer.start();
    await gone[Symbol.asyncDispose]();
    const nobody = await openAt(gone.url);
    expect((await failure(nobody.post('#deploys', MESSAGE))).message).toMatch(/cannot be reached: .*ECONNREFUSED/);
    nobody.close();
  });

  test('a page that is not Slack at all', async () => {
    server.script = () => ({ body: '<html>Please sign in to the hotel</html>' });
    expect((await failure(client.identify())).message).toContain('is a proxy in between?');
  });
});

test('a call that hangs ends as soon as the client is closed', async () => {
  server.script = () => ({ hangMs: 60_000 });
  const failed = failure(client.post('#deploys', MESSAGE));
  while (server.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
  client.close();
  expect((await failed).message).toMatch(/cannot be reached/);
});

test('goes through HTTPS_PROXY or HTTP_PROXY, unless NO_PROXY names the host', async () => {
  const { createServer } = await import('node:http');
  const asked: string[] = [];
  const proxy = createServer().on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as import('node:net').AddressInfo;
  try {
    const through = await openAt('https://slack.invalid/api/', { HTTPS_PROXY: `127.0.0.1:${port}` });
    await failure(through.identify());
    through.close();
    expect(asked).toEqual(['slack.invalid:443']);
    const past = await openAt(server.url, { HTTP_PROXY: `http://127.0.0.1:${port}`, NO_PROXY: '127.0.0.1' });
    await past.identify();
    past.close();
    expect(asked).toHaveLength(1);
  } finally {
    proxy.closeAllConnections();
    await new Promise((resolve) => proxy.close(resolve));
  }
});
