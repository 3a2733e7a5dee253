import { expect, it } from 'vitest';
import { decideOn, fenced, going, pod } from './builders.ts';

const accepted = [{ pod: 'web-3', uid: 'before', target: 'web-new' }];

it.each([
  ['living', pod(3)],
  ['going again, by a controller that has seen the fence by now', going(3)],
])('a pod that we took and that came back old counts as a lost race: %s', (_, back) => {
  const decision = decideOn({
    set: { strategy: fenced(3) },
    asked: { accepted },
    pods: [pod(0), pod(1), pod(2), back],
  });
  expect(decision.status.lostRaces).toEqual([expect.objectContaining({ pod: 'web-3', uid: 'before' })]);
});

it('one that has yet to go, or came back new, does not', () => {
  for (const now of [going(3, { uid: 'before' }), pod(3, { uid: 'after', revision: 'web-new' })]) {
    const decision = decideOn({
      set: { strategy: fenced(3) },
      asked: { accepted },
      pods: [pod(0), pod(1), pod(2), now],
    });
    expect(decision.status.lostRaces).toEqual([]);
  }
});
