import type { PodState } from './pod-state.ts';
import type { RowView } from './view.ts';

let last: { rows: readonly RowView[]; states: readonly PodState[] } = { rows: [], states: [] };

/**
 * The state of each row, as a list of its own: what counts and draws thousands of pods goes through it many times, and of
 * the rows only those are read that are others than in the picture before.
 */
export function statesOf(rows: readonly RowView[]): readonly PodState[] {
  if (rows === last.rows) return last.states;
  const before = last;
  const states = rows.map((row, index) =>
    row === before.rows[index] ? (before.states[index] ?? row.state) : row.state,
  );
  last = { rows, states };
  return states;
}
