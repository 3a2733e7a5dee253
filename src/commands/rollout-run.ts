import type { Connected } from '../cluster/connection.ts';
import type { SessionOptions } from '../executor/contract.ts';
import { isObject } from '../rollout/json.ts';
import type { Manifest } from '../rollout/manifest.ts';
import { preflight } from '../rollout/preflight.ts';
import type { RecordOrigin, RecordSpec } from '../rollout/record.ts';
import { resourceName } from '../rollout/resource.ts';
import { type PlanView, printPlan } from '../ui/plan-view.ts';
import type { ScreenFlags } from '../ui/terminal.ts';
import { checkNotifiers } from './announce.ts';
import { EXIT } from './exit-codes.ts';
import { tryGates } from './gates.ts';
import { type Gathered, gatherAround } from './gather.ts';
import { type Host, print, tell } from './host.ts';
import type { Output, RolloutOp } from './op.ts';
import { hasTerminal } from './output.ts';
import { checkHookPermissions } from './permissions.ts';
import { endOn, runSession } from './run-session.ts';

/** One `rollout`, once everything about the set was read. */
export interface Run {
  op: RolloutOp;
  host: Host;
  connected: Connected;
  ref: { namespace: string; name: string };
  gathered: Gathered;
  missing: string[];
  manifest: Manifest | null;
  output: Output;
  notes: PlanView['lines'];
  /** The StatefulsetRollout that decides about the set, by its name: its operator executes. */
  decider: string | null;
  /** RFC 3339: when the command was given, by the server's clock. */
  now: string;
}

/** What is agreed to. */
export async function planOf(
  run: Run,
  spec: RecordSpec,
  origin: RecordOrigin,
  more: string[],
  begunBy: string | null,
): Promise<PlanView> {
  const { connected, ref, gathered, manifest, missing } = run;
  const [around, asides] = await Promise.all([
    gatherAround(connected.api, ref, gathered, spec),
    run.decider === null ? asidesHere(run, spec) : asidesOf(run.decider),
  ]);
  const { lines, warnings } = preflight({
    ...gathered,
    ...around,
    spec,
    origin,
    missing,
    begunBy,
    manifestPartition: partitionOf(manifest),
    measured: gathered.record?.status?.measured,
  });
  const place = connected.context === '' ? connected.server : `${connected.context} (${connected.server})`;
  const back = spec.target.kind === 'revision' ? ` to ${spec.target.summary}` : '';
  return {
    title: `Roll out sts/${ref.name}${back} in ${ref.namespace} @ ${place}`,
    lines: [...lines, ...run.notes, ...asides.lines],
    warnings: [...more, ...warnings, ...asides.warnings],
  };
}

type Asides = Pick<PlanView, 'lines' | 'warnings'>;

/** What executing here needs besides: hooks, gates, those who are told. Each is tried. */
async function asidesHere({ host, connected, ref }: Run, spec: RecordSpec): Promise<Asides> {
  await checkHookPermissions(connected.api, ref, spec);
  const [holding, told] = await Promise.all([tryGates(host, connected.api.clock, spec), checkNotifiers(host, spec)]);
  return { lines: told.lines, warnings: [...holding, ...told.warnings] };
}

/** The operator asks, and tells, from where it runs and as who it is: nothing that could be tried from here. */
function asidesOf(decider: string): Asides {
  const text = `the operator, as ${resourceName(decider)} will say`;
  return { lines: [{ label: 'executes', text }], warnings: [] };
}

function partitionOf(manifest: Manifest | null): number | null {
  const rollingUpdate = manifest?.updateStrategy?.rollingUpdate;
  const partition = isObject(rollingUpdate) ? rollingUpdate.partition : 0;
  return typeof partition === 'number' && partition > 0 ? partition : null;
}

/** Shows the plan, and asks. No also after a dry run. */
export async function agreed({ op, host, output }: Run, plan: PlanView): Promise<boolean> {
  const lines = printPlan(plan);
  if (op.dryRun !== null) {
    print(host, [...lines, `(dry run by the ${op.dryRun}: nothing was written)`]);
    return false;
  }
  if (output === 'tui' && !op.yes) return askOnScreen(host, plan, op.follow.screen);
  // jsonl keeps standard output for itself
  if (output === 'jsonl') tell(host, lines);
  else print(host, lines);
  if (op.yes) return true;
  if (hasTerminal(host) && (await host.confirm('Start?'))) return true;
  tell(host, ['Nothing was changed.']);
  return false;
}

/** Shows what is to be agreed to on a screen of its own, as another screen may follow. */
export async function askOnScreen(host: Host, plan: PlanView, screen: ScreenFlags): Promise<boolean> {
  const { prepareTerminal } = await import('../ui/terminal.ts');
  const terminal = prepareTerminal(host.env, screen);
  const { runPlanScreen } = await import('../ui/tui/index.ts');
  const abort = new AbortController();
  const off = host.onSignal((signal) => {
    abort.abort();
    host.exitNow(EXIT[signal]);
  });
  try {
    if ((await runPlanScreen({ plan, signal: abort.signal, terminal })) === 'start') return true;
    print(host, ['Nothing was changed.']);
    return false;
  } finally {
    off();
  }
}

/** Shows (and executes) the rollout until its end. @returns the exit code */
export async function open(run: Run, how: Pick<SessionOptions, 'execute' | 'begin' | 'thread'>): Promise<number> {
  const { host, connected, ref, op, output, gathered } = run;
  const session = await host.openSession({
    connected,
    ref,
    listed: gathered.listed,
    user: host.user,
    endOn: endOn(output),
    adopt: output !== 'tui',
    ...how,
  });
  return runSession(host, session, {
    output,
    wanted: 'forward',
    exitAtPause: op.follow.exitAtPause,
    screen: op.follow.screen,
  });
}
