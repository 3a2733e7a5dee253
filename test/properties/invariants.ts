import { isObject } from '../../src/rollout/json.ts';
import { unavailableBudget } from '../../src/rollout/percent.ts';
import { ANNOTATIONS, HOLD_ALL, type RecordSpec, type RecordStatus } from '../../src/rollout/record.ts';
import type { ApiObject, Simulator, Write } from '../../src/simulator/index.ts';

/** Names as in the design, section 5. */
export type Invariant = 'budget' | 'fence' | 'pause' | 'seen' | 'once' | 'single' | 'resume' | 'progress' | 'honest';

export class Violation extends Error {
  constructor(
    readonly invariant: Invariant,
    message: string,
  ) {
    super(`${invariant}: ${message}`);
  }
}

/** So late a write may reach an executor: its watch's delay, the way there and back. Late faults are more. */
export interface Lag {
  ms: number;
}

const OURS = /^exec-/;

/** Looks at the truth of the store at each write, never at what an executor believes. */
export class Watchdog {
  readonly violations: Violation[] = [];
  /** Ordinals by name: how often we took the pod, for one target. */
  readonly #taken = new Map<string, number>();
  readonly #takenAt = new Map<string, number>();
  readonly #unavailableSince = new Map<string, number>();
  readonly #ourWrites: { at: number; generation: number }[] = [];
  readonly #budgets: { at: number; value: string }[] = [];
  #pausedSince: number | null = null;
  #stop: () => void;

  constructor(
    private readonly simulator: Simulator,
    private readonly lag: Lag,
  ) {
    this.#stop = simulator.history.onWrite((write) => this.#check(write));
    this.#look();
  }

  end(): void {
    this.#stop();
  }

