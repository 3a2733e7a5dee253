import { type RevisionData, sameTarget, type Target } from './change.ts';
import { RefusedError } from './errors.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { unknownStrategy } from './manifest.ts';
import type { PodObservation, SetObservation } from './observation.ts';
import { RECORD_SCHEMA_VERSION, type RecordOrigin, type RecordSpec, type RolloutRecord } from './record.ts';

/** How the user wants the rollout to go: only what was said. Names are those of the record. */
export type Pace = Partial<
  Pick<
    RecordSpec,
    | 'percent'
    | 'steps'
    | 'stepPause'
    | 'maxUnavailable'
    | 'minPodEvictionInterval'
    | 'minReady'
    | 'disrupt'
    | 'strategy'
    | 'hold'
    | 'progressDeadline'
    | 'failurePolicy'
    | 'failureThreshold'
    | 'brokenFirst'
    | 'serviceDiscovery'
    | 'gates'
    | 'hooks'
    | 'ignoreNotBefore'
    | 'slackChannel'
    | 'slackApprovers'
    | 'callback'
  >
>;

export interface BeginInput {
  set: SetObservation;
  pods: readonly PodObservation[];
  revisions: readonly RevisionData[];
  /** What the set carries from before. */
  record: RolloutRecord | null;
  target: Target;
  /** A restart although one is unfinished. */
  again: boolean;
  pace: Pace;
  /** Of a file: the strategy to put back at the end. */
  manifestStrategy: JsonObject | null;
  /** Who executes now, by a live Lease. */
  holder: string | null;
  user: string;
  identity: string;
  /** RFC 3339. */
  now: string;
}

/** How a `rollout` begins. `warnings` are for people. */
export type Begin =
  | { kind: 'new'; spec: RecordSpec; origin: RecordOrigin; warnings: string[] }
  /** The unfinished rollout of the record is gone on with, after this edit. */
  | { kind: 'continue'; record: RolloutRecord; edit: (spec: RecordSpec) => RecordSpec; warnings: string[] }
  /** Somebody executes this very rollout. */
  | { kind: 'view'; holder: string }
  | { kind: 'nothing'; message: string };

/** @throws RefusedError where another rollout is executed, or the set's strategy is one that no fence can stand in for */
export function begin(input: BeginInput): Begin {
  const { set, record, target, holder } = input;
  refuseUnknownStrategy(set);
  const unfinished = record !== null && isUnfinished(record, set) ? record : null;
  const same = unfinished !== null && isSame(input, unfinished);
  if (holder !== null) {
    if (same) return { kind: 'view', holder };
    throw new RefusedError(
      `${holder} executes a rollout of ${set.name} now${record === null ? '' : ` (${record.spec.target.summary})`}. ` +
        `Watch it: kubectl bedrock status sts/${set.name} -n ${set.namespace} -w`,
    );
  }
  if (same && unfinished !== null) return goOnWith(unfinished, input);
  if (unfinished?.spec.rollback !== undefined && target.kind === 'pending') {
    throw new RefusedError(
      `${set.name} is half-way through a rollback to ${unfinished.spec.rollback.summary}. ` +
        `Go on with it: kubectl bedrock resume sts/${set.name} -n ${set.namespace}`,
    );
  }
  const nothing = nothingToDo(input, unfinished);
  if (nothing !== null) return { kind: 'nothing', message: nothing };
  return beginNew(input);
}

/** A rollout that was begun for this very set (not for one deleted since) and has not come to its end. */
export function isUnfinished(record: RolloutRecord, set: Pick<SetObservation, 'uid'>): boolean {
  const { status } = record;
  if (status === null) return true;
  if (status.setUid !== set.uid) return false;
  // a status of an earlier rollout beside a newer spec: that one has not been begun
  if (status.rolloutIdentity !== record.spec.rolloutIdentity) return true;
  return status.phase !== 'Complete' && status.phase !== 'RolledBack';
}

/** The updateStrategy on the set is our fence: what its owner wants is in the origin. */
export function isFenced(set: Pick<SetObservation, 'strategy' | 'written'>): boolean {
  const { strategy, written } = set;
  if (written === null || strategy.type !== written.type) return false;
  return written.type === 'OnDelete' || strategy.partition === written.partition;
}

/** The updateStrategy to put back at the end. */
export function ownStrategy(set: SetObservation, record: RolloutRecord | null): Json {
  if (record?.origin != null && record.status?.setUid === set.uid && isFenced(set)) return record.origin.updateStrategy;
  return set.strategy.raw;
}

function refuseUnknownStrategy(set: SetObservation): void {
  const { type } = set.strategy;
  if (type !== 'RollingUpdate' && type !== 'OnDelete') {
    throw new RefusedError(`${set.name}: spec.updateStrategy ${unknownStrategy(type)}`);
  }
}

/** The same command again: an equal template; or any unfinished restart, unless a new one is asked for. */
function isSame(input: BeginInput, record: RolloutRecord): boolean {
  if (record.spec.rollback !== undefined) return false;
  const { target, again } = input;
  if (target.kind === 'restart') return !again && record.spec.target.kind === 'restart';
  if (target.kind === 'pending') return true;
  return sameTarget(target, record.spec.target);
}

