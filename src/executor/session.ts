import type { Api } from '../cluster/api.ts';
import { PodReader } from '../cluster/pod-details.ts';
import { editSpec } from '../cluster/record-store.ts';
import { SetCache } from '../cluster/set-cache.ts';
import type { Outside } from '../gates/outside.ts';
import { decide } from '../rollout/decide.ts';
import type { Decision, Outcome } from '../rollout/decision.ts';
import { durationMs } from '../rollout/duration.ts';
import { NO_GATES } from '../rollout/gate-facts.ts';
import { gateOf } from '../rollout/gated.ts';
import { applyIntent, changedFields } from '../rollout/intent.ts';
import type { Json } from '../rollout/json.ts';
import type { Intent, Live } from '../rollout/live.ts';
import { NOTHING_ASKED, type Observation } from '../rollout/observation.ts';
import type { PodDetails } from '../rollout/pod-details.ts';
import type { RolloutRecord } from '../rollout/record.ts';
import { resourceName } from '../rollout/resource.ts';
import type { End, OpenSession, SessionOptions } from './contract.ts';
import { Errand } from './errand.ts';
import { Gatekeeping } from './gatekeeping.ts';
import { Hands, type Host } from './hands.ts';
import { Inspector } from './inspector.ts';
import { type Leave, leavingSpec, leftStatus } from './leaving.ts';
import { LookTimer } from './look-timer.ts';
import { pictureOf } from './memory.ts';
import { Notices } from './notices.ts';
import { realOutside } from './outside.ts';
import { RecordReader } from './record-reader.ts';
import { Succession } from './succession.ts';
import { words } from './surroundings.ts';
import { Timings } from './timings.ts';

/** How long a session that was told to stop still sees its evictions through. */
const FAREWELL_MS = 2_000;

/** These end every session. */
const FINAL: ReadonlySet<Outcome> = new Set(['complete', 'rolled-back', 'gone']);

/**
 * Opens a session on one set: as its executor where nobody else is (and `execute` asks for it), else as a viewer.
 * Resolves once the set, its pods and the Lease have been listed.
 * @throws where the set is not there, its record cannot be read, or the API server cannot be reached
 */
export async function openSession(options: SessionOptions): Promise<OpenSession> {
  const cache = new SetCache(options.connected.api, options.ref, options.listed);
  try {
    await cache.ready();
    const session = new RolloutSession(options, cache);
    await session.open();
    return session;
  } catch (error) {
    cache.close();
    throw error;
  }
}

class RolloutSession implements OpenSession, Host {
  readonly api: Api;
  readonly ref: SessionOptions['ref'];
  readonly user: string;
  readonly outside: Outside;
  readonly done: Promise<End>;
  readonly #options: SessionOptions;
  readonly #hands: Hands;
  readonly #looks: LookTimer;
  readonly #inspector: Inspector;
  readonly #gates: Gatekeeping;
  readonly #notices: Notices;
  readonly #errand: Errand;
  readonly #succession: Succession;
  readonly #records = new RecordReader();
  readonly #timings = new Timings();
  readonly #pods: PodReader;
  readonly #watchers = new Set<() => void>();
  /** Settles when the acts asked for so far are done. */
  #acts: Promise<unknown> = Promise.resolve();
  #decision: Decision | null = null;
  #observation: Observation | null = null;
  #record: RolloutRecord | null = null;
  #notice: Live['notice'] = null;
  #endsSince: number | null = null;
  /** Before the edit is made, the record may still say that there is nothing to do. */
  #opened = false;
  #leave: Leave | null = null;
  #ended = false;
  #resolveDone: (end: End) => void = () => {};

