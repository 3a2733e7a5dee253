import type { KeyName } from './key-map.ts';

/** Which of the lines of a text are shown. */
export interface Shown {
  first: number;
  visible: number;
  total: number;
}

/** Where a key scrolls to; undefined where it is no scroll key. */
export function scrolled(key: KeyName, { first, visible, total }: Shown): number | undefined {
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
