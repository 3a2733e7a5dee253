import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readlinkSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Api } from '../../src/cluster/api.ts';
import { LeaseHold, readLease } from '../../src/cluster/lease.ts';
import { leaseName } from '../../src/cluster/lease-sight.ts';
import { holderName, isDeadHere, newIdentity } from '../../src/cluster/process-identity.ts';
import type { Json, JsonObject } from '../../src/rollout/json.ts';
import { simulated } from './sim.ts';

const REF = { namespace: 'default', name: 'web' };
const PATH = '/apis/coordination.k8s.io/v1/namespaces/default/leases/bedrock-web';

let world: Awaited<ReturnType<typeof simulated>>;

beforeEach(async () => {
  world = await simulated();
});

function hold(user: string, api: Api = world.simulator.api(user)) {
  const lost: string[] = [];
  return { lease: new LeaseHold(api, REF, { user, onLost: () => lost.push(user) }), lost, api };
}

const read = (): Promise<Json> => world.run(world.simulator.api('test').request({ method: 'GET', path: PATH }));

async function spec(): Promise<JsonObject> {
  return ((await read()) as { spec: JsonObject }).spec;
}

/** An Api that stops answering when told, as of a process that is stopped or cut off. */
function mortal(api: Api): { api: Api; silence(on: boolean): void } {
  let silent = false;
  const never = () => new Promise<never>(() => {});
  return {
    silence: (on) => {
      silent = on;
    },
    api: {
      clock: api.clock,
      request: (request) => (silent ? never() : api.request(request)),
      watch: (request) => api.watch(request),
    },
  };
}

describe('LeaseHold', () => {
  it('takes a free Lease, renews it, and tells who has it', async () => {
    const { lease } = hold('alice@laptop');
    expect(lease.mayWrite()).toBe(false);
    expect(await world.run(lease.tryAcquire())).toBe('held');
    expect(lease.mayWrite()).toBe(true);
    expect(lease.tookOver).toBe(false);
    const first = await spec();
    expect(first).toMatchObject({ leaseDurationSeconds: 15, leaseTransitions: 1 });
    expect(first.acquireTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    await world.pass(60_000);
    const later = await spec();
    expect(later.renewTime).not.toBe(first.renewTime);
    expect(later.acquireTime).toBe(first.acquireTime);
    expect(lease.mayWrite()).toBe(true);
    const seen = await world.run(readLease(world.simulator.api('bob'), REF));
    expect(seen).toEqual({ identity: `alice@laptop (pid ${process.pid})`, since: lease.since, live: true });
  });

  it('is held by one of two that ask at once', async () => {
    const [a, b] = [hold('alice'), hold('bob')];
    const answers = await world.run(Promise.all([a.lease.tryAcquire(), b.lease.tryAcquire()]));
    expect(answers.filter((answer) => answer === 'held')).toHaveLength(1);
    expect([a.lease.mayWrite(), b.lease.mayWrite()].filter(Boolean)).toHaveLength(1);
  });

  it('goes to the next at once when it was given back, and that is no takeover', async () => {
    const [a, b] = [hold('alice'), hold('bob')];
    await world.run(a.lease.tryAcquire());
    expect(await world.run(b.lease.tryAcquire())).toMatchObject({ holder: `alice (pid ${process.pid})` });
    await world.run(a.lease.release());
    expect(a.lease.mayWrite()).toBe(false);
    expect(await world.run(readLease(b.api, REF))).toBeNull();
    expect(await world.run(b.lease.tryAcquire())).toBe('held');
    expect(b.lease.tookOver).toBe(false);
    expect(a.lost).toEqual([]);
  });

  it('is taken from a silent holder only after we saw it unchanged for its duration; the silent one stops before that', async () => {
    const silent = mortal(world.simulator.api('alice'));
    const a = hold('alice', silent.api);
    const b = hold('bob');
    await world.run(a.lease.tryAcquire());
    silent.silence(true);
    await world.run(b.lease.tryAcquire());
    const until: number[] = [];
    const started = world.clock.now();
    let answer: Awaited<ReturnType<LeaseHold['tryAcquire']>> = { holder: '', since: 0 };
    while (answer !== 'held' && until.length < 60) {
      await world.pass(500);
      if (a.lease.mayWrite()) until.push(world.clock.now() - started);
      answer = await world.run(b.lease.tryAcquire());
    }
    expect(answer).toBe('held');
    expect(b.lease.tookOver).toBe(true);
    expect(world.clock.now() - started).toBeGreaterThanOrEqual(15_000);
    expect(Math.max(...until)).toBeLessThanOrEqual(10_000);
    expect(a.lease.mayWrite()).toBe(false);
  });

  it('tells the one that comes back that it has lost, once, and it never writes again', async () => {
    const cut = mortal(world.simulator.api('alice'));
    const a = hold('alice', {
      ...cut.api,
      request: async (request) => {
        const answer = await Promise.race([cut.api.request(request), pause(world.simulator.api('x'), 6_000)]);
        return answer as Json;
      },
    });
    const b = hold('bob');
    await world.run(a.lease.tryAcquire());
    cut.silence(true);
    await world.run(b.lease.tryAcquire());
    await world.pass(16_000);
    expect(await world.run(b.lease.tryAcquire())).toBe('held');
    cut.silence(false);
    await world.pass(10_000);
    expect(a.lost).toEqual(['alice']);
    expect(a.lease.mayWrite()).toBe(false);
    expect((await spec()).holderIdentity).toMatch(/^bob\//);
    await world.pass(60_000);
    expect(b.lease.mayWrite()).toBe(true);
    expect(b.lost).toEqual([]);
  });

  it('goes on where somebody else touched the Lease, or deleted it', async () => {
    const { lease, lost, api } = hold('alice');
    await world.run(lease.tryAcquire());
    await world.run(
      api.request({
        method: 'PATCH',
        path: PATH,
        contentType: 'application/merge-patch+json',
        body: { metadata: { labels: { a: 'b' } } },
      }),
    );
    await world.pass(12_000);
    expect(lease.mayWrite()).toBe(true);
    await world.run(api.request({ method: 'DELETE', path: PATH }));
    await world.pass(12_000);
    expect(lease.mayWrite()).toBe(true);
    expect(lost).toEqual([]);
    expect((await spec()).holderIdentity).toMatch(/^alice\//);
  });

  it('does not give back what somebody else holds', async () => {
    const { lease, api } = hold('alice');
    await world.run(lease.tryAcquire());
    const body = { spec: { holderIdentity: 'bob/1' } };
    await world.run(api.request({ method: 'PATCH', path: PATH, contentType: 'application/merge-patch+json', body }));
    await world.run(lease.release());
    expect((await spec()).holderIdentity).toBe('bob/1');
  });

  it('is taken at once from a process of this machine that was killed', async () => {
    if (process.platform !== 'linux') return;
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000); console.log("up")']);
    await once(child.stdout, 'data');
    const pid = child.pid ?? 0;
    const identity = identityOf(pid);
    expect(isDeadHere(identity)).toBe(false);
    const api = world.simulator.api('alice');
    const now = new Date(world.clock.now()).toISOString().replace('Z', '000Z');
    const body = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'bedrock-web', namespace: 'default' },
      spec: { holderIdentity: identity, leaseDurationSeconds: 15, acquireTime: now, renewTime: now },
    };
    await world.run(api.request({ method: 'POST', path: PATH.replace('/bedrock-web', ''), body }));
    const { lease } = hold('bob');
    expect(await world.run(lease.tryAcquire())).toMatchObject({ holder: `carol (pid ${pid})` });
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isDeadHere(identity)).toBe(true);
    expect(await world.run(lease.tryAcquire())).toBe('held');
    expect(lease.tookOver).toBe(true);
  });
});

