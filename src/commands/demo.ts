import { createSets, type DemoCluster, openCluster } from './demo/cluster.ts';
import { Narrator } from './demo/narrator.ts';
import { type DemoSet, SCENARIOS, type Scenario } from './demo/scenarios.ts';
import { perform } from './demo/script.ts';
import { commandOf, ending, notesOf, rolloutOp, type Stage } from './demo/stage.ts';
import { type EndingSignal, EXIT } from './exit-codes.ts';
import { type Host, tell } from './host.ts';
import type { DemoOp } from './op.ts';
import { chooseOutput } from './output.ts';
import { rollback } from './rollback.ts';
import { rollout } from './rollout.ts';

/**
 * The product itself on a simulated cluster, which it reaches over HTTPS and by a kubeconfig, as any other. However it
 * ends, cluster and kubeconfig are gone then.
 */
export async function demo(op: DemoOp, host: Host, scenario: Scenario = SCENARIOS[op.scenario]): Promise<number> {
  const output = op.serve ? 'line' : chooseOutput(host, op.output);
  const abort = new AbortController();
  let ended: EndingSignal | null = null;
  const off = host.onSignal((signal) => {
    ended ??= signal;
    abort.abort();
  });
  try {
    await using cluster = await openCluster(op.kubernetes);
    const pods = op.pods ?? scenario.pods;
    tell(host, [`Kubernetes ${op.kubernetes}, simulated at ${cluster.url}; ${scenario.title}`]);
    await createSets(cluster, scenario.sets, pods, abort.signal);
    const stage = { op, host: leavingNothing(host, cluster), cluster, scenario, output, signal: abort.signal };
    const code = abort.signal.aborted ? EXIT.done : await show(stage);
    return ended === null ? code : EXIT[ended];
  } finally {
    off();
  }
}

/** A command that ends the process by itself takes the kubeconfig along. */
function leavingNothing(host: Host, cluster: DemoCluster): Host {
  const exitNow = (code: number) => {
    cluster.removeFiles();
    host.exitNow(code);
  };
  return { ...host, exitNow };
}

async function show(stage: Stage): Promise<number> {
  if (stage.op.serve) return (await import('./demo/keep-up.ts')).keepUp(stage);
  const [set, beside] = stage.scenario.sets;
  if (beside !== undefined) return (await import('./demo/beside.ts')).showBeside(stage, [set, beside]);
  return showOne(stage, set);
}

async function showOne(stage: Stage, set: DemoSet): Promise<number> {
  const { cluster, scenario, output } = stage;
  const narrator = new Narrator();
  perform(cluster.simulator, scenario.sets, scenario.script, (text) => narrator.say(text));
  const host: Host = {
    ...stage.host,
    openSession: async (options) => narrator.tellIn(await stage.host.openSession(options)),
  };
  const code = await rollout(rolloutOp(stage, set, output), host, notesOf(scenario, output));
  if (code !== EXIT.stopped || scenario.sequel === undefined || output === 'tui' || stage.signal.aborted)
    return ending(code);
  const next = commandOf(stage, [scenario.sequel, `sts/${set.name}`], output, true);
  return next.command === 'rollback' ? ending(await rollback(next, host)) : ending(code);
}
