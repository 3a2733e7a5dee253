import type { PodState } from '../../pod-state.ts';
import { statesOf } from '../../states.ts';
import type { RowView, View } from '../../view.ts';
import { type GridLine, gridHeight, gridLines, podsPerLine } from './grid.ts';
import { type Asked, podList, SORT_WORDS } from './pod-list.ts';
import { type PodRange, rangesOf } from './ranges.ts';

/** How near one looks: a row per pod, a cell per pod, or a line per range of ordinals. */
export type Zoom = 'rows' | 'grid' | 'bar';

export interface BodyState extends Asked {
  /** null: as set and window ask for. */
  zoom: Zoom | null;
  /** The ordinal of the pod that the user points at; null follows the rollout. */
  cursor: number | null;
}

/** Lines of the body of which some are shown. */
export interface Window {
  first: number;
  visible: number;
  total: number;
}

interface Common {
  /** Lines on the screen, the heading and the note included. */
  height: number;
  window: Window;
  /** What was asked for of all pods. */
  rows: readonly RowView[];
  /** The pod under the cursor, or the one that is followed; null where nothing was found. */
  at: RowView | null;
  /** The user points at it. */
  pointed: boolean;
  /** What is not shown, and why: one line; null where all is shown. */
  note: string | null;
}

export type Body =
  | (Common & { zoom: 'rows' })
  | (Common & { zoom: 'grid'; lines: readonly GridLine[]; perLine: number })
  | (Common & { zoom: 'bar'; ranges: readonly PodRange[] });

/** Fewer are a row each, whatever the window: a grid of ten pods tells nothing that rows do not. */
const GRID_FROM = 60;
/** More are a line per range: nobody finds one of three thousand cells. */
const GRID_TO = 2000;
const HEADING = 1;
const POD_LINE = 1;

/** The pods in so many lines at most. */
export function bodyOf(view: View, state: BodyState, columns: number, room: number): Body {
  const rows = podList(view.rows, state);
  const at = podAt(rows, state.cursor) ?? focus(view, rows, state);
  const zoom = state.sort === 'ordinal' ? (state.zoom ?? zoomFor(rows, columns, room)) : 'rows';
  const common = { rows, at, pointed: state.cursor !== null && at !== null };
  const words = askedWords(state, rows.length, view.rows.length);
  switch (zoom) {
    case 'rows':
      return { ...common, zoom, ...windowed(rows.length, at === null ? 0 : rows.indexOf(at), room, HEADING, words) };
    case 'grid': {
      const perLine = podsPerLine(rows, columns, room - POD_LINE - (words === '' ? 0 : 1));
      const lines = gridLines(rows, perLine);
      const line = lines.findIndex(({ cells }) => cells.includes(at));
      return { ...common, zoom, lines, perLine, ...windowed(lines.length, Math.max(0, line), room, POD_LINE, words) };
    }
    case 'bar': {
      const ranges = rangesOf(rows, room - (words === '' ? 0 : 1));
      const line = ranges.findIndex((range) => at !== null && at.ordinal <= range.high && at.ordinal >= range.low);
      return { ...common, zoom, ranges, ...windowed(ranges.length, Math.max(0, line), room, 0, words) };
    }
  }
}

/** The nearest level that shows all of them at once. */
function zoomFor(rows: readonly RowView[], columns: number, room: number): Zoom {
  if (rows.length < GRID_FROM || rows.length <= room - HEADING) return 'rows';
  if (rows.length > GRID_TO) return 'bar';
  const lines = room - POD_LINE;
  return gridHeight(rows, podsPerLine(rows, columns, lines)) <= lines ? 'grid' : 'bar';
}

/** Rows kept above what is followed: what has just become Ready. */
const CONTEXT = 2;

function windowed(
  total: number,
  line: number,
  room: number,
  fixed: number,
  words: string,
): Pick<Common, 'height' | 'window' | 'note'> {
  const fits = total <= room - fixed - (words === '' ? 0 : 1);
  const visible = Math.max(0, fits ? total : room - fixed - 1);
  const wanted = line - Math.min(CONTEXT, Math.floor(visible / 3));
  const first = Math.max(0, Math.min(wanted, total - visible));
  const outside = fits ? '' : outsideWords(first, total - first - visible);
  const note = [outside, words].filter((part) => part !== '').join('; ');
  return {
    height: fixed + visible + (note === '' ? 0 : 1),
    window: { first, visible, total },
    note: note === '' ? null : note,
  };
}

function outsideWords(above: number, below: number): string {
  return [above > 0 ? `${above} more above` : '', below > 0 ? `${below} more below` : '']
    .filter((part) => part !== '')
    .join(', ');
}

/** What the user has asked for, where it is not everything in its own order. */
function askedWords({ find, sort, range }: Asked, found: number, all: number): string {
  return [
    range === null ? '' : `pods ${range.high} to ${range.low}, esc shows all`,
    find === '' ? '' : `/${find}: ${found} of ${all} pods, esc shows all`,
    sort === 'ordinal' ? '' : SORT_WORDS[sort],
  ]
    .filter((part) => part !== '')
    .join('; ');
}

/** The pod of that ordinal; where it is not shown (any more), the next lower one. */
export function podAt(rows: readonly RowView[], ordinal: number | null): RowView | null {
  if (ordinal === null) return null;
  return (
    rows.find((row) => row.ordinal === ordinal) ?? rows.find((row) => row.ordinal < ordinal) ?? rows.at(-1) ?? null
  );
}

const ON_THE_WAY: ReadonlySet<PodState> = new Set(['going', 'missing', 'starting', 'soaking']);

/** The pod that people want to see: the broken one in an alarm, else where it is at work; the first of a sorted list. */
function focus({ banner }: View, rows: readonly RowView[], { sort }: BodyState): RowView | null {
  const first = (isWanted: (state: PodState) => boolean) => rows[statesOf(rows).findIndex(isWanted)];
  return (
    (sort === 'ordinal' ? undefined : rows[0]) ??
    (banner?.tone === 'alarm' ? first((state) => state === 'broken') : undefined) ??
    first((state) => ON_THE_WAY.has(state)) ??
    first((state) => state !== 'updated') ??
    rows[0] ??
    null
  );
}

/** The broken pod that the screen follows: what Enter opens at every zoom, until the user points at another. */
export function followsFailure({ at, pointed }: Body): RowView | null {
  return !pointed && at?.state === 'broken' ? at : null;
}