  constructor(
    options: SessionOptions,
    readonly cache: SetCache,
  ) {
    this.#options = options;
    this.api = options.connected.api;
    this.ref = options.ref;
    this.user = options.user;
    this.outside = options.outside ?? realOutside();
    this.#errand = new Errand(options.begin, options.ref);
    this.#gates = new Gatekeeping(this.api.clock, this.outside, () => this.changed());
    this.#hands = new Hands(this);
    this.#inspector = new Inspector(this.api, this.ref, () => this.changed());
    this.#pods = new PodReader(this.api, this.ref);
    this.#notices = new Notices(this, this.#hands, options);
    this.#succession = new Succession(options, this.api.clock.now(), {
      takeOver: () => this.#takeOver(),
      tell: (text, bad) => this.tell(text, bad),
      orphaned: (message) => void this.#end({ outcome: 'stopped', record: this.#record, message }),
    });
    this.done = new Promise((resolve) => {
      this.#resolveDone = resolve;
    });
    this.#looks = new LookTimer(this.api.clock, () => this.#lookSafely());
    cache.subscribe((turn) => {
      if (!this.#ended && this.#opened) this.#looks.seen(this.#observation?.pods.length ?? 0, turn);
    });
  }

  /** Takes the Lease where it is free, and looks for the first time. */
  async open(): Promise<void> {
    const { edit, execute } = this.#options;
    try {
      this.#notices.carryFrom(this.#stored());
      this.#errand.found(this.#stored());
      if (execute === true) await this.#take();
      if (edit !== undefined) this.cache.put(await editSpec(this.api, this.ref, edit));
    } catch (error) {
      await this.#hands.leave(false);
      throw error;
    }
    this.#opened = true;
    this.changed();
  }

  /** Takes the Lease, if it is free; what is executed then is looked up once it is ours. */
  #take(): Promise<boolean> {
    return this.#hands.take(() => {
      const stored = this.#stored();
      const { begin } = this.#errand;
      if (begin === undefined || this.#errand.isBegun(stored)) return stored;
      if (this.#errand.isSuperseded(stored)) throw new Error(this.#errand.superseded);
      return { ...begin, status: null };
    });
  }

  #stored(): RolloutRecord | null {
    const rawSet = this.cache.rawSet();
    return rawSet === null ? null : this.#records.read(rawSet);
  }

  // --- what a viewer sees and does

  live(): Live {
    const { context, server } = this.#options.connected;
    return {
      at: this.api.clock.now(),
      place: { context, server, ...this.ref },
      observation: this.#observation,
      record: this.#record,
      blockers: this.#decision?.blockers ?? [],
      plan: this.#decision?.plan ?? null,
      connection: this.cache.connection(),
      role: this.#hands.executing ? 'executor' : 'viewer',
      holder: this.#holder(),
      notice: this.#notice,
      timings: this.#timings.all(),
    };
  }

  #holder(): Live['holder'] {
    return this.#hands.executing ? this.#hands.holder : this.cache.lease();
  }

  subscribe(changed: () => void): () => void {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }

  act(intent: Intent, who = this.user): Promise<string> {
    // one after the other: two edits of one record at once would arrive in any order
    const answer = this.#acts.then(() => this.#actNow(intent, who));
    this.#acts = answer.catch(() => {});
    return answer;
  }

  async #actNow(intent: Intent, who: string): Promise<string> {
    try {
      const message = await this.#act(intent, who);
      this.tell(message, false);
      return message;
    } catch (error) {
      this.tell(words(error), true);
      throw error;
    }
  }

  inspect(pod: string, { logLines }: { logLines: number }): Promise<PodDetails> {
    return this.#pods.read(pod, logLines);
  }

  async #act(intent: Intent, who: string): Promise<string> {
    if (intent.kind === 'takeover') return this.#takeOver();
    const record = this.#record;
    if (record === null || record.status?.phase === 'Pending') throw new Error('the rollout has not begun yet');
    const replicas = this.#observation?.set.replicas ?? 0;
    // what we have just written ourselves may not have been looked at yet
    const before = this.#stored()?.spec ?? record.spec;
    const edit = applyIntent({ ...record, spec: before }, intent, who, this.api.clock.now(), replicas);
    if (edit.unchanged) return edit.message;
    this.cache.put(await editSpec(this.api, this.ref, (spec) => changedFields(before, edit.spec, spec)));
    this.changed();
    const needsHands = intent.kind === 'resume' || intent.kind === 'promote' || intent.kind === 'rollback';
    if (!needsHands || this.#holder() !== null) return edit.message;
    const decider = this.#observation?.set.decidedBy;
    // its operator gives the Lease back whenever the rollout rests: it is not gone
    if (decider !== undefined) return `${edit.message}; the operator of ${resourceName(decider)} goes on with it`;
    return `${edit.message}; ${await this.#takeOver()}`;
  }

  async #takeOver(): Promise<string> {
    if (this.#hands.executing) return 'executing here already';
    if (await this.#take()) return 'executing here now';
    return `${this.#holder()?.identity ?? 'another executor'} still holds the Lease`;
  }

  async stop(leave: Leave = { kind: 'pause' }): Promise<void> {
    if (this.#ended) return;
    this.#leave ??= leave;
    this.changed();
    const deadline = this.api.clock.now() + FAREWELL_MS;
    const busy = () => this.#looks.scheduled || this.#hands.busy(this.#decision);
    while (!this.#ended && this.#hands.executing && busy() && this.api.clock.now() < deadline) {
      await new Promise<void>((resolve) => this.api.clock.after(20, resolve));
    }
    const message = leave.kind === 'give-up' ? leave.why : null;
    await this.#end({ outcome: 'left', record: this.#record, message });
  }

  // --- for the hands

  changed(): void {
    if (!this.#ended && this.#opened) this.#looks.soon();
  }

  fail(message: string): void {
    void this.#end({ outcome: 'error', record: this.#record, message });
  }

  tell(text: string, bad: boolean): void {
    this.#notice = { at: this.api.clock.now(), text, bad };
    this.changed();
  }

  ended(): boolean {
    return this.#ended;
  }

  stopping(): boolean {
    return this.#leave !== null;
  }

  // --- the loop

  #lookSafely(): void {
    if (this.#ended) return;
    try {
      this.#look();
    } catch (error) {
      this.fail(words(error));
    }
  }

  #look(): void {
    const now = this.api.clock.now();
    const rawSet = this.cache.rawSet();
    if (rawSet === null) {
      const message = `statefulset ${this.ref.name} is not there any more`;
      void this.#end({ outcome: 'gone', record: this.#record, message });
      return;
    }
    const seen = this.cache.observation(NOTHING_ASKED, now);
    const picture = () => pictureOf(seen);
    const record = this.#recordOf(rawSet);
    const gates = this.#gates.facts(seen, record, this.#hands.executing, now);
    const observation = { ...seen, asked: this.#hands.asked(picture, now), told: this.#inspector.told(), gates };
    this.#observation = observation;
    this.#record = record;
    if (record?.status != null) this.#decideAndAct(observation, { ...record, status: record.status }, picture, now);
    else {
      this.#looks.at(this.#inspector.inspect(observation, null, now), now);
      if (!this.#hands.executing) this.#succeed(now);
    }
    this.#callWatchers();
  }

  /** As executor: the spec as it stands in the cluster, and the status that we keep ourselves. */
  #recordOf(rawSet: Json): RolloutRecord | null {
    const stored = this.#records.read(rawSet);
    if (!this.#hands.executing) return stored;
    const status = this.#hands.status();
    if (stored?.spec.rolloutIdentity === status.rolloutIdentity) return { ...stored, status };
    const { begin } = this.#options;
    if (begin !== undefined && status.phase === 'Pending') return { ...begin, status };
    this.#hands.resign();
    this.tell('somebody has begun another rollout of this set', true);
    return stored;
  }

  #decideAndAct(
    observation: Observation,
    record: RolloutRecord & { status: NonNullable<RolloutRecord['status']> },
    picture: () => string,
    now: number,
  ): void {
    const leave = this.#hands.executing ? this.#leave : null;
    const spec = leave === null ? record.spec : leavingSpec(record, this.user);
    this.#timings.update(
      observation,
      {
        soakMs: Math.max(durationMs(spec.minReady), observation.set.minReadyMs),
        startedAt: Date.parse(record.status.startedAt),
        target: record.status.target.revision,
        isGated: (pod) => gateOf(pod, true, record, observation.gates ?? NO_GATES) !== null,
      },
      now,
    );
    const measured = this.#timings.measured() ?? record.status.measured;
    const made = decide(observation, { ...record, spec, status: { ...record.status, measured } }, now);
    const decided = leave === null ? made : { ...made, status: leftStatus(leave, made.status, record) };
    const decision = this.#notices.noted(decided, spec, this.#timings.all(), now);
    this.#decision = decision;
    if (this.#hands.executing) {
      this.#record = { ...record, status: decision.status };
      this.#looks.at(this.#hands.act(decision, record, observation, picture, now), now);
      this.#notices.look();
    } else {
      // nobody may have looked since the executor left: what leaked meanwhile is shown all the same
      const { leaks, counts } = decision.status;
      this.#record = { ...record, status: { ...record.status, leaks, counts } };
    }
    this.#looks.at(this.#inspector.inspect(observation, decision.status, now), now);
    this.#looks.at(decision.wakeAt, now);
    this.#endWhereDone(decision, now);
  }

  #endWhereDone(decision: Decision, now: number): void {
    const { outcome } = decision;
    if (outcome !== null && (FINAL.has(outcome) || this.#options.endOn.has(outcome))) {
      this.#endsSince ??= now;
      // evictions that were accepted must not be left without their fence
      const busy = this.#hands.busy(decision) || this.#inspector.busy;
      const unfinished = outcome !== 'gone' && this.#hands.executing && busy;
      if (unfinished && now - this.#endsSince < FAREWELL_MS) {
        this.#looks.at(this.#endsSince + FAREWELL_MS, now);
        return;
      }
      void this.#end({ outcome, record: this.#record, message: decision.status.message ?? null });
      return;
    }
    this.#endsSince = null;
    if (!this.#hands.executing) this.#succeed(now);
  }

  #succeed(now: number): void {
    if (this.#errand.isSuperseded(this.#record)) {
      this.fail(this.#errand.superseded);
      return;
    }
    const heir = { holder: this.#holder(), abandoned: this.cache.abandoned, begun: this.#errand.isBegun(this.#record) };
    this.#looks.at(this.#succession.watch(heir, now), now);
  }

  async #end(end: End): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#looks.cancel();
    this.#gates.stop();
    await this.#notices.close(end);
    if (this.#record !== null && this.#hands.executing)
      this.#record = { ...this.#record, status: this.#hands.status() };
    await this.#hands.leave(end.outcome !== 'gone');
    this.outside.close();
    this.cache.close();
    this.#callWatchers();
    this.#resolveDone(end);
  }

  #callWatchers(): void {
    for (const watcher of this.#watchers) watcher();
  }
}
