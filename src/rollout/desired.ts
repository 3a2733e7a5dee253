import { isFenced, isUnfinished, ownStrategy } from './begin.ts';
import type { Target } from './change.ts';
import {
  appliedSet,
  embeddedSpec,
  embeddedStrategy,
  hasStrategy,
  immutableChange,
  isApplied,
  MADE_ANNOTATION,
  newSet,
  statedStrategy,
} from './embedded.ts';
import { UsageError } from './errors.ts';
import { isObject, type Json, type JsonObject, sameJson } from './json.ts';
import { states } from './manifest.ts';
import type { SetObservation } from './observation.ts';
import { HOLD_ALL, type RecordSpec, type RolloutRecord } from './record.ts';
import { followResource, RESOURCE_ANNOTATION, type Resource, setNameOf } from './resource.ts';
import { annotation, summaryOf, templateWanted } from './template-wanted.ts';

/** What is seen of a resource and its set, at one moment. */
export interface Seen {
  resource: Resource;
  /** The set as the API server sent it (managedFields are not needed), and what it says; null where it is not there. */
  found: { raw: Json; set: SetObservation; record: RolloutRecord | null } | null;
  /** Another StatefulsetRollout for the same set, which was there before this one; null where there is none. */
  elder: string | null;
  /** Equal for equal JSON, and short: cluster/observe.ts hashOf(). */
  hash(value: Json): string;
}

/** The next thing to do for a resource; once it is done, ask again. */
export type Desire =
  /** POST this StatefulSet. */
  | { kind: 'create'; object: JsonObject }
  /** Server-side apply this, by force: it has all that the resource states but template and strategy. */
  | { kind: 'apply'; manifest: JsonObject }
  /** Annotate the set with RESOURCE_ANNOTATION: this name. */
  | { kind: 'claim'; name: string }
  /** See beginDesired(). */
  | ({ kind: 'begin' } & Beginning)
  /** Edit the record's spec, and that only: the resource says it already. */
  | { kind: 'edit'; edit: (spec: RecordSpec) => RecordSpec }
  /** Nothing to write: somebody has to execute what the record says. `refused` is what else it says that cannot be done. */
  | { kind: 'execute'; refused: Refusal | null }
  /** See restDesired(): a set at rest gets its strategy, its record, or its template back. */
  | ({ kind: 'rest' } & Resting)
  /** `done`: at rest, as wanted; else it is worth a look when something changes. */
  | { kind: 'nothing'; done: boolean; why: string }
  | ({ kind: 'refused' } & Refusal);

/** What the resource says cannot be done. */
export interface Refusal {
  /** Of a condition. */
  reason: 'SetTaken' | 'SetNotFound' | 'InvalidSpec' | 'ImmutableField' | 'WouldMovePods';
  /** For people. */
  message: string;
}

/** A rollout that is to begin. */
export interface Beginning {
  /** rolloutIdentity of its record. */
  identity: string;
  target: Target;
  /** To put back at the end; null where the set's own is. */
  strategy: JsonObject | null;
}

/** How a set is to be at rest. */
export interface Resting {
  /** Behind the fence, or under its own strategy. */
  hold: boolean;
  /** Its template is put back to this, behind the fence; null leaves it. */
  template: Json | null;
  /** A record is to be made, of a rollout that moved nothing; null where there is one. */
  record: Beginning | null;
  why: string;
}

/** What the resource wants next. */
export function desired(seen: Seen): Desire {
  const { resource, found, elder } = seen;
  const name = setNameOf(resource);
  if (resource.deleting) return nothing('the resource is being deleted: the set stays as it is');
  if (elder !== null) {
    return refused(
      'SetTaken',
      `statefulset ${name} belongs to statefulsetrollout ${elder}, which was there before: delete one of the two`,
    );
  }
  if (found === null) return absent(seen, name);
  if (found.set.deleting) return nothing(`statefulset ${name} is being deleted`);
  return ofSet(seen, found);
}

type Found = NonNullable<Seen['found']>;

function absent(seen: Seen, name: string): Desire {
  const { resource } = seen;
  if (embeddedSpec(resource) === null) {
    return refused('SetNotFound', `there is no statefulset ${name} in namespace ${resource.namespace}`);
  }
  const hindrance = hindranceOf(resource, null);
  if (hindrance !== null) return { kind: 'refused', ...hindrance };
  const template = templateWanted(resource, null);
  if (template === null) return refused('InvalidSpec', 'spec.statefulset.spec.template is missing');
  return { kind: 'create', object: newSet(resource, template, wantedKey(seen)) };
}

