import { Agent } from 'undici';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ButtonPress } from '../../src/notify/contract.ts';
import { SlackButtons } from '../../src/notify/slack-buttons.ts';
import { RealClock } from '../../src/simulator/index.ts';
import { refusal, SlackServer } from './slack-server.ts';
import { SocketServer } from './socket-server.ts';

const ANN = { id: 'U012ABCDEF', name: 'ann' };
const EVE = { id: 'U0EVIL0000', name: 'ann' };
const VALUE = JSON.stringify({ rolloutIdentity: 'r1', since: '2026-11-25T12:00:00.000Z' });

/** However slow the machine is. */
const eventually = (check: () => void) => vi.waitFor(check, { timeout: 15_000, interval: 5 });

let slack: SlackServer;
let sockets: SocketServer;
let agent: Agent;
let clock: RealClock;
let buttons: SlackButtons;
const pressed: ButtonPress[] = [];
const whispered: string[] = [];
const warned: string[] = [];
let press: (press: ButtonPress) => Promise<string>;

beforeEach(async () => {
  for (const list of [pressed, whispered, warned]) list.length = 0;
  press = async () => 'pause asked for';
  slack = await SlackServer.start();
  sockets = await SocketServer.start();
  slack.script = ({ method }) => (method === 'apps.connections.open' ? { body: { ok: true, url: sockets.url } } : null);
  agent = new Agent({ allowH2: false });
  clock = new RealClock();
  buttons = new SlackButtons(
    { appToken: 'xapp-secret', approvers: [ANN.id], dispatcher: agent, apiUrl: slack.url },
    { whisper: async (_channel, _user, text) => void whispered.push(text) },
    {
      clock,
      warn: (message) => void warned.push(message),
      press: (each) => {
        pressed.push(each);
        return press(each);
      },
    },
  );
});

afterEach(async () => {
  buttons.close();
  clock.stop();
  await agent.destroy();
  await slack[Symbol.asyncDispose]();
  await sockets[Symbol.asyncDispose]();
});

describe('a click', () => {
  test('of one who may is done in their name, acknowledged, and answered to them alone', async () => {
    buttons.start();
    await eventually(() => expect(buttons.connected).toBe(true));
    expect(slack.of('apps.connections.open')[0]?.token).toBe('xapp-secret');
    sockets.press(ANN, 'bedrock_pause', VALUE);
    await eventually(() => expect(whispered).toEqual(['pause asked for']));
    expect(pressed).toEqual([
      { what: 'pause', who: `ann (${ANN.id}) in Slack`, rolloutIdentity: 'r1', since: '2026-11-25T12:00:00.000Z' },
    ]);
    await eventually(() => expect(sockets.acknowledged).toEqual(['e1']));
  });

  test('of anybody else changes nothing, whatever they call themselves', async () => {
    buttons.start();
    await eventually(() => expect(buttons.connected).toBe(true));
    sockets.press(EVE, 'bedrock_rollback', VALUE);
    await eventually(() => expect(whispered).toEqual([expect.stringContaining('may not press this')]));
    expect(pressed).toEqual([]);
  });

  test('that cannot be done says why', async () => {
    press = () => Promise.reject(new Error('it has changed since this was shown'));
    buttons.start();
    await eventually(() => expect(buttons.connected).toBe(true));
    sockets.press(ANN, 'bedrock_resume', VALUE);
    await eventually(() => expect(whispered).toEqual(['Nothing was changed: it has changed since this was shown']));
  });

  test('on a button of another app, or of no sense, is left alone', async () => {
    buttons.start();
    await eventually(() => expect(buttons.connected).toBe(true));
    sockets.press(ANN, 'somebody_elses', VALUE);
    sockets.press(ANN, 'bedrock_pause', 'not json');
    await eventually(() => expect(whispered).toEqual(['This button cannot be understood. Nothing was changed.']));
    expect(pressed).toEqual([]);
  });
});

describe('the connection', () => {
  test('is made anew when Slack ends it', async () => {
    buttons.start();
    await eventually(() => expect(buttons.connected).toBe(true));
    sockets.recycle();
    await eventually(() => expect(sockets.connections).toBe(2));
    await eventually(() => expect(buttons.connected).toBe(true));
    expect(warned).toEqual([]);
  });

  test('that cannot be made is said once, tried again, and ends with us', async () => {
    slack.script = () => refusal('invalid_auth');
    buttons.start();
    await eventually(() => expect(slack.of('apps.connections.open').length).toBe(2));
    expect(warned).toEqual([expect.stringMatching(/^the buttons in Slack do nothing now: .*invalid_auth/)]);
    expect(warned[0]).not.toContain('xapp-secret');
    expect(buttons.connected).toBe(false);
  });
});
