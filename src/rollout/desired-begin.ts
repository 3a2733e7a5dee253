import { type BeginInput, begin, beginNew } from './begin.ts';
import type { Beginning, Resting } from './desired.ts';
import { statedStrategy } from './embedded.ts';
import { RefusedError, WouldMovePodsError } from './errors.ts';
import { heldStatus, movedBy, notHeldByFence } from './holding.ts';
import type { Json } from './json.ts';
import { namePods } from './look.ts';
import { HOLD_ALL, type RecordOrigin, type RecordSpec, type RecordStatus, type RolloutRecord } from './record.ts';
import { paceOf, type Resource } from './resource.ts';

/** What a rollout begins from; read at one moment. */
export type BeginsFrom = Pick<BeginInput, 'set' | 'pods' | 'revisions' | 'record' | 'holder' | 'user' | 'now'>;

/** A record to begin with; or, where every pod runs the template already, one that only says so. */
export type Begun =
  | { kind: 'new'; spec: RecordSpec; origin: RecordOrigin; warnings: string[] }
  | { kind: 'rest'; resting: Resting };

/**
 * The rollout that a resource asks for.
 * @param defaulted target.template as the API server completes it, where that was asked: then a template that the set has
 * already is known
 * @throws RefusedError where somebody else executes a rollout of this set, or nothing could be rolled back to
 */
export function beginDesired(
  resource: Resource,
  beginning: Beginning,
  from: BeginsFrom,
  defaulted: Json | null = null,
): Begun {
  const { identity, strategy } = beginning;
  const target = defaulted === null ? beginning.target : { ...beginning.target, template: defaulted };
  const input = inputOf(resource, { identity, strategy, target }, from);
  const answer = begin(input);
  switch (answer.kind) {
    case 'new':
      return answer;
    case 'view':
      throw new RefusedError(`${answer.holder} executes this rollout of ${from.set.name} now`);
    case 'nothing': {
      const hold = resource.spec.hold && resource.spec.strategy === 'fence';
      return {
        kind: 'rest',
        resting: { hold, template: null, record: { identity, strategy, target }, why: answer.message },
      };
    }
    // what somebody else has begun and left has another identity: from now on it is this resource's
    case 'continue':
      return beginNew(input);
  }
}

/** One patch of the set brings it to rest: strategy, template and record. */
export interface RestWrite {
  record: RolloutRecord & { status: RecordStatus };
  /** `own`: that of record.origin. */
  strategy: { type: 'RollingUpdate'; partition: number } | 'own';
  template: Json | null;
}

/**
 * How a set comes to rest; `null` where its pods do not all run what it asks for, so that only a rollout may bring it there.
 * @throws RefusedError where there is no ControllerRevision yet; WouldMovePodsError where it is to be let go, and its
 * controller would replace pods then
 */
export function restDesired(resource: Resource, resting: Resting, from: BeginsFrom): RestWrite | null {
  const { hold, template } = resting;
  const fence = hold ? ({ type: 'RollingUpdate', partition: HOLD_ALL } as const) : null;
  const strategy = fence ?? 'own';
  if (resting.record === null) {
    const { record } = from;
    if (record?.status == null) return null;
    const own = statedStrategy(resource) ?? record.origin?.updateStrategy ?? null;
    if (!hold) refuseToMove(own, from);
    const origin = record.origin === null ? null : { ...record.origin, updateStrategy: own };
    const status = { ...record.status, fence, held: hold };
    return { record: { ...record, origin, status }, strategy, template };
  }
  const { set, pods } = from;
  const moves = resting.record.target.kind !== 'pending';
  if (moves && pods.some((pod) => isInRange(pod.ordinal, set) && pod.revision !== set.updateRevision)) return null;
  const loose = hold && set.strategy.type === 'OnDelete' ? notHeldByFence(set, pods) : [];
  if (loose.length > 0) {
    if (moves) return null;
    throw new RefusedError(
      `statefulset ${set.name} is OnDelete, and its controller calls ${set.currentRevision} current, which ${namePods(loose)} do not run: ` +
        'behind a fence they would come back at that revision. A rollout (spec.rolloutIdentity) settles the set first',
    );
  }
  const { spec, origin } = beginNew(inputOf(resource, resting.record, from));
  const status = heldStatus(set, spec, origin, pods, from.user, Date.parse(from.now));
  const message = resting.why;
  const events = status.events.map((event) => ({ ...event, kind: hold ? 'held' : 'adopted', message }));
  return { record: { spec, origin, status: { ...status, message, fence, held: hold, events } }, strategy, template };
}

function refuseToMove(own: Json, { set, pods }: BeginsFrom): void {
  const moved = movedBy(own, set, pods).map(({ name }) => name);
  if (moved.length === 0) return;
  throw new WouldMovePodsError(
    `hold is false, but ${namePods(moved)} of statefulset ${set.name} do not run its template: to let it go would have ` +
      'its controller replace them past every PodDisruptionBudget. Nothing was written. ' +
      'A new spec.rolloutIdentity rolls the template out first',
  );
}

function isInRange(ordinal: number, { start, replicas }: BeginInput['set']): boolean {
  return ordinal >= start && ordinal < start + replicas;
}

function inputOf(resource: Resource, beginning: Beginning, from: BeginsFrom): BeginInput {
  return {
    ...from,
    target: beginning.target,
    identity: beginning.identity,
    manifestStrategy: beginning.strategy,
    again: true,
    pace: paceOf(resource.spec),
  };
}
