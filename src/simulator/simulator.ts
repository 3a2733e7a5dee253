import type { Api } from '../cluster/api.ts';
import type { JsonObject } from '../rollout/json.ts';
import { ApiServer } from './api-server.ts';
import type { SimulatorClock } from './clock.ts';
import { CustomResources } from './crds.ts';
import type { Version } from './defaults.ts';
import { DisruptionController } from './disruption-controller.ts';
import { EventRecorder } from './event-recorder.ts';
import { Faults } from './faults.ts';
import { GarbageCollector } from './garbage-collector.ts';
import type { History } from './history.ts';
import { InProcessApi } from './in-process-api.ts';
import { Kubelet } from './kubelet.ts';
import { Nodes } from './nodes.ts';
import { type ApiObject, text } from './objects.ts';
import type { Latency } from './process.ts';
import { Quotas } from './quotas.ts';
import { Random } from './random.ts';
import { NAMESPACES, PODS, STATEFULSETS } from './resources.ts';
import { Scheduler } from './scheduler.ts';
import type { CelEvaluator } from './schema-validation.ts';
import { StatefulSetController } from './statefulset-controller.ts';

/** From the shortest to the longest, in milliseconds; drawn evenly. */
export type Range = readonly [number, number];

export interface SimulatorOptions {
  seed: number;
  version: Version;
  clock: SimulatorClock;
  /** Default 3: node-0, node-1, node-2. */
  nodes?: number;
  /** One way of a client's request, and of its answer. Default 1 to 15. */
  latency?: Range;
  /** From a write to a client's watch. Default 1 to 40. */
  eventDelay?: Range;
  /** From a write to what controllers and kubelets know. Default 1 to 25. */
  controllerLag?: Range;
  /** One way of a controller's request. Default 1 to 4. */
  controllerLatency?: Range;
  /** Normal Events too, not only warnings. Default false. */
  allEvents?: boolean;
  /** For the rules of custom resources; without it they are not checked. */
  cel?: CelEvaluator;
}

/** A whole cluster: API server, controllers, scheduler and kubelets, on one clock and one seed. */
export class Simulator {
  readonly server: ApiServer;
  readonly kubelet: Kubelet;
  readonly nodes: Nodes;
  readonly faults: Faults;
  readonly clock: SimulatorClock;
  readonly #random: Random;
  readonly #latency: Latency;
  readonly #eventDelay: Latency;

  constructor(options: SimulatorOptions) {
    const { clock, version } = options;
    this.clock = clock;
    this.#random = new Random(options.seed);
    this.server = new ApiServer(clock, version, this.#random.fork(), options.cel ?? null);
    this.faults = new Faults(this.#random.fork());
    this.#latency = this.#draw(options.latency ?? [1, 15]);
    this.#eventDelay = this.#draw(options.eventDelay ?? [1, 40]);
    const lag = this.#draw(options.controllerLag ?? [1, 25]);
    const latency = this.#draw(options.controllerLatency ?? [1, 4]);
    const events = (component: string): EventRecorder =>
      new EventRecorder(this.server, component, options.allEvents ?? false);
    for (const name of ['default', 'kube-system']) this.#createNamespace(name);
    new StatefulSetController(this.server, events('statefulset-controller'), lag, latency);
    new DisruptionController(this.server, lag, latency);
    new GarbageCollector(this.server, lag);
    new Quotas(this.server, lag);
    new CustomResources(this.server, lag);
    this.kubelet = new Kubelet(this.server, events('kubelet'), lag);
    this.nodes = new Nodes(this.server, this.kubelet, options.nodes ?? 3);
    new Scheduler(this.server, events('default-scheduler'), lag, latency);
  }

  /** The seam for one client. `user` is whom the history and the access rules know. */
  api(user = 'admin'): Api {
    return new InProcessApi(this.server, this.faults, user, this.#latency, this.#eventDelay);
  }

  /** Every write, and the life of every pod. */
  get history(): History {
    return this.server.history;
  }

  /** What is there now, past all latency. */
  pods(namespace = 'default'): ApiObject[] {
    return this.server.store.list(PODS, namespace);
  }

  set(name: string, namespace = 'default'): ApiObject {
    return this.server.get(STATEFULSETS, namespace, name);
  }

  /** Creates any object of a known kind at once, by its apiVersion and kind. */
  create(object: JsonObject & { metadata: JsonObject }): ApiObject {
    const resource = this.server.store.resources.ofKind(text(object.apiVersion), text(object.kind));
    if (resource === undefined)
      throw new Error(`the simulator knows no ${text(object.apiVersion)} ${text(object.kind)}`);
    const namespace = resource.namespaced ? text(object.metadata.namespace) || 'default' : '';
    return this.server.create({ user: 'admin', manager: 'setup' }, resource, namespace, object);
  }

  #createNamespace(name: string): void {
    const caller = { user: 'system:apiserver', manager: null };
    const labels = { 'kubernetes.io/metadata.name': name };
    this.server.create(caller, NAMESPACES, '', { metadata: { name, labels }, status: { phase: 'Active' } });
  }

  #draw([low, high]: Range): Latency {
    const random = this.#random.fork();
    return () => low + random.next() * (high - low);
  }
}