function ofSet(seen: Seen, found: Found): Desire {
  const { resource } = seen;
  const { raw, set, record } = found;
  const own = record !== null && isOf(record.spec.rolloutIdentity, wantedKey(seen)) ? record : null;
  const runs = own !== null && isUnfinished(own, set);
  // before all else: a pause, or a rollback, must not wait for what may be refused
  const followed = own === null ? null : edit(own, resource, runs);
  if (followed !== null) return followed;
  if (annotation(raw, RESOURCE_ANNOTATION) !== resource.name) return { kind: 'claim', name: resource.name };
  const executes = runs || (own !== null && turnsBack(own, set));
  const hindrance = hindranceOf(resource, raw);
  if (hindrance !== null) return executes ? { kind: 'execute', refused: hindrance } : { kind: 'refused', ...hindrance };
  const manifest = appliedSet(resource, seen.hash);
  if (manifest !== null && !isApplied(manifest, raw)) return { kind: 'apply', manifest };
  if (executes) return { kind: 'execute', refused: null };
  return own === null ? notBegun(seen, found) : atRest(seen, found, own);
}

/** Why the set cannot be what the resource embeds; null where it can. @param raw the set; null where it is not there */
function hindranceOf(resource: Resource, raw: Json): Refusal | null {
  try {
    embeddedStrategy(resource);
  } catch (error) {
    if (error instanceof UsageError) return { reason: 'InvalidSpec', message: error.message };
    throw error;
  }
  const change = raw === null ? null : immutableChange(resource, raw);
  return change === null ? null : { reason: 'ImmutableField', message: change };
}

/** The record of this rollout, where it does not say what the resource says now. */
function edit(record: RolloutRecord, { spec }: Resource, runs: boolean): Desire | null {
  const follow = (before: RecordSpec) => followResource(before, spec);
  const after = follow(record.spec);
  // what is over is turned back, and nothing else of it matters any more
  const matters = runs || (after.rollback !== undefined && record.spec.rollback === undefined);
  return matters && !sameSpec(after, record.spec) ? { kind: 'edit', edit: follow } : null;
}

function turnsBack({ spec, status }: RolloutRecord, set: SetObservation): boolean {
  return spec.rollback !== undefined && status?.direction === 'forward' && status.setUid === set.uid;
}

/** The set's record is of another rollout, or there is none. */
function notBegun(seen: Seen, found: Found): Desire {
  const { resource } = seen;
  const { set, raw, record } = found;
  if (!asksForRollout(resource)) {
    if (record !== null && isUnfinished(record, set))
      return nothing(`the rollout of ${record.spec.target.summary} is under way, which this resource did not ask for`);
    return atRest(seen, found, record);
  }
  const template = templateWanted(resource, set.template);
  if (template === null) return refused('InvalidSpec', 'the pod template is missing');
  const beginning: Beginning = {
    identity: identityOf(seen, record),
    target: { kind: 'file', summary: summaryOf(resource, set, template), template },
    strategy: embeddedStrategy(resource),
  };
  // whose revision the controller has not made yet has nothing to go back to
  if (set.updateRevision === '' || set.observedGeneration < set.generation)
    return nothing('waiting for the StatefulSet controller to see the set');
  // who dropped the record may have changed the template, too
  const isMade = annotation(raw, MADE_ANNOTATION) === wantedKey(seen) && states(template, set.template);
  if (record === null && isMade) {
    const hold = wantsHold(resource);
    return { kind: 'rest', hold, template: null, record: beginning, why: 'the set was made from this resource' };
  }
  return { kind: 'begin', ...beginning };
}

