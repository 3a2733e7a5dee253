import type { Api, ApiRequest, Clock, ExecRequest, ExecResult, WatchRequest } from '../../src/cluster/api.ts';
import type { Json } from '../../src/rollout/json.ts';

/**
 * The API of a process that may end or stand still at any moment. Dead, it sends nothing, hears nothing, and none of its
 * timers rings. Frozen, what was sent arrives all the same, and all that it did not hear waits until it is thawed.
 */
export class ProcessApi implements Api {
  readonly clock: Clock;
  #dead = false;
  #thaws: number | null = null;
  #polled = false;
  #timers: (() => void)[] = [];
  #unheard: (() => void)[] = [];

  /** @param sending told of each request as it is sent; @returns for how long it is on its way beyond the usual */
  constructor(
    private readonly api: Api,
    readonly name = '',
    private readonly sending: (request: ApiRequest, process: ProcessApi) => number = () => 0,
  ) {
    this.clock = {
      now: () => api.clock.now(),
      get skewMs() {
        return api.clock.skewMs ?? 0;
      },
      after: (ms, run) => {
        let cancelled = false;
        const cancel = api.clock.after(ms, () =>
          this.#hear(this.#timers, () => {
            if (!cancelled) run();
          }),
        );
        return () => {
          cancelled = true;
          cancel();
        };
      },
    };
  }

  get dead(): boolean {
    return this.#dead;
  }

  get frozen(): boolean {
    return this.#thaws !== null;
  }

  kill(): void {
    this.#dead = true;
  }

  freeze(ms: number): void {
    const thaws = this.api.clock.now() + ms;
    if (this.#thaws !== null && this.#thaws >= thaws) return;
    this.#thaws = thaws;
    this.api.clock.after(ms, () => {
      if (this.#thaws === thaws) this.#thaw();
    });
  }

  request(request: ApiRequest): Promise<Json> {
    const { promise, resolve, reject } = Promise.withResolvers<Json>();
    if (this.#dead) return promise;
    const slowMs = this.sending(request, this);
    if (this.#dead) return promise;
    const send = () =>
      this.api.request(request).then(
        (answer) => this.#hear(this.#unheard, () => resolve(answer)),
        (error: unknown) => this.#hear(this.#unheard, () => reject(error)),
      );
    if (slowMs > 0) this.api.clock.after(slowMs, send);
    else void send();
    return promise;
  }

  exec(request: ExecRequest): Promise<ExecResult> {
    const { promise, resolve, reject } = Promise.withResolvers<ExecResult>();
    if (this.#dead) return promise;
    if (this.api.exec === undefined) return Promise.reject(new Error('commands cannot be run here'));
    this.api.exec(request).then(
      (result) => this.#hear(this.#unheard, () => resolve(result)),
      (error: unknown) => this.#hear(this.#unheard, () => reject(error)),
    );
    return promise;
  }

  watch(request: WatchRequest): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (this.#dead) return promise;
    this.api
      .watch({
        ...request,
        onOpen: () => this.#hear(this.#unheard, () => request.onOpen?.()),
        onEvent: (event) => this.#hear(this.#unheard, () => request.onEvent(event)),
      })
      .then(
        () => this.#hear(this.#unheard, resolve),
        (error: unknown) => this.#hear(this.#unheard, () => reject(error)),
      );
    return promise;
  }

  #hear(waiting: (() => void)[], run: () => void): void {
    if (this.#dead) return;
    if (this.#thaws === null) run();
    else waiting.push(run);
  }

  /**
   * Each in a turn of its own. A process stopped before its timers goes on with them, one stopped as it polled with what came
   * over the network: both are met, in turn.
   */
  #thaw(): void {
    this.#thaws = null;
    this.#polled = !this.#polled;
    const waiting = [this.#timers.splice(0), this.#unheard.splice(0)];
    const due = (this.#polled ? waiting.toReversed() : waiting).flat();
    const next = () => {
      const run = due.shift();
      if (run === undefined || this.#dead) return;
      run();
      this.api.clock.after(0, next);
    };
    next();
  }
}
