import type { Connected } from '../cluster/connection.ts';
import { LeaseHold } from '../cluster/lease.ts';
import { observeSet } from '../cluster/observe.ts';
import { editSpec, writeStatus } from '../cluster/record-store.ts';
import { SetCache } from '../cluster/set-cache.ts';
import { decide } from '../rollout/decide.ts';
import type { Action, Decision, Outcome } from '../rollout/decision.ts';
import { phaseFields, stamp } from '../rollout/draft.ts';
import { durationMs } from '../rollout/duration.ts';
import { applyIntent } from '../rollout/intent.ts';
import type { Json } from '../rollout/json.ts';
import type { Intent, Live } from '../rollout/live.ts';
import { NOTHING_ASKED, type Observation } from '../rollout/observation.ts';
import type { RecordSpec, RecordStatus, RolloutRecord } from '../rollout/record.ts';
import type { End, OpenSession, SessionOptions } from './contract.ts';
import { Disrupter } from './disrupter.ts';
import { initialStatus } from './initial.ts';
import { Memory, pictureOf } from './memory.ts';
import { RecordReader } from './record-reader.ts';
import { SetWriter } from './set-writer.ts';
import { StatusWriter } from './status-writer.ts';
import type { Surroundings } from './surroundings.ts';
import { words } from './surroundings.ts';
import { takenOver } from './takeover.ts';
import { Timings } from './timings.ts';

/** How long a session that was told to stop still sees its evictions through. */
const FAREWELL_MS = 2_000;

/** A viewer without keys waits so long for an executor to come back. */
const ORPHAN_MS = 20_000;

/** These end every session. */
const FINAL: ReadonlySet<Outcome> = new Set(['complete', 'rolled-back', 'gone']);

/**
 * Opens a session on one set: as its executor where nobody else is (and `execute` asks for it), else as a viewer.
 * Resolves once the set, its pods and the Lease have been listed.
 * @throws where the set is not there, its record cannot be read, or the API server cannot be reached
 */
export async function openSession(options: SessionOptions): Promise<OpenSession> {
  const { api } = options.connected;
  const cache = new SetCache(api, options.ref);
  try {
    await cache.ready();
    const session = new RolloutSession(options, cache);
    await session.begin();
    return session;
  } catch (error) {
    cache.close();
    throw error;
  }
}

class RolloutSession implements OpenSession, Surroundings {
  readonly api: Connected['api'];
  readonly ref: SessionOptions['ref'];
  readonly memory = new Memory();
  readonly done: Promise<End>;
  readonly #options: SessionOptions;
  readonly #lease: LeaseHold;
  readonly #records = new RecordReader();
  readonly #disrupter = new Disrupter(this);
  readonly #writer = new SetWriter(this);
  readonly #timings = new Timings();
  readonly #watchers = new Set<() => void>();
  #statusWriter = new StatusWriter(null);
  #role: Live['role'] = 'viewer';
  #status: RecordStatus | null = null;
  #decision: Decision | null = null;
  #observation: Observation | null = null;
  #record: RolloutRecord | null = null;
  #notice: Live['notice'] = null;
  #orphanSince: number | null = null;
  #stopping = false;
  #ended = false;
  #scheduled = false;
  #writingStatus = false;
  #cancelWake: () => void = () => {};
  #resolveDone: (end: End) => void = () => {};

  constructor(
    options: SessionOptions,
    readonly cache: SetCache,
  ) {
    this.#options = options;
    this.api = options.connected.api;
    this.ref = options.ref;
    this.#lease = new LeaseHold(this.api, this.ref, { user: options.user, onLost: () => this.#lost() });
    this.done = new Promise((resolve) => {
      this.#resolveDone = resolve;
    });
    cache.subscribe(() => this.changed());
  }