describe('identities', () => {
  it('are unique, readable, and of a living process', () => {
    const identity = newIdentity('al/ice@laptop');
    expect(identity).not.toBe(newIdentity('al/ice@laptop'));
    expect(holderName(identity)).toBe(`al-ice@laptop (pid ${process.pid})`);
    expect(isDeadHere(identity)).toBe(false);
  });

  it('of another machine, another program or another time tell nothing about death', () => {
    const fields = identityOf(process.pid).split('/');
    for (const index of [2, 3]) expect(isDeadHere(fields.with(index, 'other').join('/'))).toBe(false);
    expect(isDeadHere('some-controller-7d9f_1234')).toBe(false);
    expect(isDeadHere('')).toBe(false);
    expect(holderName('some-controller')).toBe('some-controller');
  });

  it('know a process that got the pid of a dead one', () => {
    if (process.platform !== 'linux') return;
    expect(isDeadHere(identityOf(process.pid).split('/').with(4, '1').join('/'))).toBe(true);
  });

  it('name a Lease for every set, however long its name', () => {
    expect(leaseName('web')).toBe('bedrock-web');
    const [one, two] = [leaseName(`${'a'.repeat(252)}1`), leaseName(`${'a'.repeat(252)}2`)];
    expect(one.length).toBe(253);
    expect(one).not.toBe(two);
  });
});

function identityOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  const pids = /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0];
  return ['carol', pid, boot, pids, start, 'abc'].join('/');
}

/** A call that is not answered fails after its time. */
function pause(api: Api, ms: number): Promise<never> {
  return new Promise((_, reject) => {
    api.clock.after(ms, () => reject(new Error('no answer')));
  });
}
