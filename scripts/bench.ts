/**
 * Measures, and prints tables. Figures depend on the machine: they are for comparing, and decide no test.
 *
 *     npm run build && npm run bench                          what takes a few minutes, and what it left out
 *     npm run bench -- --all                                  everything: hours
 *     npm run bench -- makespan --n 60 --m 6 --policy Parallel --times 500ms,3s
 *     npm run bench -- big [--pods 1000]
 *     ... --json FILE
 *
 * What runs on a real control plane needs KUBEBUILDER_ASSETS, as the tests of test/e2e do.
 */
import { writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { type Benchmark, type BenchmarkOptions, type Figure, isMet, type Measured } from './bench/benchmark.ts';
import { casesAsked } from './bench/filter.ts';
import { printTable } from './bench/table.ts';

/** A file of ./bench each, loaded when it is asked for; `quick`: part of a run without a name. */
const BENCHMARKS: Readonly<Record<string, { load: () => Promise<Benchmark>; quick: boolean }>> = {
  makespan: { load: async () => (await import('./bench/makespan.ts')).makespan, quick: true },
  api: { load: async () => (await import('./bench/api.ts')).api, quick: true },
  rollback: { load: async () => (await import('./bench/rollback.ts')).rollback, quick: false },
  size: { load: async () => (await import('./bench/size.ts')).size, quick: false },
  ui: { load: async () => (await import('./bench/ui.ts')).ui, quick: true },
  prediction: { load: async () => (await import('./bench/prediction.ts')).prediction, quick: true },
  'start-up': { load: async () => (await import('./bench/start-up.ts')).startUp, quick: true },
  scale: { load: async () => (await import('./bench/scale.ts')).scale, quick: false },
  big: { load: async () => (await import('./bench/big.ts')).big, quick: false },
  notify: { load: async () => (await import('./bench/notify.ts')).notify, quick: false },
  operator: { load: async () => (await import('./bench/operator.ts')).operator, quick: false },
  fleet: { load: async () => (await import('./bench/fleet.ts')).fleet, quick: false },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    all: { type: 'boolean', default: false },
    json: { type: 'string' },
    pods: { type: 'string' },
    n: { type: 'string' },
    m: { type: 'string' },
    policy: { type: 'string' },
    times: { type: 'string' },
    ways: { type: 'string' },
  },
});

interface Done extends Measured {
  name: string;
  seconds: number;
  load: number;
}

async function one(name: string, load: () => Promise<Benchmark>, options: BenchmarkOptions): Promise<Done> {
  const benchmark = await load();
  console.error(`${name}: ${benchmark.what}`);
  const startedAt = performance.now();
  const measured = await benchmark.run(options);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  const at = loadavg()[0] ?? Number.NaN;
  console.log(`\n${name} (${seconds} s, load ${at.toFixed(1)} at its end)`);
  for (const line of printTable(measured.rows)) console.log(line);
  for (const note of measured.notes) console.log(note);
  return { ...measured, name, seconds, load: at };
}

function targets(done: readonly Done[]): string[][] {
  const words = ({ wanted }: Figure) =>
    wanted === null ? '' : 'atMost' in wanted ? `at most ${wanted.atMost}` : `at least ${wanted.atLeast}`;
  return done.flatMap(({ name, figures = [] }) =>
    figures.map((figure) => {
      const met = isMet(figure);
      const value = `${figure.value.toFixed(figure.unit === 'x' ? 2 : 1)} ${figure.unit}`;
      return [`${name}: ${figure.what}`, value, words(figure), met === null ? '' : met ? 'yes' : 'NO'];
    }),
  );
}

async function main(): Promise<number> {
  const unknown = positionals.filter((name) => !(name in BENCHMARKS));
  if (unknown.length > 0) {
    console.error(`error: there is no benchmark ${unknown.join(', ')}: ${Object.keys(BENCHMARKS).join(', ')}`);
    return 2;
  }
  const { all } = values;
  const options: BenchmarkOptions = {
    all,
    pods: values.pods === undefined ? null : Number(values.pods),
    cases: casesAsked(values),
    ways: values.ways?.split(',') ?? null,
  };
  const chosen = Object.entries(BENCHMARKS).filter(([name, { quick }]) =>
    positionals.length > 0 ? positionals.includes(name) : all || quick,
  );
  const done: Done[] = [];
  const failed: string[] = [];
  for (const [name, { load }] of chosen) {
    try {
      done.push(await one(name, load, options));
    } catch (error) {
      // the others are worth their figures all the same
      failed.push(name);
      console.error(`error: ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const table = targets(done);
  if (table.length > 0) {
    console.log('');
    for (const line of printTable([['', 'measured', 'wanted', 'met'], ...table])) console.log(line);
  }
  const left = Object.keys(BENCHMARKS).filter((name) => !chosen.some(([each]) => each === name));
  if (positionals.length === 0 && left.length > 0) console.log(`left out: ${left.join(', ')} (--all, or by name)`);
  if (values.json !== undefined) {
    const machine = { cpus: availableParallelism(), node: process.version, platform: process.platform };
    const report = { at: new Date().toISOString(), machine, benchmarks: done, failed };
    await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`);
  }
  return failed.length === 0 ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: Error) => {
    console.error(`error: ${error.message}`);
    process.exit(1);
  },
);
