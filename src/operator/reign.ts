import { numberAt, objectAt } from '../cluster/fields.ts';
import { observeSet } from '../cluster/observe.ts';
import { readRecord } from '../cluster/record-store.ts';
import type { End } from '../executor/contract.ts';
import { words } from '../executor/surroundings.ts';
import type { JsonObject } from '../rollout/json.ts';
import type { Live } from '../rollout/live.ts';
import { type Mirrored, mirror } from '../rollout/mirror.ts';
import { setNameOf } from '../rollout/resource.ts';
import type { OperatorOptions, RolloutFacts } from './contract.ts';
import { milestoneOf, statusOf, tellMilestone } from './events.ts';
import { FORBIDDEN_LOOK_MS, Reconciler } from './reconciler.ts';
import { Sessions } from './sessions.ts';
import { StatusKeeper, type Wanted } from './status-keeper.ts';
import { WorkQueue } from './work-queue.ts';
import { World } from './world.ts';

const WORKERS = 8;
/** Until what is seen can be trusted again. */
const STALE_LOOK_MS = 1_000;

/** The time during which one operator acts. */
export class Reign {
  readonly #options: OperatorOptions;
  readonly #world: World;
  readonly #sessions: Sessions;
  readonly #queue: WorkQueue;
  readonly #statuses: StatusKeeper;
  readonly #reconciler: Reconciler;
  readonly #refusals = new Map<string, Mirrored['refusal']>();
  #ended = false;

