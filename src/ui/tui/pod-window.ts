import type { View } from '../view.ts';
import type { KeyName } from './key-map.ts';

/** Which rows of the pods are shown. */
export interface PodWindow {
  first: number;
  visible: number;
  total: number;
}

const ON_THE_WAY: ReadonlySet<string> = new Set(['going', 'missing', 'starting', 'soaking']);
/** Rows kept above what is followed: what has just become Ready. */
const CONTEXT = 2;

/** @param scroll the first row that the user wants; null follows the rollout */
export function podWindow(view: View, scroll: number | null, visible: number): PodWindow {
  const total = view.rows.length;
  const last = Math.max(0, total - visible);
  const first = scroll ?? Math.max(0, focus(view) - Math.min(CONTEXT, Math.floor(visible / 3)));
  return { first: Math.max(0, Math.min(first, last)), visible, total };
}

/** The row that people want to see: the broken one in an alarm, else where it is at work. */
function focus({ rows, banner }: View): number {
  const candidates = [
    banner?.tone === 'alarm' ? rows.findIndex((row) => row.state === 'broken') : -1,
    rows.findIndex((row) => ON_THE_WAY.has(row.state)),
    rows.findIndex((row) => row.state !== 'updated'),
  ];
  return candidates.find((index) => index >= 0) ?? 0;
}

/** Where a key scrolls to; undefined where it is no scroll key. */
export function scrolled(key: KeyName, { first, visible, total }: PodWindow): number | undefined {
  const last = Math.max(0, total - visible);
  const to = (row: number) => Math.max(0, Math.min(row, last));
  const page = Math.max(1, visible - 1);
  switch (key) {
    case 'up':
      return to(first - 1);
    case 'down':
      return to(first + 1);
    case 'pageUp':
      return to(first - page);
    case 'pageDown':
      return to(first + page);
    case 'home':
      return 0;
    case 'end':
      return last;
    default:
      return undefined;
  }
}
