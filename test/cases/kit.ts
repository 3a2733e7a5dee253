import type { Api } from '../../src/cluster/api.ts';
import type { Connected } from '../../src/cluster/connection.ts';
// loaded before time moves: a first import takes real time, in which virtual time would run ahead
import '../../src/commands/hold.ts';
import '../../src/commands/promote.ts';
import '../../src/commands/read-manifest.ts';
import '../../src/commands/resume.ts';
import '../../src/commands/rollback.ts';
import '../../src/commands/rollout.ts';
import '../../src/commands/speed.ts';
import '../../src/commands/status.ts';
import '../../src/ui/jsonl.ts';
import '../../src/ui/line.ts';
import '../../src/ui/summary.ts';
import { run } from '../../src/commands/run.ts';
import { openSession } from '../../src/executor/session.ts';
import { isObject, type Json, type JsonObject } from '../../src/rollout/json.ts';
import {
  ANNOTATIONS,
  type RecordOrigin,
  type RecordSpec,
  type RecordStatus,
  type RolloutRecord,
} from '../../src/rollout/record.ts';
import { type ApiObject, Simulator, type SimulatorOptions, VirtualClock } from '../../src/simulator/index.ts';
import { type FakeHost, type FakeParts, fakeHost } from '../commands/fake-host.ts';
import { ProcessApi } from '../properties/process.ts';

/** Longer than every deadline of a case: what has not ended by then never will. */
const PATIENCE_MS = 4 * 3_600_000;

export interface WorldParts {
  replicas?: number;
  /** Default Parallel. */
  policy?: 'OrderedReady' | 'Parallel';
  /** Default 1.37. */
  version?: SimulatorOptions['version'];
  /** Default app:1. */
  image?: string;
  /** From bound to Ready, and from asked to go to gone: Go durations; "300ms" both by default. */
  start?: string;
  stop?: string;
  /** Of the pod template, besides start and stop. */
  annotations?: Record<string, string>;
  /** More of the set's spec. */
  spec?: JsonObject;
  /** More of the pod's spec. */
  podSpec?: JsonObject;
  /** More of the set's metadata. */
  metadata?: JsonObject;
  /** Delays of the simulator, where the case is about them. */
  simulator?: Partial<SimulatorOptions>;
}

/** A pod, as a test asks for it. */
export interface PodView {
  name: string;
  uid: string;
  /** Of its first container: "app:2". */
  image: string;
  ready: boolean;
  deleting: boolean;
}

/** One pod taken away, and the set in that moment. */
export interface Taking {
  pod: string;
  user: string;
  how: 'evict' | 'delete';
  /** Of the set's template. */
  image: string;
  /** The controller had seen the set as it was then. */
  observed: boolean;
}

/** What came of a command. */
export interface Ended {
  code: number;
  /** Standard output and error. */
  said: string;
}

export interface StartParts extends FakeParts {
  /** Default ann. */
  user?: string;
  /** What lies between it and the API server. */
  over?: (api: Api) => Api;
}

/** A command that runs in the world. */
export interface Running {
  readonly host: FakeHost;
  /** Of its process, which may be killed. */
  readonly api: ProcessApi;
  /** null while it runs. */
  code(): number | null;
  said(): string;
}

/** A simulated cluster with a Ready set `web` in virtual time, and the whole program in front of it. */
export class World {
  readonly clock = new VirtualClock();
  readonly simulator: Simulator;
  #takings: Taking[] = [];
  #most: string[] = [];
  #since = 0;
  /** That run. */
  #commands = 0;

  private constructor(parts: WorldParts) {
    this.simulator = new Simulator({ seed: 5, version: '1.37', clock: this.clock, ...parts.simulator });
  }

  /** Resolves when all pods are Ready and the controller has seen them. */
  static async start(parts: WorldParts = {}): Promise<World> {
    const world = new World({ ...parts, simulator: { version: parts.version ?? '1.37', ...parts.simulator } });
    world.simulator.create(manifest(parts));
    await world.until('the set is Ready', () => {
      const { status, metadata } = world.set();
      const ready = objectOf(status ?? {});
      const wanted = parts.replicas ?? 3;
      return ready.observedGeneration === metadata.generation && (ready.readyReplicas ?? 0) === wanted;
    });
    await world.pass(20_000);
    world.#watch();
    return world;
  }

  // --- time

  pass(ms: number): Promise<void> {
    return this.clock.run(this.clock.now() + ms);
  }

