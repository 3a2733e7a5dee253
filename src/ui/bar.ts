import type { PodState } from './pod-state.ts';

/** What a cell that stands for several pods must not hide, worst first. */
const LOUD: readonly PodState[] = ['broken', 'stray', 'unready', 'going', 'missing', 'starting', 'soaking'];

/**
 * The pods as at most `columns` cells, from the first to the last: one a pod where there is room, else each cell the
 * worst of its pods, or what most of them are.
 */
export function barCells(states: readonly PodState[], columns: number): PodState[] {
  if (columns <= 0) return [];
  if (states.length <= columns) return [...states];
  return Array.from({ length: columns }, (_, cell) => {
    const from = Math.floor((cell * states.length) / columns);
    const to = Math.floor(((cell + 1) * states.length) / columns);
    return cellOf(states.slice(from, to));
  });
}

function cellOf(states: readonly PodState[]): PodState {
  const loud = LOUD.find((state) => states.includes(state));
  if (loud !== undefined) return loud;
  const updated = states.filter((state) => state === 'updated').length;
  return updated * 2 > states.length ? 'updated' : 'old';
}
