import type { GlyphSet, PodState } from '../../pod-state.ts';
import { statesOf } from '../../states.ts';
import type { RowView } from '../../view.ts';
import type { OrdinalRange } from './pod-list.ts';

/** The pods of one range of ordinals, as one line of the density bar. */
export interface PodRange extends OrdinalRange {
  /** From the highest ordinal down. */
  states: readonly PodState[];
}

/** One cell of it: a state where one must not be hidden, else how many of its pods are updated. */
export interface Density {
  glyph: string;
  state: PodState;
}

/** Sizes of a range: numbers that let one read an ordinal off. */
const SIZES = [10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000] as const;

/** None, some, most and all of the pods are updated. */
const SHADES: Record<GlyphSet, readonly [string, string, string, string]> = {
  unicode: ['░', '▒', '▓', '█'],
  ascii: ['.', ':', '=', '#'],
};

/** Broken, out of turn and not Ready: no number of others hides one. */
const LOUD: readonly PodState[] = ['broken', 'stray', 'unready'];
const ON_THE_WAY: ReadonlySet<PodState> = new Set(['going', 'missing', 'starting', 'soaking']);

/** The ranges, the highest first: as small as lets all of them stand in so many lines. */
export function rangesOf(rows: readonly RowView[], lines: number): PodRange[] {
  const most = Math.max(1, lines);
  const states = statesOf(rows);
  const high = rows[0]?.ordinal ?? 0;
  const low = rows.at(-1)?.ordinal ?? 0;
  // where no pod was left out, their places tell it all
  const whole = rows.length === high - low + 1;
  for (const size of SIZES) {
    if (whole && Math.floor(high / size) - Math.floor(low / size) >= most) continue;
    const ranges = whole ? cutWhole(states, high, size) : cut(rows, states, size);
    if (ranges.length <= most) return ranges;
  }
  return cut(rows, states, SIZES[SIZES.length - 1] ?? 1);
}

function cutWhole(states: readonly PodState[], highest: number, size: number): PodRange[] {
  const ranges: PodRange[] = [];
  for (let from = 0; from < states.length; ) {
    const high = highest - from;
    const its = states.slice(from, from + (high % size) + 1);
    ranges.push({ high, low: high - its.length + 1, states: its });
    from += its.length;
  }
  return ranges;
}

function cut(rows: readonly RowView[], states: readonly PodState[], size: number): PodRange[] {
  const ranges: PodRange[] = [];
  let from = 0;
  rows.forEach(({ ordinal }, index) => {
    const after = rows[index + 1];
    if (after !== undefined && Math.floor(after.ordinal / size) === Math.floor(ordinal / size)) return;
    ranges.push({ high: rows[from]?.ordinal ?? ordinal, low: ordinal, states: states.slice(from, index + 1) });
    from = index + 1;
  });
  return ranges;
}

/** A range as at most so many cells, from its highest ordinal down; a pod a cell where there is room. */
export function densities({ states }: PodRange, columns: number, glyphs: GlyphSet, marks: Marks): Density[] {
  const cells = Math.min(columns, states.length);
  return Array.from({ length: cells }, (_, cell) => {
    const from = Math.floor((cell * states.length) / cells);
    const to = Math.floor(((cell + 1) * states.length) / cells);
    return densityOf(states.slice(from, to), glyphs, marks);
  });
}

export type Marks = Record<PodState, string>;

function densityOf(states: readonly PodState[], glyphs: GlyphSet, marks: Marks): Density {
  const loud = LOUD.find((state) => states.includes(state));
  if (loud !== undefined) return { glyph: marks[loud], state: loud };
  const [none, some, most, all] = SHADES[glyphs];
  const updated = states.filter((state) => state === 'updated').length;
  if (updated === states.length) return { glyph: all, state: 'updated' };
  const moving = states.some((state) => ON_THE_WAY.has(state));
  const glyph = updated * 2 > states.length ? most : updated > 0 || moving ? some : none;
  return { glyph, state: moving ? 'starting' : 'old' };
}

/** "500 updated", "312 of 500 updated, 8 on the way, 1 broken" */
export function rangeWords({ states }: PodRange, done: 'updated' | 'restored'): string {
  const count = (wanted: (state: PodState) => boolean) => states.filter(wanted).length;
  const updated = count((state) => state === 'updated');
  const parts: [number, string][] = [
    [count((state) => ON_THE_WAY.has(state)), 'on the way'],
    [count((state) => state === 'unready'), 'not Ready'],
    [count((state) => state === 'broken'), 'broken'],
    [count((state) => state === 'stray'), 'out of turn'],
  ];
  const share = updated === states.length ? `all ${states.length} ${done}` : `${updated} of ${states.length} ${done}`;
  return [share, ...parts.flatMap(([pods, words]) => (pods === 0 ? [] : [`${pods} ${words}`]))].join(', ');
}