/** No rollout is under way: the set is held, or let go. */
function atRest(seen: Seen, { set, record: stored }: Found, record: RolloutRecord | null): Desire {
  const { resource } = seen;
  const hold = wantsHold(resource);
  const held = isHeld(set);
  const moved = record?.status != null && record.status.setUid === set.uid && isDrifted(record, set);
  if (hold && moved && asksForTemplate(resource)) {
    const template = restTemplate(record);
    if (held && template !== null)
      return { kind: 'rest', hold, template, record: null, why: 'somebody has changed the template of the held set' };
    // without the fence pods may have moved already: they are brought back one by one
    if (!held && template !== null && record.status?.phase === 'Complete') {
      const target: Target = { kind: 'file', summary: record.spec.target.summary, template };
      return { kind: 'begin', identity: identityOf(seen, record), target, strategy: embeddedStrategy(resource) };
    }
  }
  const mine = record === null || record.status?.setUid !== set.uid ? restRecord(seen, stored, set) : null;
  if (hold && !held) return { kind: 'rest', hold, template: null, record: mine, why: 'the set is to be held' };
  const stated = statedStrategy(resource);
  const other = !held && stated !== null && !hasStrategy(stated, set.strategy.raw);
  if (!hold && record !== null && (held || other)) {
    if (moved && held) {
      return refused(
        'WouldMovePods',
        `hold is false, but somebody has changed the template of statefulset ${set.name} meanwhile: to let it go would ` +
          'roll that out past every PodDisruptionBudget. Put its template back, or ask for it by this resource',
      );
    }
    const why = held ? 'the set is to be let go' : 'the set is to have another update strategy';
    return { kind: 'rest', hold, template: null, record: null, why };
  }
  return { kind: 'nothing', done: true, why: held ? 'the set is held' : 'the set is at rest' };
}

function restRecord(seen: Seen, record: RolloutRecord | null, set: SetObservation): Beginning {
  return {
    identity: identityOf(seen, record),
    target: { kind: 'pending', summary: 'no rollout' },
    strategy: embeddedStrategy(seen.resource) ?? (isObject(set.strategy.raw) ? strategyToKeep(set, record) : null),
  };
}

function strategyToKeep(set: SetObservation, record: RolloutRecord | null): JsonObject | null {
  const strategy = ownStrategy(set, record);
  return isObject(strategy) ? strategy : null;
}

/** Nothing moves by itself: the controller holds every pod. */
function isHeld(set: SetObservation): boolean {
  return set.strategy.type === 'RollingUpdate' && (set.strategy.partition ?? 0) >= HOLD_ALL && isFenced(set);
}

function wantsHold({ spec }: Resource): boolean {
  return spec.hold && spec.strategy === 'fence';
}

/** The template is not the one that the rollout ended with. */
function isDrifted({ status }: RolloutRecord, set: SetObservation): boolean {
  const hash = status?.target.templateHash ?? null;
  return hash !== null && hash !== set.templateHash;
}

/** What a rollout that is over left the set with. */
function restTemplate({ spec, status, origin }: RolloutRecord): Json | null {
  if (status?.direction !== 'back') return spec.target.template ?? null;
  return spec.rollback?.template ?? origin?.template ?? null;
}

/** A resource that only names a set holds it, and moves nothing. */
function asksForRollout(resource: Resource): boolean {
  return asksForTemplate(resource) || resource.spec.rolloutIdentity !== undefined;
}

function asksForTemplate(resource: Resource): boolean {
  return embeddedSpec(resource) !== null || resource.spec.template !== undefined;
}

/** Equal as long as the resource asks for the same rollout. */
function wantedKey({ resource, hash }: Pick<Seen, 'resource' | 'hash'>): string {
  const template = embeddedSpec(resource)?.template ?? resource.spec.template ?? null;
  const wanted = { uid: resource.uid, identity: resource.spec.rolloutIdentity ?? null, template };
  return `${resource.name}-${hash(wanted).slice(0, 12)}`;
}

/**
 * The same for the same resource over the same record, so that who is killed in between begins no other one; and another
 * one where A is asked for again after B.
 */
function identityOf(seen: Seen, record: RolloutRecord | null): string {
  return `${wantedKey(seen)}.${seen.hash(record?.spec.rolloutIdentity ?? null).slice(0, 6)}`;
}

/** Whether a rollout of this identity is the one that the resource asks for now. */
export function isAskedFor(identity: string, asks: Pick<Seen, 'resource' | 'hash'>): boolean {
  return isOf(identity, wantedKey(asks));
}

function isOf(identity: string, key: string): boolean {
  return identity.startsWith(`${key}.`);
}

/** As JSON: a member that is undefined is none. */
function sameSpec(a: RecordSpec, b: RecordSpec): boolean {
  return sameJson(JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b)));
}

function refused(reason: Refusal['reason'], message: string): Desire {
  return { kind: 'refused', reason, message };
}

function nothing(why: string): Desire {
  return { kind: 'nothing', done: false, why };
}
