import type { Connected } from '../cluster/connection.ts';
import { getDecider } from '../cluster/decided.ts';
import { checkSize } from '../cluster/record-store.ts';
import { annotationsOfRecord } from '../executor/patch.ts';
import { SETTINGS } from '../notify/settings.ts';
import { type Begin, begin, isUnfinished } from '../rollout/begin.ts';
import { type Change, targetOf } from '../rollout/change.ts';
import { RefusedError, UsageError } from '../rollout/errors.ts';
import { checkManifest, checkPlace, type Manifest } from '../rollout/manifest.ts';
import type { PlanView } from '../ui/plan-view.ts';
import { announce } from './announce.ts';
import { dryRunApply, dryRunStart } from './dry-run.ts';
import { EXIT } from './exit-codes.ts';
import { readGates } from './gates.ts';
import { type Gathered, gather } from './gather.ts';
import { type Host, print, tell } from './host.ts';
import { notifyPace } from './notify-flags.ts';
import type { RolloutOp } from './op.ts';
import { chooseOutput, refuseWithoutAnswer } from './output.ts';
import { checkPermissions } from './permissions.ts';
import { agreed, open, planOf, type Run } from './rollout-run.ts';
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
    const signed = Boolean(host.env[SETTINGS.callbackSecret]);
    const pace = { ...op.pace, ...(await readGates(host, op.gates)), ...notifyPace(op.notify, signed) };
    const missing = await checkPermissions(connected.api, ref, op.pace.disrupt ?? 'evict');
    const gathered = await gatherBegun(connected.api, ref);
    if (manifest !== null) checkManifest(manifest, ref, gathered.raw);
    const force = op.change.kind === 'file' && op.change.force;
    const dryRun = manifest === null ? null : await dryRunApply(connected.api, ref, manifest, force);
    const change = changeOf(op, manifest, dryRun?.force ?? force, connected);
    const now = new Date(connected.api.clock.now()).toISOString();
    const run = { op, host, connected, ref, gathered, missing, manifest, output, notes, decider: null, now };
    const decider = await getDecider(connected.api, gathered.raw);
    if (decider !== null) {
      const { rolloutByResource } = await import('./by-resource.ts');
      return rolloutByResource(run, decider, { change, pace, template: dryRun?.template ?? null });
    }
    const beginning = begin({
      ...gathered,
      target: targetOf(change, gathered.set, gathered.revisions, dryRun?.template ?? null),
      again: op.change.kind === 'restart' && op.change.again,
      pace,
      manifestStrategy: manifest?.updateStrategy ?? null,
      holder: gathered.holder,
      user: host.user,
      identity: host.newIdentity(),
      now,
    });
    return proceed(run, beginning);
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
