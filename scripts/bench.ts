/**
 * Measures, and prints a table. Figures depend on the machine: they are for comparing, and decide no test.
 *
 *     npm run build && npm run bench -- big [--pods 1000]
 */
import { parseArgs } from 'node:util';
import type { Benchmark } from './bench/benchmark.ts';
import { printTable } from './bench/table.ts';

/** A file of ./bench each, loaded when it is asked for. */
const BENCHMARKS: Readonly<Record<string, () => Promise<Benchmark>>> = {
  big: async () => (await import('./bench/big.ts')).big,
  notify: async () => (await import('./bench/notify.ts')).notify,
  prediction: async () => (await import('./bench/prediction.ts')).prediction,
  ui: async () => (await import('./bench/ui.ts')).ui,
  'start-up': async () => (await import('./bench/start-up.ts')).startUp,
};

const { values, positionals } = parseArgs({ allowPositionals: true, options: { pods: { type: 'string' } } });
const [name = ''] = positionals;
const load = BENCHMARKS[name];
if (load === undefined) {
  console.error(`error: say what to measure: ${Object.keys(BENCHMARKS).join(', ')}`);
  process.exitCode = 2;
} else {
  const benchmark = await load();
  console.error(`${name}: ${benchmark.what}`);
  const { rows, notes } = await benchmark.run({ pods: values.pods === undefined ? null : Number(values.pods) });
  for (const line of printTable(rows)) console.log(line);
  for (const note of notes) console.log(note);
}
