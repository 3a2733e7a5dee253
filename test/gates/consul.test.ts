import { describe, expect, it } from 'vitest';
import { ConsulWatch } from '../../src/gates/consul.ts';
import { consulAddress } from '../../src/gates/consul-address.ts';
import { VirtualClock } from '../../src/simulator/index.ts';
import { type Ailment, FakeConsul } from './fake-consul.ts';

function watched() {
  const clock = new VirtualClock();
  const consul = new FakeConsul(clock);
  consul.register('web', { id: 'web-0', node: 'n', address: '10.1.0.0' });
  const changes = { count: 0 };
  const watch = new ConsulWatch(clock, consul, {}, 'web', () => {
    changes.count++;
  });
  return { clock, consul, watch, changes, pass: (ms: number) => clock.run(clock.now() + ms) };
}

const healths = (watch: ConsulWatch) => {
  const answer = watch.answer();
  return 'unknown' in answer ? answer.unknown : answer.instances.map(({ id, health }) => `${id} ${health}`);
};

describe('a watch of one service', () => {
  it('hears of a change at once, and asks no more often than it must', async () => {
    const { consul, watch, pass } = watched();
    await pass(1_000);
    expect(healths(watch)).toEqual(['web-0 passing']);
    consul.register('web', { id: 'web-0', node: 'n', address: '10.1.0.0', health: 'critical' });
    await pass(1);
    expect(healths(watch)).toEqual(['web-0 critical']);
    const before = consul.calls.length;
    await pass(60_000);
    expect(consul.calls.length - before).toBeLessThanOrEqual(7);
    watch.stop();
    await pass(60_000);
    expect(consul.calls.length - before).toBeLessThanOrEqual(8);
  });

  it('tells the worst check of the instance or its node, in its own words', async () => {
    const { consul, watch, pass } = watched();
    consul.register('web', { id: 'web-0', node: 'n', address: '', health: 'critical' });
    await pass(1_000);
    const answer = watch.answer();
    // without an address of its own it has that of its node
    expect(answer).toMatchObject({ instances: [{ address: '10.255.0.1', output: 'http: connection refused' }] });
    watch.stop();
  });

  it.each<[string, Ailment, string]>([
    ['no leader', { refuses: { status: 500, text: 'No cluster leader' } }, '500: No cluster leader'],
    ['an unknown leader', { headers: { 'x-consul-knownleader': 'false' } }, 'it knows of no leader'],
    ['a stale answer', { headers: { 'x-consul-lastcontact': '12000' } }, 'its answer is 12s old'],
    [
      'no permission',
      { refuses: { status: 403, text: 'ACL not found\u001b[31m' } },
      '403: the token may not read it: ACL not found[31m (CONSUL_HTTP_TOKEN)',
    ],
    ['no connection', { gone: true }, 'connect ECONNREFUSED consul:8500'],
    ['silence', { silent: true }, 'no answer within 13.6s'],
  ])('knows nothing where there is %s, and all again after it', async (_, ailment, words) => {
    const { consul, watch, pass } = watched();
    await pass(1_000);
    consul.ailment = ailment;
    consul.touch();
    await pass(14_500);
    expect(healths(watch)).toBe(`Consul (service web): ${words}`);
    consul.ailment = {};
    await pass(6_000);
    expect(healths(watch)).toEqual(['web-0 passing']);
    watch.stop();
  });

  it('asks anew where the index goes back', async () => {
    const { consul, watch, pass } = watched();
    await pass(1_000);
    consul.ailment = { headers: { 'x-consul-index': '1' } };
    consul.touch();
    await pass(1_000);
    expect(consul.calls.slice(2).some(({ url }) => !url.searchParams.has('index'))).toBe(true);
    watch.stop();
  });
});

describe('where Consul is', () => {
  const of = (env: Record<string, string>, files: Record<string, string> = {}) =>
    consulAddress({
      env,
      readFile: (path) => (path in files ? Promise.resolve(files[path] ?? '') : Promise.reject(new Error('ENOENT'))),
    });

  it.each<[Record<string, string>, string]>([
    [{}, 'http://127.0.0.1:8500'],
    [{ CONSUL_HTTP_ADDR: 'consul.example.com:8501', CONSUL_HTTP_SSL: 'true' }, 'https://consul.example.com:8501'],
    [{ CONSUL_HTTP_ADDR: 'https://consul.example.com/prefix/' }, 'https://consul.example.com/prefix'],
  ])('%o', async (env, base) => {
    expect(await of(env)).toMatchObject({ base, headers: {} });
  });

  it('has a token, a certificate and a key out of variables and files', async () => {
    const files = { ca: 'CA', cert: 'CERT', key: 'KEY', token: ' secret\n' };
    const env = {
      CONSUL_CACERT: 'ca',
      CONSUL_CLIENT_CERT: 'cert',
      CONSUL_CLIENT_KEY: 'key',
      CONSUL_HTTP_TOKEN_FILE: 'token',
    };
    expect(await of({ ...env, CONSUL_HTTP_SSL_VERIFY: 'false' }, files)).toMatchObject({
      headers: { 'x-consul-token': 'secret' },
      tls: { ca: 'CA', cert: 'CERT', key: 'KEY', skipVerify: true },
    });
  });

  it.each<[Record<string, string>, string]>([
    [{ CONSUL_HTTP_ADDR: 'unix:///run/consul.sock' }, 'a unix socket cannot be used'],
    [{ CONSUL_HTTP_ADDR: 'ftp://consul' }, 'only http and https'],
    [{ CONSUL_HTTP_ADDR: 'http://' }, 'is not an address'],
    [{ CONSUL_CACERT: 'nowhere' }, 'CONSUL_CACERT: ENOENT'],
  ])('refuses %o', async (env, words) => {
    await expect(of(env)).rejects.toThrow(words);
  });
});
