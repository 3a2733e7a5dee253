import type { PlanView } from '../../ui/plan-view.ts';
import { EXIT } from '../exit-codes.ts';
import type { Host } from '../host.ts';
import type { DemoOp, Op, Output, RolloutOp } from '../op.ts';
import { parseArgs } from '../parse.ts';
import type { DemoCluster } from './cluster.ts';
import type { DemoSet, Scenario } from './scenarios.ts';

/** All that a demo is shown with. */
export interface Stage {
  op: DemoOp;
  host: Host;
  cluster: DemoCluster;
  scenario: Scenario;
  output: Output;
  /** Aborted by a signal to the process. */
  signal: AbortSignal;
}

/** The arguments that a person would type after `kubectl bedrock` to roll this set out. */
export function rolloutWords(set: DemoSet): string[] {
  return ['rollout', `sts/${set.name}`, '--image', `app=${set.to}`, ...set.flags];
}

/** The command that these words are, on the cluster of the demo. */
export function commandOf({ cluster }: Stage, words: readonly string[], output: Output, yes: boolean): Op {
  const more = ['--kubeconfig', cluster.kubeconfig, '--output', output, ...(yes ? ['--yes'] : [])];
  const parsed = parseArgs([...words, ...more]);
  if (parsed.kind !== 'run') throw new Error(`${words.join(' ')} is no command`);
  return parsed.op;
}

export function rolloutOp(stage: Stage, set: DemoSet, output: Output): RolloutOp {
  const op = commandOf(stage, rolloutWords(set), output, stage.op.yes || output !== 'tui');
  if (op.command !== 'rollout') throw new Error(`the words for ${set.name} are no rollout`);
  return op;
}

/** What the plan says of the scenario, beside what it says of the rollout. */
export function notesOf({ watch, tries }: Scenario, output: Output): PlanView['lines'] {
  const lines = (label: string, texts: readonly string[]) =>
    texts.map((text, index) => ({ label: index === 0 ? label : '', text }));
  return [...lines('watch', watch), ...(output === 'tui' ? lines('try', tries) : [])];
}

/** A rollout that stopped, was left or went back is no failure of a demo; a signal and an error are what they are. */
export function ending(code: number): number {
  return code >= EXIT.SIGHUP || code === EXIT.failed || code === EXIT.usage ? code : EXIT.done;
}
