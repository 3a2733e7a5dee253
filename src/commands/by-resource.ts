import type { Api } from '../cluster/api.ts';
import { mayBe } from '../cluster/decided.ts';
import { hashOf } from '../cluster/observe.ts';
import { followDecider } from '../cluster/record-store.ts';
import { getResource, patchResourceSpec, type ResourceRead, readResource } from '../cluster/resource.ts';
import { isStatus } from '../cluster/words.ts';
import { isUnfinished } from '../rollout/begin.ts';
import { type Change, targetOf } from '../rollout/change.ts';
import { isAskedFor } from '../rollout/desired.ts';
import { embeddedSpec } from '../rollout/embedded.ts';
import { RefusedError } from '../rollout/errors.ts';
import { isObject, type Json, type JsonObject } from '../rollout/json.ts';
import { states } from '../rollout/manifest.ts';
import type { RolloutRecord } from '../rollout/record.ts';
import { type Resource, resourceName } from '../rollout/resource.ts';
import { formerTemplate, statedTemplate, type Wish, wished } from '../rollout/resource-edit.ts';
import { awaitOperator, type OperatorSeen } from './await-operator.ts';
import { dryRunEdit } from './dry-run.ts';
import { EXIT } from './exit-codes.ts';
import { print, tell } from './host.ts';
import { checkResourcePermissions } from './permissions.ts';
import { agreed, open, planOf, type Run } from './rollout-run.ts';
import { type Planned, planned, takeOver } from './take-over.ts';

/** What the command line asks for. `template`: what the set's would be with a file applied; null where there is none. */
export interface Asked {
  change: Change;
  pace: Wish['pace'];
  template: Json | null;
}

/** A restart is a new rolloutIdentity; by its beginning an unfinished one is known. */
const RESTART = 'restart-';

/**
 * A rollout of a set that a StatefulsetRollout decides about: after the same plan, an edit of that resource, and then a
 * view of what its operator makes of it; or its execution here, where the operator is dead.
 * @throws RefusedError, ApiError; nothing was written then, unless the message says so
 */
export async function rolloutByResource(given: Run, read: ResourceRead, asked: Asked): Promise<number> {
  const { op, host, ref, output, connected, gathered } = given;
  const { api } = connected;
  if (read.kind === 'broken') throw new RefusedError(`${read.why}. Mend that first`);
  const { resource } = read;
  const run: Run = { ...given, decider: resource.name };
  await checkResourcePermissions(api, resource);
  const { record, set } = gathered;
  const unfinished = record !== null && isUnfinished(record, set);
  const wish = wishOf(run, resource, asked);
  const { next, patch, again } = wished(resource, wish);
  if (again && unfinished) refuseForeignPause(run, record);
  const plan = await planned(run, next, gathered);
  if (plan.kind === 'nothing') {
    print(output === 'jsonl' ? { stdout: host.stderr } : host, [`sts/${ref.name}: ${plan.message}`]);
    return EXIT.done;
  }
  if (op.dryRun === 'server' && patch !== null) await dryRunEdit(api, resource, patch);
  if (!(await agreed(run, await viewOf(run, plan)))) return EXIT.done;
  const generation = patch === null ? resource.generation : await write(api, resource, patch);
  tell(host, [`${resourceName(resource.name)} asks for it now; its operator is waited for.`]);
  if (plan.kind === 'continue') await followDecider(api, ref);
  const answer = await awaitOperator(api, {
    ref,
    resource,
    // what was seen before we came is no sign of life
    generation: patch === null && observed(resource) >= generation ? null : generation,
    begun: hasBegun(plan, next, record),
  });
  if (answer === 'dead') return takeOver(run, resource);
  return open(run, { execute: op.yes && output !== 'tui' ? 'orphaned' : false });
}

