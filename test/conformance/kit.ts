import { type Api, ApiError, type ApiRequest, type PatchType, type WatchEvent } from '../../src/cluster/api.ts';
import { isObject, type Json, type JsonObject } from '../../src/rollout/json.ts';

/** One rule of the cluster, shown on whatever answers to the API: the simulator, or a real control plane. */
export interface Case {
  name: string;
  /** Where it is so; everywhere, where this is left out. */
  only?: '1.34' | '1.37';
  run(kit: Kit): Promise<void>;
}

export interface PodView {
  name: string;
  ordinal: number;
  uid: string;
  revision: string;
  phase: string;
  ready: boolean;
  terminating: boolean;
  restarts: number;
  node: string;
  raw: JsonObject;
}

export interface SetOptions {
  name?: string;
  replicas?: number;
  policy?: 'OrderedReady' | 'Parallel';
  image?: string;
  strategy?: Json;
  annotations?: Record<string, string>;
  spec?: JsonObject;
  podSpec?: JsonObject;
}

export const MERGE: PatchType = 'application/merge-patch+json';
export const STRATEGIC: PatchType = 'application/strategic-merge-patch+json';
export const JSON_PATCH: PatchType = 'application/json-patch+json';
export const APPLY: PatchType = 'application/apply-patch+yaml';

/** What a case does and sees; one namespace of its own. Waits by the API's clock, so that it works in virtual time. */
export class Kit {
  constructor(
    readonly api: Api,
    readonly version: '1.34' | '1.37',
    readonly namespace: string,
  ) {}

  path(plural: string, name = '', subresource = ''): string {
    const group = GROUPS[plural] ?? 'api/v1';
    return ['', group, 'namespaces', this.namespace, plural, name, subresource]
      .filter((part, i) => i === 0 || part)
      .join('/');
  }

  get setPath(): string {
    return this.path('statefulsets', 'web');
  }

  async request(request: ApiRequest): Promise<JsonObject> {
    const body = await this.api.request(request);
    if (!isObject(body)) throw new Error(`${request.path} did not answer an object`);
    return body;
  }

  get(path: string, query?: Record<string, string>): Promise<JsonObject> {
    return this.request({ method: 'GET', path, ...(query ? { query } : {}) });
  }

  post(path: string, body: Json, query?: Record<string, string>): Promise<JsonObject> {
    return this.request({ method: 'POST', path, body, ...(query ? { query } : {}) });
  }

  put(path: string, body: Json): Promise<JsonObject> {
    return this.request({ method: 'PUT', path, body });
  }

  patch(path: string, body: Json, contentType: PatchType, query?: Record<string, string>): Promise<JsonObject> {
    return this.request({ method: 'PATCH', path, body, contentType, ...(query ? { query } : {}) });
  }

  delete(path: string, body?: Json): Promise<JsonObject> {
    return this.request({ method: 'DELETE', path, ...(body === undefined ? {} : { body }) });
  }

  /** The error that a call is refused with. */
  async refused(call: Promise<unknown>): Promise<ApiError> {
    const outcome = await call.then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    if ('error' in outcome && outcome.error instanceof ApiError) return outcome.error;
    throw 'error' in outcome ? outcome.error : new Error(`not refused: ${JSON.stringify(outcome.value)}`);
  }

