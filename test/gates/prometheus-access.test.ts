import { describe, expect, it } from 'vitest';
import { askPrometheus } from '../../src/gates/prometheus.ts';
import { prometheusAccess } from '../../src/gates/prometheus-access.ts';
import { VirtualClock } from '../../src/simulator/index.ts';
import { answer, FakeConsul } from './fake-consul.ts';

const GATE = 'https://prometheus.example.com/prom';
const files: Record<string, string> = { '/run/token': 'from-file\n', '/ca.pem': 'PEM' };
const readFile = async (path: string) => {
  const text = files[path];
  if (text === undefined) throw new Error('ENOENT');
  return text;
};
const access = (env: Record<string, string>, address = GATE) => prometheusAccess({ env, readFile }, address);
const URL_OF = { PROMETHEUS_URL: 'https://prometheus.example.com' };

describe('who a Prometheus is shown', () => {
  it.each<[string, Record<string, string>, string | undefined]>([
    ['nobody', {}, undefined],
    ['a token', { ...URL_OF, PROMETHEUS_TOKEN: 't0' }, 'Bearer t0'],
    ['the token of a file', { ...URL_OF, PROMETHEUS_TOKEN_FILE: '/run/token' }, 'Bearer from-file'],
    ['a user', { ...URL_OF, PROMETHEUS_USERNAME: 'ann', PROMETHEUS_PASSWORD: 'pw' }, 'Basic YW5uOnB3'],
    ['not a token without an address', { PROMETHEUS_TOKEN: 't0' }, undefined],
  ])('%s', async (_what, env, authorization) => {
    expect((await access(env)).headers.authorization).toBe(authorization);
  });

  it.each([
    ['another host', 'https://evil.example.com/prom'],
    ['another scheme', 'http://prometheus.example.com/prom'],
    ['another port', 'https://prometheus.example.com:444/prom'],
  ])('nothing at %s', async (_what, address) => {
    const shown = await access({ ...URL_OF, PROMETHEUS_TOKEN: 't0' }, address);
    expect(shown.headers).toEqual({});
    expect(shown.without).toContain('for https://prometheus.example.com');
    expect(JSON.stringify(shown)).not.toContain('t0');
  });

  it('by the CA that is named, and says which variable is wrong', async () => {
    expect((await access({ PROMETHEUS_CACERT: '/ca.pem' })).tls).toEqual({ ca: 'PEM' });
    await expect(access({ PROMETHEUS_TOKEN_FILE: '/none' })).rejects.toThrow('PROMETHEUS_TOKEN_FILE: ENOENT');
    await expect(access({ PROMETHEUS_URL: 'prom', PROMETHEUS_TOKEN: 't0' })).rejects.toThrow('PROMETHEUS_URL is not');
  });
});

it('a question carries it, and a refusal does not repeat it', async () => {
  const clock = new VirtualClock();
  const outside = new FakeConsul(clock);
  Object.assign(outside.env, URL_OF, { PROMETHEUS_TOKEN: 't0-secret' });
  const seen: (string | undefined)[] = [];
  outside.others = async ({ headers }) => {
    seen.push(headers?.authorization);
    return answer(403, {}, 'no');
  };
  const asked = askPrometheus(clock, outside, GATE, 'up', new AbortController().signal);
  await expect(asked).rejects.toThrow(/^Prometheus answers 403 to these credentials$/);
  expect(seen).toEqual(['Bearer t0-secret']);
});