function wishOf(run: Run, resource: Resource, { change, pace, template }: Asked): Wish {
  const { gathered, host, manifest } = run;
  const { set, revisions, record } = gathered;
  const goOn = { pauseRequested: false, resumedAt: run.now, editedBy: host.user };
  const wish: Wish = { pace: { ...pace, ...goOn } };
  const unfinished = record !== null && isUnfinished(record, set);
  switch (change.kind) {
    case 'pending': {
      // where the resource states no template, the set's own is rolled out by a new identity
      const own = embeddedSpec(resource) === null && resource.spec.template === undefined;
      const pending = !unfinished && own && gathered.pods.some(({ revision }) => revision !== set.updateRevision);
      return pending ? { ...wish, identity: `pending-${run.now}` } : wish;
    }
    case 'image': {
      const stated = { name: set.name, template: statedTemplate(resource, set.template) };
      return { ...wish, template: targetOf(change, stated, revisions).template ?? stated.template };
    }
    case 'restart': {
      const isRestart = resource.spec.rolloutIdentity?.startsWith(RESTART) === true;
      const goesOn = unfinished && isRestart && record.spec.rollback === undefined && !change.again;
      return goesOn ? wish : { ...wish, identity: `${RESTART}${change.at}` };
    }
    case 'revision':
      return { ...wish, ...formerTemplate(targetOf(change, set, revisions).template ?? set.template) };
    case 'file': {
      if (manifest === null) return wish;
      if (embeddedSpec(resource) !== null) return { ...wish, manifest };
      refuseBeyondTemplate(run, resource, manifest.apply);
      return template === null ? wish : { ...wish, template };
    }
  }
}

/** A resource that names a set says nothing of it but its template. */
function refuseBeyondTemplate({ gathered, ref }: Run, resource: Resource, apply: JsonObject): void {
  const spec = isObject(apply.spec) ? apply.spec : {};
  const actual = isObject(gathered.raw.spec) ? gathered.raw.spec : {};
  const other = Object.keys(spec).find(
    (field) => field !== 'template' && !states(spec[field] ?? null, actual[field] ?? null),
  );
  if (other === undefined) return;
  throw new RefusedError(
    `the file changes spec.${other} of ${ref.name}, and ${resourceName(resource.name)} decides about its pod template only ` +
      `(targetRef): nothing was written. kubectl patch statefulset/${ref.name} -n ${ref.namespace} changes that`,
  );
}

function refuseForeignPause({ host, ref }: Run, { spec }: RolloutRecord): void {
  if (!spec.pauseRequested || spec.pausedBy === undefined || spec.pausedBy === host.user) return;
  throw new RefusedError(
    `${spec.pausedBy} has paused this rollout of ${ref.name}. ` +
      `Go on all the same: kubectl bedrock resume sts/${ref.name} -n ${ref.namespace}`,
  );
}

function viewOf(run: Run, plan: Exclude<Planned, { kind: 'nothing' }>) {
  if (plan.kind === 'new') return planOf(run, plan.spec, plan.origin, plan.warnings, null);
  return planOf(run, plan.spec, plan.origin, [], plan.startedBy);
}

/**
 * Over the spec that the plan was made from, whatever has become of its status meanwhile.
 * @returns the generation that it is now
 */
async function write(api: Api, resource: Resource, patch: JsonObject): Promise<number> {
  let { resourceVersion } = resource;
  for (;;) {
    try {
      const raw = await mayBe('patch', resource, patchResourceSpec(api, { ...resource, resourceVersion }, patch));
      const written = readResource(raw);
      return written.kind === 'broken' ? written.generation : written.resource.generation;
    } catch (error) {
      if (!isStatus(error, 409)) throw error;
      const read = await getResource(api, resource);
      const now = read?.kind === 'resource' ? read.resource : null;
      if (now?.generation !== resource.generation || now.uid !== resource.uid) {
        throw new RefusedError(
          `somebody has changed ${resourceName(resource.name)} since the plan was shown. Nothing was changed by this: give the command again`,
        );
      }
      resourceVersion = now.resourceVersion;
    }
  }
}

function observed({ status }: Resource): number {
  const generation = isObject(status) ? status.observedGeneration : undefined;
  return typeof generation === 'number' ? generation : 0;
}

/** What was asked for is under way, or has been and is over already. */
function hasBegun(plan: Planned, resource: Resource, before: RolloutRecord | null) {
  return (record: RolloutRecord | null, { holder }: OperatorSeen): boolean => {
    if (record?.status == null) return false;
    const { spec, status } = record;
    if (plan.kind === 'new') {
      // the operator may have made the record of a set at rest meanwhile: that is no rollout of ours
      const isOurs = isAskedFor(spec.rolloutIdentity, { resource, hash: hashOf });
      return isOurs && status.rolloutIdentity === spec.rolloutIdentity;
    }
    return holder !== null || status.since !== before?.status?.since;
  };
}
