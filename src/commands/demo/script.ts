import type { Simulator } from '../../simulator/index.ts';
import { at, isReady, text } from '../../simulator/objects.ts';
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
      if (next.act.kind === 'drain') simulator.nodes.drain(next.act.node);
      else simulator.nodes.cordon(next.act.node, false);
      say(next.say);
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

/** From 0 to 1: how many of a set's pods are Ready at another revision than `before`. */
function shareOf(simulator: Simulator, name: string, before: string): number {
  const revision = revisionOf(simulator, name);
  if (revision === before) return 0;
  const pods = simulator.pods().filter((pod) => at(pod.metadata.labels).app === name);
  const updated = pods.filter((pod) => at(pod.metadata.labels)['controller-revision-hash'] === revision);
  return updated.filter(isReady).length / Math.max(1, pods.length);
}

function revisionOf(simulator: Simulator, name: string): string {
  return text(at(simulator.set(name).status).updateRevision);
}
