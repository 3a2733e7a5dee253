import { measuredOf } from '../rollout/history.ts';
import type { PodTiming } from '../rollout/live.ts';
import type { Observation, PodObservation, SetObservation } from '../rollout/observation.ts';
import type { RecordStatus } from '../rollout/record.ts';

const UNKNOWN: PodTiming = {
  goneAt: null,
  downMs: null,
  startMs: null,
  scheduleMs: null,
  pullMs: null,
  availableAt: null,
};

interface Rollout {
  /** Milliseconds that a pod must be Ready to count. */
  soakMs: number;
  /** When it began: pods at its target that were made since are replacements, though nobody here saw them come. */
  startedAt: number;
  target: string | null;
  /** Whether a Ready pod still waits for a gate of its own. */
  isGated: (pod: PodObservation) => boolean;
}

type Seen = Pick<Observation, 'pods'> & { set: Pick<SetObservation, 'start' | 'replicas'> };

/** How each pod's replacement goes, told from what is seen, and of what happened before from what the pods tell. */
export class Timings {
  #going = new Map<string, number>();
  /** When we saw the object of a replacement come, by pod; of those that were there before, when it was made. */
  #born = new Map<string, { uid: string; at: number }>();
  #uids = new Map<string, string>();
  #timings: ReadonlyMap<string, PodTiming> = new Map();
  /** What is written to during an update: a picture that was given away never changes. */
  #draft: Map<string, PodTiming> | null = null;
  /** What passing time alone does not change: of thousands of pods few are on their way. */
  #settled = new WeakSet<PodObservation>();
  #soakMs = 0;
  #pods: readonly PodObservation[] | null = null;
  #set: Seen['set'] | null = null;
  /** Pods that were seen to become Ready. */
  #whole = 0;
  #measured: { whole: number; medians: RecordStatus['measured'] } = { whole: 0, medians: undefined };

  update({ pods, set }: Seen, rollout: Rollout, now: number): void {
    if (pods !== this.#pods || set !== this.#set) this.#miss(pods, set, now);
    this.#pods = pods;
    this.#set = set;
    if (rollout.soakMs !== this.#soakMs) this.#settled = new WeakSet();
    this.#soakMs = rollout.soakMs;
    for (const pod of pods) {
      if (this.#settled.has(pod) || !inRange(pod.ordinal, set)) continue;
      const before = this.#uids.get(pod.name);
      if (pod.deleting && !this.#going.has(pod.name)) this.#going.set(pod.name, pod.deletingSince ?? now);
      if (before !== undefined && before !== pod.uid) this.#replaced(pod, now);
      else if (before === undefined && cameBefore(pod, rollout)) this.#put(pod, pod.createdAt, UNKNOWN);
      this.#uids.set(pod.name, pod.uid);
      this.#measure(pod, rollout, now);
      const waits = pod.ready && this.#isOurs(pod) && this.#timing(pod)?.availableAt == null;
      if (!waits) this.#settled.add(pod);
    }
    this.#timings = this.#draft ?? this.#timings;
    this.#draft = null;
  }

  all(): ReadonlyMap<string, PodTiming> {
    return this.#timings;
  }

  /** For the record. Of thousands of pods one more moves no median: they are taken anew when a sixteenth has come. */
  measured(): RecordStatus['measured'] {
    if (this.#whole > this.#measured.whole * (1 + 1 / 16)) {
      this.#measured = { whole: this.#whole, medians: measuredOf(this.#timings) };
    }
    return this.#measured.medians;
  }

  /** Who vanished unseen began to go at the latest now; and a pod beyond the set's range is not replaced, it leaves. */
  #miss(pods: readonly PodObservation[], set: Seen['set'], now: number): void {
    const here = new Set(pods.flatMap((pod) => (inRange(pod.ordinal, set) ? pod.name : [])));
    if (here.size === this.#uids.size) return;
    for (const name of this.#uids.keys()) {
      if (here.has(name)) continue;
      if (inRange(Number(name.slice(name.lastIndexOf('-') + 1)), set)) {
        if (!this.#going.has(name)) this.#going.set(name, now);
      } else {
        this.#uids.delete(name);
        this.#going.delete(name);
      }
    }
  }

  #replaced(pod: PodObservation, now: number): void {
    const goneAt = this.#going.get(pod.name) ?? null;
    // our turn may come late: the object was made no later than we see it
    this.#put(pod, now, { ...UNKNOWN, goneAt, downMs: goneAt === null ? null : Math.max(0, now - goneAt) });
  }

  #put(pod: PodObservation, at: number, timing: PodTiming): void {
    this.#going.delete(pod.name);
    this.#born.set(pod.name, { uid: pod.uid, at });
    this.#draft ??= new Map(this.#timings);
    // replaced again: it is the last one now
    this.#draft.delete(pod.name);
    this.#write(pod.name, timing);
  }

  #write(name: string, timing: PodTiming): void {
    this.#draft ??= new Map(this.#timings);
    this.#draft.set(name, timing);
  }

  #timing(pod: PodObservation): PodTiming | undefined {
    return (this.#draft ?? this.#timings).get(pod.name);
  }

  #isOurs(pod: PodObservation): boolean {
    return this.#born.get(pod.name)?.uid === pod.uid;
  }

  #measure(pod: PodObservation, { soakMs, isGated }: Rollout, now: number): void {
    const born = this.#born.get(pod.name);
    const timing = this.#timing(pod);
    if (born === undefined || timing === undefined || born.uid !== pod.uid) return;
    const { scheduledAt, runningAt, readySince } = pod;
    const since = (from: number, at: number | null) => (at === null ? null : Math.max(0, at - from));
    const seen: PodTiming = {
      ...timing,
      scheduleMs: timing.scheduleMs ?? since(born.at, scheduledAt),
      pullMs: timing.pullMs ?? (scheduledAt === null ? null : since(scheduledAt, runningAt)),
      startMs: timing.startMs ?? since(born.at, readySince),
      availableAt: null,
    };
    if (readySince !== null && now - readySince >= soakMs && (timing.availableAt !== null || !isGated(pod)))
      seen.availableAt = timing.availableAt ?? now;
    // a pod that is not Ready any more was counted once, and its start is no longer its own
    if (!pod.ready) seen.availableAt = timing.availableAt;
    if (timing.startMs === null && seen.startMs !== null) this.#whole += 1;
    if (!isSame(seen, timing)) this.#write(pod.name, seen);
  }
}

function inRange(ordinal: number, { start, replicas }: Seen['set']): boolean {
  return ordinal >= start && ordinal < start + replicas;
}

function cameBefore(pod: PodObservation, { startedAt, target }: Rollout): boolean {
  return !pod.deleting && pod.revision === target && pod.createdAt >= startedAt;
}

function isSame(a: PodTiming, b: PodTiming): boolean {
  return (Object.keys(UNKNOWN) as (keyof PodTiming)[]).every((key) => a[key] === b[key]);
}
