import { expect, it } from 'vitest';
import { spreadOver } from '../../src/cluster/spread.ts';

it('spreads many names over the whole of it, each always to the same place', () => {
  const ends = { least: 270, most: 330 };
  const all = Array.from({ length: 1000 }, (_, index) => spreadOver(ends, `/api/v1/namespaces/team-${index}/pods`));
  expect(all.every((at) => at >= ends.least && at < ends.most)).toBe(true);
  for (let from = ends.least; from < ends.most; from += 10) {
    expect(all.filter((at) => at >= from && at < from + 10).length).toBeGreaterThan(100);
  }
  expect(spreadOver(ends, 'web')).toBe(spreadOver(ends, 'web'));
});