  /** @throws Error where it does not come about in four virtual hours */
  async until(what: string, condition: () => boolean): Promise<void> {
    const limit = this.clock.now() + PATIENCE_MS;
    const idle = () => this.clock.pending === 0;
    do {
      await this.clock.run(limit, () => condition() || idle());
      // a command whose modules are on their way has nothing to come in the cluster yet
    } while (!condition() && idle() && this.#commands > 0);
    if (!condition()) throw new Error(`it never came about that ${what}`);
  }

  // --- the program

  /** Starts a command line (without `kubectl bedrock`). */
  start(line: string, parts: StartParts = {}): Running {
    const { user = 'ann', over = (api: Api) => api, ...hostParts } = parts;
    const api = new ProcessApi(over(this.simulator.api(user)));
    const connected: Connected = {
      api,
      context: 'test',
      server: 'https://test',
      namespace: 'default',
      user,
      close: async () => {},
    };
    const host = fakeHost({ connect: async () => connected, openSession, ...hostParts });
    let code: number | null = null;
    this.#commands++;
    void run(line.split(' '), Object.assign(host, { user: `${user}@laptop` })).then((ended) => {
      code = ended;
      this.#commands--;
    });
    return { host, api, code: () => code, said: () => host.out() + host.err() };
  }

  /** Moves time until the command has ended. */
  async end(running: Running): Promise<Ended> {
    const until = this.clock.now() + PATIENCE_MS;
    while (running.code() === null) {
      if (this.clock.now() >= until) throw new Error(`the command never ended; it said:\n${running.said()}`);
      // modules may still be on their way, with nothing to come in the cluster
      await this.clock.step(until);
    }
    return { code: running.code() ?? -1, said: running.said() };
  }

  run(line: string, parts?: StartParts): Promise<Ended> {
    return this.end(this.start(line, parts));
  }

  /** kill -9: it sends and hears nothing any more, and never ends. */
  kill({ api }: Running): void {
    api.kill();
  }

  // --- the truth

  set(): ApiObject {
    return this.simulator.set('web');
  }

  spec(): JsonObject {
    return objectOf(this.set().spec ?? {});
  }

  status(): JsonObject {
    return objectOf(this.set().status ?? {});
  }

  /** By ordinal. */
  pods(): PodView[] {
    return this.simulator
      .pods()
      .map(podView)
      .sort((a, b) => ordinalOf(a.name) - ordinalOf(b.name));
  }

  pod(name: string): PodView | null {
    return this.pods().find((pod) => pod.name === name) ?? null;
  }

  /** By ordinal. */
  images(): string[] {
    return this.pods().map(({ image }) => image);
  }

  record(): { spec: RecordSpec; status: RecordStatus; origin: RecordOrigin } {
    const annotations = objectOf(this.set().metadata.annotations ?? {});
    const read = (name: keyof RolloutRecord) => JSON.parse(String(annotations[ANNOTATIONS[name]]));
    return { spec: read('spec'), status: read('status'), origin: read('origin') };
  }

  phase(): string {
    const annotation = objectOf(this.set().metadata.annotations ?? {})[ANNOTATIONS.status];
    if (typeof annotation !== 'string') return 'none';
    const { phase, reason } = JSON.parse(annotation);
    return reason === undefined ? phase : `${phase} (${reason})`;
  }

  /** Waits until the record says so: "Paused (PodFailed)". */
  untilPhase(phase: string): Promise<void> {
    return this.until(`the record says ${phase}`, () => this.phase() === phase);
  }

  /** Waits until every pod is there and serves. */
  async healed(): Promise<void> {
    await this.until('every pod serves', () => this.#unavailable().length === 0);
  }

  /** From now on counts and writes are new ones. */
  mark(): void {
    this.#since = this.simulator.history.writes.length;
    this.#most = this.#unavailable();
    this.#takings = [];
  }

  #watch(): void {
    this.mark();
    this.simulator.history.onWrite(({ verb, resource, user, name }) => {
      if (!this.#isThere()) return;
      const now = this.#unavailable();
      if (now.length > this.#most.length) this.#most = now;
      if (resource.plural !== 'pods' || (verb !== 'evict' && verb !== 'delete') || user === 'kubelet') return;
      const observed = this.status().observedGeneration === this.set().metadata.generation;
      this.#takings.push({ pod: name, user, how: verb, image: templateImage(this.spec()), observed });
    });
  }

  #isThere(): boolean {
    const { store } = this.simulator.server;
    const sets = store.resources.ofKind('apps/v1', 'StatefulSet');
    return sets !== undefined && store.get(sets, 'default', 'web') !== undefined;
  }

  /** The most pods that were missing, terminating or not Ready at one time since the mark. */
  mostUnavailable(): string[] {
    return this.#most;
  }

  /** The pods that anyone but a kubelet has taken away since the mark, in order. */
  takings(): Taking[] {
    return this.#takings;
  }

  /** The names of those that `user` has taken. */
  taken(user = 'ann'): string[] {
    return this.#takings.filter((taking) => taking.user === user).map(({ pod }) => pod);
  }

  /** What `user` has written since the mark, Leases left out: "update statefulsets/web". */
  writes(user = 'ann'): string[] {
    return this.#writes(user)
      .filter(({ resource }) => resource.plural !== 'leases')
      .map(({ verb, resource, name }) => `${verb} ${resource.plural}/${name}`);
  }

  #writes(user: string) {
    return this.simulator.history.writes.slice(this.#since).filter((write) => write.user === user);
  }

  #unavailable(): string[] {
    const { replicas, ordinals } = this.spec();
    const start = Number(objectOf(ordinals ?? {}).start ?? 0);
    const serving = new Set(this.pods().flatMap(({ name, ready, deleting }) => (ready && !deleting ? [name] : [])));
    const names = Array.from({ length: Number(replicas ?? 1) }, (_, index) => `web-${start + index}`);
    return names.filter((name) => !serving.has(name));
  }

  /** A file with this set at another image; `container` is more of its container. */
  manifest(image: string, container: JsonObject = {}): string {
    const { template, ...spec } = this.spec();
    const containers = [{ name: 'app', image, ...container }];
    const wanted = { ...objectOf(template ?? {}), spec: { containers } };
    const { serviceName, selector, podManagementPolicy } = spec;
    return JSON.stringify({
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'web', namespace: 'default' },
      spec: { serviceName, selector, podManagementPolicy, template: wanted },
    });
  }

