import type { Json, JsonObject } from '../rollout/json.ts';
import type { Connection } from '../rollout/live.ts';
import {
  type Asked,
  NOTHING_TOLD,
  type Observation,
  type PodObservation,
  type SetObservation,
} from '../rollout/observation.ts';
import type { Api } from './api.ts';
import { textAt, uidOf } from './fields.ts';
import { describeHolder, type Holder, holderOf, leaseName, leasesPath, sightOf } from './lease-sight.ts';
import { ListWatch } from './list-watch.ts';
import { observeSet } from './observe.ts';
import { PodTracker } from './pod-tracker.ts';
import { isTurn } from './pod-turn.ts';
import { notFound, type PodList } from './reads.ts';
import { podsPath, type SetRef, setsPath } from './ref.ts';
import { selectorText } from './selector.ts';
import { slimPod } from './slim-pod.ts';
import { isStatus } from './words.ts';

/** A list is gone on from for so long, milliseconds: API servers keep events for minutes. */
const LISTED_MS = 60_000;

/** A live picture of one StatefulSet, its pods and its Lease. */
export class SetCache {
  readonly #api: Api;
  readonly #ref: SetRef;
  readonly #set: ListWatch;
  readonly #lease: ListWatch;
  readonly #tracker = new PodTracker();
  readonly #handlers = new Set<(turn: boolean) => void>();
  readonly #ready: Promise<void>;
  #pods: { selector: string; watch: ListWatch } | null = null;
  #observed: { watch: ListWatch; changes: number; uid: string; pods: PodObservation[] } | null = null;
  #listed: PodList | null;
  #closed = false;

