import type { Api } from '../cluster/api.ts';
import { type ClusterEvent, nodeReadiness, podEvents, podLog, setEvents } from '../cluster/reads.ts';
import { plainText } from '../cluster/words.ts';
import { stuckAt } from '../rollout/health.ts';
import type { Evidence, Observation, PodObservation, Told } from '../rollout/observation.ts';
import type { RecordStatus } from '../rollout/record.ts';

/** A pod that is missing for so long (milliseconds) may be one that its controller is not let make. */
const MISSING_MS = 2_000;

/** A pod that is starting for so long may wait for its volumes. */
const STARTING_MS = 10_000;

/** The same question is asked again after so long. */
const AGAIN_MS = 5_000;

/** Of so many pods at most: what is wrong with the first ones is mostly wrong with all. */
const PODS_ASKED = 3;

const LOG_LINES = 5;
const WARNINGS = 3;
const LINE_LENGTH = 200;

/** pkg/kubelet/events/event.go and pkg/controller/volume: what keeps a container from being made, or from Ready. */
const STARTING_REASONS: ReadonlySet<string> = new Set([
  'FailedMount',
  'FailedAttachVolume',
  'FailedMapVolume',
  'FailedCreatePodSandBox',
  'NetworkNotReady',
  'Unhealthy',
]);

/**
 * Reads what a picture of set and pods does not tell, and only where it is wanted: why a pod is not made, not started or
 * not gone, and what a failed one has said last. Where it may not look, nothing is told.
 */
export class Inspector {
  readonly #refusals = new Map<string, { message: string; since: number }>();
  readonly #evidence = new Map<string, Evidence>();
  readonly #warnings = new Map<string, { reason: string; message: string }>();
  readonly #unreachable = new Map<string, number | null>();
  readonly #missingSince = new Map<string, number>();
  /** By question: when it may be asked again. */
  readonly #nextAt = new Map<string, number>();
  #reading = 0;
  #changes = 0;
  #told: { changes: number; told: Told } | null = null;

  constructor(
    private readonly api: Api,
    private readonly ref: { namespace: string; name: string },
    private readonly changed: () => void,
  ) {}

  /** A question is on its way. */
  get busy(): boolean {
    return this.#reading > 0;
  }

