import {
  type Api,
  ApiError,
  type ApiRequest,
  ConnectionError,
  type WatchEvent,
  type WatchRequest,
} from '../cluster/api.ts';
import type { Json } from '../rollout/json.ts';
import type { ApiServer } from './api-server.ts';
import type { SimulatorClock } from './clock.ts';
import type { Faults, RequestFault, WatchFault } from './faults.ts';
import { copy } from './objects.ts';
import { parsePath } from './paths.ts';
import type { Latency } from './process.ts';
import { checkAccess, handle } from './requests.ts';
import { conflict, internal, noSuchPath, overloaded, StatusError } from './status.ts';
import { openWatch, tooOld } from './watches.ts';

const TIMEOUT_MS = 30_000;
const ETCD_SLOW = 'etcdserver: request timed out';
const LOST = { error: new ConnectionError('the connection was reset'), delayMs: 0 };

/**
 * The API for one client in the same process: each call takes its latency there and back, each event of a watch its
 * delay, in order; and both meet the faults. What it hands out is frozen.
 */
export class InProcessApi implements Api {
  readonly clock: SimulatorClock;
  #expireNext = false;

  constructor(
    private readonly server: ApiServer,
    private readonly faults: Faults,
    private readonly user: string,
    private readonly latency: Latency,
    private readonly eventDelay: Latency,
  ) {
    this.clock = server.clock;
  }

  request(request: ApiRequest): Promise<Json> {
    const sent: ApiRequest = request.body === undefined ? request : { ...request, body: copy(request.body) };
    const { promise, resolve, reject } = Promise.withResolvers<Json>();
    if (request.signal?.aborted) return Promise.reject(calledOff());
    const fault = this.faults.ofRequest(sent);
    const timeoutMs = request.timeoutMs ?? TIMEOUT_MS;
    const giveUp = this.clock.after(timeoutMs, () =>
      finish(() => reject(new ConnectionError(`no answer within ${timeoutMs / 1000} s`))),
    );
    const onAbort = (): void => finish(() => reject(calledOff()));
    const finish = (run: () => void): void => {
      giveUp();
      request.signal?.removeEventListener('abort', onAbort);
      run();
    };
    request.signal?.addEventListener('abort', onAbort, { once: true });
    const slowMs = fault === 'slow' ? this.faults.rates.slowMs : 0;
    this.clock.schedule(this.latency() + slowMs, () => {
      // A client that went away has sent it all the same.
      const answer = this.#answer(sent, fault);
      this.clock.after(this.latency() + answer.delayMs, () =>
        finish(() => ('error' in answer ? reject(answer.error) : resolve(answer.body))),
      );
    });
    return promise;
  }

  #answer(request: ApiRequest, fault: RequestFault | null): ({ body: Json } | { error: Error }) & { delayMs: number } {
    if (fault === 'lost-before') return LOST;
    try {
      this.#refuse(request, fault);
      const { body } = handle(this.server, this.user, request);
      if (fault === 'internal-after' && request.method !== 'GET') throw internal(ETCD_SLOW);
      return fault === 'lost-after' ? LOST : { body, delayMs: 0 };
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      if (fault === 'lost-after') return LOST;
      return { error: apiError(error), delayMs: error.delayMs };
    }
  }

  #refuse(request: ApiRequest, fault: RequestFault | null): void {
    if (fault === 'overloaded') throw overloaded();
    if (fault === 'internal') throw internal(ETCD_SLOW);
    const target = parsePath(this.server.store.resources, request.path);
    if (fault === 'conflict' && request.method !== 'GET' && request.method !== 'POST' && target !== undefined) {
      throw conflict(
        target.resource,
        target.name,
        'the object has been modified; please apply your changes to the latest version and try again',
      );
    }
  }

  watch(request: WatchRequest): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const clock = this.clock;
    let over = false;
    let stop = (): void => undefined;
    const coming: (() => void)[] = [];
    let lastAt = clock.now();
    let heardAt = clock.now();
    const finish = (run: () => void): void => {
      if (over) return;
      over = true;
      stop();
      unregister();
      cancelIdle();
      request.signal.removeEventListener('abort', onAbort);
      run();
    };
    const onAbort = (): void => finish(() => reject(calledOff()));
    const deliver = (run: () => void, extraMs = 0): void => {
      lastAt = Math.max(lastAt, clock.now() + this.eventDelay() + extraMs);
      coming.push(run);
      // Real timers may overtake each other by a millisecond, events must not: whichever fires takes the first.
      clock.after(lastAt - clock.now(), () => {
        const next = coming.shift();
        if (over) return;
        heardAt = clock.now();
        next?.();
      });
    };
    const fail = (fault: WatchFault): void => this.#failWatch(fault, request, finish, resolve, reject);
    const unregister = this.faults.register(request, fail);
    const cancelIdle = this.#whenIdle(
      request.idleMs,
      () => heardAt,
      () => finish(() => reject(new ConnectionError(`nothing heard for ${request.idleMs / 1000} s`))),
    );
    if (request.signal.aborted) onAbort();
    request.signal.addEventListener('abort', onAbort, { once: true });
    const event = (each: WatchEvent): void => {
      const { watch, twice, lateMs } = this.faults.ofEvent();
      deliver(() => request.onEvent(each), lateMs);
      if (twice) deliver(() => request.onEvent(each));
      if (watch !== null) deliver(() => fail(watch));
    };
    clock.schedule(this.latency(), () => {
      if (over) return;
      try {
        stop = this.#open(request, { event, end: () => deliver(() => finish(resolve)) });
        deliver(() => request.onOpen?.());
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
        clock.after(this.latency(), () => finish(() => reject(apiError(error))));
      }
    });
    return promise;
  }

  #open(request: WatchRequest, sink: { event(event: WatchEvent): void; end(): void }): () => void {
    const query = request.query ?? {};
    const target = parsePath(this.server.store.resources, request.path);
    if (target === undefined) throw noSuchPath();
    checkAccess(this.server, this.user, 'GET', target, true);
    if (this.#expireNext && Number(query.resourceVersion) > 0) {
      this.#expireNext = false;
      throw tooOld(Number(query.resourceVersion), this.server.store.version);
    }
    const byName = target.name ? { ...query, fieldSelector: `metadata.name=${target.name}` } : query;
    return openWatch(this.server, target.resource, target.namespace, byName, sink);
  }

  #failWatch(
    fault: WatchFault,
    request: WatchRequest,
    finish: (run: () => void) => void,
    resolve: () => void,
    reject: (error: Error) => void,
  ): void {
    const { version } = this.server.store;
    if (fault === 'expired-answer') this.#expireNext = true;
    this.clock.after(0, () =>
      finish(() => {
        if (fault === 'expired-event') {
          request.onEvent({ type: 'ERROR', object: tooOld(version - 1, version).toJson() });
        }
        if (fault === 'end' || fault === 'expired-event') resolve();
        else reject(new ConnectionError('the connection was reset'));
      }),
    );
  }

  /** One timer that looks again, instead of one for each event. */
  #whenIdle(idleMs: number, heardAt: () => number, run: () => void): () => void {
    let cancel = (): void => undefined;
    const look = (): void => {
      const left = heardAt() + idleMs - this.clock.now();
      if (left <= 0) run();
      else cancel = this.clock.after(left, look);
    };
    cancel = this.clock.after(idleMs, look);
    return () => cancel();
  }
}

function calledOff(): ConnectionError {
  return new ConnectionError('the call was called off');
}

function apiError(error: StatusError): ApiError {
  return new ApiError(error.code, error.reason, error.message, error.causes, error.retryAfterSeconds);
}
