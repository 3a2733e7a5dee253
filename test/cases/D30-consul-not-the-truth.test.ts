import { describe, expect, test } from 'vitest';
import { openSession } from '../../src/executor/session.ts';
import { type GateFacts, NO_GATES } from '../../src/rollout/gate-facts.ts';
import { isObject } from '../../src/rollout/json.ts';
import { type Ailment, FakeConsul } from '../gates/fake-consul.ts';
import { World, type WorldParts } from './kit.ts';

// hashicorp/consul-k8s#1817, #2085, #1206, consul#1791, #11912: what Consul says of a pod may be of the pod before it, or
// nothing that it can vouch for

/** A world with Consul in it, that has every pod passing at its address. */
async function withConsul(parts: WorldParts = {}) {
  const world = await World.start(parts);
  const consul = new FakeConsul(world.clock);
  for (const pod of podsOf(world)) consul.register('web', instanceOf(pod));
  const outside = { outside: consul, openSession: sessionWith(consul) };
  return { world, consul, outside };
}

function sessionWith(outside: FakeConsul): typeof openSession {
  return (options) => openSession({ ...options, outside });
}

interface Addressed {
  name: string;
  uid: string;
  ip: string;
}

function podsOf(world: World): Addressed[] {
  return world.simulator.pods().map(({ metadata, status }) => ({
    name: String(metadata.name),
    uid: String(metadata.uid),
    ip: isObject(status) ? String(status.podIP ?? '') : '',
  }));
}

function podOf(world: World, name: string): Addressed {
  const pod = podsOf(world).find((each) => each.name === name);
  if (pod === undefined) throw new Error(`${name} is not there`);
  return pod;
}

const instanceOf = ({ name, uid, ip }: Addressed) => ({
  id: `${name}-${uid}`,
  node: 'node-1',
  address: ip,
  meta: { 'pod-name': name, 'pod-uid': uid, 'k8s-namespace': 'default' },
});

/** Registers each replacement as soon as it is Ready, and takes the one before it out. */
function follow(world: World, consul: FakeConsul, lost: ReadonlySet<string> = new Set()): void {
  world.simulator.history.onWrite(({ resource }) => {
    if (resource.plural !== 'pods') return;
    const ready = new Set(world.pods().flatMap(({ uid, ready }) => (ready ? [uid] : [])));
    const pods = podsOf(world).filter(({ uid }) => ready.has(uid));
    for (const { id, meta } of consul.instances('web')) {
      const now = pods.find(({ name }) => name === meta?.['pod-name']);
      if (now !== undefined && now.uid !== meta?.['pod-uid']) consul.deregister('web', id);
    }
    const known = new Set(consul.instances('web').map(({ id }) => id));
    for (const pod of pods) {
      if (!known.has(instanceOf(pod).id) && !lost.has(pod.name)) consul.register('web', instanceOf(pod));
    }
  });
}

function gatesOf(world: World): GateFacts {
  return world.record().status.gates ?? NO_GATES;
}

const COMMAND = 'rollout web --image app=app:2 --consul-service web --min-ready 0 --yes -o line';

