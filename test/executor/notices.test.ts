import { describe, expect, test } from 'vitest';
// loaded before time moves: a first import takes real time, in which virtual time would run ahead
import '../../src/commands/notify.ts';
import '../../src/commands/speed.ts';
import '../../src/notify/callback-client.ts';
import type { Api } from '../../src/cluster/api.ts';
import { deliverOwed } from '../../src/executor/deliver.ts';
import { openSession } from '../../src/executor/session.ts';
import { callbackSchema } from '../../src/notify/callback-payload.ts';
import { type ButtonPress, DeliveryError, type NotifierHost, type OpenNotifiers } from '../../src/notify/contract.ts';
import { openNotifiers } from '../../src/notify/open.ts';
import { World } from '../cases/kit.ts';
import type { FakeParts } from '../commands/fake-host.ts';
import { FakeReceiver } from '../notify/fake-receiver.ts';
import { FakeSlack, screenOf } from '../notify/fake-slack.ts';

/** A process whose environment has tokens for these. */
function told(by: { slack?: FakeSlack; receiver?: FakeReceiver }): FakeParts {
  const { slack, receiver } = by;
  const notifiers: OpenNotifiers = async (...rollout) => {
    const opened = [slack, receiver].filter((each) => each !== undefined).map((each) => each.open(...rollout));
    return { notifiers: (await Promise.all(opened)).flatMap((each) => each.notifiers), missing: [] };
  };
  return {
    openSession: (options) => openSession({ ...options, notifiers }),
    deliverOwed: (options) => deliverOwed({ ...options, notifiers }),
    openSlack: async () => slack ?? null,
    env: { TERM: 'dumb', SLACK_BOT_TOKEN: 'xoxb-fake', BEDROCK_CALLBACK_SECRET: 'topsecret' },
  };
}

const SLACK = 'rollout web --image app=app:2 --max-unavailable 2 --slack-channel #deploys --yes';
const CALLBACK = 'rollout web --image app=app:2 --callback-url https://releases.test/hook --yes';

