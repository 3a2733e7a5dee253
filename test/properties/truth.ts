import type { Write } from '../../src/simulator/index.ts';
import { objectOf, type PodFacts, podFacts, type SetFacts, setFacts } from './facts.ts';
import type { OutsideWorld } from './outside.ts';
import { same } from './requests.ts';

/** A pod's end, set on its way by us, or by the controller because of our fence. */
export interface Taking {
  at: number;
  pod: PodFacts;
  /** Our executor, or `controller`. */
  by: string;
}

const CONTROLLER = 'system:serviceaccount:kube-system:statefulset-controller';
/** A viewer whose key needs hands becomes an executor. */
const OURS = /^(exec-\d+|viewer)$/;
/** So late the controller may act on a fence that has moved. */
export const CONTROLLER_LAG_MS = 100;
/** Without its stamp in milliseconds, an executor that begins counts a pod as Ready for up to this much too long. */
const STAMP_MS = 1_000;

export function isOurs(user: string): boolean {
  return OURS.test(user);
}

export function isController(user: string): boolean {
  return user === CONTROLLER;
}

/** What is, by the API server's own history: never what an executor believes or says. */
export class Truth {
  readonly pods = new Map<string, PodFacts>();
  /** By name: what was taken for the target of this moment. */
  readonly takings = new Map<string, Taking[]>();
  /** The last write of ours that a pod's disruption has to wait for. */
  mustSee = 0;
  /** When somebody else last changed template or strategy, before which the fence was ours; null where nobody did since our last write. */
  foreignSince: number | null = null;
  #foreignUntil = Number.NEGATIVE_INFINITY;
  /** Our executor that holds the Lease, and since when; '' where none does. */
  holder = '';
  holderSince = 0;
  /** When that one last wrote anything. */
  holderHeardAt = 0;
  set: SetFacts;
  now = 0;
  readonly #believable: { until: number; set: SetFacts }[] = [];
  readonly #createdAt = new Map<string, number>();
  readonly #readySince = new Map<string, number>();
  readonly #downSince = new Map<string, number>();
  readonly #lostUpdates = new Map<string, number>();
  readonly #fences: { at: number; partition: number }[] = [];

  constructor(
    set: Write['after'] & object,
    pods: readonly (Write['after'] & object)[],
    /** So late a change may reach an executor, and its answer the API server. */
    readonly lagMs: number,
    /** Who is asked besides the cluster; null where nobody is. */
    readonly outside: OutsideWorld | null = null,
  ) {
    this.set = setFacts(set);
    for (const pod of pods) {
      const facts = podFacts(pod);
      this.pods.set(facts.name, facts);
      this.#readySince.set(facts.uid, Number.NEGATIVE_INFINITY);
    }
  }

