import type { JsonObject } from '../rollout/json.ts';
import type { ApiServer } from './api-server.ts';
import type { Caller } from './caller.ts';
import { disruptionAllowed } from './eviction.ts';
import { Informer } from './informer.ts';
import {
  type ApiObject,
  at,
  controllerOf,
  equal,
  isReady,
  isTerminating,
  keyOf,
  millis,
  nameOf,
  namespaceOf,
  number,
  uidOf,
} from './objects.ts';
import { call, type Latency, type Process } from './process.ts';
import { BUDGETS, PODS, STATEFULSETS } from './resources.ts';
import { labelSelectorMatcher } from './selectors.ts';
import { WorkQueue } from './work-queue.ts';

const CALLER: Caller = { user: 'system:serviceaccount:kube-system:disruption-controller', manager: null };
/** So long a pod whose eviction was accepted counts as disrupted, by its name (design, F11). */
const DELETION_TIMEOUT_MS = 120_000;

/** Keeps the status of PodDisruptionBudgets (pkg/controller/disruption/disruption.go). */
export class DisruptionController {
  readonly #budgets: Informer;
  readonly #pods: Informer;
  readonly #sets: Informer;
  readonly #queue: WorkQueue;

  constructor(
    private readonly server: ApiServer,
    lag: Latency,
    latency: Latency,
  ) {
    this.#budgets = new Informer(server, BUDGETS, lag);
    this.#pods = new Informer(server, PODS, lag);
    this.#sets = new Informer(server, STATEFULSETS, lag);
    this.#queue = new WorkQueue(server.clock, latency, (key) => this.#sync(key));
    this.#budgets.on(({ object }) => this.#enqueue(object));
    this.#pods.on(({ object }) => {
      for (const budget of this.#budgets.all()) if (covers(budget, object)) this.#enqueue(budget);
    });
    this.#sets.on(({ object }) => {
      for (const budget of this.#budgets.all()) if (namespaceOf(budget) === namespaceOf(object)) this.#enqueue(budget);
    });
  }

  #enqueue(budget: ApiObject): void {
    this.#queue.add(keyOf(namespaceOf(budget), nameOf(budget)));
  }

  *#sync(key: string): Process<void> {
    const slash = key.indexOf('/');
    const budget = this.#budgets.get(key.slice(0, slash), key.slice(slash + 1));
    if (budget === undefined) return;
    const now = this.server.clock.now();
    const pods = this.#pods.all().filter((pod) => covers(budget, pod));
    const { expected, desired } = this.#expectation(at(budget.spec), pods);
    const disrupted = stillDisrupted(budget, pods, now);
    const healthy = pods.filter(
      (pod) => !isTerminating(pod) && disrupted[nameOf(pod)] === undefined && isReady(pod),
    ).length;
    const allowed = expected > 0 ? Math.max(0, healthy - desired) : 0;
    const status: JsonObject = {
      conditions: disruptionAllowed(budget, allowed > 0, now),
      currentHealthy: healthy,
      desiredHealthy: desired,
      disruptionsAllowed: allowed,
      expectedPods: expected,
      observedGeneration: number(budget.metadata.generation),
    };
    if (Object.keys(disrupted).length > 0) status.disruptedPods = disrupted;
    if (!equal(at(budget.status), status)) {
      const body = { ...budget, status };
      const options = { subresource: 'status' };
      yield* call(() => this.server.update(CALLER, BUDGETS, namespaceOf(budget), nameOf(budget), body, options));
    }
    const ends = Object.values(disrupted).map((since) => millis(since) + DELETION_TIMEOUT_MS - now);
    if (ends.length > 0) this.#queue.addAfter(key, Math.max(1, Math.min(...ends) + 1));
  }

  #expectation(spec: JsonObject, pods: ApiObject[]): { expected: number; desired: number } {
    if (spec.maxUnavailable !== undefined) {
      const expected = this.#scale(pods);
      return { expected, desired: Math.max(0, expected - scaled(spec.maxUnavailable, expected)) };
    }
    if (typeof spec.minAvailable === 'number') return { expected: pods.length, desired: spec.minAvailable };
    const expected = this.#scale(pods);
    return { expected, desired: scaled(spec.minAvailable, expected) };
  }

  /** How many pods their owners want. */
  #scale(pods: ApiObject[]): number {
    const owners = new Set(pods.map((pod) => controllerOf(pod)?.uid));
    return this.#sets
      .all()
      .filter((set) => owners.has(uidOf(set)))
      .reduce((sum, set) => sum + number(at(set.spec).replicas, 1), 0);
  }
}

function covers(budget: ApiObject, pod: ApiObject): boolean {
  return namespaceOf(budget) === namespaceOf(pod) && labelSelectorMatcher(at(budget.spec).selector)(pod);
}

function stillDisrupted(budget: ApiObject, pods: ApiObject[], now: number): JsonObject {
  const names = new Set(pods.filter((pod) => !isTerminating(pod)).map(nameOf));
  return Object.fromEntries(
    Object.entries(at(budget.status, 'disruptedPods')).filter(
      ([name, since]) => names.has(name) && millis(since) + DELETION_TIMEOUT_MS >= now,
    ),
  );
}

/** "25%" of `total`, rounded up; or the number itself. */
function scaled(value: unknown, total: number): number {
  if (typeof value === 'number') return value;
  const percent = typeof value === 'string' ? /^(\d+)%$/.exec(value) : null;
  return percent ? Math.ceil((Number(percent[1]) * total) / 100) : 0;
}