  constructor(options: OperatorOptions, mayWrite: () => boolean) {
    this.#options = options;
    const { api } = options.connected;
    this.#queue = new WorkQueue(api.clock, options.workers ?? WORKERS, (key) => this.#sync(key));
    this.#sessions = new Sessions(
      options,
      (key) => this.#touch(key),
      (key, end) => this.#over(key, end),
    );
    this.#world = new World(api, options.namespaces, (key) => this.#queue.add(key));
    this.#statuses = new StatusKeeper(
      api,
      (key) => (mayWrite() ? this.#wanted(key) : null),
      (...written) => this.#wrote(...written),
      options.log,
    );
    this.#reconciler = new Reconciler(options, this.#world, this.#sessions, mayWrite);
  }

  get trouble(): string | null {
    return this.#world.trouble;
  }

  rollouts(): RolloutFacts[] {
    return this.#world.keys().flatMap((key) => {
      const read = this.#world.resource(key);
      if (read?.kind !== 'resource') return [];
      const { namespace, name } = read.resource;
      const live = this.#sessions.get(key)?.live();
      const status = live?.record?.status ?? null;
      return {
        namespace,
        name,
        phase: status?.phase ?? statusOf(read.resource)?.phase ?? 'None',
        unavailable: live?.plan?.unavailable ?? 0,
        budget: live?.plan?.budget ?? 0,
        leaks: status?.leaks.length ?? 0,
      };
    });
  }

  /** No further disruption, no further write; every rollout stays held. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.#queue.close();
    await this.#sessions.stopAll();
    await this.#statuses.close();
    this.#world.close();
  }

  async #sync(key: string): Promise<void> {
    if (this.#ended) return;
    // what was lost may be the very change that matters
    if (!this.#world.fresh) {
      this.#queue.addAfter(key, STALE_LOOK_MS);
      return;
    }
    const { refusal, failed, againMs } = await this.#reconciler.look(key);
    this.#options.meter.reconciled(!failed);
    if (refusal !== null) this.#options.log.warn({ resource: key, reason: refusal.reason }, refusal.message);
    if (failed) this.#queue.retry(key);
    else if (this.#sessions.get(key) === null) this.#queue.forget(key);
    if (againMs !== null) this.#queue.addAfter(key, againMs);
    if (this.#world.resource(key) === null) {
      this.#refusals.delete(key);
      this.#statuses.forget(key);
      return;
    }
    // a race that was lost says nothing of what stands in the way
    if (refusal !== null || !failed) this.#refuse(key, refusal);
    this.#touch(key);
  }

  #refuse(key: string, refusal: Mirrored['refusal']): void {
    const phase = this.#sessions.get(key)?.live().record?.status?.phase;
    const known = this.#refusals.get(key);
    // why a rollout could not go on stays told until the next attempt has got further
    if (refusal === null && known?.reason === 'RolloutFailed' && phase === 'Pending') return;
    this.#refusals.set(key, refusal);
  }

  #over(key: string, { outcome, message }: End): void {
    const ended = { resource: key, outcome };
    if (outcome === 'error') {
      this.#options.log.warn({ ...ended, err: message }, 'the rollout cannot go on');
      this.#refusals.set(key, { reason: 'RolloutFailed', message: message ?? 'the rollout cannot go on' });
      this.#queue.retry(key);
    } else {
      this.#options.log.info(ended, 'the rollout is over');
      this.#queue.forget(key);
      this.#queue.add(key);
    }
    this.#touch(key);
  }

  #touch(key: string): void {
    const live = this.#sessions.get(key)?.live() ?? null;
    const status = live?.record?.status ?? this.#recordOf(key)?.status ?? null;
    if (status?.phase === 'Paused' && status.reason === 'Forbidden') this.#queue.addAfter(key, FORBIDDEN_LOOK_MS);
    const read = this.#world.resource(key);
    const urgent = [
      status?.rolloutIdentity,
      status?.phase,
      status?.reason,
      status?.direction,
      this.#refusals.get(key)?.message,
      read?.kind === 'resource' ? read.resource.generation : read?.generation,
    ];
    this.#statuses.touch(key, JSON.stringify(urgent));
  }

  #rawSet(key: string): JsonObject | null {
    const read = this.#world.resource(key);
    if (read?.kind !== 'resource') return null;
    const found = this.#world.set(`${read.resource.namespace}/${setNameOf(read.resource)}`);
    return found?.known ? found.raw : null;
  }

  #recordOf(key: string): ReturnType<typeof readRecord> {
    const raw = this.#rawSet(key);
    try {
      return raw === null || this.#refusals.get(key)?.reason === 'SetTaken' ? null : readRecord(raw);
    } catch {
      // told as the reason why the resource cannot be followed
      return null;
    }
  }

  #wanted(key: string): Wanted | null {
    const read = this.#world.resource(key);
    if (read === null) return null;
    const known = read.kind === 'resource' ? read.resource : read;
    const taken = this.#refusals.get(key)?.reason === 'SetTaken';
    const raw = taken ? null : this.#rawSet(key);
    const live = this.#sessions.get(key)?.live() ?? null;
    const status = mirror({
      resource: {
        name: known.name,
        generation: known.generation,
        status: known.status,
        spec: read.kind === 'resource' ? read.resource.spec : null,
      },
      set: live?.observation?.set ?? (raw === null ? null : observeSet(raw)),
      counted: raw === null ? null : countedIn(raw),
      record: live?.record ?? this.#recordOf(key),
      live,
      executor: executorOf(live),
      refusal: this.#refusals.get(key) ?? null,
      now: this.#options.connected.api.clock.now(),
    });
    return { resource: known, status };
  }

  #wrote(key: string, raw: Parameters<World['putResource']>[0], before: Wanted, status: Wanted['status']): void {
    this.#world.putResource(raw);
    const read = this.#world.resource(key);
    const milestone = milestoneOf(statusOf(before.resource), status);
    if (milestone === null || read?.kind !== 'resource') return;
    const { api } = this.#options.connected;
    const at = status.since ?? new Date(api.clock.now()).toISOString();
    tellMilestone(api, read.resource, status.setUid, milestone, `${at.slice(0, 19)}Z`).catch((error: unknown) => {
      this.#options.log.warn({ resource: key, err: words(error) }, 'the Event cannot be written');
    });
  }
}

function executorOf(live: Live | null): string | null {
  return live?.holder?.identity ?? null;
}

/** As its controller counts them. */
function countedIn(raw: JsonObject): { updated: number; available: number } {
  const status = objectAt(raw, 'status');
  return { updated: numberAt(status, 'updatedReplicas'), available: numberAt(status, 'availableReplicas') };
}