  #fail(invariant: Invariant, message: string): void {
    this.violations.push(new Violation(invariant, message));
  }

  #check(write: Write): void {
    const set = this.#set();
    if (set === null) return;
    if (write.resource.plural === 'statefulsets' && write.name === 'web') this.#checkSet(write);
    if (write.resource.plural === 'pods') this.#checkPod(write, set);
    this.#look();
  }

  #checkSet(write: Write): void {
    const before = write.before;
    const after = write.after;
    if (after === null) return;
    const spec = specOf(after);
    if (spec !== null) {
      if (this.#budgets.at(-1)?.value !== spec.maxUnavailable)
        this.#budgets.push({ at: write.at, value: spec.maxUnavailable });
      if (!spec.pauseRequested) this.#pausedSince = null;
      else this.#pausedSince ??= write.at;
    }
    const generation = Number(after.metadata.generation);
    const moved =
      before === null ||
      JSON.stringify(templateOf(before)) !== JSON.stringify(templateOf(after)) ||
      strategyOf(before).type !== strategyOf(after).type;
    if (OURS.test(write.user) && moved && generation !== Number(before?.metadata.generation ?? 0)) {
      this.#ourWrites.push({ at: write.at, generation });
      if (before !== null && JSON.stringify(templateOf(before)) !== JSON.stringify(templateOf(after)))
        this.#taken.clear();
    }
    const was = before === null ? null : statusOf(before);
    const is = statusOf(after);
    if (is?.phase === 'Complete' && was?.phase !== 'Complete') this.#checkComplete(after, is);
  }

  /** honest */
  #checkComplete(set: ApiObject, status: RecordStatus): void {
    const controller = isObject(set.status) ? set.status : {};
    const target = status.target.revision;
    if (controller.updateRevision !== target)
      this.#fail('honest', `complete at ${target}, but updateRevision is ${String(controller.updateRevision)}`);
    if (controller.currentRevision !== target)
      this.#fail('honest', `complete, but currentRevision is ${String(controller.currentRevision)}`);
    const spec = isObject(set.spec) ? set.spec : {};
    const pods = this.simulator.pods();
    const good = pods.filter(
      (pod) => revisionOf(pod) === target && isReady(pod) && pod.metadata.deletionTimestamp === undefined,
    );
    // a pod may die in the very moment; what an executor cannot have seen is no lie of its
    const young = pods.filter(
      (pod) =>
        this.#bad(pod) && this.simulator.clock.now() - (this.#unavailableSince.get(name(pod)) ?? 0) <= this.lag.ms,
    );
    if (good.length + young.length < Number(spec.replicas ?? 1)) {
      this.#fail('honest', `complete with ${good.length} of ${String(spec.replicas)} pods at the target and Ready`);
    }
  }

  #checkPod(write: Write, set: ApiObject): void {
    const pod = write.before;
    if (pod === null || pod.metadata.deletionTimestamp !== undefined) return;
    const goes = write.after === null || write.after.metadata.deletionTimestamp !== undefined;
    if (!goes) return;
    if (write.user === 'statefulset-controller') this.#checkControllerDelete(write, pod, set);
    if (OURS.test(write.user)) this.#checkOurs(write, pod, set);
  }

  /** fence, pause: the controller itself takes no living pod of the set, but lost races and led ones. */
  #checkControllerDelete(write: Write, pod: ApiObject, set: ApiObject): void {
    const status = statusOf(set);
    const phase = isObject(pod.status) ? pod.status.phase : '';
    if (status === null || phase === 'Failed' || phase === 'Succeeded' || this.#outOfRange(pod, set)) return;
    if (status.phase === 'Complete' || status.phase === 'RolledBack' || status.rolloutIdentity === '') return;
    if (revisionOf(pod) === String(isObject(set.status) ? set.status.updateRevision : '')) return;
    if ((this.#taken.get(name(pod)) ?? 0) > 0 || status.led?.pod === name(pod)) {
      this.#take(pod);
      return;
    }
    const strategy = strategyOf(set);
    if (status.reason === 'ForeignChange' || status.fence === null || strategy.partition !== status.fence.partition)
      return;
    this.#fail(
      'fence',
      `the controller deleted ${name(pod)} by itself, partition ${strategy.partition}, at ${write.at}`,
    );
  }

  #checkOurs(write: Write, pod: ApiObject, set: ApiObject): void {
    const now = write.at;
    const spec = specOf(set);
    const status = statusOf(set);
    if (spec === null || status === null) {
      this.#fail('seen', `${name(pod)} was taken before the record was written`);
      return;
    }
    // single
    const lease = this.simulator.server.store.list(this.#leases(), 'default')[0];
    const holder = isObject(lease?.spec) ? String(lease.spec.holderIdentity ?? '') : '';
    if (!holder.includes(write.user))
      this.#fail('single', `${write.user} took ${name(pod)} while ${holder || 'nobody'} held the Lease`);
    // pause
    if (this.#pausedSince !== null && now - this.#pausedSince > this.lag.ms) {
      this.#fail('pause', `${name(pod)} was taken ${now - this.#pausedSince} ms after the pause was asked for`);
    }
    // seen
    const needed = this.#ourWrites.at(-1)?.generation ?? 0;
    const observed = Number(isObject(set.status) ? (set.status.observedGeneration ?? 0) : 0);
    if (observed < needed) this.#fail('seen', `${name(pod)} was taken at observed generation ${observed} of ${needed}`);
    // once
    const times = this.#take(pod);
    const lost = status.lostRaces.filter((race) => race.pod === name(pod)).length;
    if (times > 2 + lost) this.#fail('once', `${name(pod)} was taken ${times} times for one target`);
    this.#checkBudget(pod, set, now);
  }

  /** budget: of what an executor can have known, no more are unavailable than it was told. */
  #checkBudget(pod: ApiObject, set: ApiObject, now: number): void {
    if (!isReady(pod)) return;
    const replicas = Number(isObject(set.spec) ? (set.spec.replicas ?? 1) : 1);
    const start = startOf(set);
    let unavailable = 1;
    for (let index = 0; index < replicas; index++) {
      const other = `web-${start + index}`;
      if (other === name(pod)) continue;
      const since = this.#unavailableSince.get(other);
      if (since === undefined) continue;
      // one that came back and broke since is as new to an executor as any other
      const ours = (this.#takenAt.get(other) ?? Number.NEGATIVE_INFINITY) >= since;
      if (ours || now - since > this.lag.ms) unavailable++;
    }
    const allowed = this.#budgets.filter((_, index) => {
      const next = this.#budgets[index + 1];
      return next === undefined || now - next.at <= this.lag.ms;
    });
    const most = Math.max(...allowed.map((each) => unavailableBudget(each.value, replicas)));
    if (unavailable > most)
      this.#fail('budget', `${name(pod)} was taken while ${unavailable - 1} others were unavailable, ${most} allowed`);
  }

  #take(pod: ApiObject): number {
    const times = (this.#taken.get(name(pod)) ?? 0) + 1;
    this.#taken.set(name(pod), times);
    this.#takenAt.set(name(pod), this.simulator.clock.now());
    return times;
  }

  /** Keeps since when each pod of the set is not available. */
  #look(): void {
    const set = this.#set();
    if (set === null) return;
    const now = this.simulator.clock.now();
    const replicas = Number(isObject(set.spec) ? (set.spec.replicas ?? 1) : 1);
    const start = startOf(set);
    const pods = new Map(this.simulator.pods().map((pod) => [name(pod), pod]));
    for (let index = 0; index < replicas; index++) {
      const pod = pods.get(`web-${start + index}`);
      if (pod !== undefined && !this.#bad(pod)) this.#unavailableSince.delete(`web-${start + index}`);
      else if (!this.#unavailableSince.has(`web-${start + index}`))
        this.#unavailableSince.set(`web-${start + index}`, now);
    }
  }

  #bad(pod: ApiObject): boolean {
    return pod.metadata.deletionTimestamp !== undefined || !isReady(pod);
  }

  #set(): ApiObject | null {
    try {
      return this.simulator.set('web');
    } catch {
      return null;
    }
  }

  #leases() {
    const resource = this.simulator.server.store.resources.ofKind('coordination.k8s.io/v1', 'Lease');
    if (resource === undefined) throw new Error('the simulator knows no Leases');
    return resource;
  }

  #outOfRange(pod: ApiObject, set: ApiObject): boolean {
    const index = Number(/-(\d+)$/.exec(name(pod))?.[1]) - startOf(set);
    return index < 0 || index >= Number(isObject(set.spec) ? (set.spec.replicas ?? 1) : 1);
  }
}

