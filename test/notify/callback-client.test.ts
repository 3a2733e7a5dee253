import { createHmac } from 'node:crypto';
import { Agent } from 'undici';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CallbackClient, callbackClient, sign } from '../../src/notify/callback-client.ts';
import { Receiver } from './receiver.ts';

const AT = Date.parse('2026-11-25T12:00:00.900Z');
const CALLBACK = { key: 'r1.3', body: '{"event":"step"}' };

let receiver: Receiver;
let agent: Agent;
let client: CallbackClient;

beforeEach(async () => {
  receiver = await Receiver.start();
  agent = new Agent();
  client = callbackClient('topsecret', agent, () => AT);
});

afterEach(async () => {
  client.close();
  await agent.destroy();
  await receiver[Symbol.asyncDispose]();
});

const post = (path = '/hook') => client.post({ ...CALLBACK, url: `${receiver.url}${path}` });

test('one POST, with its key, the time, and a signature that a receiver can check by what it got', async () => {
  await post('/hook?team=web');
  const [call] = receiver.received;
  expect(receiver.received).toHaveLength(1);
  expect(call).toMatchObject({ path: '/hook?team=web', text: CALLBACK.body });
  expect(call?.headers).toMatchObject({
    'content-type': 'application/json',
    'idempotency-key': 'r1.3',
    'webhook-id': 'r1.3',
    'webhook-timestamp': String(Math.floor(AT / 1000)),
  });
  const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = call?.headers ?? {};
  const mac = createHmac('sha256', 'topsecret')
    .update(`${String(id)}.${String(at)}.${call?.text}`)
    .digest('base64');
  expect(signature).toBe(`v1,${mac}`);
});

test('signs as the example of the Standard Webhooks specification does', () => {
  // https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
  const signature = sign(
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    'msg_p5jXN8AQM9LWM0D4loKWxJek',
    1_614_265_330,
    '{"test": 2432232314}',
  );
  expect(signature).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
});

test('without a secret it is not signed', async () => {
  const unsigned = callbackClient(null, agent, () => AT);
  await unsigned.post({ ...CALLBACK, url: receiver.url });
  expect(receiver.received[0]?.headers).not.toHaveProperty('webhook-signature');
});

describe('failures', () => {
  test.each([
    [400, 'answered 400', false],
    [401, 'have the same BEDROCK_CALLBACK_SECRET', false],
    [404, 'answered 404', false],
    [410, 'it wants no more', true],
    [500, 'answered 500', false],
    [503, 'answered 503', false],
  ])('%i', async (status, words, permanent) => {
    receiver.answer = () => ({ status });
    await expect(post()).rejects.toMatchObject({ message: expect.stringContaining(words), permanent });
    expect(receiver.received).toHaveLength(1);
  });

  test.each([
    ['17', 17_000],
    [new Date(AT + 90_100).toUTCString(), 90_100 - 1_000],
    ['soon', null],
  ])('Retry-After: %s', async (value, ms) => {
    receiver.answer = () => ({ status: 503, headers: { 'retry-after': value } });
    const failed = await post().catch((error: unknown) => error);
    const { retryAfterMs } = failed as { retryAfterMs: number | null };
    if (ms === null) expect(retryAfterMs).toBeNull();
    else expect(Math.abs((retryAfterMs ?? 0) - ms)).toBeLessThanOrEqual(1_000);
  });

  test('neither query nor secret is in the message', async () => {
    receiver.answer = () => ({ status: 500 });
    const failed = await post('/hook?token=abc').catch((error: Error) => error.message);
    expect(failed).toContain('/hook');
    expect(failed).not.toMatch(/abc|topsecret/);
  });

  test('nobody there', async () => {
    await receiver[Symbol.asyncDispose]();
    await expect(post()).rejects.toThrow(/was not answered: .*ECONNREFUSED/);
  });

  test('one who never answers is left when the client is closed', async () => {
    receiver.answer = () => null;
    const failed = post().catch((error: Error) => error.message);
    while (receiver.received.length === 0) await new Promise((resolve) => setImmediate(resolve));
    client.close();
    expect(await failed).toContain('was not answered');
  });
});

describe('redirects', () => {
  test('within the origin keep the POST and its body', async () => {
    receiver.answer = ({ path }) =>
      path === '/old' ? { status: 308, headers: { location: '/new' } } : { status: 200 };
    await post('/old');
    expect(receiver.received.map(({ path, text }) => [path, text])).toEqual([
      ['/old', CALLBACK.body],
      ['/new', CALLBACK.body],
    ]);
  });

  test('to another origin are not followed', async () => {
    await using other = await Receiver.start();
    receiver.answer = () => ({ status: 307, headers: { location: `${other.url}/hook` } });
    await expect(post()).rejects.toThrow('redirected to another server');
    expect(other.received).toHaveLength(0);
  });

  test('that lose the body are failures', async () => {
    receiver.answer = () => ({ status: 302, headers: { location: '/login' } });
    await expect(post()).rejects.toThrow('answered 302, a redirect that does not keep the body');
    expect(receiver.received).toHaveLength(1);
  });

  test('in a circle end', async () => {
    receiver.answer = () => ({ status: 307, headers: { location: '/hook' } });
    await expect(post()).rejects.toThrow('in a circle');
    expect(receiver.received).toHaveLength(4);
  });
});
