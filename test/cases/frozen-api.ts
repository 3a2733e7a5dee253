import type { Api, ApiRequest, Clock, WatchRequest } from '../../src/cluster/api.ts';
import type { Json } from '../../src/rollout/json.ts';

/**
 * The API of a process that can be stopped and continued (SIGSTOP, SIGCONT; a laptop that sleeps): meanwhile it sends
 * nothing and hears nothing, and none of its timers rings; afterwards everything comes at once. What was sent before
 * arrives all the same.
 */
export class FrozenApi implements Api {
  readonly clock: Clock;
  #stopped = false;
  #waiting: (() => void)[] = [];

  constructor(private readonly api: Api) {
    this.clock = {
      now: () => api.clock.now(),
      after: (ms, run) => {
        let cancelled = false;
        const cancel = api.clock.after(ms, () => this.#when(() => !cancelled && run()));
        return () => {
          cancelled = true;
          cancel();
        };
      },
    };
  }

  stop(): void {
    this.#stopped = true;
  }

  continue(): void {
    this.#stopped = false;
    for (const run of this.#waiting.splice(0)) run();
  }

  async request(request: ApiRequest): Promise<Json> {
    await this.#awake();
    try {
      return await this.api.request(request);
    } finally {
      await this.#awake();
    }
  }

  async watch(request: WatchRequest): Promise<void> {
    await this.#awake();
    try {
      await this.api.watch({
        ...request,
        // its silence is the process's own, which does not count it
        idleMs: 2 ** 30,
        onOpen: () => this.#when(() => request.onOpen?.()),
        onEvent: (event) => this.#when(() => request.onEvent(event)),
      });
    } finally {
      await this.#awake();
    }
  }

  #when(run: () => void): void {
    if (this.#stopped) this.#waiting.push(run);
    else run();
  }

  async #awake(): Promise<void> {
    while (this.#stopped) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
