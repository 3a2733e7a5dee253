import type { Api, ApiRequest, Clock, ExecRequest, ExecResult, WatchRequest } from '../../src/cluster/api.ts';
import type { Json } from '../../src/rollout/json.ts';

/** The API of a process that can be killed: from then on it sends nothing, hears nothing, and none of its timers rings. */
export class MortalApi implements Api {
  #dead = false;
  readonly clock: Clock;

  constructor(private readonly api: Api) {
    this.clock = {
      now: () => api.clock.now(),
      after: (ms, run) =>
        api.clock.after(ms, () => {
          if (!this.#dead) run();
        }),
    };
  }

  kill(): void {
    this.#dead = true;
  }

  get dead(): boolean {
    return this.#dead;
  }

  async request(request: ApiRequest): Promise<Json> {
    if (this.#dead) return silence();
    try {
      const answer = await this.api.request(request);
      return this.#dead ? silence() : answer;
    } catch (error) {
      if (this.#dead) return silence();
      throw error;
    }
  }

  async exec(request: ExecRequest): Promise<ExecResult> {
    if (this.#dead) return silence();
    if (this.api.exec === undefined) throw new Error('commands cannot be run here');
    const result = await this.api.exec(request);
    return this.#dead ? silence() : result;
  }

  async watch(request: WatchRequest): Promise<void> {
    if (this.#dead) return silence();
    try {
      await this.api.watch({
        ...request,
        onOpen: () => {
          if (!this.#dead) request.onOpen?.();
        },
        onEvent: (event) => {
          if (!this.#dead) request.onEvent(event);
        },
      });
    } catch (error) {
      if (this.#dead) return silence();
      throw error;
    }
    if (this.#dead) return silence();
  }
}

function silence<T>(): Promise<T> {
  return new Promise(() => {});
}
