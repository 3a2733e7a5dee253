import type { RowView } from '../../view.ts';
import type { KeyName } from '../key-map.ts';
import { type Body, podAt } from './body.ts';
import type { OrdinalRange } from './pod-list.ts';

/** The ordinal that a key moves the cursor to; undefined where it moves nothing. */
export function moved(key: KeyName, body: Body): number | undefined {
  const { rows, at } = body;
  if (at === null || !MOVES.has(key)) return undefined;
  if (key === 'home') return rows[0]?.ordinal;
  if (key === 'end') return rows.at(-1)?.ordinal;
  const lines = LINES[key] ?? (PAGES[key] ?? 0) * Math.max(1, body.window.visible - 1);
  const cells = CELLS[key] ?? 0;
  switch (body.zoom) {
    case 'rows':
      return by(rows, rows.indexOf(at), lines).ordinal;
    case 'grid': {
      if (cells !== 0) return by(rows, rows.indexOf(at), cells).ordinal;
      const wanted = at.ordinal - lines * body.perLine;
      // beyond the first or the last line: stay, rather than jump to its end
      if (wanted > (rows[0]?.ordinal ?? 0) || wanted < (rows.at(-1)?.ordinal ?? 0)) return at.ordinal;
      return podAt(rows, wanted)?.ordinal;
    }
    case 'bar': {
      const now = body.ranges.findIndex((range) => at.ordinal <= range.high && at.ordinal >= range.low);
      return by(body.ranges, now, lines + cells).high;
    }
  }
}

type Steps = Partial<Record<KeyName, number>>;
const LINES: Steps = { up: -1, down: 1 };
const PAGES: Steps = { pageUp: -1, pageDown: 1 };
const CELLS: Steps = { left: -1, right: 1 };
const MOVES: ReadonlySet<KeyName> = new Set(['up', 'down', 'left', 'right', 'pageUp', 'pageDown', 'home', 'end']);

/** In the bar: the ordinals of the line that is pointed at. */
export function rangeAt(body: Body): OrdinalRange | null {
  const { at } = body;
  if (body.zoom !== 'bar' || at === null) return null;
  const range = body.ranges.find(({ high, low }) => at.ordinal <= high && at.ordinal >= low);
  return range === undefined ? null : { high: range.high, low: range.low };
}

function by<T>(list: readonly T[], from: number, steps: number): T {
  const to = Math.max(0, Math.min(from + steps, list.length - 1));
  const item = list[to];
  if (item === undefined) throw new RangeError('a list with a cursor in it is not empty');
  return item;
}

/** Whether the cell or row is the one that is pointed at. */
export function isPointed(body: Body, row: RowView | null): boolean {
  return body.pointed && row !== null && row.ordinal === body.at?.ordinal;
}
