import type { Simulator } from '../../simulator/index.ts';
import { type ApiObject, at, isReady, nameOf, text } from '../../simulator/objects.ts';
import { NODES } from '../../simulator/resources.ts';
import type { DemoSet, Happening } from './scenarios.ts';

/** Changes of one moment are counted together. */
const TOGETHER_MS = 100;

/**
 * Lets the happenings of a script happen, each at its moment, for as long as the cluster's clock runs.
 * @param say gets what is to be told of each
 */
export function perform(
  simulator: Simulator,
  sets: readonly DemoSet[],
  script: readonly Happening[],
  say: (text: string) => void,
): void {
  const coming = [...script];
  const revisions = new Map(sets.map(({ name }) => [name, revisionOf(simulator, name)]));
  let node: string | null = null;
  let looking = false;
  let waiting = false;

  const look = (): void => {
    looking = false;
    const [next] = coming;
    if (next === undefined || waiting || share() < (next.updated ?? 0)) return;
    waiting = true;
    simulator.clock.schedule(next.thenMs, () => {
      waiting = false;
      coming.shift();
      node ??= nodeOfMostOld(
        simulator,
        sets.map(({ name }) => name),
      );
      if (next.act === 'drain') simulator.nodes.drain(node);
      else simulator.nodes.cordon(node, false);
      say(next.say(node));
      if (coming.length === 0) forget();
      else look();
    });
  };
  const forget = simulator.history.onWrite(({ resource }) => {
    if (looking || coming.length === 0 || resource.plural !== 'pods') return;
    looking = true;
    simulator.clock.schedule(TOGETHER_MS, look);
  });

  /** Of the set that is behind the others. */
  function share(): number {
    return Math.min(...sets.map(({ name }) => shareOf(simulator, name, revisions.get(name) ?? '')));
  }
}

/**
 * Where the set with the fewest old pods has most of them, and among equals the first set: what a drain does to old pods
 * is what is to be seen, in every set.
 */
function nodeOfMostOld(simulator: Simulator, names: readonly string[]): string {
  const nodes = simulator.server.store.list(NODES, '').map(nameOf);
  const oldOn = (node: string): number[] => names.map((name) => oldPods(simulator, name, node));
  const ranked = nodes
    .map((node) => ({ node, old: oldOn(node) }))
    .sort((a, b) => Math.min(...b.old) - Math.min(...a.old) || (b.old[0] ?? 0) - (a.old[0] ?? 0));
  const [best] = ranked;
  if (best === undefined) throw new Error('the cluster has no node');
  return best.node;
}

function oldPods(simulator: Simulator, name: string, node: string): number {
  const revision = revisionOf(simulator, name);
  return podsOf(simulator, name).filter(
    (pod) => at(pod.spec).nodeName === node && at(pod.metadata.labels)['controller-revision-hash'] !== revision,
  ).length;
}

function podsOf(simulator: Simulator, name: string): ApiObject[] {
  return simulator.pods().filter((pod) => at(pod.metadata.labels).app === name);
}

/** From 0 to 1: how many of a set's pods are Ready at another revision than `before`. */
function shareOf(simulator: Simulator, name: string, before: string): number {
  const revision = revisionOf(simulator, name);
  if (revision === before) return 0;
  const pods = podsOf(simulator, name);
  const updated = pods.filter((pod) => at(pod.metadata.labels)['controller-revision-hash'] === revision);
  return updated.filter(isReady).length / Math.max(1, pods.length);
}

function revisionOf(simulator: Simulator, name: string): string {
  return text(at(simulator.set(name).status).updateRevision);
}
