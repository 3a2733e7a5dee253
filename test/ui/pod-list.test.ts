import { describe, expect, it } from 'vitest';
import type { PodState } from '../../src/ui/pod-state.ts';
import { statesOf } from '../../src/ui/states.ts';
import { matches, podList, SORTS } from '../../src/ui/tui/pods/pod-list.ts';
import { densities, rangesOf, rangeWords } from '../../src/ui/tui/pods/ranges.ts';
import type { RowView } from '../../src/ui/view.ts';

function row(ordinal: number, state: PodState, more: Partial<RowView> = {}): RowView {
  return {
    name: `web-${ordinal}`,
    ordinal,
    uid: `uid-${ordinal}`,
    state,
    revision: state === 'old' || state === 'unready' ? 'old' : 'new',
    revisionName: null,
    words: 'Ready',
    since: null,
    node: 'node-a',
    ready: true,
    downMs: null,
    startMs: null,
    ...more,
  };
}

/** The highest ordinal first, as the view has them. */
const rows = [
  row(12, 'updated'),
  row(11, 'starting', { since: 900, node: 'node-c' }),
  row(10, 'broken', { since: 500, words: 'ImagePullBackOff (app)' }),
  row(3, 'going', { since: 100, node: 'node-b' }),
  row(2, 'unready', { since: 950 }),
  row(1, 'stray'),
  row(0, 'old'),
];

const ordinals = (list: readonly RowView[]) => list.map(({ ordinal }) => ordinal);
const ALL = { find: '', sort: 'ordinal', range: null } as const;

describe('the list of pods', () => {
  it.each([
    ['ordinal', [12, 11, 10, 3, 2, 1, 0]],
    // what needs a person, what is on its way, the rest; the highest first among equals
    ['broken', [10, 1, 2, 11, 3, 12, 0]],
    // longest on the way first; of whom it is not known since when comes last of those
    ['slow', [3, 10, 11, 2, 1, 12, 0]],
    ['node', [12, 10, 2, 1, 0, 3, 11]],
  ] as const)('is sorted by %s', (sort, expected) => {
    expect(ordinals(podList(rows, { ...ALL, sort }))).toEqual(expected);
  });

  it('has every pod once, however it is sorted, and is never sorted in place', () => {
    const before = [...rows];
    for (const sort of SORTS) expect(new Set(podList(rows, { ...ALL, sort }))).toEqual(new Set(rows));
    expect(rows).toEqual(before);
    expect(podList(rows, ALL)).toBe(rows);
  });

  it('keeps to a range, and to what was found in it', () => {
    expect(ordinals(podList(rows, { ...ALL, range: { high: 11, low: 2 } }))).toEqual([11, 10, 3, 2]);
    expect(ordinals(podList(rows, { find: 'new', sort: 'broken', range: { high: 11, low: 2 } }))).toEqual([10, 11, 3]);
  });

  it.each([
    ['1', [12, 11, 10, 1]],
    [' BROKEN ', [10]],
    ['imagepull', [10]],
    ['node-b', [3]],
    ['web-1', [12, 11, 10, 1]],
    ['ol', [2, 0]],
    ['', [12, 11, 10, 3, 2, 1, 0]],
    ['nothing of the kind', []],
  ])('finds %j', (find, expected) => {
    expect(ordinals(rows.filter((each) => matches(each, find)))).toEqual(expected);
  });
});

describe('ranges of ordinals', () => {
  const many = (count: number, state: PodState = 'old', from = 0) =>
    Array.from({ length: count }, (_, index) => row(from + count - 1 - index, state));
  const bounds = (list: readonly RowView[], lines: number) => rangesOf(list, lines).map(({ high, low }) => [high, low]);

  it('are as small as the window allows, and begin at numbers that can be read off', () => {
    expect(bounds(many(60), 6)).toEqual([
      [59, 50],
      [49, 40],
      [39, 30],
      [29, 20],
      [19, 10],
      [9, 0],
    ]);
    expect(bounds(many(60), 5)).toEqual([
      [59, 40],
      [39, 20],
      [19, 0],
    ]);
    expect(bounds(many(5000), 1)).toEqual([[4999, 0]]);
    expect(bounds(many(20_000), 1), 'more than fit the largest size').toHaveLength(2);
    expect(bounds([], 5)).toEqual([]);
  });

  it('begin where the ordinals begin, and leave none out that is missing in between', () => {
    expect(bounds(many(25, 'old', 7), 4)).toEqual([
      [31, 30],
      [29, 20],
      [19, 10],
      [9, 7],
    ]);
    expect(bounds([row(31, 'old'), row(8, 'old')], 4)).toEqual([
      [31, 31],
      [8, 8],
    ]);
  });

  const marks: Record<PodState, string> = {
    updated: '#',
    soaking: '~',
    starting: '~',
    going: '-',
    missing: '-',
    old: 'o',
    unready: '%',
    broken: '!',
    stray: '?',
  };
  const drawn = (list: readonly RowView[], columns: number) => {
    const [high, low] = [list[0]?.ordinal ?? 0, list.at(-1)?.ordinal ?? 0];
    return densities({ states: statesOf(list), high, low }, columns, 'ascii', marks)
      .map(({ glyph }) => glyph)
      .join('');
  };

  it('show the share that is updated, and no number of others hides what is broken', () => {
    expect(drawn(many(100, 'updated'), 4)).toBe('####');
    expect(drawn([...many(30, 'updated', 70), ...many(70)], 4)).toBe('#:..');
    expect(drawn([...many(20, 'updated', 80), ...many(80)], 4)).toBe('=...');
    expect(drawn([...many(99, 'updated', 1), row(0, 'broken')], 4)).toBe('###!');
    expect(drawn([...many(98, 'updated', 2), row(1, 'stray'), row(0, 'unready')], 1)).toBe('?');
    expect(drawn([row(2, 'going'), row(1, 'old'), row(0, 'old')], 10), 'a pod a cell where there is room').toBe(':..');
  });

  it('say in words what they show', () => {
    const words = (list: readonly RowView[]) =>
      rangeWords({ states: statesOf(list), high: list[0]?.ordinal ?? 0, low: list.at(-1)?.ordinal ?? 0 }, 'updated');
    expect(words(many(10, 'updated'))).toBe('all 10 updated');
    expect(words(rows)).toBe('1 of 7 updated, 2 on the way, 1 not Ready, 1 broken, 1 out of turn');
  });
});
