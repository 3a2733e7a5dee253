import { type Api, ApiError, type ApiRequest, ConnectionError, type WatchRequest } from '../../src/cluster/api.ts';
import type { Json } from '../../src/rollout/json.ts';
import { Simulator, VirtualClock } from '../../src/simulator/index.ts';
import { handle } from '../../src/simulator/requests.ts';
import { StatusError } from '../../src/simulator/status.ts';

/** Waits shorter than this are over at once: no input here is about time. */
const AT_ONCE_MS = 1_000;

/** What an API server would answer, but for what `answer` makes of it. Nothing of it moves; writes are counted. */
export class StubApi implements Api {
  writes: string[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly clock = {
    now: () => this.simulator.clock.now(),
    after: (ms: number, run: () => void): (() => void) => {
      const timer = setTimeout(run, ms < AT_ONCE_MS ? 0 : 2 ** 30);
      this.#timers.add(timer);
      return () => clearTimeout(timer);
    },
  };

  constructor(
    private readonly simulator: Simulator,
    private readonly answer: (request: ApiRequest, body: Json) => Json,
  ) {}

  async request(request: ApiRequest): Promise<Json> {
    const asks = request.method === 'GET' || request.path.endsWith('/selfsubjectaccessreviews');
    const dry = request.query?.dryRun === 'All';
    try {
      const body = structuredClone(handle(this.simulator.server, 'ann', request).body);
      // what was refused is no write
      if (!asks && !dry) this.writes.push(`${request.method} ${request.path}`);
      return request.method === 'GET' ? this.answer(request, body) : body;
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      throw new ApiError(error.code, error.reason, error.message, error.causes);
    }
  }

  async watch(request: WatchRequest): Promise<void> {
    request.onOpen?.();
    await new Promise<void>((resolve) => request.signal.addEventListener('abort', () => resolve(), { once: true }));
    throw new ConnectionError('the call was called off');
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}

/** A cluster with a set `web` of three Ready pods, a budget over them, and more to look at. It stands still. */
export async function stillCluster(): Promise<Simulator> {
  const clock = new VirtualClock();
  const simulator = new Simulator({ seed: 7, version: '1.37', clock });
  const labels = { app: 'web' };
  simulator.create({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'web' },
    spec: {
      replicas: 3,
      serviceName: 'web',
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'app:1' }] } },
    },
  });
  simulator.create({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'web' },
    spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
  });
  await clock.run(clock.now() + 30_000);
  return simulator;
}