  manifest(options: SetOptions = {}): JsonObject {
    const { replicas = 3, policy = 'Parallel', image = 'app:1', annotations = {} } = options;
    const labels = { app: options.name ?? 'web' };
    const metadata: JsonObject = { labels };
    if (Object.keys(annotations).length > 0) metadata.annotations = annotations;
    const spec: JsonObject = {
      replicas,
      podManagementPolicy: policy,
      serviceName: 'web',
      selector: { matchLabels: labels },
      template: {
        metadata,
        spec: { terminationGracePeriodSeconds: 5, containers: [{ name: 'app', image }], ...options.podSpec },
      },
      ...options.spec,
    };
    if (options.strategy !== undefined) spec.updateStrategy = options.strategy;
    return { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: options.name ?? 'web' }, spec };
  }

  /** Creates a set, and waits until all its pods are Ready and it is seen. */
  async createSet(options: SetOptions = {}): Promise<JsonObject> {
    await this.post(this.path('statefulsets'), this.manifest(options));
    await this.settled(options.name);
    return this.set(options.name);
  }

  set(name = 'web'): Promise<JsonObject> {
    return this.get(this.path('statefulsets', name));
  }

  async status(name = 'web'): Promise<JsonObject> {
    return at(await this.set(name), 'status');
  }

  setImage(image: string): Promise<JsonObject> {
    return this.patch(
      this.setPath,
      { spec: { template: { spec: { containers: [{ name: 'app', image }] } } } },
      STRATEGIC,
    );
  }

  setPartition(partition: number): Promise<JsonObject> {
    const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition } };
    return this.patch(this.setPath, { spec: { updateStrategy } }, MERGE);
  }

  scale(replicas: number): Promise<JsonObject> {
    return this.patch(this.setPath, { spec: { replicas } }, MERGE);
  }

  async pods(): Promise<PodView[]> {
    const { items } = await this.get(this.path('pods'), { labelSelector: 'app=web' });
    return list(items)
      .filter(isObject)
      .map(podView)
      .sort((a, b) => a.ordinal - b.ordinal);
  }

  async pod(ordinal: number): Promise<PodView> {
    return podView(await this.get(this.path('pods', `web-${ordinal}`)));
  }

  deletePod(ordinal: number, options: JsonObject = {}): Promise<JsonObject> {
    return this.delete(this.path('pods', `web-${ordinal}`), options);
  }

  evict(ordinal: number, deleteOptions: JsonObject = {}): Promise<JsonObject> {
    const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: `web-${ordinal}` }, deleteOptions };
    return this.post(this.path('pods', `web-${ordinal}`, 'eviction'), body);
  }

  annotate(ordinal: number, annotations: JsonObject): Promise<JsonObject> {
    return this.patch(this.path('pods', `web-${ordinal}`), { metadata: { annotations } }, MERGE);
  }

  budget(spec: JsonObject, name = 'web'): Promise<JsonObject> {
    const body = {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name },
      spec: { selector: { matchLabels: { app: 'web' } }, ...spec },
    };
    return this.post(this.path('poddisruptionbudgets'), body);
  }

  /** Waits until the budget says that so many may go. */
  async budgetAllows(count: number): Promise<void> {
    await this.until(`the budget allows ${count}`, async () => {
      const budget = await this.get(this.path('poddisruptionbudgets', 'web'));
      const status = at(budget, 'status');
      return status.observedGeneration === at(budget, 'metadata').generation && status.disruptionsAllowed === count;
    });
  }

  async revisions(): Promise<JsonObject[]> {
    const { items } = await this.get(this.path('controllerrevisions'));
    return list(items)
      .filter(isObject)
      .sort((a, b) => Number(a.revision) - Number(b.revision));
  }

  /** Waits until the controller has seen the last write. */
  async observed(name = 'web'): Promise<void> {
    await this.until('the controller has seen the write', async () => {
      const set = await this.set(name);
      return at(set, 'status').observedGeneration === at(set, 'metadata').generation;
    });
  }

  /** Waits until all wanted pods, and no others, are there and Ready. */
  async settled(name = 'web'): Promise<void> {
    await this.until('all pods are Ready', async () => {
      const set = await this.set(name);
      const status = at(set, 'status');
      const replicas = at(set, 'spec').replicas;
      const seen = status.observedGeneration === at(set, 'metadata').generation;
      return seen && status.replicas === replicas && (status.readyReplicas ?? 0) === replicas;
    });
  }

  /** Waits until all pods are at the update revision and it is the current one. */
  async rolledOut(): Promise<void> {
    await this.settled();
    await this.until('the rollout is complete', async () => {
      const status = await this.status();
      return status.currentRevision === status.updateRevision && (status.updatedReplicas ?? 0) === status.replicas;
    });
  }

  /** Waits until the pod is another one than `uid`, and (by default) Ready. */
  async replaced(ordinal: number, uid: string, ready = true): Promise<PodView> {
    let seen: PodView | undefined;
    await this.until(`web-${ordinal} is replaced`, async () => {
      seen = (await this.pods()).find((pod) => pod.ordinal === ordinal);
      return seen !== undefined && seen.uid !== uid && (seen.ready || !ready);
    });
    return seen as PodView;
  }

  /** Asks again and again. Fails with what the last answer was. */
  async until(what: string, holds: () => Promise<boolean>, timeoutMs = 30_000): Promise<void> {
    const end = this.api.clock.now() + timeoutMs;
    for (;;) {
      if (await holds()) return;
      if (this.api.clock.now() > end) {
        const pods = (await this.pods()).map(({ raw, ...pod }) => pod);
        throw new Error(
          `waited ${timeoutMs} ms in vain: ${what}\n${JSON.stringify({ status: await this.status().catch(String), pods }, null, 1)}`,
        );
      }
      await this.sleep(25);
    }
  }

  /** It must be so all the time. */
  async stays(what: string, holds: () => Promise<boolean>, ms = 1500): Promise<void> {
    const end = this.api.clock.now() + ms;
    while (this.api.clock.now() < end) {
      if (!(await holds())) throw new Error(`did not stay so: ${what}\n${JSON.stringify(await this.pods(), null, 1)}`);
      await this.sleep(50);
    }
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.api.clock.after(ms, resolve));
  }

  /** Collects the events of a watch until `enough`; then ends it. */
  async watch(
    path: string,
    query: Record<string, string>,
    enough: (events: readonly WatchEvent[]) => boolean,
    meanwhile: () => Promise<unknown> = () => Promise.resolve(),
  ): Promise<WatchEvent[]> {
    const events: WatchEvent[] = [];
    const end = new AbortController();
    let over = false;
    const onEvent = (event: WatchEvent): void => {
      events.push(event);
    };
    const watching = this.api
      .watch({ path, query, onEvent, idleMs: 20_000, signal: end.signal })
      .catch((error: unknown) => {
        if (!end.signal.aborted) throw error;
      })
      .finally(() => {
        over = true;
      });
    await meanwhile();
    await this.until('the watch has brought enough', async () => over || enough(events));
    end.abort();
    await watching;
    return events;
  }
}