describe('a rollout told in Slack', () => {
  test('is one message, edited in place, and a thread of milestones', async () => {
    const world = await World.start({ replicas: 6, start: '4s', stop: '1s' });
    const slack = new FakeSlack(world.clock);
    const running = world.start(`${SLACK} --steps 2,100%`, told({ slack }));
    await world.untilPhase('Paused (StepReached)');
    await world.run('speed web --max-unavailable 3', { user: 'bob' });
    await world.run('promote web --no-execute', { user: 'bob' });
    const { code, said } = await world.end(running);
    expect(code, said).toBe(0);
    expect(said).toContain('#deploys in Slack (Acme), as @bedrock');
    expect(slack.messages).toHaveLength(1);
    await expect(screenOf(slack)).toMatchFileSnapshot('golden/complete.txt');
  });

  test('says loudly what fails, with its last words, and who rolled back', async () => {
    const world = await World.start({ replicas: 4, annotations: { 'kubelet.test/crash-after': '1s' } });
    const slack = new FakeSlack(world.clock);
    const forward = await world.run(SLACK.replace('app:2', 'app:crash'), told({ slack }));
    expect(forward.code, forward.said).toBe(3);
    const back = await world.run('rollback web', { ...told({ slack }), user: 'bob' });
    expect(back.code, back.said).toBe(0);
    expect(slack.messages).toHaveLength(1);
    await expect(screenOf(slack)).toMatchFileSnapshot('golden/rolled-back.txt');
  });

  test('goes on in the same thread when another executor takes over, and tells nothing twice', async () => {
    const world = await World.start({ replicas: 6, start: '4s' });
    const slack = new FakeSlack(world.clock);
    const first = world.start(SLACK, told({ slack }));
    await world.until('two are replaced', () => world.images().filter((image) => image === 'app:2').length >= 2);
    // what was told is in the record a second later at most
    await world.pass(2_000);
    world.kill(first);
    await world.pass(60_000);
    const { code, said } = await world.run('resume web', { ...told({ slack }), user: 'bob' });
    expect(code, said).toBe(0);
    expect(slack.messages).toHaveLength(1);
    const titles = slack.messages[0]?.thread.map(({ message }) => message.text.replace(/:.*/, ''));
    expect(titles).toEqual(['started by ann@laptop', 'complete']);
  });

  test.each([
    ['refuses everything for good', new DeliveryError('Slack answers token_revoked', { permanent: true })],
    ['cannot be reached', new DeliveryError('Slack cannot be reached: ECONNREFUSED')],
  ])('loses nothing by a Slack that %s half-way', async (_, failure) => {
    const world = await World.start({ replicas: 6, start: '4s' });
    const slack = new FakeSlack(world.clock);
    const running = world.start(SLACK, told({ slack }));
    await world.until('it is told', () => (slack.messages[0]?.thread.length ?? 0) > 0);
    slack.fault = () => {
      throw failure;
    };
    const { code, said } = await world.end(running);
    expect(code, said).toBe(0);
    expect(said).toContain(`Slack is not told: ${failure.message}. The rollout goes on`);
    const { status } = world.record();
    expect(status.phase).toBe('Complete');
    expect(status.conditions).toMatchObject([{ type: 'NotificationsFailing', reason: 'slack' }]);
    expect(status.notifications?.owed).toMatchObject([{ kind: 'complete', owedTo: ['slack'] }]);
  });

  test('is not told by an executor without a token, which says so; the next one tells all, and takes that back', async () => {
    const world = await World.start({ replicas: 6, start: '4s' });
    const slack = new FakeSlack(world.clock);
    const first = world.start(SLACK, told({ slack }));
    await world.until('it is told', () => (slack.messages[0]?.thread.length ?? 0) > 0);
    await world.pass(2_000);
    world.kill(first);
    await world.pass(60_000);
    const second = world.start('resume web', {
      openSession: (options) =>
        openSession({ ...options, notifiers: (...rollout) => openNotifiers({ TERM: 'dumb' }, ...rollout) }),
      user: 'bob',
    });
    await world.until('it goes on', () => world.images().filter((image) => image === 'app:2').length >= 4);
    expect(world.record().status.conditions).toMatchObject([{ reason: 'slack' }]);
    second.host.signal('SIGTERM');
    expect((await world.end(second)).said).toContain('Slack is not told: SLACK_BOT_TOKEN is not set here');
    const third = await world.run('resume web', told({ slack }));
    expect(third.code, third.said).toBe(0);
    const titles = slack.messages[0]?.thread.map(({ message }) => message.text.replace(/: .*/, ''));
    expect(titles).toEqual([
      'started by ann@laptop',
      'paused by bob@laptop, who left',
      expect.stringMatching(/^resumed by/),
      'complete',
    ]);
    expect(world.record().status.conditions).toBeUndefined();
  });

  test('says that it is stopped where its executor ends by an error, and goes on with the next one', async () => {
    const world = await World.start({ replicas: 6, start: '4s' });
    const slack = new FakeSlack(world.clock);
    let broken = false;
    const over = (api: Api): Api => ({
      clock: api.clock,
      watch: (request) => api.watch(request),
      request: async (request) => {
        const isFence = request.method === 'PATCH' && JSON.stringify(request.body).includes('/spec/updateStrategy');
        if (broken && isFence) throw new Error('the answer cannot be read');
        return api.request(request);
      },
    });
    const running = world.start(SLACK, { ...told({ slack }), over });
    await world.until('it rolls', () => slack.messages.length > 0 && screenOf(slack).includes('Rolling out'));
    broken = true;
    const { code, said } = await world.end(running);
    expect(code, said).toBe(1);
    expect(screenOf(slack)).toContain('Stopped');
    expect(screenOf(slack)).not.toContain('Rolling out');
    const next = await world.run('resume web', { ...told({ slack }), user: 'bob' });
    expect(next.code, next.said).toBe(0);
    expect(slack.messages).toHaveLength(1);
    expect(screenOf(slack)).toContain('Complete');
  });

  test('is told of a set that was deleted under it', async () => {
    const world = await World.start({ replicas: 4, start: '4s' });
    const slack = new FakeSlack(world.clock);
    const running = world.start(SLACK, told({ slack }));
    await world.until('it is told', () => (slack.messages[0]?.thread.length ?? 0) > 0);
    const path = '/apis/apps/v1/namespaces/default/statefulsets/web';
    await world.settle(world.simulator.api('bob').request({ method: 'DELETE', path }));
    await world.end(running);
    const [message] = slack.messages;
    expect(message?.thread.at(-1)?.message.text).toMatch(/^stopped: /);
    expect(message?.message.text).toContain('Stopped');
  });
});

