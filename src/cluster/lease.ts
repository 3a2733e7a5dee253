import { isObject, type Json, type JsonObject } from '../rollout/json.ts';
import type { Api } from './api.ts';
import { numberAt, objectAt, timeAt } from './fields.ts';
import { describeHolder, type Holder, holderOf, LEASE_SECONDS, leaseName, leasesPath, sightOf } from './lease-sight.ts';
import { holderName, newIdentity } from './process-identity.ts';
import type { SetRef } from './ref.ts';
import { stopwatchOf } from './stopwatch.ts';
import { isConnectionError, isStatus } from './words.ts';

const RENEW_EVERY_MS = 5_000;
const RETRY_EVERY_MS = 1_000;
/** After this long without a renewal we write nothing more; well before anybody else may take the Lease. */
const RENEW_DEADLINE_MS = 10_000;
const CALL_TIMEOUT_MS = 5_000;
const TRIES = 4;

export interface LeaseOptions {
  /** "user@host" */
  user: string;
  /** Somebody else holds it now. Not called by release(). */
  onLost?: () => void;
}

/** The right to execute the rollout of one set (coordination.k8s.io/v1 Lease), held by at most one process. */
export class LeaseHold {
  /** It was not given back by who held it before: what that one had asked for is not known. */
  tookOver = false;
  readonly #api: Api;
  readonly #ref: SetRef;
  readonly #onLost: () => void;
  readonly #id: string;
  #lease: JsonObject | null = null;
  #renewedAt = Number.NEGATIVE_INFINITY;
  #cancelTimer: () => void = () => {};
  #renewing: Promise<void> = Promise.resolve();

  constructor(api: Api, ref: SetRef, options: LeaseOptions) {
    this.#api = api;
    this.#ref = ref;
    this.#onLost = options.onLost ?? (() => {});
    this.#id = newIdentity(options.user);
  }

