import type { ApiRequest, WatchRequest } from '../cluster/api.ts';
import type { Random } from './random.ts';

/** What can happen to a call on its way, or instead of its answer. */
export type RequestFault =
  /** Nothing was done, and nobody answers. */
  | 'lost-before'
  /** It was done, and the answer is lost. */
  | 'lost-after'
  /** 409, though nobody else wrote. */
  | 'conflict'
  /** 429 without a cause: the server is loaded. */
  | 'overloaded'
  /** 500, and nothing was done. */
  | 'internal'
  /** It was done, and the answer is 500 all the same: etcd was too slow to say so. */
  | 'internal-after'
  /** It takes `slowMs` more. */
  | 'slow';

export type WatchFault =
  /** The stream breaks. */
  | 'cut'
  /** The server ends it in good order. */
  | 'end'
  /** 410 as an ERROR event within the stream. */
  | 'expired-event'
  /** 410 as the answer to the next watch that goes on from a version. */
  | 'expired-answer';

/** Chances, each from 0 to 1. */
export interface FaultRates {
  request: Partial<Record<RequestFault, number>>;
  /** Per event. */
  watch: Partial<Record<WatchFault, number>>;
  /** An event comes twice. */
  duplicate: number;
  /** An event (and all behind it) comes `slowMs` later. */
  late: number;
  slowMs: number;
}

interface Scripted {
  fault: RequestFault;
  matches(request: ApiRequest): boolean;
  times: number;
}

/** Who is in the way of the clients of the in-process API. The cluster's own parts are spared. */
export class Faults {
  rates: FaultRates = { request: {}, watch: {}, duplicate: 0, late: 0, slowMs: 2000 };
  readonly #scripted: Scripted[] = [];
  readonly #watches = new Set<{ path: string; fail(fault: WatchFault): void }>();

  constructor(private readonly random: Random) {}

  /** The next `times` requests that match meet this fault. */
  next(fault: RequestFault, matches: (request: ApiRequest) => boolean = () => true, times = 1): void {
    this.#scripted.push({ fault, matches, times });
  }

  /** All open watches (of paths that end so) meet this fault, now. */
  breakWatches(fault: WatchFault, pathEnd = ''): void {
    for (const watch of [...this.#watches]) if (watch.path.endsWith(pathEnd)) watch.fail(fault);
  }

  /** No fault any more, from now on. */
  stop(): void {
    this.rates = { request: {}, watch: {}, duplicate: 0, late: 0, slowMs: 0 };
    this.#scripted.length = 0;
  }

  /** Of the simulator: what this request meets. */
  ofRequest(request: ApiRequest): RequestFault | null {
    const index = this.#scripted.findIndex((each) => each.matches(request));
    const scripted = this.#scripted[index];
    if (scripted !== undefined) {
      scripted.times--;
      if (scripted.times === 0) this.#scripted.splice(index, 1);
      return scripted.fault;
    }
    return this.#draw(this.rates.request);
  }

  /** Of the simulator: what this event of a watch meets. */
  ofEvent(): { watch: WatchFault | null; twice: boolean; lateMs: number } {
    const { duplicate, late, slowMs } = this.rates;
    return {
      watch: this.#draw(this.rates.watch),
      twice: this.random.chance(duplicate),
      lateMs: this.random.chance(late) ? this.random.between(0, slowMs) : 0,
    };
  }

  /** Of the simulator: an open watch; returns what takes it out. */
  register(request: WatchRequest, fail: (fault: WatchFault) => void): () => void {
    const watch = { path: request.path, fail };
    this.#watches.add(watch);
    return () => this.#watches.delete(watch);
  }

  #draw<F extends string>(rates: Partial<Record<F, number>>): F | null {
    for (const [fault, rate] of Object.entries(rates) as [F, number][]) if (this.random.chance(rate)) return fault;
    return null;
  }
}
