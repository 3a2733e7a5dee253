import { checkAccess, mustHaves } from '../cluster/access.ts';
import { ApiError } from '../cluster/api.ts';
import { numberAt, uidOf } from '../cluster/fields.ts';
import { hashOf, observeSet } from '../cluster/observe.ts';
import { readRecord } from '../cluster/record-store.ts';
import type { SetRef } from '../cluster/ref.ts';
import { type BrokenResource, getResource } from '../cluster/resource.ts';
import { isConnectionError, isStatus } from '../cluster/words.ts';
import { words } from '../executor/surroundings.ts';
import {
  type Beginning,
  type Desire,
  desired,
  isAskedFor,
  type Refusal,
  type Resting,
  type Seen,
} from '../rollout/desired.ts';
import { beginDesired, restDesired } from '../rollout/desired-begin.ts';
import { stamp } from '../rollout/draft.ts';
import { RefusedError, WouldMovePodsError } from '../rollout/errors.ts';
import type { Json, JsonObject } from '../rollout/json.ts';
import type { Trouble } from '../rollout/mirror.ts';
import { type Resource, setNameOf } from '../rollout/resource.ts';
import type { OperatorOptions } from './contract.ts';
import type { Sessions } from './sessions.ts';
import {
  beginsFrom,
  claimSet,
  completedTemplate,
  createSet,
  editRecord,
  freshSet,
  keepSet,
  restSet,
} from './set-writes.ts';
import type { World } from './world.ts';

/** A rollout that was stopped for want of a permission is looked at so often. */
export const FORBIDDEN_LOOK_MS = 10_000;
/** Writes in one go: a resource that is never content must not keep a worker for itself. */
const STEPS = 10;

/** What came of one look at a resource. */
export interface Looked {
  /** Why it cannot be followed; null where it can. */
  refusal: Refusal | Trouble | null;
  /** It was not done: again, later and later. */
  failed: boolean;
  /** Look again after so long, though nothing changes; null where that is not needed. */
  againMs: number | null;
}

/** The Lease was not renewed in time: whether another operator acts is not known. */
class NotLeading extends Error {
  override readonly name = 'NotLeading';
}

class ExecutedElsewhere extends Error {
  override readonly name = 'ExecutedElsewhere';
  constructor(holder: string, set: string) {
    super(`${holder} executes a rollout of statefulset ${set} now: this one begins when that one is left`);
  }
}

const CONTENT: Looked = { refusal: null, failed: false, againMs: null };

/** Brings a set towards what its resource says: one look, and the writes that it leads to. */
export class Reconciler {
  readonly #options: OperatorOptions;
  readonly #world: World;
  readonly #sessions: Sessions;
  readonly #mayWrite: () => boolean;

  /** @param mayWrite asked before every write: no other operator acts */
  constructor(options: OperatorOptions, world: World, sessions: Sessions, mayWrite: () => boolean) {
    this.#options = options;
    this.#world = world;
    this.#sessions = sessions;
    this.#mayWrite = mayWrite;
  }

  /** Never rejects. */
  async look(key: string): Promise<Looked> {
    const read = this.#world.resource(key);
    if (read === null) {
      await this.#sessions.stop(key);
      return CONTENT;
    }
    if (read.kind === 'broken') return invalid(read);
    try {
      return await this.#follow(key, read.resource);
    } catch (error) {
      return failure(error);
    }
  }

