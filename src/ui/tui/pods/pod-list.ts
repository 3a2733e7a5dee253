import type { PodState } from '../../pod-state.ts';
import type { RowView } from '../../view.ts';

/** `ordinal`: highest first, as a rollout goes. `broken`: what needs a person first. `slow`: the longest on the way first. */
export const SORTS = ['ordinal', 'broken', 'slow', 'node'] as const;
export type Sort = (typeof SORTS)[number];

export const SORT_WORDS: Record<Sort, string> = {
  ordinal: 'by ordinal',
  broken: 'broken first',
  slow: 'longest on the way first',
  node: 'by node',
};

/** Ordinals from `high` down to `low`, both included. */
export interface OrdinalRange {
  high: number;
  low: number;
}

export interface Asked {
  /** What was typed to find; '' finds all. */
  find: string;
  sort: Sort;
  range: OrdinalRange | null;
}

/** The rows that were asked for, in the order that was asked for; the list itself where nothing was. */
export function podList(rows: readonly RowView[], { find, sort, range }: Asked): readonly RowView[] {
  const within = range === null ? rows : rows.filter(({ ordinal }) => ordinal <= range.high && ordinal >= range.low);
  const found = find === '' ? within : within.filter((row) => matches(row, find));
  return sort === 'ordinal' ? found : [...found].sort(ORDERS[sort]);
}

/**
 * Whether a pod is meant: digits begin its ordinal, anything else is part of its name, its words or its node, or is the
 * word for its state ("broken", "old"). Capital letters do not matter.
 */
export function matches(row: RowView, find: string): boolean {
  const wanted = find.trim().toLowerCase();
  if (wanted === '') return true;
  if (/^\d+$/.test(wanted)) return String(row.ordinal).startsWith(wanted);
  if (row.state.startsWith(wanted) || row.revision.startsWith(wanted)) return true;
  return [row.name, row.words, row.node].some((text) => text.toLowerCase().includes(wanted));
}

/** What needs a person, what is on its way, the rest. */
const URGENCY: Record<PodState, number> = {
  broken: 0,
  stray: 1,
  unready: 2,
  going: 3,
  missing: 3,
  starting: 3,
  soaking: 3,
  old: 4,
  updated: 4,
};

const ON_THE_WAY = 3;

type Order = (a: RowView, b: RowView) => number;

const byOrdinal: Order = (a, b) => b.ordinal - a.ordinal;

const ORDERS: Record<Exclude<Sort, 'ordinal'>, Order> = {
  broken: (a, b) => URGENCY[a.state] - URGENCY[b.state] || byOrdinal(a, b),
  slow: (a, b) => {
    const [onTheWay, other] = [a, b].map((row) => URGENCY[row.state] <= ON_THE_WAY);
    if (onTheWay !== other) return onTheWay ? -1 : 1;
    if (!onTheWay) return byOrdinal(a, b);
    return (a.since ?? Number.POSITIVE_INFINITY) - (b.since ?? Number.POSITIVE_INFINITY) || byOrdinal(a, b);
  },
  node: (a, b) => a.node.localeCompare(b.node) || byOrdinal(a, b),
};
