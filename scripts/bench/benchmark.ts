export interface BenchmarkOptions {
  /** null: as many as the benchmark is about. */
  pods: number | null;
}

/** Cells, the first row being the heading. */
export type Rows = readonly (readonly string[])[];

export interface Benchmark {
  /** In a line: what is measured. */
  what: string;
  run(options: BenchmarkOptions): Promise<{ rows: Rows; notes: string[] }>;
}