  /** Takes the Lease where it is free, and looks for the first time. */
  async begin(): Promise<void> {
    if (this.#options.execute) await this.#tryExecute();
    const { edit } = this.#options;
    if (edit !== undefined) this.cache.put(await editSpec(this.api, this.ref, edit));
    this.changed();
  }

  async #tryExecute(): Promise<boolean> {
    const answer = await this.#lease.tryAcquire();
    if (answer !== 'held') return false;
    // what was listed before the Lease was ours may be the work of whoever had it
    await this.cache.refresh();
    const rawSet = this.cache.rawSet();
    const now = this.api.clock.now();
    if (rawSet === null) return true;
    const set = observeSet(rawSet, now);
    const { begin } = this.#options;
    const record = begin === undefined || this.#status !== null ? this.#records.read(rawSet) : { ...begin, status: null };
    if (record === null || record.origin === null) {
      await this.#lease.release();
      throw new Error(`there is no rollout of ${this.ref.name} to go on with: kubectl bedrock rollout sts/${this.ref.name} -n ${this.ref.namespace} --image ...`);
    }
    const known = record.status !== null && record.status.rolloutIdentity === record.spec.rolloutIdentity ? record.status : null;
    this.#status =
      known === null
        ? initialStatus(set, record.spec, record.origin, this.#options.user, now)
        : // whatever was written before us must be seen by the controller before we act; and the deadline is ours
          { ...known, mustSee: set.generation, lastProgressAt: stamp(now) };
    this.#statusWriter = new StatusWriter(known);
    this.#role = 'executor';
    if (this.#lease.tookOver && known !== null) {
      this.memory.tookOverAt = now;
      for (const pod of takenOver(this.cache.observation(NOTHING_ASKED, now), record.spec, known)) this.memory.accept(pod);
    }
    return true;
  }

  live(): Live {
    const now = this.api.clock.now();
    const { context, server } = this.#options.connected;
    return {
      at: now,
      place: { context, server, ...this.ref },
      observation: this.#observation,
      record: this.#record,
      blockers: this.#decision?.blockers ?? [],
      plan: this.#decision?.plan ?? null,
      connection: this.cache.connection(),
      role: this.#role,
      holder: this.#holder(),
      notice: this.#notice,
      timings: this.#timings.all(),
    };
  }

  subscribe(changed: () => void): () => void {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }

  async act(intent: Intent): Promise<string> {
    try {
      const message = await this.#act(intent);
      this.#tell(message, false);
      return message;
    } catch (error) {
      this.#tell(words(error), true);
      throw error;
    }
  }

  async #act(intent: Intent): Promise<string> {
    const record = this.#record;
    if (record === null || this.#status?.phase === 'Pending') throw new Error('the rollout has not begun yet');
    if (intent.kind === 'takeover') return this.#takeOver();
    const replicas = this.#observation?.set.replicas ?? 0;
    const apply = (spec: RecordSpec) => applyIntent({ ...record, spec }, intent, this.#options.user, this.api.clock.now(), replicas);
    const edit = apply(record.spec);
    if (edit.unchanged) return edit.message;
    this.cache.put(await editSpec(this.api, this.ref, (spec) => apply(spec).spec));
    const needsHands = intent.kind === 'resume' || intent.kind === 'promote' || intent.kind === 'rollback';
    if (this.#role === 'viewer' && this.#holder() === null && needsHands) return `${edit.message}; ${await this.#takeOver()}`;
    return edit.message;
  }

  async #takeOver(): Promise<string> {
    if (this.#role === 'executor') return 'executing here already';
    if (await this.#tryExecute()) return 'executing here now';
    return `${this.#holder()?.identity ?? 'another executor'} still holds the Lease`;
  }

  async stop(): Promise<void> {
    if (this.#ended) return;
    this.#stopping = true;
    this.changed();
    const deadline = this.api.clock.now() + FAREWELL_MS;
    while (!this.#ended && this.#role === 'executor' && this.#busy() && this.api.clock.now() < deadline) {
      await new Promise<void>((resolve) => this.api.clock.after(20, resolve));
    }
    await this.#end({ outcome: 'left', record: this.#record, message: null });
  }

  /** Whether something that was begun is not done: a request without an answer, or a fence that must still follow. */
  #busy(): boolean {
    if (this.#scheduled || this.memory.disrupting || this.memory.writing !== null) return true;
    return this.#decision?.actions.some((action) => this.#allowed(action)) ?? false;
  }

  // --- Surroundings

  status(): RecordStatus {
    if (this.#status === null) throw new Error('only an executor has a status of its own');
    return this.#status;
  }

  setStatus(status: RecordStatus): void {
    this.#status = status;
  }

  wrote(status: RecordStatus): void {
    this.#statusWriter.wrote(status, this.api.clock.now());
  }

  forbidden(message: string): void {
    if (this.#status === null) return;
    this.#status = { ...this.#status, ...phaseFields(this.api.clock.now(), 'Paused', 'Forbidden', message) };
  }

  fail(message: string): void {
    void this.#end({ outcome: 'error', record: this.#record, message });
  }

  changed(): void {
    if (this.#scheduled || this.#ended) return;
    this.#scheduled = true;
    // one look for all that happens in one turn of the event loop
    queueMicrotask(() => {
      this.#scheduled = false;
      if (this.#ended) return;
      try {
        this.#look();
      } catch (error) {
        this.fail(words(error));
      }
    });
  }

  ended(): boolean {
    return this.#ended;
  }

  // --- the loop

  #look(): void {
    const now = this.api.clock.now();
    const rawSet = this.cache.rawSet();
    if (rawSet === null) {
      void this.#end({ outcome: 'gone', record: this.#record, message: `statefulset ${this.ref.name} is not there any more` });
      return;
    }
    const seen = this.cache.observation(NOTHING_ASKED, now);
    const picture = () => pictureOf(seen);
    const observation = { ...seen, asked: this.#role === 'executor' ? this.memory.asked(picture, now) : NOTHING_ASKED };
    this.#observation = observation;
    this.#record = this.#recordOf(rawSet);
    if (this.#record?.status != null) this.#decideAndAct(observation, { ...this.#record, status: this.#record.status }, picture, now);
    this.#watchers.forEach((watcher) => watcher());
  }

  #recordOf(rawSet: Json): RolloutRecord | null {
    if (this.#role === 'viewer' || this.#status === null) return this.#records.read(rawSet);
    const begin = this.#options.begin;
    const stored = this.#records.read(rawSet);
    if (stored?.spec.rolloutIdentity === this.#status.rolloutIdentity) return { ...stored, status: this.#status };
    if (begin !== undefined && this.#status.phase === 'Pending') return { ...begin, status: this.#status };
    this.#role = 'viewer';
    this.#tell('somebody has begun another rollout of this set', true);
    return stored;
  }

  #decideAndAct(observation: Observation, record: RolloutRecord & { status: RecordStatus }, picture: () => string, now: number): void {
    const leaving = this.#stopping && this.#role === 'executor';
    const spec = leaving ? { ...record.spec, pauseRequested: true, pausedBy: `${this.#options.user}, who left` } : record.spec;
    const decision = decide(observation, { ...record, spec }, now);
    this.#decision = decision;
    this.#timings.update(observation, Math.max(durationMs(spec.minReady), observation.set.minReadyMs), now);
    if (this.#role === 'executor') {
      this.#status = decision.status;
      this.#record = { ...record, status: decision.status };
      this.memory.forgetSeen(observation);
      if (decision.status.target.revision !== null) this.memory.tookOverAt = null;
      for (const action of decision.actions) this.#perform(action, { ...record, status: decision.status }, picture);
      this.#keepStatus(now);
    }
    this.#wakeAt(decision.wakeAt, now);
    this.#endWhereDone(decision, now);
  }

  #perform(action: Action, record: RolloutRecord & { status: RecordStatus }, picture: () => string): void {
    if (!this.#allowed(action)) return;
    switch (action.kind) {
      case 'write':
        void this.#writer.write(action, record);
        break;
      case 'disrupt':
        void this.#disrupter.disrupt(action, record.status.target.revision, picture());
        break;
      case 'probe':
        void this.#disrupter.probe(action, picture());
        break;
    }
  }

  /** Nothing is done on an old picture, nor without the Lease; and one who leaves only finishes what was begun. */
  #allowed(action: Action): boolean {
    if (this.#ended || !this.cache.fresh || !this.#lease.mayWrite()) return false;
    if (action.kind !== 'write') return !this.memory.disrupting && !this.#stopping;
    if (this.memory.writing !== null) return false;
    return !this.#stopping || action.what === 'fence' || action.what === 'raise' || action.what === 'detour' || action.what === 'finish';
  }

  #keepStatus(now: number): void {
    const status = this.#status;
    if (status === null || this.#writingStatus || this.memory.writing !== null) return;
    const dueAt = this.#statusWriter.dueAt(status);
    if (dueAt === null) return;
    if (dueAt > now) {
      this.#wakeAt(dueAt, now);
      return;
    }
    void this.#writeStatus();
  }

  async #writeStatus(): Promise<void> {
    const status = this.#status;
    if (status === null || !this.#lease.mayWrite()) return;
    this.#writingStatus = true;
    const now = this.api.clock.now();
    // also where it fails: the next attempt is not at once
    this.#statusWriter.wrote(status, now);
    try {
      this.cache.put(await writeStatus(this.api, this.ref, { ...status, updatedAt: stamp(now) }));
    } catch (error) {
      this.#tell(`the record could not be written: ${words(error)}`, true);
    } finally {
      this.#writingStatus = false;
    }
  }

  #endWhereDone(decision: Decision, now: number): void {
    const { outcome } = decision;
    if (outcome !== null && (FINAL.has(outcome) || this.#options.endOn.has(outcome))) {
      void this.#end({ outcome, record: this.#record, message: decision.status.message ?? null });
      return;
    }
    if (this.#role === 'executor' || this.#holder() !== null) {
      this.#orphanSince = null;
      return;
    }
    this.#orphanSince ??= now;
    if (!this.#options.endOn.has('stopped')) return;
    if (now - this.#orphanSince < ORPHAN_MS) this.#wakeAt(this.#orphanSince + ORPHAN_MS, now);
    else void this.#end({ outcome: 'stopped', record: this.#record, message: 'nobody executes this rollout any more; the set is held' });
  }

  async #end(end: End): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#cancelWake();
    this.#wakes = null;
    if (this.#role === 'executor') {
      const status = this.#status;
      if (status !== null && this.#statusWriter.dueAt(status) !== null && end.outcome !== 'gone') {
        await writeStatus(this.api, this.ref, { ...status, updatedAt: stamp(this.api.clock.now()) }).catch(() => {});
      }
      await this.#lease.release().catch(() => {});
    }
    this.cache.close();
    this.#watchers.forEach((watcher) => watcher());
    this.#resolveDone(end);
  }

  #wakes: number | null = null;

  #wakeAt(at: number | null, now: number): void {
    if (at === null || (this.#wakes !== null && this.#wakes <= at && this.#wakes > now)) return;
    this.#cancelWake();
    this.#wakes = at;
    this.#cancelWake = this.api.clock.after(Math.max(1, at - now), () => {
      this.#wakes = null;
      this.changed();
    });
  }

  #lost(): void {
    if (this.#ended || this.#role !== 'executor') return;
    this.#role = 'viewer';
    this.#status = null;
    this.#tell('the Lease was lost: only watching from now on', true);
    this.changed();
  }

  #holder(): Live['holder'] {
    if (this.#role === 'executor') return { identity: this.#lease.identity, since: this.#lease.since };
    return this.cache.lease();
  }

  #tell(text: string, bad: boolean): void {
    this.#notice = { at: this.api.clock.now(), text, bad };
    this.changed();
  }
}