  // --- what others do

  /** A merge patch of the set. */
  async patch(body: JsonObject, manager = 'bob'): Promise<void> {
    const path = '/apis/apps/v1/namespaces/default/statefulsets/web';
    await this.settle(
      this.simulator.api(manager).request({
        method: 'PATCH',
        path,
        query: { fieldManager: manager },
        contentType: 'application/strategic-merge-patch+json',
        body,
      }),
    );
  }

  patchImage(image: string, manager = 'bob'): Promise<void> {
    return this.patch({ spec: { template: { spec: { containers: [{ name: 'app', image }] } } } }, manager);
  }

  async deletePod(name: string, user = 'bob'): Promise<void> {
    const path = `/api/v1/namespaces/default/pods/${name}`;
    await this.settle(this.simulator.api(user).request({ method: 'DELETE', path }));
  }

  /** A strategic merge patch of a pod, or of its status: what a kubelet says of it. */
  async patchPod(name: string, body: JsonObject, subresource: '' | 'status' = ''): Promise<void> {
    const path = `/api/v1/namespaces/default/pods/${name}${subresource === '' ? '' : `/${subresource}`}`;
    const contentType = 'application/strategic-merge-patch+json';
    await this.settle(this.simulator.api('kubelet').request({ method: 'PATCH', path, contentType, body }));
  }

  /** Moves time until a call is answered. */
  async settle<T>(call: Promise<T>): Promise<T> {
    let over = false;
    const end = () => {
      over = true;
    };
    call.then(end, end);
    await this.until('a call is answered', () => over);
    return call;
  }
}

function manifest(parts: WorldParts): JsonObject & { metadata: JsonObject } {
  const { replicas = 3, policy = 'Parallel', image = 'app:1', start = '300ms', stop = '300ms' } = parts;
  const labels = { app: 'web' };
  const annotations = { 'kubelet.test/start': start, 'kubelet.test/stop': stop, ...parts.annotations };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'web', ...parts.metadata },
    spec: {
      replicas,
      serviceName: 'web',
      podManagementPolicy: policy,
      selector: { matchLabels: labels },
      template: { metadata: { labels, annotations }, spec: { containers: [{ name: 'app', image }], ...parts.podSpec } },
      ...parts.spec,
    },
  };
}

function templateImage(spec: JsonObject): string {
  const { containers } = objectOf(objectOf(spec.template ?? {}).spec ?? {});
  const first = Array.isArray(containers) ? containers[0] : undefined;
  return isObject(first) ? String(first.image) : '';
}

function podView(pod: ApiObject): PodView {
  const { containers } = objectOf(pod.spec ?? {});
  const { conditions } = objectOf(pod.status ?? {});
  const first = Array.isArray(containers) ? containers[0] : undefined;
  return {
    name: String(pod.metadata.name),
    uid: String(pod.metadata.uid),
    image: isObject(first) ? String(first.image) : '',
    ready:
      Array.isArray(conditions) &&
      conditions.some((each) => isObject(each) && each.type === 'Ready' && each.status === 'True'),
    deleting: pod.metadata.deletionTimestamp !== undefined,
  };
}

function ordinalOf(pod: string): number {
  return Number(pod.slice(pod.lastIndexOf('-') + 1));
}

export function objectOf(value: Json): JsonObject {
  if (!isObject(value)) throw new Error(`${JSON.stringify(value)} is no object`);
  return value;
}