describe('the buttons', () => {
  /** A rollout, and what its notifiers would be pressed with. */
  async function withButtons(world: World, slack: FakeSlack) {
    let host: NotifierHost | null = null;
    const notifiers: OpenNotifiers = (spec, notifications, given) => {
      host = given;
      return slack.open(spec, notifications, given);
    };
    const running = world.start(SLACK, {
      ...told({ slack }),
      openSession: (options) => openSession({ ...options, notifiers }),
    });
    await world.until('it is told', () => (slack.messages[0]?.thread.length ?? 0) > 0);
    const press = (what: ButtonPress['what'], parts: Partial<ButtonPress> = {}) => {
      const { spec, status } = world.record();
      const shown = { rolloutIdentity: spec.rolloutIdentity, since: status.since, ...parts };
      if (host === null) throw new Error('there are no buttons');
      return world.settle(host.press({ what, who: 'bob (U1) in Slack', ...shown }));
    };
    return { running, press };
  }

  test('pause and resume in the name of who pressed, and a second click does no harm', async () => {
    const world = await World.start({ replicas: 6, start: '4s' });
    const slack = new FakeSlack(world.clock);
    const { running, press } = await withButtons(world, slack);
    await world.untilPhase('Progressing');
    expect(await press('pause')).toContain('pause asked for');
    expect(await press('pause')).toBe('already paused by bob (U1) in Slack');
    await world.untilPhase('Paused (Requested)');
    expect(world.record().spec.pausedBy).toBe('bob (U1) in Slack');
    const shown = world.record().status.since;
    expect(await press('resume')).toBe('asked to go on');
    await world.untilPhase('Progressing');
    await expect(press('resume', { since: shown })).rejects.toThrow('it has changed since this was shown');
    const { code, said } = await world.end(running);
    expect(code, said).toBe(0);
    const titles = slack.messages[0]?.thread.map(({ message }) => message.text.replace(/: .*/, ''));
    expect(titles).toEqual([
      'started by ann@laptop',
      'paused by bob (U1) in Slack',
      'resumed by bob (U1) in Slack',
      'complete',
    ]);
  });

  test('roll back once, and refuse what belongs to another rollout', async () => {
    const world = await World.start({ replicas: 6, start: '4s' });
    const { running, press } = await withButtons(world, new FakeSlack(world.clock));
    await world.untilPhase('Progressing');
    await expect(press('rollback', { rolloutIdentity: 'another' })).rejects.toThrow('of another rollout');
    expect(await press('rollback')).toBe('rollback asked for');
    expect(await press('rollback')).toContain('it is rolled back already');
    expect(world.record().spec.rollback?.by).toBe('bob (U1) in Slack');
    expect((await world.end(running)).code).toBe(4);
  });
});

