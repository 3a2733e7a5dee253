import type { OpenSession } from '../../executor/contract.ts';
import { countPods } from '../../rollout/look.ts';
import type { Pane } from '../../ui/tui/index.ts';
import { EXIT } from '../exit-codes.ts';
import { type Host, print, type TextOutput, tell } from '../host.ts';
import { rollout } from '../rollout.ts';
import type { DemoSet } from './scenarios.ts';
import { perform } from './script.ts';
import { ending, notesOf, rolloutOp, type Stage } from './stage.ts';

type Sets = readonly [DemoSet, DemoSet];

/** Two sets rolled out at once: on one screen, or as two streams of lines with the name of the set before each. */
export async function showBeside(stage: Stage, sets: Sets): Promise<number> {
  tell(stage.host, stage.scenario.watch);
  return stage.output === 'tui' ? onScreen(stage, sets) : inLines(stage, sets);
}

async function inLines(stage: Stage, sets: Sets): Promise<number> {
  const { host, cluster, scenario, output } = stage;
  const names = Math.max(...sets.map(({ name }) => name.length));
  perform(cluster.simulator, sets, scenario.script, (text) => tell(host, [text]));
  const codes = await Promise.all(
    sets.map((set) => {
      // a line of JSON says itself which set it is about
      const stdout = output === 'jsonl' ? host.stdout : prefixed(host.stdout, `${set.name.padEnd(names)} | `);
      return rollout(rolloutOp(stage, set, output), { ...host, stdout }, notesOf(scenario, output));
    }),
  );
  return ending(Math.max(...codes));
}

/** The rollouts run as without a screen; what their sessions see is what the screen shows. */
async function onScreen(stage: Stage, sets: Sets): Promise<number> {
  const { host, cluster, scenario, signal } = stage;
  const listeners = new Set<(text: string) => void>();
  perform(cluster.simulator, sets, scenario.script, (text) => {
    for (const listener of listeners) listener(text);
  });
  const runs = sets.map((set) => rollOutUnseen(stage, set));
  const over = Promise.all(runs.map(({ code }) => code));
  const sessions = await Promise.race([Promise.all(runs.map(({ session }) => session)), over.then(() => [])]);
  const panes: Pane[] = sessions.map((session, index) => ({ title: titleOf(sets[index]), session }));
  const { prepareTerminal } = await import('../../ui/terminal.ts');
  const terminal = prepareTerminal(host.env);
  const { runBeside } = await import('../../ui/tui/index.ts');
  const ended = Promise.all(sessions.map(({ done }) => done));
  const onNews = (listener: (text: string) => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  const left = await runBeside({ panes, onNews, signal, ended, terminal });
  await Promise.all(sessions.map((session) => session.stop()));
  const codes = await over;
  const { summary } = await import('../../ui/summary.ts');
  for (const session of sessions) {
    const live = session.live();
    const leaks = live.record?.status?.leaks.length ?? 0;
    print(host, [...summary(live).slice(0, 1), `  leaked meanwhile: ${leaks === 0 ? 'nothing' : countPods(leaks)}`]);
  }
  return left === 'interrupted' ? EXIT.SIGINT : ending(Math.max(...codes));
}

interface Unseen {
  session: Promise<OpenSession>;
  code: Promise<number>;
}

function rollOutUnseen(stage: Stage, set: DemoSet): Unseen {
  const { promise: session, resolve } = Promise.withResolvers<OpenSession>();
  const nowhere: TextOutput = { write: () => true };
  const host: Host = {
    ...stage.host,
    stdout: nowhere,
    openSession: async (options) => {
      const opened = await stage.host.openSession(options);
      resolve(opened);
      return opened;
    },
  };
  return { session, code: rollout(rolloutOp(stage, set, 'line'), host) };
}

function titleOf(set: DemoSet | undefined): string {
  return set?.strategy === 'OnDelete' ? 'by OnDelete' : 'behind the fence';
}

function prefixed(to: TextOutput, prefix: string): TextOutput {
  return { write: (text) => to.write(text.replace(/^(?=.)/gm, prefix)) };
}
