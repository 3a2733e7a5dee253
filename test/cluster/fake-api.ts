import { type Api, ApiError, type ApiRequest, type Clock } from '../../src/cluster/api.ts';
import type { Json } from '../../src/rollout/json.ts';

/** Answers calls by a function of the test, and keeps them. */
export class FakeApi implements Api {
  readonly calls: ApiRequest[] = [];
  readonly clock: Clock = { now: () => 0, after: () => () => {} };

  constructor(private readonly answer: (request: ApiRequest) => Json) {}

  async request(request: ApiRequest): Promise<Json> {
    this.calls.push(request);
    return this.answer(request);
  }

  watch(): Promise<void> {
    throw new Error('not asked for');
  }
}

export function refuse(
  code: number,
  message: string,
  more: { reason?: string; causes?: ApiError['causes']; retry?: number } = {},
): never {
  throw new ApiError(code, more.reason ?? '', message, more.causes ?? [], more.retry ?? null);
}