  /** For people. */
  get identity(): string {
    return holderName(this.#id);
  }

  /** When we took it; 0 where we do not hold it. */
  get since(): number {
    return this.#lease ? (timeAt(this.#lease, 'spec', 'acquireTime') ?? 0) : 0;
  }

  /**
   * Takes the Lease if it is free: never made, given back, not renewed for its duration as far as we saw, or held by a
   * process of this machine that is dead. Another's silence is only seen over time: ask again later.
   * @throws ApiError, ConnectionError
   */
  async tryAcquire(): Promise<'held' | { holder: string; since: number }> {
    if (this.#lease && this.mayWrite()) return 'held';
    for (let attempt = 1; ; attempt++) {
      const found = await this.#read();
      if (found && holderOf(found) !== this.#id && sightOf(this.#api, this.#ref).isHeld(found)) {
        const { identity, since } = describeHolder(found);
        return { holder: identity, since };
      }
      try {
        await this.#write(found, this.#id);
        this.tookOver = found !== null && holderOf(found) !== '' && holderOf(found) !== this.#id;
        this.#renewIn(RENEW_EVERY_MS);
        return 'held';
      } catch (error) {
        // somebody was faster: look who
        if (!isStatus(error, 409) || attempt === TRIES) throw error;
      }
    }
  }

  /** Ask before EVERY write: true only while nobody else can have taken the Lease. */
  mayWrite(): boolean {
    return this.#lease !== null && stopwatchOf(this.#api.clock).most - this.#renewedAt < RENEW_DEADLINE_MS;
  }

  /** Gives it back, so that the next one need not wait. */
  async release(): Promise<void> {
    this.#cancelTimer();
    await this.#renewing;
    this.#cancelTimer();
    const held = this.#lease;
    this.#lease = null;
    if (!held) return;
    try {
      await this.#put(held, {
        ...objectAt(held, 'spec'),
        holderIdentity: '',
        leaseDurationSeconds: 1,
        renewTime: this.#stamp(),
      });
    } catch (error) {
      // 409: a renewal of ours whose answer got lost, or somebody else has it; that one's must not be touched
      const found = isStatus(error, 409) ? await this.#read() : null;
      if (!found) {
        if (isStatus(error, 404)) return;
        throw error;
      }
      if (holderOf(found) === this.#id)
        await this.#put(found, { ...objectAt(found, 'spec'), holderIdentity: '', leaseDurationSeconds: 1 });
    }
  }

  #renewIn(ms: number): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#api.clock.after(ms, () => {
      this.#renewing = this.#renew();
    });
  }

  async #renew(): Promise<void> {
    if (!this.#lease) return;
    try {
      await this.#write(this.#lease, this.#id);
      this.#renewIn(RENEW_EVERY_MS);
    } catch (error) {
      const changed = isStatus(error, 409) || isStatus(error, 404);
      if (changed && (await this.#lost())) return;
      // a Lease that changed and is still ours is renewed at once, else it would be late
      this.#renewIn(changed ? 1 : RETRY_EVERY_MS);
    }
  }

  /** Whether somebody else holds it now; if not, the next renewal goes on from what was found. */
  async #lost(): Promise<boolean> {
    try {
      const found = await this.#read();
      if (!found) {
        // deleted by somebody: made again
        await this.#write(null, this.#id);
        return false;
      }
      if (holderOf(found) === this.#id) {
        this.#lease = found;
        return false;
      }
    } catch (error) {
      if (isConnectionError(error) || !isStatus(error, 409)) return false;
    }
    this.#lease = null;
    this.#onLost();
    return true;
  }

  async #read(): Promise<JsonObject | null> {
    try {
      const raw = await this.#api.request({ method: 'GET', path: this.#path(), timeoutMs: CALL_TIMEOUT_MS });
      return isObject(raw) ? raw : null;
    } catch (error) {
      if (isStatus(error, 404)) return null;
      throw error;
    }
  }

  async #write(before: JsonObject | null, holder: string): Promise<void> {
    // counted from before the call: the server's clock for us begins no earlier
    const sentAt = stopwatchOf(this.#api.clock).most;
    const now = this.#stamp();
    const ours = before !== null && holderOf(before) === holder;
    const spec = {
      holderIdentity: holder,
      leaseDurationSeconds: LEASE_SECONDS,
      acquireTime: ours ? (objectAt(before, 'spec').acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: numberAt(before ?? {}, 'spec', 'leaseTransitions') + (ours ? 0 : 1),
    };
    const written = before ? await this.#put(before, spec) : await this.#create(spec);
    this.#lease = written;
    this.#renewedAt = sentAt;
  }

  async #create(spec: JsonObject): Promise<JsonObject> {
    const metadata = { name: leaseName(this.#ref.name), namespace: this.#ref.namespace };
    const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec };
    const path = leasesPath(this.#ref.namespace);
    return asObject(await this.#api.request({ method: 'POST', path, body, timeoutMs: CALL_TIMEOUT_MS }));
  }

  /** With the resourceVersion of what was read: two that take it at once cannot both succeed. */
  async #put(before: JsonObject, spec: JsonObject): Promise<JsonObject> {
    const body = { ...before, spec };
    return asObject(await this.#api.request({ method: 'PUT', path: this.#path(), body, timeoutMs: CALL_TIMEOUT_MS }));
  }

  #path(): string {
    return `${leasesPath(this.#ref.namespace)}/${leaseName(this.#ref.name)}`;
  }

  /** metav1.MicroTime */
  #stamp(): string {
    return new Date(this.#api.clock.now()).toISOString().replace('Z', '000Z');
  }
}

function asObject(value: Json): JsonObject {
  if (!isObject(value)) throw new Error('the API server did not answer with a Lease');
  return value;
}

/**
 * Who holds the Lease of a set, for one look: `live` is false once it is twice its duration old by the API server's
 * clock, since one look cannot see whether it changes. null where nobody holds it.
 */
export async function readLease(api: Api, ref: SetRef): Promise<(Holder & { live: boolean }) | null> {
  try {
    const raw = await api.request({ method: 'GET', path: `${leasesPath(ref.namespace)}/${leaseName(ref.name)}` });
    if (holderOf(raw) === '') return null;
    const seconds = numberAt(raw, 'spec', 'leaseDurationSeconds') || LEASE_SECONDS;
    const renewed = timeAt(raw, 'spec', 'renewTime') ?? 0;
    const live = sightOf(api, ref).isHeld(raw) && api.clock.now() - renewed < 2 * seconds * 1000;
    return { ...describeHolder(raw), live };
  } catch (error) {
    if (isStatus(error, 404)) return null;
    throw error;
  }
}
