import { isReady, isTerminating, ordinalOf, type Pod, revisionOf, type StatefulSet } from './objects.ts';

/** One change of one object, as a watch told it. `object` is null when it is gone. */
export interface Change {
  /** When it reached us: Date.now(). */
  at: number;
  /** The etcd revision of this change: orders the changes of all objects of a cluster. */
  version: number;
  kind: 'Pod' | 'StatefulSet';
  name: string;
  object: Pod | StatefulSet | null;
}

/** One life of an ordinal. Times are Date.now(); null for what did not happen. */
export interface Incarnation {
  uid: string;
  revision: string;
  createdAt: number;
  /** First Ready. */
  readyAt: number | null;
  /** Deletion asked. */
  deletingAt: number | null;
  goneAt: number | null;
}

export interface Moment {
  at: number;
  set: StatefulSet;
  /** Pods that this set controls, by name. */
  pods: ReadonlyMap<string, Pod>;
  /** Names that are missing, terminating or not Ready, of those that spec.replicas and ordinals.start ask for. */
  unavailable: string[];
}

export interface FenceViolation {
  at: number;
  pod: string;
  uid: string;
  revision: string;
  partition: number;
}

/**
 * What happened to one set, replayed in the order of etcd: each change of the set or of a pod is one moment. It knows
 * nothing of the product: no record, no annotation of ours.
 */
export class SetHistory {
  readonly moments: readonly Moment[];

  /** @param from leave out moments before this version; the objects as they were then are kept */
  constructor(
    readonly name: string,
    changes: readonly Change[],
    from = 0,
  ) {
    this.moments = replay(name, changes, from);
  }

