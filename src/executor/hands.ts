import type { Api } from '../cluster/api.ts';
import { LeaseHold } from '../cluster/lease.ts';
import { observeSet } from '../cluster/observe.ts';
import { writeStatus } from '../cluster/record-store.ts';
import type { SetCache } from '../cluster/set-cache.ts';
import { isStatus } from '../cluster/words.ts';
import type { Outside } from '../gates/outside.ts';
import type { Action, Decision } from '../rollout/decision.ts';
import { phaseFields, stamp } from '../rollout/draft.ts';
import { initialStatus } from '../rollout/initial.ts';
import { type Asked, NOTHING_ASKED, type Observation } from '../rollout/observation.ts';
import type { RecordStatus, RolloutRecord } from '../rollout/record.ts';
import { Disrupter } from './disrupter.ts';
import { HookCaller } from './hook-caller.ts';
import { Memory } from './memory.ts';
import { SetWriter } from './set-writer.ts';
import { StatusWriter } from './status-writer.ts';
import { type Surroundings, words } from './surroundings.ts';
import { takenOver } from './takeover.ts';

/** Attempts to write the last status before the Lease is given back. */
const LAST_WORDS = 3;

/** While it is not known whether the Lease is still ours, so long apart it is asked for the status' sake. */
const LEASE_LOOK_MS = 1_000;

type FullRecord = RolloutRecord & { status: RecordStatus };

/** The session around the hands. */
export interface Host {
  readonly api: Api;
  readonly ref: { namespace: string; name: string };
  readonly cache: SetCache;
  /** "user@host" */
  readonly user: string;
  readonly outside: Outside;
  changed(): void;
  fail(message: string): void;
  tell(text: string, bad: boolean): void;
  ended(): boolean;
  stopping(): boolean;
}

/** The part of a session that acts: it holds the Lease, remembers what it asked for, and keeps the record's status. */
export class Hands implements Surroundings {
  readonly api: Api;
  readonly ref: Host['ref'];
  readonly cache: SetCache;
  readonly memory = new Memory();
  readonly #host: Host;
  readonly #lease: LeaseHold;
  readonly #disrupter = new Disrupter(this);
  readonly #writer = new SetWriter(this);
  readonly #hooks: HookCaller;
  #statusWriter = new StatusWriter(null);
  #status: RecordStatus | null = null;
  /** We go on with what somebody left without a word. */
  #inherits = false;
  /** The write of the status alone that is under way. */
  #writingStatus: Promise<void> | null = null;

  constructor(host: Host) {
    this.#host = host;
    this.api = host.api;
    this.ref = host.ref;
    this.cache = host.cache;
    this.#hooks = new HookCaller(this, host.outside);
    this.#lease = new LeaseHold(host.api, host.ref, { user: host.user, onLost: () => this.#lost() });
  }

  /** Whether we are the executor: the Lease is ours, and there is a record to execute. */
  get executing(): boolean {
    return this.#status !== null;
  }