describe('call-backs', () => {
  test('start, steps and end, each with its key, valid by the schema, and nothing of the secret in the record', async () => {
    const world = await World.start({ replicas: 4 });
    const receiver = new FakeReceiver(world.clock);
    const { code, said } = await world.run(`${CALLBACK} --steps 1,2,100% --step-pause 1s`, told({ receiver }));
    expect(code, said).toBe(0);
    expect(receiver.events()).toEqual(['started', 'step', 'step', 'complete']);
    const bodies = receiver.attempts.map(({ body }) => callbackSchema.parse(JSON.parse(body)));
    expect(bodies.map(({ id }) => id)).toEqual(receiver.attempts.map(({ key }) => key));
    expect(new Set(receiver.attempts.map(({ key }) => key)).size).toBe(4);
    expect(bodies.at(-1)).toMatchObject({
      statefulSet: { cluster: 'test', namespace: 'default', name: 'web' },
      change: ['app 1 -> 2'],
      startedBy: 'ann@laptop',
      counts: { replicas: 4, updated: 4 },
    });
    const { spec, status } = world.record();
    expect(spec.callback).toEqual({ url: 'https://releases.test/hook', signed: true });
    expect(status.notifications?.owed).toEqual([]);
    expect(JSON.stringify(world.set())).not.toContain('topsecret');
  });

  test('a receiver that fails for two minutes, and an executor killed meanwhile: each at least once, in order, by one key', async () => {
    const world = await World.start({ replicas: 6, start: '20s', stop: '5s' });
    const receiver = new FakeReceiver(world.clock);
    const from = world.clock.now();
    receiver.up = () => world.clock.now() >= from + 120_000;
    const first = world.start(`${CALLBACK} --steps 1,2,100% --step-pause 1s`, told({ receiver }));
    await world.untilPhase('Paused (StepReached)');
    await world.until('it goes on', () => world.phase() === 'Progressing');
    await world.pass(2_000);
    world.kill(first);
    await world.pass(45_000);
    const { code, said } = await world.run('resume web', { ...told({ receiver }), user: 'bob' });
    expect(code, said).toBe(0);
    expect(receiver.attempts.filter(({ taken }) => !taken).length).toBeGreaterThan(4);
    expect(receiver.events()).toEqual(['started', 'step', 'step', 'complete']);
    // one key and one body for each, whoever sent it and however often
    const bodies = new Map<string, Set<string>>();
    for (const { key, body } of receiver.attempts) bodies.set(key, (bodies.get(key) ?? new Set()).add(body));
    expect([...bodies.values()].map((each) => each.size)).toEqual([1, 1, 1, 1]);
    const sequences = receiver.attempts.map(({ body }) => Number(JSON.parse(body).sequence));
    expect(sequences).toEqual([...sequences].sort((a, b) => a - b));
  });

  test('what nobody took is told later by `notify`, which touches nothing else', async () => {
    const world = await World.start({ replicas: 3 });
    const receiver = new FakeReceiver(world.clock);
    receiver.up = () => false;
    const { said } = await world.run(CALLBACK, told({ receiver }));
    expect(said).toContain('not told yet: 2 by call-back: kubectl bedrock notify sts/web -n default');
    const still = await world.run('notify web', told({ receiver }));
    expect(still.code).toBe(1);
    expect(still.said).toContain('sts/web: 0 told, 2 left.');
    expect(still.said).toContain('answered 503');
    receiver.up = () => true;
    receiver.attempts.length = 0;
    world.mark();
    const done = await world.run('notify web', { ...told({ receiver }), user: 'bob' });
    expect(done, done.said).toMatchObject({ code: 0, said: 'sts/web: 2 told, 0 left.\n' });
    expect(receiver.events()).toEqual(['started', 'complete']);
    expect(world.writes('bob')).toEqual(['update statefulsets/web']);
    expect(world.record().status.phase).toBe('Complete');
    const nothing = await world.run('notify web', told({ receiver }));
    expect(nothing.said).toBe('sts/web: nothing is owed.\n');
  });

  test('while somebody executes, `notify` leaves it to them', async () => {
    const world = await World.start({ replicas: 3, start: '10s' });
    const receiver = new FakeReceiver(world.clock);
    const running = world.start(CALLBACK, told({ receiver }));
    await world.untilPhase('Progressing');
    const { code, said } = await world.run('notify web', { ...told({ receiver }), user: 'bob' });
    expect({ code, said }).toMatchObject({ code: 0, said: expect.stringContaining('executes sts/web') });
    await world.end(running);
    expect(receiver.events()).toEqual(['started', 'complete']);
  });

  test('what nobody took is in the record at the end, and the next rollout brings it along, before its own', async () => {
    const world = await World.start({ replicas: 3 });
    const receiver = new FakeReceiver(world.clock);
    receiver.up = () => false;
    const first = await world.run(CALLBACK, told({ receiver }));
    expect(first.code, first.said).toBe(0);
    expect(world.record().status.notifications?.owed.map(({ kind }) => kind)).toEqual(['started', 'complete']);
    const keys = [...new Set(receiver.attempts.map(({ key }) => key))];
    receiver.up = () => true;
    receiver.attempts.length = 0;
    const second = await world.run(CALLBACK.replace('app:2', 'app:3'), told({ receiver }));
    expect(second.code, second.said).toBe(0);
    expect(receiver.events()).toEqual(['started', 'complete', 'started', 'complete']);
    expect(receiver.attempts[0]?.key).toBe(keys[0]);
    expect(world.record().status.notifications).toMatchObject({ owed: [], carried: [] });
  });

  test('a receiver of an earlier rollout that is gone for good stands before nobody, and is forgotten after a day', async () => {
    const world = await World.start({ replicas: 3 });
    const receiver = new FakeReceiver(world.clock);
    receiver.up = () => false;
    await world.run(CALLBACK, told({ receiver }));
    receiver.attempts.length = 0;
    receiver.up = () => receiver.attempts.at(-1)?.url !== 'https://releases.test/hook';
    const moved = CALLBACK.replace('releases.test', 'new.test');
    const second = await world.run(moved.replace('app:2', 'app:3'), told({ receiver }));
    expect(second.code, second.said).toBe(0);
    const own = receiver.attempts.filter(({ url }) => url === 'https://new.test/hook');
    expect(own.map(({ body }) => JSON.parse(body).event)).toEqual(['started', 'complete']);
    expect(world.record().status.notifications).toMatchObject({ owed: [], carried: [{}, {}] });
    await world.pass(25 * 3_600_000);
    receiver.attempts.length = 0;
    await world.run(moved.replace('app:2', 'app:4'), told({ receiver }));
    expect(new Set(receiver.attempts.map(({ url }) => url))).toEqual(new Set(['https://new.test/hook']));
    expect(world.record().status.notifications).toMatchObject({ owed: [], carried: [] });
  });
});