  /** @param listed of its pods, a moment ago: they are watched on from there */
  constructor(api: Api, ref: SetRef, listed?: PodList) {
    this.#api = api;
    this.#listed = listed ?? null;
    this.#ref = ref;
    this.#set = new ListWatch(api, {
      path: setsPath(ref.namespace),
      query: { fieldSelector: `metadata.name=${ref.name}` },
    });
    const fieldSelector = `metadata.name=${leaseName(ref.name)}`;
    this.#lease = new ListWatch(api, { path: leasesPath(ref.namespace), query: { fieldSelector } });
    this.#set.subscribe(() => {
      this.#followSelector();
      this.#changed(true);
    });
    this.#lease.subscribe(() => this.#changed(true));
    this.#ready = this.#start();
    this.#ready.catch(() => {});
  }

  /**
   * Resolves once set, pods and Lease were listed.
   * @throws ApiError, ConnectionError; ApiError 404 where the set is not there
   */
  ready(): Promise<void> {
    return this.#ready;
  }

  async #start(): Promise<void> {
    await Promise.all([this.#set.ready(), allowed(this.#lease.ready())]);
    if (this.rawSet() === null) throw await notFound(this.#api, this.#ref);
    this.#followSelector();
    await this.#pods?.watch.ready();
  }

  /** The set as last seen; null where it is not there. */
  rawSet(): JsonObject | null {
    let found: JsonObject | null = null;
    // for a moment a set that was made again may be there twice: the later one is the one
    for (const raw of this.#set.items().values()) {
      if (!found || createdAt(raw) >= createdAt(found)) found = raw;
    }
    return found;
  }

  /** Those that the set's selector finds, its own or not; of each only what slimPod() keeps. */
  rawPods(): JsonObject[] {
    return [...(this.#pods?.watch.items().values() ?? [])];
  }

  /** Who executes; null where nobody does. */
  lease(): Holder | null {
    const [raw] = this.#lease.items().values();
    if (!raw) return null;
    const held = sightOf(this.#api, this.#ref).isHeld(raw);
    // while we see nothing, its silence means nothing
    const blind = this.#lease.state !== 'live' && textAt(raw, 'spec', 'holderIdentity') !== '';
    return held || blind ? describeHolder(raw) : null;
  }

  /** Somebody holds the Lease by name, and is dead: it was never given back. */
  get abandoned(): boolean {
    const [raw] = this.#lease.items().values();
    return raw !== undefined && holderOf(raw) !== '' && this.lease() === null;
  }

  /**
   * @param now milliseconds on the API server's clock
   * @throws MalformedError; Error where there is no set: ask rawSet() first
   */
  observation(asked: Asked, now: number): Observation {
    const raw = this.rawSet();
    if (raw === null) throw new Error(`statefulset ${this.#ref.name} is not there`);
    const set = observeSet(raw);
    return {
      set,
      pods: this.#observePods(set, now),
      asked,
      told: NOTHING_TOLD,
    };
  }

  /** Most looks are not for a change of a pod. */
  #observePods(set: SetObservation, now: number): PodObservation[] {
    const { watch } = this.#pods ?? {};
    if (watch === undefined) return [];
    const { changes } = watch;
    const known = this.#observed;
    if (known?.watch === watch && known.changes === changes && known.uid === set.uid) return known.pods;
    const pods = this.#tracker.observePods(watch.items().values(), set, now);
    this.#observed = { watch, changes, uid: set.uid, pods };
    return pods;
  }

  /** Whether one may act on it; see ListWatch.fresh. */
  get fresh(): boolean {
    // both are asked, so that both begin what they may need
    const ofSet = this.#set.fresh;
    return (this.#pods?.watch.fresh ?? false) && ofSet;
  }

  connection(): Connection {
    const parts = [this.#set, ...(this.#pods ? [this.#pods.watch] : [])];
    const worst = parts.find(({ state }) => state === 'broken') ?? parts.find(({ state }) => state === 'connecting');
    return {
      state: worst?.state ?? 'live',
      // a picture is as old as its oldest part
      heardAt: Math.min(...parts.filter(({ state }) => !worst || state !== 'live').map(({ heardAt }) => heardAt)),
      detail: worst?.detail ?? null,
    };
  }

  /** The set as our own write was answered. */
  put(rawSet: Json): void {
    this.#set.put(rawSet);
  }

  /** One fresh list of set, pods and Lease. @throws ApiError, ConnectionError */
  async refresh(): Promise<void> {
    await Promise.all([this.#set.refresh(), this.#pods?.watch.refresh(), allowed(this.#lease.refresh())]);
  }

  /**
   * Calls back after each change; returns what ends it.
   * @param changed is told whether something may follow from it at once: of a pod only a turn, see isTurn()
   */
  subscribe(changed: (turn: boolean) => void): () => void {
    this.#handlers.add(changed);
    return () => this.#handlers.delete(changed);
  }

  close(): void {
    this.#closed = true;
    this.#handlers.clear();
    for (const watch of [this.#set, this.#lease, this.#pods?.watch]) watch?.close();
  }

  /** A selector cannot be changed, but a set can be made again with another one. */
  #followSelector(): void {
    const raw = this.rawSet();
    if (raw === null || this.#closed) return;
    const selector = selectorText(raw.spec);
    if (this.#pods?.selector === selector) return;
    this.#pods?.watch.close();
    const watch = new ListWatch(this.#api, {
      path: podsPath(this.#ref.namespace),
      query: { labelSelector: selector },
      keep: slimPod,
      from: this.#listedNow(selector),
    });
    watch.subscribe((change) => this.#changed(change === null || isTurn(change)));
    this.#pods = { selector, watch };
  }

  /** Once: what comes later is listed anew, as is what somebody has read a plan over. */
  #listedNow(selector: string): PodList | undefined {
    const listed = this.#listed;
    this.#listed = null;
    const usable = listed !== null && listed.selector === selector && this.#api.clock.now() - listed.at < LISTED_MS;
    return usable ? listed : undefined;
  }

  #changed(turn: boolean): void {
    for (const handler of this.#handlers) {
      try {
        handler(turn);
      } catch {
        // see ListWatch: a listener's fault is its own
      }
    }
  }
}

/** Who may not list Leases can still see pods; and takes the Lease, if it may, by its name. */
async function allowed(listing: Promise<void>): Promise<void> {
  await listing.catch((error: unknown) => {
    if (!isStatus(error, 403)) throw error;
  });
}

function createdAt(raw: JsonObject): string {
  // two sets of one name made in the same second: any order will do, but always the same
  return `${textAt(raw, 'metadata', 'creationTimestamp')} ${uidOf(raw)}`;
}
