import type { RowView } from '../../view.ts';

/** Cells that stand together, to count by. */
export const GROUP = 5;

/** Cells a line: numbers that let one read an ordinal off. */
const WIDTHS = [10, 20, 50, 100] as const;

/** One line of the grid: pods of neighbouring ordinals, the highest first. */
export interface GridLine {
  /** The highest ordinal that has its place in this line. */
  top: number;
  /** By place; null where there is no such pod. */
  cells: (RowView | null)[];
}

/** Cells that a line of so many pods takes, its label and gap included. */
export function gridWidth(perLine: number, highest: number): number {
  return labelWidth(highest) + 2 + perLine + (perLine / GROUP - 1);
}

export function labelWidth(highest: number): number {
  return Math.max(4, String(highest).length + 2);
}

/**
 * How many pods a line: as few as fill the room, twenty at least where there is the width; null where even the most do
 * not fit the width.
 * @param rows the highest ordinal first
 */
export function podsPerLine(rows: readonly RowView[], columns: number, lines: number): number {
  const highest = rows[0]?.ordinal ?? 0;
  const fitting = WIDTHS.filter((width) => gridWidth(width, highest) <= columns);
  const wide = fitting.filter((width) => width >= 20);
  const enough = (wide.length > 0 ? wide : fitting).find((width) => gridHeight(rows, width) <= lines);
  return enough ?? fitting.at(-1) ?? WIDTHS[0];
}

/** @param rows the highest ordinal first */
export function gridHeight(rows: readonly RowView[], perLine: number): number {
  let lines = 0;
  let last: number | null = null;
  for (const { ordinal } of rows) {
    const line = Math.floor(ordinal / perLine);
    if (line !== last) lines += 1;
    last = line;
  }
  return lines;
}

/** Lines of ordinals with one multiple, so that a column is one last digit; lines without any pod are left out. */
export function gridLines(rows: readonly RowView[], perLine: number): GridLine[] {
  const lines: GridLine[] = [];
  for (const row of rows) {
    const top = Math.floor(row.ordinal / perLine) * perLine + perLine - 1;
    let line = lines.at(-1);
    if (line?.top !== top) {
      line = { top, cells: Array.from({ length: perLine }, () => null) };
      lines.push(line);
    }
    line.cells[top - row.ordinal] = row;
  }
  return lines;
}