export function specOf(set: ApiObject): RecordSpec | null {
  return annotation<RecordSpec>(set, ANNOTATIONS.spec);
}

export function statusOf(set: ApiObject): RecordStatus | null {
  return annotation<RecordStatus>(set, ANNOTATIONS.status);
}

function annotation<T>(set: ApiObject, key: string): T | null {
  const annotations = set.metadata.annotations;
  const text = isObject(annotations) ? annotations[key] : undefined;
  return typeof text === 'string' ? (JSON.parse(text) as T) : null;
}

function name(pod: ApiObject): string {
  return String(pod.metadata.name);
}

export function revisionOf(pod: ApiObject): string {
  const { labels } = pod.metadata;
  return isObject(labels) ? String(labels['controller-revision-hash'] ?? '') : '';
}

export function isReady(pod: ApiObject): boolean {
  const conditions = isObject(pod.status) && Array.isArray(pod.status.conditions) ? pod.status.conditions : [];
  return conditions.some((each) => isObject(each) && each.type === 'Ready' && each.status === 'True');
}

function templateOf(set: ApiObject): unknown {
  return isObject(set.spec) ? set.spec.template : null;
}

function strategyOf(set: ApiObject): { type: string; partition: number } {
  const strategy = isObject(set.spec) && isObject(set.spec.updateStrategy) ? set.spec.updateStrategy : {};
  const rolling = isObject(strategy.rollingUpdate) ? strategy.rollingUpdate : {};
  return {
    type: String(strategy.type),
    partition: Number(rolling.partition ?? (strategy.type === 'OnDelete' ? HOLD_ALL : 0)),
  };
}

function startOf(set: ApiObject): number {
  const ordinals = isObject(set.spec) && isObject(set.spec.ordinals) ? set.spec.ordinals : {};
  return Number(ordinals.start ?? 0);
}