const GROUPS: Readonly<Record<string, string>> = {
  statefulsets: 'apis/apps/v1',
  controllerrevisions: 'apis/apps/v1',
  poddisruptionbudgets: 'apis/policy/v1',
  leases: 'apis/coordination.k8s.io/v1',
};

/** The object at a path; an empty one where there is none. */
export function at(value: Json | undefined, ...path: string[]): JsonObject {
  let here: Json | undefined = value;
  for (const key of path) here = isObject(here) ? here[key] : undefined;
  return isObject(here) ? here : {};
}

export function list(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

export function imageOf(pod: PodView): Json | undefined {
  return at(list(at(pod.raw, 'spec').containers)[0]).image;
}

export function conditionOf(pod: PodView, type: string): JsonObject {
  return at(list(at(pod.raw, 'status').conditions).find((condition) => at(condition).type === type));
}

/** state.waiting of the first container. */
export function waitingOf(pod: PodView): JsonObject {
  return at(list(at(pod.raw, 'status').containerStatuses)[0], 'state', 'waiting');
}

function podView(raw: JsonObject): PodView {
  const metadata = at(raw, 'metadata');
  const status = at(raw, 'status');
  const name = String(metadata.name);
  const ready = list(status.conditions).some((each) => at(each).type === 'Ready' && at(each).status === 'True');
  return {
    name,
    ordinal: Number(name.slice(name.lastIndexOf('-') + 1)),
    uid: String(metadata.uid),
    revision: String(at(metadata, 'labels')['controller-revision-hash']),
    phase: String(status.phase),
    ready,
    terminating: metadata.deletionTimestamp !== undefined,
    restarts: list(status.containerStatuses).reduce<number>((sum, each) => sum + Number(at(each).restartCount ?? 0), 0),
    node: String(at(raw, 'spec').nodeName ?? ''),
    raw,
  };
}
