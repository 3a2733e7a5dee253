import type { Connected } from '../cluster/connection.ts';
import { checkSize } from '../cluster/record-store.ts';
import type { SessionOptions } from '../executor/contract.ts';
import { annotationsOfRecord } from '../executor/patch.ts';
import { SETTINGS } from '../notify/settings.ts';
import { type Begin, begin, isUnfinished } from '../rollout/begin.ts';
import { type Change, targetOf } from '../rollout/change.ts';
import { RefusedError, UsageError } from '../rollout/errors.ts';
import { isObject } from '../rollout/json.ts';
import { checkManifest, checkPlace, type Manifest } from '../rollout/manifest.ts';
import { preflight } from '../rollout/preflight.ts';
import type { RecordOrigin, RecordSpec } from '../rollout/record.ts';
import { type PlanView, printPlan } from '../ui/plan-view.ts';
import type { ScreenFlags } from '../ui/terminal.ts';
import { announce, checkNotifiers } from './announce.ts';
import { dryRunApply, dryRunStart } from './dry-run.ts';
import { EXIT } from './exit-codes.ts';
import { readGates, tryGates } from './gates.ts';
import { type Gathered, gather, gatherAround } from './gather.ts';
import { type Host, print, tell } from './host.ts';
import { notifyPace } from './notify-flags.ts';
import type { Output, RolloutOp } from './op.ts';
import { chooseOutput, hasTerminal, refuseWithoutAnswer } from './output.ts';
import { checkHookPermissions, checkPermissions } from './permissions.ts';
import { endOn, runSession } from './run-session.ts';
import { withConnection } from './with-connection.ts';

/** An executor writes its record within a second of taking the Lease, unless its API server is slow. */
const BEGIN_LOOKS = 8;
const BEGIN_WAIT_MS = 500;

/**
 * Rolls a set out, from the first question to the last line. Nothing is written before the plan was agreed to.
 * @param notes what else the plan says
 */
export async function rollout(op: RolloutOp, host: Host, notes: PlanView['lines'] = []): Promise<number> {
  const output = chooseOutput(host, op.follow.output);
  if (op.dryRun === null) refuseWithoutAnswer(host, op.yes);
  const manifest = op.change.kind === 'file' ? await manifestFrom(host, op.change.path) : null;
  const namespace = op.kube.namespace ?? (op.name === null ? (manifest?.namespace ?? undefined) : undefined);
  const kube = namespace === undefined ? op.kube : { ...op.kube, namespace };
  return withConnection(host, kube, async (connected) => {
    const name = op.name ?? manifest?.name;
    if (name === undefined) throw new UsageError('rollout: name a StatefulSet, such as sts/web');
    const ref = { namespace: connected.namespace, name };
    if (manifest !== null) checkPlace(manifest, ref);
    const pace = { ...op.pace, ...(await readGates(host, op.gates)) };
    const missing = await checkPermissions(connected.api, ref, op.pace.disrupt ?? 'evict');
    const gathered = await gatherBegun(connected.api, ref);
    if (manifest !== null) checkManifest(manifest, ref, gathered.raw);
    const force = op.change.kind === 'file' && op.change.force;
    const dryRun = manifest === null ? null : await dryRunApply(connected.api, ref, manifest, force);
    const change = changeOf(op, manifest, dryRun?.force ?? force, connected);
    const beginning = begin({
      ...gathered,
      target: targetOf(change, gathered.set, gathered.revisions, dryRun?.template ?? null),
      again: op.change.kind === 'restart' && op.change.again,
      pace: { ...pace, ...notifyPace(op.notify, Boolean(host.env[SETTINGS.callbackSecret])) },
      manifestStrategy: manifest?.updateStrategy ?? null,
      holder: gathered.holder,
      user: host.user,
      identity: host.newIdentity(),
      now: new Date(connected.api.clock.now()).toISOString(),
    });
    return proceed({ op, host, connected, ref, gathered, missing, manifest, output, notes }, beginning);
  });
}

/** Whoever holds the Lease may be about to write its record: two commands started together are one rollout. */
async function gatherBegun(api: Connected['api'], ref: { namespace: string; name: string }): Promise<Gathered> {
  for (let look = 1; ; look++) {
    const gathered = await gather(api, ref);
    const { record, holder, set } = gathered;
    const begun = record !== null && isUnfinished(record, set);
    if (holder === null || begun || look === BEGIN_LOOKS) return gathered;
    await new Promise<void>((resolve) => api.clock.after(BEGIN_WAIT_MS, resolve));
  }
}