  get holder(): { identity: string; since: number } {
    return { identity: this.#lease.identity, since: this.#lease.since };
  }

  /**
   * Takes the Lease, if nobody holds it, and the record.
   * @param recordOf the record to execute, read from the set as it is once the Lease is ours
   * @returns whether it is ours now
   * @throws where there is no record
   */
  async take(recordOf: () => RolloutRecord | null): Promise<boolean> {
    if ((await this.#lease.tryAcquire()) !== 'held') return false;
    // also where this attempt fails and gives the Lease back: what the dead one had asked for is still not known
    this.#inherits ||= this.#lease.tookOver;
    let record: RolloutRecord | null;
    try {
      // what was listed before the Lease was ours may be the work of whoever had it
      await this.cache.refresh();
      record = recordOf();
    } catch (error) {
      await this.#lease.release().catch(() => {});
      throw error;
    }
    const rawSet = this.cache.rawSet();
    if (rawSet === null || record === null || record.origin === null) {
      await this.#lease.release();
      const { name, namespace } = this.ref;
      throw new Error(
        `there is no rollout of ${name} to go on with: kubectl bedrock rollout sts/${name} -n ${namespace} --image ...`,
      );
    }
    const now = this.api.clock.now();
    const set = observeSet(rawSet, now);
    const known = record.status?.rolloutIdentity === record.spec.rolloutIdentity ? record.status : null;
    this.#status =
      known === null
        ? initialStatus(set, record.spec, record.origin, this.#host.user, now)
        : // whatever was written before us must be seen by the controller before we act; and the deadline is ours
          { ...known, mustSee: set.generation, lastProgressAt: stamp(now) };
    this.#statusWriter = new StatusWriter(known);
    if (this.#inherits && known !== null) {
      this.#inherits = false;
      this.memory.tookOverAt = now;
      for (const pod of takenOver(this.cache.observation(NOTHING_ASKED, now), record.spec, known))
        this.memory.accept(pod);
    }
    return true;
  }

  asked(picture: () => string, now: number): Asked {
    return this.executing ? this.memory.asked(picture, now) : NOTHING_ASKED;
  }

  /** Does what was decided. @returns when the status has to be written, if nothing else wakes us before */
  act(
    decision: Decision,
    record: FullRecord,
    observation: Observation,
    picture: () => string,
    now: number,
  ): number | null {
    this.#status = decision.status;
    this.memory.forgetSeen(observation);
    if (decision.status.target.revision !== null) this.memory.tookOverAt = null;
    for (const action of decision.actions) this.#perform(action, { ...record, status: decision.status }, picture);
    return this.#keepStatus(now);
  }

  /** Whether something that was begun is not done: a request without an answer, or a fence that must still follow. */
  busy(decision: Decision | null): boolean {
    if (this.memory.disrupting || this.memory.writing !== null) return true;
    return decision?.actions.some((action) => this.#allowed(action)) ?? false;
  }

  /** Writes what is not written yet, and gives the Lease back. Failures are swallowed: we leave all the same. */
  async leave(writeStatus: boolean): Promise<void> {
    this.#hooks.stop();
    await this.#writingStatus;
    for (let attempt = 1; writeStatus && this.#isUnwritten() && attempt <= LAST_WORDS; attempt++) {
      if (attempt > 1) await this.cache.refresh().catch(() => {});
      await this.#writeStatus();
    }
    // also where we hold it without a record: an attempt to begin may have failed between the two
    await this.#lease.release().catch(() => {});
  }

  #isUnwritten(): boolean {
    return this.#status !== null && this.#statusWriter.dueAt(this.#status) !== null;
  }

  /** Somebody else has begun another rollout: this one is not ours to execute any more. */
  resign(): void {
    this.#status = null;
    void this.#lease.release().catch(() => {});
  }

  // --- for those who act

  status(): RecordStatus {
    if (this.#status === null) throw new Error('only an executor has a status of its own');
    return this.#status;
  }

  setStatus(status: RecordStatus): void {
    if (this.#status !== null) this.#status = status;
  }

  wrote(status: RecordStatus): void {
    this.#statusWriter.wrote(status, this.api.clock.now());
  }

  forbidden(message: string): void {
    if (this.#status === null) return;
    this.#status = { ...this.#status, ...phaseFields(this.api.clock.now(), 'Paused', 'Forbidden', message) };
  }

  fail(message: string): void {
    this.#host.fail(message);
  }

  changed(): void {
    this.#host.changed();
  }

  ended(): boolean {
    return this.#host.ended() || this.#status === null;
  }

  // ---

  #perform(action: Action, record: FullRecord, picture: () => string): void {
    if (!this.#allowed(action)) return;
    switch (action.kind) {
      case 'write':
        void this.#writer.write(action, record);
        break;
      case 'disrupt':
        void this.#disrupter.disrupt(action, record.status.target.revision, picture());
        break;
      case 'ask':
        void this.#hooks.ask(action);
        break;
      case 'probe':
        void this.#disrupter.probe(action, picture());
        break;
    }
  }

  /** Nothing is done on an old picture, nor without the Lease; and one who leaves only finishes what was begun. */
  #allowed(action: Action): boolean {
    if (!this.executing || this.#host.ended() || !this.cache.fresh || !this.#lease.mayWrite()) return false;
    if (action.kind === 'ask') return !this.#host.stopping();
    if (action.kind !== 'write') return !this.memory.disrupting && !this.#host.stopping();
    if (this.memory.writing !== null) return false;
    return !this.#host.stopping() || ['fence', 'raise', 'detour', 'finish'].includes(action.what);
  }

  #keepStatus(now: number): number | null {
    const status = this.#status;
    if (status === null || this.#writingStatus !== null || this.memory.writing !== null) return null;
    const dueAt = this.#statusWriter.dueAt(status);
    if (dueAt === null || dueAt > now) return dueAt;
    if (!this.#lease.mayWrite()) return now + LEASE_LOOK_MS;
    this.#writingStatus = this.#writeStatus().finally(() => {
      this.#writingStatus = null;
      this.changed();
    });
    return null;
  }

  async #writeStatus(): Promise<void> {
    const status = this.#status;
    const rawSet = this.cache.rawSet();
    if (status === null || rawSet === null || !this.#lease.mayWrite()) return;
    const now = this.api.clock.now();
    try {
      this.cache.put(await writeStatus(this.api, this.ref, rawSet, { ...status, updatedAt: stamp(now) }));
      this.#statusWriter.wrote(status, now);
    } catch (error) {
      this.#statusWriter.failed(this.api.clock.now());
      // a write of the set was faster, and the watch is about to show it
      if (isStatus(error, 422)) return;
      this.#host.tell(`the record could not be written: ${words(error)}`, true);
    }
  }

  #lost(): void {
    if (this.#status === null) return;
    this.#status = null;
    this.#host.tell('the Lease was lost: only watching from now on', true);
  }
}