function goOnWith(record: RolloutRecord, input: BeginInput): Begin {
  const { spec } = record;
  const { pace, target, user, now, set } = input;
  if (spec.pauseRequested && spec.pausedBy !== undefined && spec.pausedBy !== user) {
    throw new RefusedError(
      `${spec.pausedBy} has paused this rollout of ${set.name}. ` +
        `Go on all the same: kubectl bedrock resume sts/${set.name} -n ${set.namespace}`,
    );
  }
  // the command without --percent asks for all pods; without a change it asks for no more than was asked before
  const percent = pace.percent ?? (target.kind === 'pending' ? spec.percent : 100);
  return {
    kind: 'continue',
    record,
    edit: (current) => {
      const { pausedBy: _pausedBy, ...rest } = current;
      return { ...rest, ...pace, percent, pauseRequested: false, resumedAt: now, editedBy: user };
    },
    warnings: [],
  };
}

/** A -> A: the template is there already, and every pod runs it (case D22). */
function nothingToDo(input: BeginInput, unfinished: RolloutRecord | null): string | null {
  const { set, pods, target } = input;
  if (unfinished !== null || target.kind === 'restart') return null;
  if (target.template !== undefined && !sameTarget(target, { kind: 'file', summary: '', template: set.template }))
    return null;
  if (set.observedGeneration < set.generation) return null;
  const inRange = pods.filter((pod) => isInRange(pod, set));
  if (inRange.length < set.replicas || inRange.some((pod) => pod.revision !== set.updateRevision)) return null;
  const count = set.replicas === 1 ? 'its 1 pod runs' : `all ${set.replicas} pods run`;
  const held = isFenced(set) ? ` (the set is held: kubectl bedrock unhold sts/${set.name} -n ${set.namespace})` : '';
  return `nothing to do: ${count} ${describeImages(set)} already${held}`;
}

function describeImages(set: SetObservation): string {
  return set.images.map(({ container, image }) => `${container}=${image}`).join(', ');
}

function isInRange(pod: PodObservation, set: SetObservation): boolean {
  return pod.ordinal >= set.start && pod.ordinal < set.start + set.replicas;
}

/**
 * A new rollout, whatever is under way: with what it goes back to.
 * @throws RefusedError where there is nothing to go back to
 */
export function beginNew(input: BeginInput): Extract<Begin, { kind: 'new' }> {
  const { set, record, target, pace, identity } = input;
  const unfinished = record !== null && isUnfinished(record, set) ? record : null;
  const warnings: string[] = [];
  const { revision, template } = originRevision(input, unfinished, warnings);
  const strategy = input.manifestStrategy ?? ownStrategy(set, record);
  return {
    kind: 'new',
    spec: {
      schemaVersion: RECORD_SCHEMA_VERSION,
      rolloutIdentity: identity,
      target,
      percent: 100,
      steps: [],
      stepPause: 'manual',
      promotedStep: 0,
      maxUnavailable: maxUnavailableOf(strategy) ?? '1',
      minPodEvictionInterval: '0s',
      minReady: '5s',
      disrupt: 'evict',
      strategy: 'fence',
      hold: false,
      progressDeadline: '10m',
      failurePolicy: 'pause',
      failureThreshold: '1',
      brokenFirst: true,
      pauseRequested: false,
      ...pace,
    },
    origin: {
      schemaVersion: RECORD_SCHEMA_VERSION,
      rolloutIdentity: identity,
      revision,
      template,
      updateStrategy: strategy,
    },
    warnings,
  };
}

/** rollingUpdate.maxUnavailable of an updateStrategy, as text; null where it says nothing. */
export function maxUnavailableOf(strategy: Json): string | null {
  if (!isObject(strategy) || !isObject(strategy.rollingUpdate)) return null;
  const value = strategy.rollingUpdate.maxUnavailable;
  return value == null ? null : String(value);
}

/** What a rollback goes to: the last complete revision. */
function originRevision(
  input: BeginInput,
  unfinished: RolloutRecord | null,
  warnings: string[],
): { revision: string; template: Json } {
  const { set, pods } = input;
  const inRange = pods.filter((pod) => isInRange(pod, set) && !pod.deleting);
  const names = new Set(inRange.map((pod) => pod.revision));
  const [only] = names;
  const previous = unfinished?.origin ?? null;
  // half-way in a rollout of ours, what was complete before it still is what is complete: also where every pod has the
  // new version already, but not every one serves
  const complete = previous === null || only === previous.revision || inRange.every((pod) => pod.ready);
  if (names.size === 1 && only !== undefined && complete) {
    const template = templateOfRevision(only, input);
    if (template !== null) return { revision: only, template };
  }
  if (previous !== null) return { revision: previous.revision, template: previous.template };
  const template = templateOfRevision(set.currentRevision, input);
  if (template === null) {
    throw new RefusedError(
      `${set.name} has no ControllerRevision ${set.currentRevision || '(its controller has not named one yet)'}: ` +
        'there would be nothing to roll back to, so nothing was changed',
    );
  }
  if (names.size > 1) {
    warnings.push(
      `the pods run ${names.size} revisions and no rollout of ours says which was complete: a rollback will go to ${set.currentRevision}, ` +
        'the one the controller calls current',
    );
  }
  return { revision: set.currentRevision, template };
}

function templateOfRevision(name: string, { set, revisions }: BeginInput): Json | null {
  const revision = revisions.find((each) => each.name === name);
  if (revision !== undefined) return revision.template;
  return name !== '' && name === set.updateRevision && set.observedGeneration >= set.generation ? set.template : null;
}
