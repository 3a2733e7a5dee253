import { createHash } from 'node:crypto';
import type { Json } from '../rollout/json.ts';
import type { Api, Clock } from './api.ts';
import { numberAt, textAt, timeAt, versionOf } from './fields.ts';
import { holderName, isDeadHere } from './process-identity.ts';
import type { SetRef } from './ref.ts';
import { stopwatchOf } from './stopwatch.ts';

export const LEASE_SECONDS = 15;
/** Four durations without a renewal, by the API server's clock: nobody need watch it for another one to be sure. */
const LONG_DEAD_MS = 60_000;
const LONGEST_NAME = 253;

/** Who executes. */
export interface Holder {
  /** For people. */
  identity: string;
  /** When it took the Lease, by its own clock. */
  since: number;
}

export function leasesPath(namespace: string): string {
  return `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/leases`;
}

/** One Lease for each set. */
export function leaseName(set: string): string {
  const name = `bedrock-${set}`;
  if (name.length <= LONGEST_NAME) return name;
  const hash = createHash('sha256').update(set).digest('hex').slice(0, 10);
  return `${name.slice(0, LONGEST_NAME - hash.length - 1)}-${hash}`;
}

/**
 * Whether the holder of a Lease is alive, judged as client-go does: by whether the Lease has changed within its duration
 * on OUR clock. What is stamped in it is of a clock that may be wrong.
 */
export class LeaseSight {
  readonly #clock: Clock;
  #seen: { version: string; at: number } | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param raw as just read. @returns whether somebody holds it: not released, not dead, not run out */
  isHeld(raw: Json): boolean {
    const at = stopwatchOf(this.#clock).least;
    const version = versionOf(raw);
    if (this.#seen?.version !== version) this.#seen = { version, at };
    const identity = holderOf(raw);
    if (identity === '' || isDeadHere(identity)) return false;
    const seconds = numberAt(raw, 'spec', 'leaseDurationSeconds') || LEASE_SECONDS;
    if (at - this.#seen.at > seconds * 1000) return false;
    // all our clocks go by the API server's, so a stamp this old is no matter of skew: its holder is long dead
    return this.#clock.now() - (timeAt(raw, 'spec', 'renewTime') ?? 0) < LONG_DEAD_MS;
  }
}

const sights = new WeakMap<Api, Map<string, LeaseSight>>();

/** Shared by all who look at one Lease over one connection: what the watch has seen shortens a takeover. */
export function sightOf(api: Api, ref: SetRef): LeaseSight {
  let ofApi = sights.get(api);
  if (!ofApi) {
    ofApi = new Map();
    sights.set(api, ofApi);
  }
  const key = `${ref.namespace}/${ref.name}`;
  let sight = ofApi.get(key);
  if (!sight) {
    sight = new LeaseSight(api.clock);
    ofApi.set(key, sight);
  }
  return sight;
}

/** The whole identity; '' where the Lease was released. */
export function holderOf(raw: Json): string {
  return textAt(raw, 'spec', 'holderIdentity');
}

export function describeHolder(raw: Json): Holder {
  return {
    identity: holderName(holderOf(raw)),
    since: timeAt(raw, 'spec', 'acquireTime') ?? timeAt(raw, 'spec', 'renewTime') ?? 0,
  };
}