test.each(['the uid that it was registered with', 'its address alone'])(
  '(a) the pod before it is registered still, and passing: the new one counts by %s',
  async (by) => {
    const { world, consul, outside } = await withConsul();
    const registered = (pod: Addressed) => {
      const { meta, ...rest } = instanceOf(pod);
      return by === 'its address alone' ? rest : { ...rest, meta };
    };
    for (const { id } of consul.instances('web')) consul.deregister('web', id);
    for (const pod of podsOf(world)) consul.register('web', registered(pod));
    const before = podOf(world, 'web-2');
    const running = world.start(COMMAND, outside);
    await world.until(
      'web-2 is replaced',
      () => world.pod('web-2')?.image === 'app:2' && world.pod('web-2')?.ready === true,
    );
    const after = podOf(world, 'web-2');
    expect(after.ip).not.toBe(before.ip);

    await world.pass(40_000);
    expect(world.taken()).toEqual(['web-2']);
    const [waiting] = gatesOf(world).services?.waiting ?? [];
    expect(waiting?.words).toBe(`service web: waiting for deregistration of ${before.ip} from Consul`);
    consul.register('web', { ...registered(after), health: 'critical' });
    await world.pass(10_000);
    consul.register('web', registered(after));
    await world.pass(10_000);
    // it passes, and callers are still sent to the dead one
    expect(world.taken()).toEqual(['web-2']);

    const gone = world.clock.now();
    consul.deregister('web', registered(before).id);
    await world.until('the next pod is taken', () => world.taken().length === 2);
    expect(world.clock.now() - gone).toBeGreaterThanOrEqual(5_000);
    expect(world.clock.now() - gone).toBeLessThan(6_000);
    follow(world, consul);
    // the replacement of web-1 may be Ready by now
    await world.until(
      'web-1 is replaced',
      () => world.pod('web-1')?.image === 'app:2' && world.pod('web-1')?.ready === true,
    );
    for (const { id } of consul.instances('web')) consul.deregister('web', id);
    for (const pod of podsOf(world)) consul.register('web', instanceOf(pod));
    expect((await world.end(running)).code, running.said()).toBe(0);
  },
);

test('passing must hold for 5 s without a break', async () => {
  const { world, consul, outside } = await withConsul();
  const running = world.start(COMMAND, outside);
  await world.until(
    'web-2 is replaced',
    () => world.pod('web-2')?.image === 'app:2' && world.pod('web-2')?.ready === true,
  );
  const old = consul.instances('web').find(({ meta }) => meta?.['pod-name'] === 'web-2');
  consul.deregister('web', old?.id ?? '');
  const fresh = instanceOf(podOf(world, 'web-2'));
  for (let flap = 0; flap < 4; flap++) {
    consul.register('web', fresh);
    await world.pass(4_000);
    consul.register('web', { ...fresh, health: 'critical' });
    await world.pass(1_000);
  }
  expect(world.taken()).toEqual(['web-2']);
  const steady = world.clock.now();
  consul.register('web', fresh);
  await world.until('the next pod is taken', () => world.taken().length === 2);
  expect(world.clock.now() - steady).toBeGreaterThanOrEqual(5_000);
  expect(world.clock.now() - steady).toBeLessThan(6_000);
  expect(running.code()).toBeNull();
});

