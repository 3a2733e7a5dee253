import { ConsulWatch } from '../gates/consul.ts';
import type { Outside, Timer } from '../gates/outside.ts';
import { type PodNames, PrometheusGate } from '../gates/prometheus.ts';
import { ServiceJudge } from '../gates/service-judge.ts';
import { durationMs } from '../rollout/duration.ts';
import { type GateFacts, NO_GATES } from '../rollout/gate-facts.ts';
import type { ServiceDiscovery } from '../rollout/gate-spec.ts';
import type { Observation } from '../rollout/observation.ts';
import type { RecordSpec, RecordStatus, RolloutRecord } from '../rollout/record.ts';

/**
 * Runs the gates that the record names, while we execute it, and tells what they say as facts. They watch by
 * themselves: nobody ever waits for one. Who only watches a rollout tells what its executor has written.
 */
export class Gatekeeping {
  #services: Services | null = null;
  #steps: Steps | null = null;
  #stopped = false;

  constructor(
    private readonly timer: Timer,
    private readonly outside: Outside,
    /** Something that a gate says has changed. */
    private readonly changed: () => void,
  ) {}

  /** @param executing whether the record is ours to execute */
  facts(observation: Observation, record: RolloutRecord | null, executing: boolean, now: number): GateFacts {
    const status = record?.status ?? null;
    if (!executing || record === null || status === null || isOver(status)) {
      this.#follow(null);
      return status?.gates ?? NO_GATES;
    }
    this.#follow(record.spec);
    const services = this.#services?.facts(observation, now);
    const steps = this.#steps?.facts(observation, status) ?? [];
    return services === undefined ? { steps } : { services, steps };
  }

  stop(): void {
    this.#stopped = true;
    this.#follow(null);
  }

  /** Gates are started and ended as the record asks for them. */
  #follow(spec: RecordSpec | null): void {
    const wanted = this.#stopped ? null : spec;
    const discovery = wanted?.serviceDiscovery;
    if (this.#services?.key !== keyOf(discovery)) {
      this.#services?.stop();
      this.#services = discovery === undefined ? null : new Services(this.timer, this.outside, discovery, this.changed);
    }
    const gates = wanted?.gates ?? [];
    if (this.#steps?.key !== keyOf(gates.length === 0 ? undefined : gates)) {
      this.#steps?.stop();
      this.#steps = gates.length === 0 ? null : new Steps(this.timer, this.outside, gates, this.changed);
    }
  }
}

function isOver({ phase }: RecordStatus): boolean {
  return phase === 'Complete' || phase === 'RolledBack';
}

function keyOf(spec: unknown): string | undefined {
  return spec === undefined ? undefined : JSON.stringify(spec);
}

/** Consul's services of one rollout. */
class Services {
  readonly key: string | undefined;
  readonly #watches: ConsulWatch[];
  readonly #timer: Timer;
  readonly #changed: () => void;
  readonly #soakMs: number;
  #judge: ServiceJudge | null = null;
  #cancelWake: () => void = () => {};

  constructor(timer: Timer, outside: Outside, spec: ServiceDiscovery, changed: () => void) {
    this.key = keyOf(spec);
    this.#timer = timer;
    this.#changed = changed;
    this.#soakMs = durationMs(spec.soak);
    this.#watches = [...new Set(spec.serviceNames)].map(
      (service) => new ConsulWatch(timer, outside, spec, service, changed),
    );
  }

  facts({ pods, set }: Observation, now: number): GateFacts['services'] {
    this.#judge ??= new ServiceJudge(set.namespace, this.#soakMs);
    const inRange = pods.filter(({ ordinal }) => ordinal >= set.start && ordinal < set.start + set.replicas);
    const answers = new Map(this.#watches.map((watch) => [watch.service, watch.answer()]));
    const { facts, changesAt } = this.#judge.judge(inRange, answers, now);
    this.#cancelWake();
    if (changesAt !== null) this.#cancelWake = this.#timer.after(changesAt - now, this.#changed);
    return facts;
  }

  stop(): void {
    this.#cancelWake();
    for (const watch of this.#watches) watch.stop();
  }
}

/** The step gates of one rollout. */
class Steps {
  readonly key: string | undefined;
  readonly #gates: PrometheusGate[];
  #names: PodNames = { fresh: [], old: [] };

  constructor(timer: Timer, outside: Outside, gates: NonNullable<RecordSpec['gates']>, changed: () => void) {
    this.key = keyOf(gates);
    this.#gates = gates.map((gate) => new PrometheusGate(timer, outside, gate, () => this.#names, changed));
  }

  facts({ pods }: Observation, { target, stepReachedAt }: RecordStatus): GateFacts['steps'] {
    const living = pods.filter(({ deleting }) => !deleting);
    const fresh = living.filter(({ revision }) => revision === target.revision);
    const old = living.filter(({ revision }) => revision !== target.revision);
    this.#names = { fresh: fresh.map(({ name }) => name), old: old.map(({ name }) => name) };
    for (const gate of this.#gates) gate.podsChanged();
    const since = stepReachedAt === undefined ? null : Date.parse(stepReachedAt);
    return this.#gates.map((gate) => gate.facts(since));
  }

  stop(): void {
    for (const gate of this.#gates) gate.stop();
  }
}
