import type { PodTiming } from '../rollout/live.ts';
import type { Observation } from '../rollout/observation.ts';

/** How each pod's replacement goes, told from what is seen: only of pods that we saw go. */
export class Timings {
  #going = new Map<string, number>();
  #born = new Map<string, { uid: string; at: number }>();
  #uids = new Map<string, string>();
  #timings = new Map<string, PodTiming>();
  #soakMs = 0;

  update(observation: Observation, soakMs: number, now: number): void {
    this.#soakMs = soakMs;
    for (const pod of observation.pods) {
      const before = this.#uids.get(pod.name);
      if (pod.deleting && !this.#going.has(pod.name)) this.#going.set(pod.name, pod.deletingSince ?? now);
      if (before !== undefined && before !== pod.uid) this.#replaced(pod.name, pod.uid, now);
      this.#uids.set(pod.name, pod.uid);
      this.#measure(pod, now);
    }
  }

  all(): ReadonlyMap<string, PodTiming> {
    return this.#timings;
  }

  #replaced(name: string, uid: string, now: number): void {
    const since = this.#going.get(name);
    this.#going.delete(name);
    this.#born.set(name, { uid, at: now });
    this.#timings = new Map(this.#timings).set(name, {
      downMs: since === undefined ? null : Math.max(0, now - since),
      startMs: null,
      availableAt: null,
    });
  }

  #measure(pod: Observation['pods'][number], now: number): void {
    const born = this.#born.get(pod.name);
    const timing = this.#timings.get(pod.name);
    if (born === undefined || timing === undefined || born.uid !== pod.uid || !pod.ready || pod.readySince === null)
      return;
    const startMs = timing.startMs ?? Math.max(0, pod.readySince - born.at);
    const availableAt = now - pod.readySince >= this.#soakMs ? (timing.availableAt ?? now) : null;
    if (startMs === timing.startMs && availableAt === timing.availableAt) return;
    this.#timings = new Map(this.#timings).set(pod.name, { ...timing, startMs, availableAt });
  }
}
