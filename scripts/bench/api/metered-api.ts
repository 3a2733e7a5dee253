import type { Api, ApiRequest, WatchRequest } from '../../../src/cluster/api.ts';
import { isObject, type Json, type JsonObject } from '../../../src/rollout/json.ts';

/** Of one kind of call. Bytes are those of the JSON, before any compression. */
export interface Usage {
  requests: number;
  sentBytes: number;
  receivedBytes: number;
}

export interface Reading {
  /** "POST pods/eviction", "PATCH statefulsets: spec", "WATCH pods" ...; of a watch each event is a request. */
  calls: Record<string, Usage>;
  /**
   * From each pod's Ready in the watch to our next write of a pod or a set, in milliseconds; not of the last pods, after
   * which no other goes.
   */
  toNextWrite: number[];
  /** And to the eviction that takes the place which it made free. */
  toNextEviction: number[];
  /** Milliseconds that were measured. */
  ms: number;
}

/** Counts all that goes through the seam between us and an API server, and passes it on unchanged. */
export class MeteredApi implements Api {
  readonly #inner: Api;
  readonly #ready = new Set<string>();
  readonly #calls = new Map<string, Usage>();
  readonly #toNextWrite: number[] = [];
  readonly #toNextEviction: number[] = [];
  #unwritten: number[] = [];
  /** Until another pod goes: else they were the last. */
  #written: number[] = [];
  readonly #unfilled: number[] = [];
  readonly #since = performance.now();

  constructor(inner: Api) {
    this.#inner = inner;
  }

  get clock(): Api['clock'] {
    return this.#inner.clock;
  }

  async request(request: ApiRequest): Promise<Json> {
    const kind = kindOf(request);
    const evicts = kind === 'POST pods/eviction';
    if (evicts || kind === 'PATCH statefulsets: spec') this.#writes(evicts);
    const usage = this.#usage(kind);
    usage.requests++;
    usage.sentBytes += bytesOf(request.body);
    const answer = await this.#inner.request(request);
    usage.receivedBytes += bytesOf(answer);
    for (const item of itemsOf(answer)) this.#seen(item, false);
    return answer;
  }

  watch(request: WatchRequest): Promise<void> {
    const usage = this.#usage(`WATCH ${resourceOf(request.path)}`);
    return this.#inner.watch({
      ...request,
      onEvent: (event) => {
        if (request.path.endsWith('/pods') && isObject(event.object)) this.#seen(event.object, true);
        request.onEvent(event);
        usage.requests++;
        usage.receivedBytes += bytesOf(event.object);
      },
    });
  }

  /** All that was counted so far. */
  read(): Reading {
    return structuredClone({
      calls: Object.fromEntries(this.#calls),
      toNextWrite: this.#toNextWrite,
      toNextEviction: this.#toNextEviction,
      ms: performance.now() - this.#since,
    });
  }

  #seen(pod: JsonObject, tells: boolean): void {
    const { uid } = isObject(pod.metadata) ? pod.metadata : {};
    if (typeof uid !== 'string' || this.#ready.has(uid) || !isReady(pod)) return;
    this.#ready.add(uid);
    if (!tells) return;
    const now = performance.now();
    this.#unwritten.push(now);
    this.#unfilled.push(now);
  }

  #writes(evicts: boolean): void {
    const now = performance.now();
    this.#written.push(...this.#unwritten.map((since) => now - since));
    this.#unwritten = [];
    if (!evicts) return;
    this.#toNextWrite.push(...this.#written);
    this.#written = [];
    const since = this.#unfilled.shift();
    if (since !== undefined) this.#toNextEviction.push(now - since);
  }

  #usage(kind: string): Usage {
    const usage = this.#calls.get(kind) ?? { requests: 0, sentBytes: 0, receivedBytes: 0 };
    this.#calls.set(kind, usage);
    return usage;
  }
}

function kindOf({ method, path, query, body }: ApiRequest): string {
  const resource = resourceOf(path);
  const dryRun =
    query?.dryRun !== undefined || (isObject(body) && isObject(body.deleteOptions) && 'dryRun' in body.deleteOptions);
  const part = method === 'PATCH' && resource === 'statefulsets' ? (writesSpec(body) ? ': spec' : ': record') : '';
  return `${method} ${resource}${part}${dryRun ? ' (dry run)' : ''}`;
}

/** A JSON patch that reaches into the spec, or a merge patch that has one. */
function writesSpec(body: Json | undefined): boolean {
  if (Array.isArray(body))
    return body.some((each) => isObject(each) && String(each.path).startsWith('/spec') && each.op !== 'test');
  return isObject(body) && 'spec' in body;
}

/** /apis/apps/v1/namespaces/x/statefulsets/web/scale -> statefulsets/scale */
function resourceOf(path: string): string {
  const [, , resource = path, , subresource] = /\/namespaces\/([^/]+)\/([^/]+)(\/[^/]+)?(\/[^/]+)?$/.exec(path) ?? [];
  return `${resource}${subresource ?? ''}`;
}

function bytesOf(value: Json | undefined): number {
  return value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value));
}

function itemsOf(answer: Json): JsonObject[] {
  return isObject(answer) && Array.isArray(answer.items) ? answer.items.filter(isObject) : [];
}

function isReady({ status }: JsonObject): boolean {
  const conditions = isObject(status) && Array.isArray(status.conditions) ? status.conditions : [];
  return conditions.some((each) => isObject(each) && each.type === 'Ready' && each.status === 'True');
}
