import { createSets, type DemoCluster, openCluster } from '../../src/commands/demo/cluster.ts';
import { type DemoSet, SCENARIOS } from '../../src/commands/demo/scenarios.ts';
import { rolloutWords } from '../../src/commands/demo/stage.ts';
import { isReady } from '../../src/simulator/objects.ts';
import type { Benchmark } from './benchmark.ts';
import { measured, type Usage, usageOf } from './usage.ts';

/**
 * The scenario `big` of the demo, in real time. This process is the cluster, its child the executor: each is measured
 * for itself. A pod counts as soon as it is Ready, so that the next eviction is the reaction to it.
 */
export const big: Benchmark = {
  what: 'a rollout of 1,000 pods, 100 at once: CPU and memory of the cluster and of the executor, each a process',
  async run({ pods: asked }) {
    const pods = asked ?? SCENARIOS.big.pods;
    const [scenario] = SCENARIOS.big.sets;
    const set: DemoSet = { ...scenario, flags: [...scenario.flags, '--min-ready', '0s'] };
    await using cluster = await openCluster('1.37');
    await createSets(cluster, [set], pods, new AbortController().signal);
    const reactions = reactionsOf(cluster);
    const before = usageOf(process.resourceUsage());
    const startedAt = performance.now();
    const executor = await measured([...rolloutWords(set), '--yes', '-o', 'line', '--kubeconfig', cluster.kubeconfig]);
    const seconds = (performance.now() - startedAt) / 1000;
    const after = usageOf(process.resourceUsage());
    const simulator = { cpuMs: after.cpuMs - before.cpuMs, memoryMiB: after.memoryMiB };
    return {
      rows: [['', 'CPU', 'per pod', 'memory'], row('cluster', simulator, pods), row('executor', executor, pods)],
      notes: [
        `${pods} pods in ${seconds.toFixed(1)} s; from a pod's Ready to the next eviction: ${spread(reactions())}`,
      ],
    };
  },
};

function row(name: string, { cpuMs, memoryMiB }: Usage, pods: number): string[] {
  return [name, `${(cpuMs / 1000).toFixed(1)} s`, `${(cpuMs / pods).toFixed(1)} ms`, `${Math.round(memoryMiB)} MiB`];
}

/** From here on: how long after each first Ready the cluster gets the next eviction, in milliseconds, by its own clock. */
function reactionsOf({ simulator }: DemoCluster): () => number[] {
  const found: number[] = [];
  let waiting: number[] = [];
  simulator.history.onWrite(({ at, verb, resource, before, after }) => {
    if (resource.plural !== 'pods') return;
    if (verb === 'evict') {
      found.push(...waiting.map((since) => at - since));
      waiting = [];
    } else if (before !== null && after !== null && !isReady(before) && isReady(after)) {
      waiting.push(at);
    }
  });
  return () => found;
}

function spread(times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return `median ${at(0.5)} ms, 95% within ${at(0.95)} ms, 99% within ${at(0.99)} ms`;
}