interface Run {
  op: RolloutOp;
  host: Host;
  connected: Connected;
  ref: { namespace: string; name: string };
  gathered: Gathered;
  missing: string[];
  manifest: Manifest | null;
  output: Output;
  notes: PlanView['lines'];
}

async function proceed(run: Run, beginning: Begin): Promise<number> {
  const { op, host, connected, ref, output } = run;
  switch (beginning.kind) {
    case 'nothing':
      print(output === 'jsonl' ? { stdout: host.stderr } : host, [`sts/${ref.name}: ${beginning.message}`]);
      return EXIT.done;
    case 'view': {
      tell(host, [`${beginning.holder} executes this rollout: watching.`]);
      if (op.dryRun !== null) return EXIT.done;
      // should that one die, this one goes on in its place
      return open(run, { execute: true });
    }
    case 'continue': {
      const spec = beginning.edit(beginning.record.spec);
      const origin = beginning.record.origin;
      if (origin === null)
        throw new RefusedError(`the record of ${ref.name} is not whole: it does not say what to go back to`);
      const plan = await planOf(run, spec, origin, [], beginning.record.status?.startedBy ?? 'somebody');
      if (!(await agreed(run, plan))) return EXIT.done;
      if (beginning.record.status === null) return open(run, { execute: true, begin: { spec, origin } });
      const { editSpec } = await import('../cluster/record-store.ts');
      await editSpec(connected.api, ref, beginning.edit);
      return open(run, { execute: true });
    }
    case 'new': {
      const { spec, origin, warnings } = beginning;
      checkSize(run.gathered.raw, annotationsOfRecord(spec, origin));
      const plan = await planOf(run, spec, origin, warnings, null);
      if (op.dryRun === 'server') await dryRunStart(connected.api, ref, spec, run.gathered.set.generation);
      if (!(await agreed(run, plan))) return EXIT.done;
      const thread = await announce(host, { spec, origin }, run.gathered.set, connected);
      return open(run, { execute: true, begin: { spec, origin }, ...(thread === undefined ? {} : { thread }) });
    }
  }
}

async function manifestFrom(host: Host, path: string): Promise<Manifest> {
  const { readManifest } = await import('./read-manifest.ts');
  return readManifest(await host.readFile(path), path === '-' ? 'standard input' : path);
}

function changeOf({ change }: RolloutOp, manifest: Manifest | null, force: boolean, { api }: Connected): Change {
  if (change.kind === 'file') {
    if (manifest === null) throw new UsageError('-f: no file was read');
    return { kind: 'file', manifest, force };
  }
  if (change.kind !== 'restart') return change;
  // as kubectl rollout restart writes it: no milliseconds
  const at = `${new Date(api.clock.now()).toISOString().slice(0, 19)}Z`;
  return { kind: 'restart', again: change.again, at };
}

async function planOf(
  run: Run,
  spec: RecordSpec,
  origin: RecordOrigin,
  more: string[],
  begunBy: string | null,
): Promise<PlanView> {
  const { host, connected, ref, gathered, manifest, missing } = run;
  await checkHookPermissions(connected.api, ref, spec);
  const [around, holding, told] = await Promise.all([
    gatherAround(connected.api, ref, gathered, spec),
    tryGates(host, connected.api.clock, spec),
    checkNotifiers(host, spec),
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
    lines: [...lines, ...run.notes, ...told.lines],
    warnings: [...more, ...warnings, ...holding, ...told.warnings],
  };
}

function partitionOf(manifest: Manifest | null): number | null {
  const rollingUpdate = manifest?.updateStrategy?.rollingUpdate;
  const partition = isObject(rollingUpdate) ? rollingUpdate.partition : 0;
  return typeof partition === 'number' && partition > 0 ? partition : null;
}

/** Shows the plan, and asks. No also after a dry run. */
async function agreed({ op, host, output }: Run, plan: PlanView): Promise<boolean> {
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

async function askOnScreen(host: Host, plan: PlanView, screen: ScreenFlags): Promise<boolean> {
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

async function open(run: Run, how: Pick<SessionOptions, 'execute' | 'begin' | 'thread'>): Promise<number> {
  const { host, connected, ref, op, output } = run;
  const session = await host.openSession({
    connected,
    ref,
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