  told(): Told {
    if (this.#told?.changes !== this.#changes) {
      const told: Told = {
        refusals: new Map(this.#refusals),
        evidence: new Map(this.#evidence),
        warnings: new Map(this.#warnings),
        unreachable: new Map(this.#unreachable),
      };
      this.#told = { changes: this.#changes, told };
    }
    return this.#told.told;
  }

  /**
   * Asks what this picture makes worth asking.
   * @returns when to look again for that, in milliseconds on the API server's clock; null where nothing is waited for
   */
  inspect(observation: Observation, status: RecordStatus | null, now: number): number | null {
    const wakes = [
      ...this.#lookForMissing(observation, now),
      ...this.#lookAtStarting(observation, now),
      ...this.#lookAtStuck(observation, now),
    ];
    this.#collectEvidence(observation, status, now);
    return wakes.length === 0 ? null : Math.min(...wakes);
  }

  #lookForMissing({ set, pods }: Observation, now: number): number[] {
    const there = new Set(pods.map(({ ordinal }) => ordinal));
    const missing: string[] = [];
    for (let ordinal = set.start; ordinal < set.start + set.replicas; ordinal++) {
      if (!there.has(ordinal)) missing.push(`${set.name}-${ordinal}`);
    }
    for (const name of [...this.#missingSince.keys()]) if (!missing.includes(name)) this.#found(name);
    for (const name of missing) if (!this.#missingSince.has(name)) this.#missingSince.set(name, now);
    const since = Math.min(...this.#missingSince.values());
    if (missing.length === 0 || set.deleting) return [];
    if (now < since + MISSING_MS) return [since + MISSING_MS];
    return [this.#ask('set', now, async () => this.#readRefusals(set.uid))];
  }

  #found(name: string): void {
    this.#missingSince.delete(name);
    if (this.#refusals.delete(name)) this.#changes++;
  }

  /**
   * The controller's recorder counts up what it has said before, joins what is alike, and drops what is too much (25 in
   * a burst, then one in 5 minutes: client-go, tools/record/events_cache.go). So any refusal that names the pod counts,
   * if it is not older than the pod's absence.
   */
  async #readRefusals(uid: string): Promise<void> {
    const events = (await setEvents(this.api, this.ref, uid)) ?? [];
    const refusals = events.filter(({ reason }) => reason === 'FailedCreate');
    for (const [name, since] of this.#missingSince) {
      const last = refusals.findLast((event) => event.at >= since - SKEW_MS && names(event, name));
      if (last === undefined) continue;
      const known = this.#refusals.get(name);
      const message = short(withoutPreamble(last.message));
      if (known?.message === message) continue;
      this.#refusals.set(name, { message, since: known?.since ?? this.api.clock.now() });
      this.#changes++;
    }
  }

  #lookAtStarting({ pods }: Observation, now: number): number[] {
    const starting = pods.filter((pod) => !pod.ready && !pod.deleting && pod.trouble === null && pod.node !== null);
    const living = new Set(this.#warnings.size === 0 ? [] : pods.map(({ uid }) => uid));
    for (const uid of [...this.#warnings.keys()]) {
      if (!living.has(uid) && this.#warnings.delete(uid)) this.#changes++;
    }
    return starting.slice(0, PODS_ASKED).map((pod) => {
      const dueAt = (pod.notReadySince ?? now) + STARTING_MS;
      return now < dueAt ? dueAt : this.#ask(`starting ${pod.uid}`, now, () => this.#readWarnings(pod));
    });
  }

  async #readWarnings(pod: PodObservation): Promise<void> {
    const events = (await podEvents(this.api, this.ref, pod)) ?? [];
    const last = events.findLast(({ reason }) => STARTING_REASONS.has(reason));
    if (last === undefined) return;
    this.#warnings.set(pod.uid, { reason: last.reason, message: short(last.message) });
    this.#changes++;
  }

  #lookAtStuck({ pods }: Observation, now: number): number[] {
    const nodes = new Map<string, number>();
    for (const pod of pods) {
      const at = stuckAt(pod);
      if (at !== null && pod.node !== null) nodes.set(pod.node, Math.min(at, nodes.get(pod.node) ?? at));
    }
    return [...nodes].slice(0, PODS_ASKED).map(([node, stuckAtMs]) => {
      // known before the pod counts as stuck
      const dueAt = stuckAtMs - STARTING_MS;
      return now < dueAt ? dueAt : this.#ask(`node ${node}`, now, () => this.#readNode(node));
    });
  }

  async #readNode(node: string): Promise<void> {
    const readiness = await nodeReadiness(this.api, node);
    if (readiness === null) return;
    this.#unreachable.set(node, readiness.ready ? null : readiness.since);
    this.#changes++;
  }

  #collectEvidence({ pods }: Observation, status: RecordStatus | null, now: number): void {
    const wanted = (status?.failed ?? []).filter(({ uid, log }) => log === undefined && !this.#evidence.has(uid));
    for (const { uid } of wanted.slice(0, PODS_ASKED)) {
      const pod = pods.find((each) => each.uid === uid);
      if (pod !== undefined) this.#ask(`evidence ${uid}`, now, () => this.#readEvidence(pod));
    }
  }

  async #readEvidence(pod: PodObservation): Promise<void> {
    const container = pod.trouble?.container ?? pod.images[0]?.container ?? null;
    // a container that waits for its next start has said in its last life why it died
    const previous = pod.trouble?.kind === 'crash';
    const [events, log] = await Promise.all([
      podEvents(this.api, this.ref, pod),
      container === null ? null : this.#readLog(pod.name, container, previous),
    ]);
    const warnings = (events ?? []).filter(({ type }) => type === 'Warning').slice(-WARNINGS);
    this.#evidence.set(pod.uid, {
      log: (log ?? []).map(short),
      warnings: warnings.map(({ reason, message, count }) =>
        short(`${reason}${count > 1 ? ` (${count} times)` : ''}: ${message}`),
      ),
    });
    this.#changes++;
  }

  async #readLog(pod: string, container: string, previous: boolean): Promise<string[] | null> {
    const read = (ofBefore: boolean) =>
      podLog(this.api, this.ref, pod, container, { tailLines: LOG_LINES, previous: ofBefore });
    return (previous ? await read(true) : null) ?? (await read(false));
  }

  /** One question at a time and not too often. @returns when it may be asked again */
  #ask(question: string, now: number, read: () => Promise<void>): number {
    const nextAt = this.#nextAt.get(question) ?? Number.NEGATIVE_INFINITY;
    if (now < nextAt) return nextAt;
    this.#nextAt.set(question, Number.POSITIVE_INFINITY);
    this.#reading++;
    read()
      // nice to know, and no reason to stop: it is asked again
      .catch(() => {})
      .finally(() => {
        this.#reading--;
        this.#nextAt.set(question, this.api.clock.now() + AGAIN_MS);
        this.changed();
      });
    return now + AGAIN_MS;
  }
}

/** The controller stamps its events by its own clock. */
const SKEW_MS = 30_000;

function names({ message }: ClusterEvent, pod: string): boolean {
  return new RegExp(`(^|[^-.\\w])${pod.replaceAll('.', '\\.')}($|[^-.\\w])`).test(message);
}

/** `create Pod web-2 in StatefulSet web failed error: pods "web-2" is forbidden: exceeded quota: ...` */
function withoutPreamble(message: string): string {
  return message.replace(/^.*? failed error: /, '');
}

function short(text: string): string {
  const plain = plainText(text);
  return plain.length > LINE_LENGTH ? `${plain.slice(0, LINE_LENGTH - 1)}…` : plain;
}
