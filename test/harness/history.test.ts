import { describe, expect, it } from 'vitest';
import { type Change, SetHistory } from '../e2e/harness/history.ts';
import type { Pod, StatefulSet } from '../e2e/harness/objects.ts';

/** The measuring of the e2e tests, on small made-up histories: a measure that finds nothing must be able to find something. */

let version = 0;
const changes = (...list: (Pod | StatefulSet | string)[]): Change[] =>
  list.map((item) => {
    version++;
    const common = { at: version * 100, version };
    if (typeof item === 'string') return { ...common, kind: 'Pod', name: item, object: null };
    return { ...common, kind: item.kind, name: item.metadata.name, object: item };
  });

const meta = (name: string, uid: string) => ({ name, uid, resourceVersion: '', creationTimestamp: '' });

function set(
  image: string,
  updateRevision: string,
  partition: number | null,
  replicas = 2,
  start?: number,
): StatefulSet {
  return {
    kind: 'StatefulSet',
    metadata: { ...meta('web', 'set'), generation: 1 },
    spec: {
      replicas,
      podManagementPolicy: 'Parallel',
      updateStrategy:
        partition === null ? { type: 'OnDelete' } : { type: 'RollingUpdate', rollingUpdate: { partition } },
      ordinals: start === undefined ? undefined : { start },
      template: { spec: { containers: [{ name: 'app', image }] } },
    },
    status: { replicas, observedGeneration: 1, updateRevision },
  };
}

function pod(
  ordinal: number,
  uid: string,
  revision: string,
  state: 'ready' | 'starting' | 'terminating' = 'ready',
): Pod {
  return {
    kind: 'Pod',
    metadata: {
      ...meta(`web-${ordinal}`, uid),
      labels: { 'controller-revision-hash': revision },
      ownerReferences: [{ uid: 'set', controller: true }],
      deletionTimestamp: state === 'terminating' ? 'now' : undefined,
    },
    spec: { containers: [] },
    status: { conditions: [{ type: 'Ready', status: state === 'starting' ? 'False' : 'True' }] },
  };
}

describe('SetHistory', () => {
  const begin = () => changes(set('a', 'r1', 0), pod(0, 'a0', 'r1'), pod(1, 'a1', 'r1'));
  const from = (list: Change[]) => list.at(2)?.version;

  it('counts a pod that is missing, terminating or not Ready as unavailable, however short', () => {
    const list = [...begin(), ...changes(pod(1, 'a1', 'r1', 'terminating'), 'web-1', pod(1, 'b1', 'r1', 'starting'))];
    const one = new SetHistory('web', list, from(list));
    expect(one.maxUnavailable()).toMatchObject({ count: 1, pods: ['web-1'] });
    const both = new SetHistory(
      'web',
      [...list, ...changes(pod(0, 'a0', 'r1', 'starting'), pod(0, 'a0', 'r1'))],
      from(list),
    );
    expect(both.maxUnavailable()).toMatchObject({ count: 2, pods: ['web-0', 'web-1'] });
    expect(new SetHistory('web', begin(), from(begin())).maxUnavailable().count).toBe(0);
  });

  it('counts from ordinals.start, and neither what was before the mark nor pods of others', () => {
    const stranger = {
      ...pod(0, 'x', 'r1', 'starting'),
      metadata: { ...pod(0, 'x', 'r1').metadata, ownerReferences: [] },
    };
    const list = changes(set('a', 'r1', 0, 2, 5), pod(5, 'a5', 'r1'), pod(6, 'a6', 'r1'), stranger);
    const whole = new SetHistory('web', list);
    expect(whole.maxUnavailable().count).toBe(2);
    expect(new SetHistory('web', list, list.at(-1)?.version).maxUnavailable().count).toBe(0);
  });

  it('replays in the order of etcd, not of arrival', () => {
    const list = [...begin(), ...changes(pod(1, 'a1', 'r1', 'terminating'), 'web-1', pod(1, 'b1', 'r2'))];
    const mixed = new SetHistory('web', list.toReversed(), from(list));
    expect(mixed.incarnations().get(1)).toMatchObject([
      { uid: 'a1', revision: 'r1' },
      { uid: 'b1', revision: 'r2' },
    ]);
  });

  it('tells a pod that was taken at once from one that was let go', () => {
    const list = [...begin(), ...changes('web-1', pod(1, 'b1', 'r2'), pod(0, 'a0', 'r1', 'terminating'), 'web-0')];
    const history = new SetHistory('web', list, from(list));
    expect([history.tookAtOnce('web-1', 'r1'), history.tookAtOnce('web-1', 'r2')]).toEqual([true, false]);
    expect(history.tookAtOnce('web-0', 'r1')).toBe(false);
  });

  it('counts restarts per ordinal, also one that was seen neither going nor gone', () => {
    const list = [...begin(), ...changes('web-1', pod(1, 'b1', 'r1'), 'web-1', pod(1, 'c1', 'r1'), pod(0, 'b0', 'r1'))];
    const history = new SetHistory('web', list, from(list));
    expect(history.restartsPerOrdinal()).toEqual(
      new Map([
        [0, 1],
        [1, 2],
      ]),
    );
    expect(history.restarts()).toBe(3);
  });

  it('finds old, living pods at or above the partition, from the write of the template on', () => {
    // Before the new template partition 0 is nobody's fence.
    const roll = (...list: (Pod | StatefulSet | string)[]) => {
      const all = [...begin(), ...changes(...list)];
      return new SetHistory('web', all, from(all)).fenceViolations('r2');
    };
    const fence = set('b', 'r1', 32767);
    const follows = [pod(1, 'a1', 'r1', 'terminating'), set('b', 'r2', 1), 'web-1', pod(1, 'b1', 'r2')];
    expect(roll(fence, set('b', 'r2', 32767), ...follows)).toEqual([]);
    expect(roll(fence, set('b', 'r2', 32767), set('b', 'r2', 1))).toMatchObject([
      { pod: 'web-1', uid: 'a1', partition: 1 },
    ]);
    expect(roll(set('b', 'r1', 1), set('b', 'r2', 32767))).toMatchObject([{ pod: 'web-1', partition: 1 }]);
    expect(roll(fence, set('b', 'r2', null))).toEqual([]);
    expect(() => roll(fence)).toThrow('never asked for r2');
  });

  it('measures from the write to the first moment when all are Ready at the revision', () => {
    const write = changes(set('b', 'r1', 0));
    const rest = changes(set('b', 'r2', 0), pod(1, 'b1', 'r2'), pod(0, 'b0', 'r2', 'starting'), pod(0, 'b0', 'r2'));
    const list = [...begin(), ...write, ...rest];
    const { ms, startedAt } = new SetHistory('web', list).makespan('r2');
    expect(startedAt).toBe(write[0]?.at);
    expect(ms).toBe(400);
    expect(() => new SetHistory('web', list.slice(0, -1)).makespan('r2')).toThrow('never was all at r2');
  });
});
