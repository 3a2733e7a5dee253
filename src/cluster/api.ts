import type { Json } from '../rollout/json.ts';

/**
 * The one seam between us and an API server: everything else in `cluster/` is built on these two calls, so that the
 * simulator, by implementing them, runs the same product in virtual time.
 */
export interface Api {
  /**
   * One call. Resolves with the decoded body of a 2xx answer, every field as the server sent it.
   * @throws ApiError for any other answer
   * @throws ConnectionError where there was no answer: then it is not known whether the server acted
   */
  request(request: ApiRequest): Promise<Json>;
  /**
   * Streams one watch. Resolves when the server ends it in good order; each event is handed over as it comes, ERROR
   * events included.
   * @throws ApiError where the server refuses the watch (410 among others)
   * @throws ConnectionError where the stream breaks, or carries nothing for `idleMs`
   */
  watch(request: WatchRequest): Promise<void>;
  /**
   * Runs a command in a container, without input; resolves when it has ended. Absent where there is no such thing.
   * @throws ApiError where the server refuses
   * @throws ConnectionError where the connection ends before the exit status: then it is not known how it ended
   */
  exec?(request: ExecRequest): Promise<ExecResult>;
  readonly clock: Clock;
}

export interface ApiRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute, without the server: /apis/apps/v1/namespaces/x/statefulsets/web */
  path: string;
  query?: Record<string, string>;
  body?: Json;
  /** Of the body; application/json where it is left out. */
  contentType?: PatchType | 'application/json';
  /** Milliseconds for the whole call; 30 s where it is left out. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

export type PatchType =
  | 'application/json-patch+json'
  | 'application/merge-patch+json'
  | 'application/strategic-merge-patch+json'
  | 'application/apply-patch+yaml';

export interface WatchRequest {
  path: string;
  query?: Record<string, string>;
  /** The server has accepted the watch: what happens from now on will come. */
  onOpen?(): void;
  onEvent(event: WatchEvent): void;
  idleMs: number;
  signal: AbortSignal;
}

export interface ExecRequest {
  namespace: string;
  pod: string;
  /** The pod's default container where it is left out. */
  container?: string;
  command: readonly string[];
  /** Ends the connection; the command may run on. */
  signal: AbortSignal;
}

export interface ExecResult {
  exitCode: number;
  /** Of standard output and error, as they came; the end of it, where it is long. */
  output: string;
}

export interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: Json;
}

/** Time that never jumps back, on the API server's calendar. Virtual in simulations. */
export interface Clock {
  /** Milliseconds since 1970, by the API server's clock as far as we have heard it. */
  now(): number;
  /** Calls `run` once, after `ms`; returns what cancels it. */
  after(ms: number, run: () => void): () => void;
  /**
   * For Leases: two clocks that pass evenly, whatever is heard from servers. `least` stands still while a laptop sleeps,
   * `most` counts that too. `now` is taken for both where it is left out, as in simulations.
   */
  stopwatch?(): { least: number; most: number };
  /** How far this machine's calendar is ahead of the server's, milliseconds. Left out where there is only one, as in simulations. */
  readonly skewMs?: number;
}

/** The API server answered, and not with what was asked for. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  constructor(
    /** The HTTP status. */
    readonly code: number,
    /** Of the Kubernetes Status: Conflict, NotFound, Expired ...; '' where there was none. */
    readonly reason: string,
    message: string,
    readonly causes: readonly { reason: string; message: string; field: string }[] = [],
    /** Seconds the server asks us to wait; null where it does not say. */
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(message);
  }
}

/** No answer came: refused, reset, timed out, no name, bad certificate, credentials that could not be had. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
}
