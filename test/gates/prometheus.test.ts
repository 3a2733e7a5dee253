import { describe, expect, it } from 'vitest';
import type { OutsideAnswer } from '../../src/gates/outside.ts';
import { judge, type PodNames, PrometheusGate, queryOf } from '../../src/gates/prometheus.ts';
import { stepGateSchema } from '../../src/rollout/gate-spec.ts';
import { VirtualClock } from '../../src/simulator/index.ts';
import { answer, FakeConsul } from './fake-consul.ts';

const gate = stepGateSchema.parse({
  kind: 'prometheus',
  url: 'http://prometheus:9090/prom/',
  query: 'errors{pod=~"$newPods"}',
  pass: '< 1',
  fail: '>= 5',
  every: '30s',
});

describe('a number', () => {
  it.each<[number | null, string, string]>([
    [0.5, 'pass', '0.5'],
    [1 / 3, 'pass', '0.333333'],
    [2, 'unknown', '2 is not < 1'],
    [5, 'fail', '5 is >= 5'],
    [Number.POSITIVE_INFINITY, 'fail', 'Infinity is >= 5'],
    [Number.NaN, 'unknown', 'the query gives NaN'],
    [null, 'unknown', 'the query gives no data'],
  ])('%s', (value, verdict, words) => {
    expect(judge(value, gate)).toEqual({ verdict, words });
  });

  it('passes where it does not fail, if only that was said', () => {
    expect(judge(2, { fail: '> 5' }).verdict).toBe('pass');
  });
});

describe('a query', () => {
  const pods: PodNames = { fresh: ['web-3', 'web-2'], old: ['my.web-0'] };

  it('has the names of the pods in it, as regular expressions that stand between any quotes', () => {
    expect(queryOf('a{pod=~"$newPods"} / b{pod=~"$oldPods"}', pods)).toBe(
      'a{pod=~"web-3|web-2"} / b{pod=~"my[.]web-0"}',
    );
    expect(queryOf('up', { fresh: [], old: [] })).toBe('up');
  });

  it('is none while there is no pod to ask of', () => {
    expect(queryOf('a{pod=~"$newPods"}', { fresh: [], old: ['web-0'] })).toBeNull();
    expect(queryOf('a{pod=~"$oldPods"}', { fresh: ['web-0'], old: [] })).toBeNull();
  });
});

const vector = (...values: string[]) =>
  answer(
    200,
    {},
    JSON.stringify({
      status: 'success',
      data: { resultType: 'vector', result: values.map((value) => ({ metric: {}, value: [1, value] })) },
    }),
  );

describe('a gate that is asked again and again', () => {
  function asked(first: OutsideAnswer | Error) {
    const clock = new VirtualClock();
    const outside = new FakeConsul(clock);
    const queries: string[] = [];
    const state = { next: first, pods: { fresh: ['web-3'], old: [] as string[] } as PodNames };
    outside.others = async ({ url, body }) => {
      queries.push(`${url} ${new URLSearchParams(body).get('query')}`);
      if (state.next instanceof Error) throw state.next;
      return state.next;
    };
    const watch = new PrometheusGate(
      clock,
      outside,
      gate,
      () => state.pods,
      () => {},
    );
    return { clock, watch, state, queries, pass: (ms: number) => clock.run(clock.now() + ms) };
  }

  it('counts passes in a row, from the step on', async () => {
    const { watch, state, queries, pass, clock } = asked(vector('0.5'));
    await pass(61_000);
    expect(queries).toEqual(Array(3).fill('http://prometheus:9090/prom/api/v1/query errors{pod=~"web-3"}'));
    expect(watch.facts(null)).toMatchObject({ verdict: 'pass', words: '0.5', passed: 3, passes: 3 });
    expect(watch.facts(clock.now() - 10_000)).toMatchObject({ passed: 1 });
    state.next = vector('3');
    await pass(30_000);
    expect(watch.facts(null)).toMatchObject({ verdict: 'unknown', passed: 0 });
    state.next = vector('0');
    await pass(30_000);
    expect(watch.facts(null)).toMatchObject({ verdict: 'pass', passed: 1 });
    watch.stop();
    await pass(120_000);
    expect(queries).toHaveLength(5);
  });

  it.each<[string, OutsideAnswer | Error, string]>([
    ['nothing', vector(), 'the query gives no data'],
    ['two numbers', vector('1', '2'), 'the query gives 2 values, not one: aggregate them'],
    [
      'an error',
      answer(400, {}, '{"status":"error","errorType":"bad_data","error":"parse error"}'),
      'Prometheus refuses the query: parse error',
    ],
    ['a page', answer(502, {}, '<html>'), 'Prometheus answers 502, and no JSON'],
    [
      'a matrix',
      answer(200, {}, '{"status":"success","data":{"resultType":"matrix","result":[]}}'),
      'Prometheus answers 200, and neither a vector nor a scalar',
    ],
    [
      'no answer',
      new Error('http://prometheus:9090 does not answer: ECONNREFUSED'),
      'http://prometheus:9090 does not answer: ECONNREFUSED',
    ],
  ])('does not know of %s', async (_, first, words) => {
    const { watch, pass } = asked(first);
    await pass(1_000);
    expect(watch.facts(null)).toMatchObject({ verdict: 'unknown', words });
    watch.stop();
  });

  it('says what is missing where it is asked as nobody', async () => {
    const { watch, pass } = asked(answer(401, {}, 'Unauthorized'));
    await pass(1_000);
    expect(watch.facts(null).words).toMatch(
      /answers 401, and was asked as nobody: PROMETHEUS_URL and PROMETHEUS_TOKEN/,
    );
    watch.stop();
  });

  it('reads a scalar, and infinities as Prometheus writes them', async () => {
    const { watch, state, pass } = asked(
      answer(200, {}, '{"status":"success","data":{"resultType":"scalar","result":[1,"0.2"]}}'),
    );
    await pass(1_000);
    expect(watch.facts(null)).toMatchObject({ verdict: 'pass', words: '0.2' });
    state.next = vector('+Inf');
    await pass(30_000);
    expect(watch.facts(null).verdict).toBe('fail');
    watch.stop();
  });

  it('is idle without a new pod, and is asked as soon as there is one', async () => {
    const { watch, state, queries, pass } = asked(vector('0.5'));
    await pass(1_000);
    state.pods = { fresh: [], old: ['web-3'] };
    await pass(30_000);
    expect(watch.facts(null)).toMatchObject({ verdict: 'idle', passed: 0 });
    const before = queries.length;
    state.pods = { fresh: ['web-3'], old: [] };
    watch.podsChanged();
    await pass(1);
    expect(queries).toHaveLength(before + 1);
    expect(watch.facts(null).verdict).toBe('pass');
    watch.stop();
  });
});
