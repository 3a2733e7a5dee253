import { describe, expect, it } from 'vitest';
import type { Instance, ServiceAnswer } from '../../src/gates/consul.ts';
import { ServiceJudge } from '../../src/gates/service-judge.ts';
import { NOW, pod } from '../rollout/builders.ts';

const address = (ordinal: number) => `10.1.0.${ordinal}`;
const living = (ordinal: number, parts: Parameters<typeof pod>[1] = {}) =>
  pod(ordinal, { ip: address(ordinal), ...parts });

function instance(ordinal: number, parts: Partial<Instance> = {}): Instance {
  return {
    id: `web-${ordinal}`,
    node: 'n1',
    address: address(ordinal),
    meta: {},
    health: 'passing',
    output: '',
    ...parts,
  };
}

const says = (...instances: Instance[]): Map<string, ServiceAnswer> => new Map([['web', { instances }]]);
const silent: Map<string, ServiceAnswer> = new Map([['web', { unknown: 'Consul does not answer' }]]);

describe('what instances say of pods', () => {
  const judge = () => new ServiceJudge('payments', 5_000);
  const words = (facts: ReturnType<ServiceJudge['judge']>['facts']) =>
    facts.waiting.map(({ pod, verdict, words }) => `${pod} ${verdict}: ${words}`);

  it.each<[string, Instance[], string[]]>([
    ['passing at its address', [instance(0)], []],
    [
      'critical',
      [instance(0, { health: 'critical', output: 'http: refused' })],
      ['web-0 fail: service web: critical in Consul (http: refused)'],
    ],
    ['warning', [instance(0, { health: 'warning' })], ['web-0 fail: service web: warning in Consul']],
    ['not there', [instance(1)], ['web-0 fail: service web: not registered in Consul at 10.1.0.0']],
    [
      'of another uid at its address',
      [instance(0, { meta: { 'pod-uid': 'other' } })],
      ['web-0 fail: service web: not registered in Consul at 10.1.0.0'],
    ],
    ['of its uid, at whatever address', [instance(0, { address: '192.0.2.1', meta: { 'pod-uid': 'uid-0' } })], []],
    ['one of two passing', [instance(0, { id: 'a', health: 'critical' }), instance(0, { id: 'b' })], []],
  ])('%s', (_, instances, wanted) => {
    expect(words(judge().judge([living(0)], says(...instances), NOW).facts)).toEqual(wanted);
  });

  it('waits for the address of the pod before it', () => {
    const judged = judge();
    judged.judge([living(0)], says(instance(0)), NOW);
    const reborn = living(0, { uid: 'new-0', ip: '10.1.0.9' });
    const both = says(instance(0), instance(0, { id: 'new', address: '10.1.0.9' }));
    expect(words(judged.judge([reborn], both, NOW + 1).facts)).toEqual([
      'web-0 fail: service web: waiting for deregistration of 10.1.0.0 from Consul',
    ]);
    const critical = says(instance(0, { health: 'critical' }), instance(0, { id: 'new', address: '10.1.0.9' }));
    expect(words(judged.judge([reborn], critical, NOW + 2).facts)).toEqual([
      'web-0 fail: service web: passing in Consul, and must stay so for 5s',
    ]);
    expect(words(judged.judge([reborn], critical, NOW + 5_002).facts)).toEqual([]);
  });

  it('takes no other namespace or cluster for the pod before it', () => {
    const elsewhere = { 'pod-name': 'web-0', 'k8s-namespace': 'staging' };
    const stranger = instance(0, { id: 'x', address: '10.9.9.9', meta: elsewhere });
    expect(words(judge().judge([living(0)], says(instance(0), stranger), NOW).facts)).toEqual([]);
    const twin = instance(0, {
      id: 'y',
      address: '10.8.8.8',
      meta: { 'pod-name': 'web-0', 'k8s-namespace': 'payments' },
    });
    expect(words(judge().judge([living(0)], says(instance(0), twin), NOW).facts)).toEqual([]);
  });

  it('tells a pod that vanished from one that was never there, or goes', () => {
    const judged = judge();
    judged.judge([living(0), living(1)], says(instance(0)), NOW);
    const { facts } = judged.judge([living(0), living(1)], says(), NOW + 1);
    expect(facts.waiting.map(({ verdict }) => verdict)).toEqual(['unknown', 'fail']);
    const going = [living(0, { deleting: true }), living(1)];
    expect(judged.judge(going, says(), NOW + 2).facts.waiting.map(({ verdict }) => verdict)).toEqual(['fail', 'fail']);
  });

  it('tells what was known last while nothing is known, and begins the soak anew after it', () => {
    const judged = judge();
    judged.judge([living(0)], says(instance(0)), NOW);
    expect(judged.judge([living(0)], silent, NOW + 1).facts).toEqual({
      unknown: 'Consul does not answer',
      passing: 1,
      waiting: [],
    });
    const fresh = living(1, { uid: 'new-1', readySince: NOW });
    const pods = [living(0), fresh];
    judged.judge(pods, says(instance(0), instance(1)), NOW + 1_000);
    expect(judged.judge(pods, silent, NOW + 3_000).facts.passing).toBe(1);
    const again = judged.judge(pods, says(instance(0), instance(1)), NOW + 4_000);
    expect(again.facts.passing).toBe(1);
    expect(again.changesAt).toBe(NOW + 9_000);
    expect(judged.judge(pods, says(instance(0), instance(1)), NOW + 9_000).facts.passing).toBe(2);
  });

  it('counts a pod only when every service has it', () => {
    const answers = new Map<string, ServiceAnswer>([
      ['web', { instances: [instance(0)] }],
      ['admin', { instances: [] }],
    ]);
    const { facts } = judge().judge([living(0)], answers, NOW);
    expect(facts.passing).toBe(0);
    expect(words(facts)).toEqual(['web-0 fail: service admin: not registered in Consul at 10.1.0.0']);
  });
});
