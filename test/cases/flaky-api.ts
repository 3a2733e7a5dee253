import {
  type Api,
  ApiError,
  type ApiRequest,
  type Clock,
  ConnectionError,
  type WatchRequest,
} from '../../src/cluster/api.ts';
import type { Json } from '../../src/rollout/json.ts';

/** How the way to the API server is. */
export type Line =
  | 'good'
  /** Watches are accepted, stay open and carry nothing; calls are answered. */
  | 'silent'
  /** Watches are not even accepted: no byte comes. */
  | 'mute'
  /** Nobody listens: calls and watches fail at once, open ones too. */
  | 'refused'
  /** Each watch is ended in good order after a second. */
  | 'closing'
  /** Each watch is accepted, and ended in good order in the same moment. */
  | 'closed'
  /** Each watch is answered with an ERROR event of code 500 after a second. */
  | 'broken-stream';

export interface Sent {
  at: number;
  kind: 'list' | 'watch' | 'write' | 'other';
  /** "statefulsets", "pods", "leases" */
  resource: string;
  method: ApiRequest['method'];
  path: string;
  query: Record<string, string>;
}

const RESOURCES = /\/(statefulsets|pods|leases)(?:$|\/)/;

/** An API whose line a test cuts, silences and mends; it keeps what was sent over it. */
export class FlakyApi implements Api {
  readonly sent: Sent[] = [];
  readonly clock: Clock;
  /** Answers a read instead; undefined: as the API server does. */
  onRead: (request: ApiRequest) => Json | Error | undefined = () => undefined;
  #line: Line = 'good';
  readonly #open = new Map<(error: Error | null) => void, string>();

  constructor(private readonly api: Api) {
    this.clock = api.clock;
  }

  set line(line: Line) {
    this.#line = line;
    if (line === 'refused') this.cut();
  }

  /** Resets every open watch. */
  cut(): void {
    for (const end of [...this.#open.keys()]) end(new ConnectionError('the connection was reset'));
  }

  /** Of each resource how many watches are open now. */
  watches(): Record<string, number> {
    const count: Record<string, number> = {};
    for (const resource of this.#open.values()) count[resource] = (count[resource] ?? 0) + 1;
    return count;
  }

  async request(request: ApiRequest): Promise<Json> {
    this.#note(request, request.method);
    if (this.#line === 'refused') throw refused();
    const instead = request.method === 'GET' ? this.onRead(request) : undefined;
    if (instead instanceof Error) throw instead;
    if (instead !== undefined) return instead;
    return this.api.request(request);
  }

  async watch(request: WatchRequest): Promise<void> {
    this.#note(request, 'GET', 'watch');
    if (this.#line === 'refused') throw refused();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const own = new AbortController();
    let heardAt = this.clock.now();
    let over = false;
    const end = (error: Error | null): void => {
      if (over) return;
      over = true;
      this.#open.delete(end);
      own.abort();
      if (error === null) resolve();
      else reject(error);
    };
    this.#open.set(end, resourceOf(request.path));
    request.signal.addEventListener('abort', () => end(new ConnectionError('the call was called off')), { once: true });
    const idle = (): void => {
      if (over) return;
      const left = heardAt + request.idleMs - this.clock.now();
      if (left <= 0) end(new ConnectionError(`nothing heard for ${request.idleMs / 1000} s`));
      else this.clock.after(left, idle);
    };
    this.clock.after(request.idleMs, idle);
    if (this.#line === 'closing') this.clock.after(1_000, () => end(null));
    if (this.#line === 'closed') {
      this.clock.after(1, () => {
        if (!over) request.onOpen?.();
        end(null);
      });
    }
    if (this.#line === 'broken-stream') {
      this.clock.after(1_000, () => {
        if (!over)
          request.onEvent({ type: 'ERROR', object: { kind: 'Status', code: 500, message: 'etcd is not there' } });
        end(null);
      });
    }
    const heard = (run: () => void, isEvent = true): void => {
      if (over || this.#line === 'mute' || (isEvent && this.#line === 'silent')) return;
      heardAt = this.clock.now();
      run();
    };
    this.api
      .watch({
        ...request,
        idleMs: 2 ** 30,
        signal: own.signal,
        onOpen: () => heard(() => request.onOpen?.(), false),
        onEvent: (event) => heard(() => request.onEvent(event)),
      })
      .then(
        () => end(null),
        (error: Error) => end(error),
      );
    return promise;
  }

  #note(
    { path, query = {} }: { path: string; query?: Record<string, string> },
    method: Sent['method'],
    as?: 'watch',
  ): void {
    const reads = method === 'GET' && path.endsWith(`/${resourceOf(path)}`);
    const kind = as ?? (method === 'GET' ? (reads ? 'list' : 'other') : 'write');
    this.sent.push({ at: this.clock.now(), kind, resource: resourceOf(path), method, path, query });
  }
}

function resourceOf(path: string): string {
  return RESOURCES.exec(path)?.[1] ?? 'others';
}

function refused(): ConnectionError {
  return new ConnectionError('cannot reach the API server https://test: connection refused');
}

/** HTTP 410, as for a version that was compacted away. */
export function gone(): ApiError {
  return new ApiError(410, 'Expired', 'too old resource version');
}
