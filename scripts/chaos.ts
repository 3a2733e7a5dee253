/**
 * Rollouts on a real control plane of which one part fails in the middle, one seed after the other.
 *
 *     KUBEBUILDER_ASSETS=FOLDER npm run chaos -- --kind apiserver --seed 7      one run, again
 *     KUBEBUILDER_ASSETS=FOLDER npm run chaos -- --runs 10                      seeds 1 to 10 of every kind
 *     ... --verbose                                                              with what the program said
 *
 * Exit code 1 where something did not hold; then the seed and what the program said are printed, and the control plane's
 * logs are kept.
 */
import { parseArgs } from 'node:util';
import { describePlan, KINDS, type Kind, planOf } from '../test/e2e/chaos/plan.ts';
import { type Outcome, playChaos } from '../test/e2e/chaos/play.ts';
import { endAll } from '../test/e2e/harness/clean-up.ts';
import { startCluster } from '../test/e2e/harness/cluster.ts';

const { values } = parseArgs({
  options: {
    kind: { type: 'string', multiple: true },
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '1' },
    verbose: { type: 'boolean', default: false },
  },
});

function kinds(): Kind[] {
  const given = values.kind ?? [];
  const unknown = given.find((kind) => !KINDS.some((each) => each === kind));
  if (unknown !== undefined) throw new Error(`--kind ${unknown}: one of ${KINDS.join(', ')}`);
  return KINDS.filter((kind) => given.length === 0 || given.includes(kind));
}

function told({ violations, tookMs, mostUnavailable, extraRestarts, lostRaces, slips, gaps }: Outcome): string {
  const figures =
    `${(tookMs / 1000).toFixed(1)} s, at most ${mostUnavailable} unavailable, ${extraRestarts} extra restarts, ` +
    `${lostRaces.length} lost races listed${slips.length === 0 ? '' : `, ${slips.length} new pods taken by kwok by mistake`}${gaps === 0 ? '' : `, ${gaps} gaps in the log`}`;
  return `${violations.length === 0 ? 'held' : 'FAILED'}: ${figures}`;
}

async function main(): Promise<number> {
  const first = Number(values.seed);
  const runs = Number(values.runs);
  const cluster = await startCluster({ supervised: true });
  console.log(`Kubernetes ${cluster.version}`);
  let failed = 0;
  try {
    for (const kind of kinds()) {
      for (let seed = first; seed < first + runs; seed++) {
        const plan = planOf(kind, seed);
        const outcome = await playChaos(cluster, plan);
        console.log(`${describePlan(plan)}\n  ${told(outcome)}`);
        if (values.verbose) console.log(outcome.output);
        if (outcome.violations.length === 0) continue;
        failed++;
        console.log(`  ${outcome.violations.join('\n  ')}\n--- what it said\n${outcome.output}`);
        console.log(`again: npm run chaos -- --kind ${kind} --seed ${seed}`);
      }
    }
    return failed === 0 ? 0 : 1;
  } finally {
    await endAll();
    await cluster.stop({ keepLogs: failed > 0 });
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    console.error(`error: ${error.message}`);
    process.exitCode = 1;
  },
);
