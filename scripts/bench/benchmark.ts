import type { Case } from './makespan/cases.ts';

export interface BenchmarkOptions {
  /** null: as many as the benchmark is about. */
  pods: number | null;
  /** Everything, however long it takes; else a few minutes' worth. */
  all: boolean;
  /** Asked for by --n, --m, --policy, --times; null where nothing was. */
  cases: readonly Case[] | null;
  /** Names of the ways to roll out; null: all. */
  ways: readonly string[] | null;
}

/** Cells, the first row being the heading. */
export type Rows = readonly (readonly string[])[];

/** One number that a target may stand beside. */
export interface Figure {
  what: string;
  value: number;
  /** "x" of a ratio, "ms", "MB" ... */
  unit: string;
  /** At most, or at least, so much is wanted; null where nothing was promised. */
  wanted: { atMost: number } | { atLeast: number } | null;
}

export interface Measured {
  rows: Rows;
  notes: string[];
  figures?: Figure[];
}

export interface Benchmark {
  /** In a line: what is measured. */
  what: string;
  run(options: BenchmarkOptions): Promise<Measured>;
}

export function isMet({ value, wanted }: Figure): boolean | null {
  if (wanted === null) return null;
  return 'atMost' in wanted ? value <= wanted.atMost : value >= wanted.atLeast;
}