  /** The set as any executor may still take it to be. */
  believable(): SetFacts[] {
    while (this.#believable[0] !== undefined && this.#believable[0].until < this.now - this.lagMs)
      this.#believable.shift();
    return [...this.#believable.map(({ set }) => set), this.set];
  }

  /** Names of the pods that belong to the set, by index. */
  slots(): string[] {
    return Array.from({ length: this.set.replicas }, (_, index) => `web-${this.set.start + index}`);
  }

  indexOf(pod: PodFacts): number {
    return pod.ordinal - this.set.start;
  }

  inRange(pod: PodFacts): boolean {
    return this.indexOf(pod) >= 0 && this.indexOf(pod) < this.set.replicas;
  }

  /** There, Ready for as long as asked, and not on its way out. */
  isAvailable(name: string): boolean {
    const pod = this.pods.get(name);
    if (pod === undefined || pod.going || !pod.ready) return false;
    const since = this.#readySince.get(pod.uid) ?? this.now;
    const { soakMs, minReadyMs, updateRevision } = this.set;
    // what was there before the rollout need not show itself again
    return this.now - since >= (pod.revision === updateRevision ? soakMs : minReadyMs) - STAMP_MS;
  }

  /** Not available, and every executor knows it: by its own doing, or for longer than the lag. */
  isKnownDown(name: string): boolean {
    if (this.isAvailable(name)) return false;
    const since = this.#downSince.get(name) ?? this.now;
    const taken = this.takings.get(name)?.at(-1);
    return this.now - since > this.lagMs || (taken !== undefined && taken.at >= since);
  }

  /** Whether the pod was made so lately that an executor need not know of it. */
  isNew(pod: PodFacts): boolean {
    return this.now - this.createdAt(pod) <= this.lagMs;
  }

  createdAt(pod: PodFacts): number {
    return this.#createdAt.get(pod.uid) ?? Number.NEGATIVE_INFINITY;
  }

  /** When a write of ours lowered the fence to this index, as the controller may still see it; null where none did. */
  releasedAt(index: number): number | null {
    const last = this.#fences.findLastIndex((each) => each.partition <= index);
    const raised = this.#fences[last + 1];
    if (raised !== undefined && this.now - raised.at > CONTROLLER_LAG_MS) return null;
    let first = last;
    while ((this.#fences[first - 1]?.partition ?? Number.POSITIVE_INFINITY) <= index) first--;
    return this.#fences[first]?.at ?? null;
  }

  /** What the controller does may be by another's strategy, or template. */
  isForeign(): boolean {
    return this.foreignSince !== null || this.now - this.#foreignUntil <= CONTROLLER_LAG_MS;
  }

  /** Whether the last incarnation of this name was taken away by us, for the target of this moment. */
  wasTaken(name: string, uid: string | undefined): boolean {
    const last = this.takings.get(name)?.at(-1);
    return last !== undefined && (uid === undefined || last.pod.uid === uid);
  }

  /** How many pods of this name that were at the target somebody else has ended: below the fence, they come back old. */
  lostUpdates(name: string): number {
    return this.#lostUpdates.get(name) ?? 0;
  }

  take(taking: Taking): void {
    const { name } = taking.pod;
    this.takings.set(name, [...(this.takings.get(name) ?? []), taking]);
  }

  /** Takes a write in. Whoever judges it does so before. */
  advance(write: Write): void {
    this.now = write.at;
    if (write.user === this.holder) this.holderHeardAt = write.at;
    switch (write.resource.plural) {
      case 'statefulsets':
        if (write.after !== null) this.#advanceSet(setFacts(write.after), write.user);
        break;
      case 'pods':
        this.#advancePod(write);
        break;
      case 'leases': {
        const holder = write.after === null ? '' : String(objectOf(write.after.spec).holderIdentity ?? '');
        const name = holder.split('/')[0] ?? '';
        if (name !== this.holder) this.holderSince = write.at;
        this.holder = name;
      }
    }
  }

  #advanceSet(next: SetFacts, user: string): void {
    const { set } = this;
    this.#believable.push({ until: this.now, set });
    this.set = next;
    for (let index = set.replicas; index < next.replicas; index++) {
      this.#downSince.set(`web-${next.start + index}`, this.now);
    }
    const turned = !same(set.template, next.template);
    const moved = turned || set.type !== next.type || set.partition !== next.partition;
    if (!isOurs(user)) {
      if (moved) this.foreignSince ??= this.now;
      return;
    }
    if (turned) {
      this.takings.clear();
      this.#lostUpdates.clear();
    }
    // a raise over another's change stops the rollout: what was asked for before it may still be on its way
    const raised = (next.partition ?? 0) > (set.partition ?? 0) && this.foreignSince === null;
    const led = next.status?.led !== null && next.status?.led?.uid !== set.status?.led?.uid;
    if (next.generation !== set.generation && (turned || set.type !== next.type || raised || led))
      this.mustSee = next.generation;
    if (!moved) return;
    if (this.foreignSince !== null) this.#foreignUntil = this.now;
    this.foreignSince = null;
    if (turned) this.#fences.length = 0;
    if (next.partition !== null) this.#fences.push({ at: this.now, partition: next.partition });
  }

  #advancePod({ before, after, at, user }: Write): void {
    const gone = before === null ? null : podFacts(before);
    const pod = after === null ? null : podFacts(after);
    const { name } = pod ?? gone ?? { name: '' };
    const wasAvailable = this.isAvailable(name);
    const was = this.pods.get(name);
    const ends = was?.going === false && (pod === null || pod.going);
    if (ends && was.revision === this.set.updateRevision && !isOurs(user))
      this.#lostUpdates.set(name, this.lostUpdates(name) + 1);
    if (pod === null) {
      if (was?.uid === gone?.uid) this.pods.delete(name);
      this.#noteDown(name, at, wasAvailable);
      return;
    }
    if (before === null) this.#createdAt.set(pod.uid, at);
    if (!pod.ready) this.#readySince.delete(pod.uid);
    else if (!this.#readySince.has(pod.uid)) this.#readySince.set(pod.uid, at);
    if (pod.going || !pod.ready) this.#noteDown(name, at, wasAvailable);
    this.pods.set(name, pod);
  }

  /** Keeps since when it is not available: a pod that breaks again before it counted has been down all along. */
  #noteDown(name: string, at: number, wasAvailable: boolean): void {
    if (wasAvailable || !this.#downSince.has(name)) this.#downSince.set(name, at);
  }
}