  /** The most pods that were unavailable at one moment, with which and when. */
  maxUnavailable(): { count: number; pods: string[]; at: number } {
    let most = { count: 0, pods: [] as string[], at: this.#first.at };
    for (const { at, unavailable } of this.moments) {
      if (unavailable.length > most.count) most = { count: unavailable.length, pods: unavailable, at };
    }
    return most;
  }

  /** Each ordinal's lives in order; the one that was there at the beginning first. */
  incarnations(): Map<number, Incarnation[]> {
    const lives = new Map<string, Incarnation>();
    const byOrdinal = new Map<number, Incarnation[]>();
    let before: ReadonlyMap<string, Pod> = new Map();
    for (const { at, pods } of this.moments) {
      for (const pod of pods.values()) {
        const { uid } = pod.metadata;
        let life = lives.get(uid);
        if (life === undefined) {
          life = { uid, revision: revisionOf(pod), createdAt: at, readyAt: null, deletingAt: null, goneAt: null };
          lives.set(uid, life);
          byOrdinal.set(ordinalOf(pod), [...(byOrdinal.get(ordinalOf(pod)) ?? []), life]);
        }
        if (isReady(pod)) life.readyAt ??= at;
        if (isTerminating(pod)) life.deletingAt ??= at;
      }
      for (const [name, pod] of before) {
        const life = lives.get(pod.metadata.uid);
        if (life !== undefined && pods.get(name)?.metadata.uid !== pod.metadata.uid) life.goneAt ??= at;
      }
      before = pods;
    }
    return byOrdinal;
  }

  /** Whether a life of this pod at `revision` ended without ever terminating: no eviction, no deletion with a grace. */
  tookAtOnce(pod: string, revision: string): boolean {
    const lives = this.incarnations().get(Number(pod.slice(this.name.length + 1))) ?? [];
    return lives.some((life) => life.revision === revision && life.goneAt !== null && life.deletingAt === null);
  }

  /** How often each ordinal got a new pod since the beginning. */
  restartsPerOrdinal(): Map<number, number> {
    return new Map([...this.incarnations()].map(([ordinal, lives]) => [ordinal, lives.length - 1]));
  }

  /** All ordinals' restarts together. */
  restarts(): number {
    return [...this.restartsPerOrdinal().values()].reduce((sum, n) => sum + n, 0);
  }

  /**
   * From the first write of the set that asked for `revision` to the first moment when all pods were Ready at it.
   * @throws Error where there was no such moment
   */
  makespan(revision: string): { ms: number; startedAt: number; endedAt: number } {
    const begin = this.#asked(revision);
    const startedAt = this.moments[begin]?.at;
    const end = this.moments.slice(begin).find(({ set, pods }) => {
      const there = [...pods.values()].filter(
        (pod) => isReady(pod) && !isTerminating(pod) && revisionOf(pod) === revision,
      );
      return there.length === set.spec.replicas && pods.size === there.length;
    });
    if (startedAt === undefined || end === undefined) throw new Error(`${this.name} never was all at ${revision}`);
    return { ms: end.at - startedAt, startedAt, endedAt: end.at };
  }

  /**
   * Pods that lived on, not at `revision`, at an index at or above the partition, once the set asked for `revision`: the
   * controller might have deleted them by itself. One entry a pod, the first time.
   */
  fenceViolations(revision: string): FenceViolation[] {
    const found = new Map<string, FenceViolation>();
    for (const { at, set, pods } of this.moments.slice(this.#asked(revision))) {
      const { type, rollingUpdate } = set.spec.updateStrategy;
      if (type !== 'RollingUpdate') continue;
      const partition = rollingUpdate?.partition ?? 0;
      const start = set.spec.ordinals?.start ?? 0;
      for (const pod of pods.values()) {
        const { name, uid } = pod.metadata;
        const old = revisionOf(pod) !== revision && !isTerminating(pod);
        if (old && ordinalOf(pod) - start >= partition && !found.has(uid)) {
          found.set(uid, { at, pod: name, uid, revision: revisionOf(pod), partition });
        }
      }
    }
    return [...found.values()];
  }

  get #first(): Moment {
    const first = this.moments[0];
    if (first === undefined) throw new Error(`nothing was seen of ${this.name}`);
    return first;
  }

  /** Index of the first moment with the template that the controller later called `revision`. */
  #asked(revision: string): number {
    const templateOf = (moment: Moment) => JSON.stringify(moment.set.spec.template);
    const seen = this.moments.findIndex(({ set }) => {
      return set.status?.updateRevision === revision && set.status.observedGeneration === set.metadata.generation;
    });
    const named = this.moments[seen];
    if (named === undefined) throw new Error(`${this.name} never asked for ${revision}`);
    let index = seen;
    for (let i = seen - 1; i >= 0; i--) {
      const moment = this.moments[i];
      if (moment === undefined || templateOf(moment) !== templateOf(named)) break;
      index = i;
    }
    return index;
  }
}

function replay(name: string, changes: readonly Change[], from: number): Moment[] {
  const moments: Moment[] = [];
  const pods = new Map<string, Pod>();
  let set: StatefulSet | null = null;
  let at = 0;
  const take = () => {
    if (set === null) return;
    const uid = set.metadata.uid;
    const mine = new Map(
      [...pods].filter(([, pod]) => pod.metadata.ownerReferences?.some((owner) => owner.uid === uid)),
    );
    moments.push({ at, set, pods: mine, unavailable: unavailable(name, set, mine) });
  };
  const sorted = changes.toSorted((a, b) => a.version - b.version);
  let begun = false;
  for (const change of sorted) {
    // How things stood when it began is the first moment.
    if (!begun && change.version > from) {
      begun = true;
      take();
    }
    at = change.at;
    if (change.kind === 'StatefulSet') {
      if (change.name !== name) continue;
      set = change.object as StatefulSet | null;
    } else if (change.object === null) pods.delete(change.name);
    else pods.set(change.name, change.object as Pod);
    if (begun) take();
  }
  if (!begun) take();
  return moments;
}

function unavailable(name: string, set: StatefulSet, pods: ReadonlyMap<string, Pod>): string[] {
  const start = set.spec.ordinals?.start ?? 0;
  const names = Array.from({ length: set.spec.replicas }, (_, index) => `${name}-${start + index}`);
  return names.filter((wanted) => {
    const pod = pods.get(wanted);
    return pod === undefined || isTerminating(pod) || !isReady(pod);
  });
}