describe('what Consul cannot vouch for holds every pod, and takes none back', () => {
  test.each<[string, Ailment]>([
    ['(b) it has no leader', { refuses: { status: 500, text: 'No cluster leader' } }],
    ['(c) it knows of no leader', { headers: { 'x-consul-knownleader': 'false' } }],
    ['(c) what it says is old', { headers: { 'x-consul-lastcontact': '31000' } }],
    ['it takes calls and answers none', { silent: true }],
    ['it cannot be reached', { gone: true }],
  ])('%s', async (_, ailment) => {
    const { world, consul, outside } = await withConsul({ replicas: 8 });
    follow(world, consul);
    const running = world.start(`${COMMAND} --interval 30s --max-unavailable 2 --on-failure rollback`, outside);
    await world.until('the first pod is taken', () => world.taken().length === 1);
    // its replacement counts by then, and the budget is free
    await world.pass(12_000);
    consul.ailment = ailment;
    consul.touch();
    await world.pass(60_000);
    expect(world.taken()).toEqual(['web-7']);
    expect(world.phase()).toBe('Progressing');
    expect(gatesOf(world).services).toMatchObject({
      passing: 8,
      unknown: expect.stringMatching(/^Consul \(service web\): /),
    });

    consul.ailment = {};
    consul.touch();
    const ended = await world.end(running);
    expect(ended.code, ended.said).toBe(0);
    expect(world.taken()).toHaveLength(8);
  });

  test('(d) an agent restarts: five instances of pods that are well vanish for 15 s', async () => {
    const { world, consul, outside } = await withConsul({ replicas: 8, start: '3s' });
    const lost = new Set<string>();
    follow(world, consul, lost);
    const running = world.start(`${COMMAND} --max-unavailable 2 --on-failure rollback`, outside);
    await world.until('the first pods are taken', () => world.taken().length === 2);
    for (const name of ['web-0', 'web-1', 'web-2', 'web-3', 'web-4']) lost.add(name);
    const vanished = consul.instances('web').filter(({ meta }) => lost.has(meta?.['pod-name'] ?? ''));
    for (const { id } of vanished) consul.deregister('web', id);
    await world.pass(15_000);
    expect(world.taken()).toEqual(['web-7', 'web-6']);
    expect(gatesOf(world).services?.waiting).toContainEqual(
      expect.objectContaining({
        pod: 'web-4',
        verdict: 'unknown',
        words: 'service web: its instance has vanished from Consul',
      }),
    );
    expect(world.phase()).toBe('Progressing');
    lost.clear();
    for (const instance of vanished) consul.register('web', instance);
    const back = world.clock.now();
    await world.until('the next pod is taken', () => world.taken().length > 2);
    expect(world.clock.now() - back).toBeGreaterThanOrEqual(5_000);
    const ended = await world.end(running);
    expect(ended.code, ended.said).toBe(0);
  });

  test('for longer than the deadline: it stops with the reason, and is not rolled back', async () => {
    const { world, consul, outside } = await withConsul();
    follow(world, consul);
    const running = world.start(`${COMMAND} --on-failure rollback --progress-deadline 2m`, outside);
    await world.until('the first pod is taken', () => world.taken().length === 1);
    consul.ailment = { refuses: { status: 500, text: 'No cluster leader' } };
    consul.touch();
    const ended = await world.end(running);
    expect(ended.code, ended.said).toBe(3);
    expect(world.phase()).toBe('Paused (ProgressDeadline)');
    expect(world.record().status.direction).toBe('forward');
    expect(ended.said).not.toContain('rolling-back');
    expect(ended.said).toContain('no progress for 2m: Consul (service web): 500: No cluster leader');
    expect(world.taken()).toEqual(['web-2']);
    expect(world.pods().map(({ image }) => image)).toEqual(['app:1', 'app:1', 'app:2']);
  });
});

test('between two steps as many pods must pass as before the start', async () => {
  const { world, consul, outside } = await withConsul({ replicas: 4 });
  follow(world, consul);
  const running = world.start(`${COMMAND} --steps 1,100% --step-pause 1s --max-unavailable 2`, outside);
  await world.until('the first pod is taken', () => world.taken().length === 1);
  const [other] = consul.instances('web').filter(({ meta }) => meta?.['pod-name'] === 'web-0');
  if (other === undefined) throw new Error('web-0 is not registered');
  consul.register('web', { ...other, health: 'critical' });
  await world.pass(60_000);
  // the budget has room for one more, but the step is not over
  expect(world.taken()).toEqual(['web-3']);
  expect(world.phase()).toBe('Progressing');
  expect(gatesOf(world).services).toMatchObject({ passing: 3 });
  consul.register('web', other);
  expect((await world.end(running)).code, running.said()).toBe(0);
});

test('the token is sent to Consul, and to nobody else', async () => {
  const { world, consul, outside } = await withConsul();
  follow(world, consul);
  const ended = await world.run(`${COMMAND} --consul-dc dc2 --consul-namespace pay`, outside);
  expect(ended.code, ended.said).toBe(0);
  expect(consul.calls.every(({ headers }) => headers['x-consul-token'] === 'consul-secret')).toBe(true);
  expect(
    consul.calls.every(({ url }) => url.searchParams.get('dc') === 'dc2' && url.searchParams.get('ns') === 'pay'),
  ).toBe(true);
  // it blocks: without news one call each ten seconds
  expect(consul.calls.some(({ url }) => url.searchParams.get('wait') === '10000ms')).toBe(true);
  expect(ended.said).not.toContain('consul-secret');
  expect(JSON.stringify(world.set())).not.toContain('consul-secret');
});
