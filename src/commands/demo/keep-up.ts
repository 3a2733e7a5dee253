import { once } from 'node:events';
import { shellQuote } from '../../ui/text.ts';
import { EXIT } from '../exit-codes.ts';
import { print } from '../host.ts';
import { perform } from './script.ts';
import { rolloutWords, type Stage } from './stage.ts';

/** Keeps the cluster up for other terminals, and tells what befalls it. Ends at the abort. */
export async function keepUp(stage: Stage): Promise<number> {
  const { host, cluster, scenario, signal } = stage;
  print(host, serveLines(stage));
  perform(cluster.simulator, scenario.sets, scenario.script, (text) => print(host, [text]));
  if (!signal.aborted) await once(signal, 'abort');
  return EXIT.done;
}

/** How to reach it, and what to try. */
export function serveLines({ cluster, scenario }: Pick<Stage, 'cluster' | 'scenario'>): string[] {
  const [{ name }] = scenario.sets;
  const command = (words: readonly string[]) => `  kubectl ${words.map(shellQuote).join(' ')}`;
  return [
    'In another terminal:',
    '',
    `  export KUBECONFIG=${shellQuote(cluster.kubeconfig)}`,
    command(['get', 'pods', '-w']),
    command(['get', 'sts', '-o', 'wide']),
    ...scenario.sets.map((set) => command(['bedrock', ...rolloutWords(set)])),
    command(['rollout', 'history', `sts/${name}`]),
    command(['bedrock', 'status', `sts/${name}`]),
    command(['delete', 'pod', `${name}-0`]),
    command(['drain', 'node-1']),
    '',
    ...scenario.watch,
    'Ctrl-C ends the cluster.',
  ];
}
