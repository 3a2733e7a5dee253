import type { GlyphSet, PodState } from '../../pod-state.ts';
import type { RowView } from '../../view.ts';
import type { OrdinalRange } from './pod-list.ts';

/** The pods of one range of ordinals, as one line of the density bar. */
export interface PodRange extends OrdinalRange {
  rows: readonly RowView[];
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
  const spread = (rows[0]?.ordinal ?? 0) - (rows.at(-1)?.ordinal ?? 0) + 1;
  for (const size of SIZES) {
    // most sizes need not be tried: that many ranges there are at least, where no pod was left out
    if (rows.length === spread && spread / size > Math.max(1, lines)) continue;
    const ranges = cut(rows, size);
    if (ranges.length <= Math.max(1, lines)) return ranges;
  }
  return cut(rows, SIZES[SIZES.length - 1] ?? 1);
}

function cut(rows: readonly RowView[], size: number): PodRange[] {
  const ranges: { high: number; low: number; rows: RowView[] }[] = [];
  let multiple: number | null = null;
  for (const row of rows) {
    const its = Math.floor(row.ordinal / size);
    const last = ranges.at(-1);
    if (last !== undefined && its === multiple) {
      last.rows.push(row);
      last.low = row.ordinal;
    } else ranges.push({ high: row.ordinal, low: row.ordinal, rows: [row] });
    multiple = its;
  }
  return ranges;
}

/** A range as at most so many cells, from its highest ordinal down; a pod a cell where there is room. */
export function densities({ rows }: PodRange, columns: number, glyphs: GlyphSet, marks: Marks): Density[] {
  const cells = Math.min(columns, rows.length);
  return Array.from({ length: cells }, (_, cell) => {
    const from = Math.floor((cell * rows.length) / cells);
    const to = Math.floor(((cell + 1) * rows.length) / cells);
    return densityOf(rows.slice(from, to), glyphs, marks);
  });
}

export type Marks = Record<PodState, string>;

function densityOf(rows: readonly RowView[], glyphs: GlyphSet, marks: Marks): Density {
  const loud = LOUD.find((state) => rows.some((row) => row.state === state));
  if (loud !== undefined) return { glyph: marks[loud], state: loud };
  const [none, some, most, all] = SHADES[glyphs];
  const updated = rows.filter(({ state }) => state === 'updated').length;
  if (updated === rows.length) return { glyph: all, state: 'updated' };
  const moving = rows.some(({ state }) => ON_THE_WAY.has(state));
  const glyph = updated * 2 > rows.length ? most : updated > 0 || moving ? some : none;
  return { glyph, state: moving ? 'starting' : 'old' };
}

/** "500 updated", "312 of 500 updated, 8 on the way, 1 broken" */
export function rangeWords({ rows }: PodRange, done: 'updated' | 'restored'): string {
  const count = (wanted: (state: PodState) => boolean) => rows.filter(({ state }) => wanted(state)).length;
  const updated = count((state) => state === 'updated');
  const parts: [number, string][] = [
    [count((state) => ON_THE_WAY.has(state)), 'on the way'],
    [count((state) => state === 'unready'), 'not Ready'],
    [count((state) => state === 'broken'), 'broken'],
    [count((state) => state === 'stray'), 'out of turn'],
  ];
  const share = updated === rows.length ? `all ${rows.length} ${done}` : `${updated} of ${rows.length} ${done}`;
  return [share, ...parts.flatMap(([pods, words]) => (pods === 0 ? [] : [`${pods} ${words}`]))].join(', ');
}
