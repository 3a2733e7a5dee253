/**
 * Inputs from outside, made wrong in every way that chance finds: record annotations, kubeconfigs, manifests, answers of
 * the API server.
 *
 *     npm run fuzz -- --inputs 100000             a quarter for each surface
 *     npm run fuzz -- --surface kubeconfig --seed 7 --path 812:0:3      one again
 */
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { report, surfaces } from '../test/fuzz/surfaces.ts';

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '10000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    surface: { type: 'string' },
    path: { type: 'string' },
  },
});

const all = await surfaces();
const chosen = all.filter(({ name }) => values.surface === undefined || name.includes(values.surface));
if (chosen.length === 0) throw new Error(`--surface: one of ${all.map(({ name }) => name).join(', ')}`);
const numRuns = Math.ceil(Number(values.inputs) / chosen.length);
let failed = 0;
for (const { name, property } of chosen) {
  const began = performance.now();
  const seed = Number(values.seed);
  const details = await fc.check(property, {
    numRuns,
    seed,
    ...(values.path === undefined ? {} : { path: values.path }),
  });
  const took = ((performance.now() - began) / 1000).toFixed(0);
  console.log(`${name}: ${details.numRuns} inputs in ${took} s, seed ${seed}: ${details.failed ? 'FAILED' : 'held'}`);
  if (!details.failed) continue;
  failed++;
  console.log(report(details));
  console.log(`again: npm run fuzz -- --surface '${name}' --seed ${seed} --path ${details.counterexamplePath}`);
}
process.exitCode = failed === 0 ? 0 : 1;