  async #follow(key: string, resource: Resource): Promise<Looked> {
    const ref: SetRef = { namespace: resource.namespace, name: setNameOf(resource) };
    const cached = this.#world.set(`${ref.namespace}/${ref.name}`);
    if (cached?.known) {
      const desire = this.#desire(key, resource, cached.raw);
      // what is at rest, or goes on, needs no fresh look
      const idle = desire.kind === 'nothing' || desire.kind === 'refused';
      if (idle || (desire.kind === 'execute' && this.#sessions.get(key) !== null))
        return this.#done(key, ref, resource, desire, cached.raw);
    }
    const { api } = this.#options.connected;
    let raw = await freshSet(api, ref);
    for (let step = 1; step <= STEPS; step++) {
      // read after the set: who edits both writes it first, and an old one would take back what the record has of the edit
      const read = await getResource(api, resource);
      if (read?.kind === 'broken') return invalid(read);
      // what was made anew under this name, the watch is about to tell
      if (read?.resource.uid !== resource.uid) return { refusal: null, failed: true, againMs: null };
      const desire = this.#desire(key, read.resource, raw);
      const written = await this.#act(key, ref, read.resource, desire, raw);
      if (written === null) return this.#done(key, ref, read.resource, desire, raw);
      this.#world.putSet(written);
      raw = written;
    }
    return { refusal: null, failed: true, againMs: null };
  }

  #desire(key: string, resource: Resource, raw: Json): Desire {
    const found: Seen['found'] = raw === null ? null : { raw, set: observeSet(raw), record: readRecord(raw) };
    return desired({ resource, found, elder: this.#world.elderOf(key), hash: hashOf });
  }

  /** @returns the set as our write was answered; null where there is nothing to write, or a session does */
  async #act(key: string, ref: SetRef, resource: Resource, desire: Desire, raw: Json): Promise<JsonObject | null> {
    const { api } = this.#options.connected;
    if (!this.#mayWrite()) throw new NotLeading();
    switch (desire.kind) {
      case 'create':
        this.#say(ref, resource, 'the statefulset is made');
        return object(await createSet(api, ref, desire.object));
      case 'apply':
        this.#say(ref, resource, 'the fields of the embedded statefulset are applied');
        return object(await keepSet(api, ref, desire.manifest));
      case 'claim':
        return object(await claimSet(api, ref, raw, desire.name));
      case 'edit':
        this.#say(ref, resource, 'the rollout is edited as the resource says');
        return object(await editRecord(api, ref, raw, desire.edit));
      case 'begin':
        return this.#begin(key, ref, resource, desire, raw);
      case 'rest':
        return this.#rest(key, ref, resource, desire, raw);
      case 'execute':
        if (this.#sessions.get(key) === null) await this.#sessions.start(key, ref, resource);
        return null;
      default:
        return null;
    }
  }

  async #begin(
    key: string,
    ref: SetRef,
    resource: Resource,
    beginning: Beginning,
    raw: Json,
  ): Promise<JsonObject | null> {
    const { api } = this.#options.connected;
    // its first write is on its way
    if (this.#sessions.identity(key) === beginning.identity) return null;
    const completed = await this.#completed(key, ref, beginning);
    await this.#sessions.stop(key, { kind: 'give-up', why: `given up: ${beginning.target.summary} is asked for now` });
    const from = await beginsFrom(api, ref, this.#options.user);
    if (from.holder !== null) throw new ExecutedElsewhere(from.holder, ref.name);
    if (isOther(from.raw, raw)) return from.raw;
    const begun = beginDesired(resource, beginning, from, completed);
    if (begun.kind === 'rest') return this.#rest(key, ref, resource, begun.resting, from.raw);
    const { spec, origin } = begun;
    this.#say(ref, resource, `a rollout of ${spec.target.summary} begins`);
    await this.#sessions.start(key, ref, resource, { spec, origin });
    return null;
  }

  /** target.template as the API server completes it. What it refuses cannot begin, and what runs is asked for no more. */
  async #completed(key: string, ref: SetRef, { target: { template } }: Beginning): Promise<Json | null> {
    if (template == null) return null;
    try {
      return await completedTemplate(this.#options.connected.api, ref, template);
    } catch (error) {
      if (error instanceof ApiError && error.code < 500) await this.#sessions.stop(key);
      throw error;
    }
  }

  async #rest(key: string, ref: SetRef, resource: Resource, resting: Resting, raw: Json): Promise<JsonObject | null> {
    const { api } = this.#options.connected;
    const from = await beginsFrom(api, ref, this.#options.user);
    if (from.holder !== null) throw new ExecutedElsewhere(from.holder, ref.name);
    if (isOther(from.raw, raw)) return from.raw;
    const write = restDesired(resource, resting, from);
    if (write === null) {
      // its pods are not what it asks for: only a rollout may bring them there
      if (resting.record === null) throw new Error(`the record of statefulset ${ref.name} is not whole`);
      return this.#begin(key, ref, resource, resting.record, from.raw);
    }
    this.#say(ref, resource, resting.why);
    return object(await restSet(api, ref, from.raw, write));
  }

  async #done(key: string, ref: SetRef, resource: Resource, desire: Desire, raw: Json): Promise<Looked> {
    if (desire.kind !== 'execute') await this.#leaveUnasked(key, resource);
    if (desire.kind === 'refused') return { refusal: desire, failed: false, againMs: null };
    if (desire.kind !== 'execute') return CONTENT;
    const live = this.#sessions.get(key)?.live();
    const status = live?.record?.status ?? null;
    const forbidden = status?.phase === 'Paused' && status.reason === 'Forbidden';
    if (forbidden) await this.#askAgain(ref, live?.record?.spec.disrupt ?? 'evict', raw);
    return { refusal: desire.refused, failed: false, againMs: forbidden ? FORBIDDEN_LOOK_MS : null };
  }

  /** What is executed here goes on only as long as this resource asks for it: no edit of it would be followed any more. */
  async #leaveUnasked(key: string, resource: Resource): Promise<void> {
    const identity = this.#sessions.identity(key);
    if (identity === null) return;
    const asked = isAskedFor(identity, { resource, hash: hashOf }) && !resource.deleting;
    if (!asked || this.#world.elderOf(key) !== null) await this.#sessions.stop(key);
  }

  /** A permission that is there again answers the stop that its absence was. */
  async #askAgain(ref: SetRef, disrupt: 'evict' | 'delete', raw: Json): Promise<void> {
    const { api } = this.#options.connected;
    const { missing } = await checkAccess(api, ref.namespace, ref.name, mustHaves(disrupt));
    if (missing.length > 0 || !this.#mayWrite()) return;
    this.#options.log.info({ ...ref }, 'what was forbidden is allowed now: the rollout goes on');
    const resumedAt = stamp(api.clock.now());
    this.#world.putSet(await editRecord(api, ref, raw, (spec) => ({ ...spec, resumedAt })));
  }

  #say(ref: SetRef, resource: Resource, message: string): void {
    this.#options.log.info({ namespace: ref.namespace, resource: resource.name, set: ref.name }, message);
  }
}

function invalid({ why }: BrokenResource): Looked {
  return { refusal: { reason: 'InvalidSpec', message: why }, failed: false, againMs: null };
}

function failure(error: unknown): Looked {
  const message = words(error);
  const failed = (reason: Trouble['reason']): Looked => ({ refusal: { reason, message }, failed: true, againMs: null });
  if (error instanceof NotLeading) return { refusal: null, failed: true, againMs: null };
  if (error instanceof ExecutedElsewhere) return failed('ExecutedElsewhere');
  if (error instanceof WouldMovePodsError)
    return { refusal: { reason: 'WouldMovePods', message }, failed: true, againMs: null };
  if (error instanceof RefusedError) return failed('CannotBegin');
  if (isStatus(error, 403)) return failed('Forbidden');
  // a test that failed, or a version that is not the latest any more: somebody else wrote, and we look again
  const raced = isStatus(error, 409) || (isStatus(error, 422) && /test|the object has been modified/i.test(message));
  if (raced) return { refusal: null, failed: true, againMs: null };
  if (error instanceof ApiError && (error.code === 422 || error.code === 400))
    return { refusal: { reason: 'InvalidSpec', message }, failed: true, againMs: null };
  return isConnectionError(error) ? { refusal: null, failed: true, againMs: null } : failed('ApiServer');
}

/** What was decided of the set as it was says nothing of it as it is: it is asked anew. */
function isOther(now: Json, before: Json): boolean {
  return uidOf(now) !== uidOf(before) || generationOf(now) !== generationOf(before);
}

function generationOf(raw: Json): number {
  return numberAt(raw, 'metadata', 'generation');
}

function object(raw: Json): JsonObject {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    throw new Error('the API server did not answer with a set');
  return raw;
}
