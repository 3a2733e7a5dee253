import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { PHASES } from '../rollout/record.ts';
import type { Meter, RolloutFacts } from './contract.ts';
import type { Counted } from './counting-api.ts';

/** Of rollouts that are there when somebody asks. */
interface Source {
  rollouts(): RolloutFacts[];
  readonly leading: boolean;
}

const SECONDS = [1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 1_800];

/** What Prometheus is told; docs/operator.md has the table. */
export class Metrics implements Meter {
  readonly registry = new Registry();
  readonly #replaced: Counter;
  readonly #seconds: Histogram;
  readonly #ended: Counter<'outcome'>;
  readonly #reconciles: Counter<'result'>;
  readonly #requests: Counter<'verb' | 'resource' | 'code'>;

  constructor() {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.#replaced = new Counter({
      name: 'bedrock_pods_replaced_total',
      help: 'Pods whose replacement was counted as available.',
      registers,
    });
    this.#seconds = new Histogram({
      name: 'bedrock_pod_replacement_seconds',
      help: 'From the eviction of a pod to its replacement being Ready.',
      buckets: SECONDS,
      registers,
    });
    this.#ended = new Counter({
      name: 'bedrock_rollouts_ended_total',
      help: 'Executions of a rollout that have ended, by how.',
      labelNames: ['outcome'],
      registers,
    });
    this.#reconciles = new Counter({
      name: 'bedrock_reconciles_total',
      help: 'Looks at a resource, by whether they succeeded.',
      labelNames: ['result'],
      registers,
    });
    this.#requests = new Counter({
      name: 'bedrock_api_requests_total',
      help: 'Requests to the API server, by verb, resource and HTTP status ("none": no answer came).',
      labelNames: ['verb', 'resource', 'code'],
      registers,
    });
  }

  /** What is asked for at each scrape. */
  show(source: Source): void {
    const registers = [this.registry];
    const labelNames = ['namespace', 'name'] as const;
    new Gauge({
      name: 'bedrock_leader',
      help: '1 where this operator acts, 0 where it waits for its turn.',
      registers,
      collect() {
        this.set(source.leading ? 1 : 0);
      },
    });
    new Gauge({
      name: 'bedrock_rollouts',
      help: 'StatefulsetRollouts by phase ("None": there was no rollout yet).',
      labelNames: ['phase'],
      registers,
      collect() {
        const counts = new Map<string, number>(['None', ...PHASES].map((phase) => [phase, 0]));
        for (const { phase } of source.rollouts()) counts.set(phase, (counts.get(phase) ?? 0) + 1);
        for (const [phase, count] of counts) this.set({ phase }, count);
      },
    });
    /** Only of those under way: a set at rest has no series of its own. */
    const ofEach = (name: string, help: string, pods: (facts: RolloutFacts) => number) =>
      new Gauge({
        name,
        help,
        labelNames,
        registers,
        collect() {
          this.reset();
          for (const facts of source.rollouts()) {
            const { namespace, budget } = facts;
            if (budget > 0) this.set({ namespace, name: facts.name }, pods(facts));
          }
        },
      });
    ofEach('bedrock_rollout_unavailable_pods', 'Pods that use the budget now.', ({ unavailable }) => unavailable);
    ofEach('bedrock_rollout_budget_pods', 'Pods that may be unavailable at once.', ({ budget }) => budget);
    ofEach(
      'bedrock_rollout_leaked_pods',
      'Pods that came back at a version that was not their turn.',
      ({ leaks }) => leaks,
    );
  }

  readonly counted: Counted = (verb, resource, code) => this.#requests.inc({ verb, resource, code });

  replaced(seconds: number | null): void {
    this.#replaced.inc();
    if (seconds !== null) this.#seconds.observe(seconds);
  }

  ended(outcome: string): void {
    this.#ended.inc({ outcome });
  }

  reconciled(ok: boolean): void {
    this.#reconciles.inc({ result: ok ? 'ok' : 'failed' });
  }
}
