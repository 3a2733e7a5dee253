import type { SetRef } from '../cluster/ref.ts';
import type { End, OpenSession, SessionOptions } from '../executor/contract.ts';
import type { Leave } from '../executor/leaving.ts';
import { openSession } from '../executor/session.ts';
import { words } from '../executor/surroundings.ts';
import type { OpenNotifiers } from '../notify/contract.ts';
import type { Resource } from '../rollout/resource.ts';
import type { Meter, OperatorOptions } from './contract.ts';
import { secretValue } from './set-writes.ts';

/** Longer than an executor that leaves needs for its last words. */
const TAKE_OVER_EVERY_MS = 2_000;

interface Open {
  session: OpenSession;
  /** rolloutIdentity of what it was opened to begin; null where it goes on with what is there. */
  begins: string | null;
  /** Names of pods whose replacement was counted, with when that one was gone. */
  counted: Map<string, number>;
  triesAt: number;
}

/** The executor sessions of this operator: one for each resource with a rollout that is not over. */
export class Sessions {
  readonly #options: OperatorOptions;
  readonly #changed: (key: string) => void;
  readonly #over: (key: string, end: End) => void;
  readonly #open = new Map<string, Open>();

  /**
   * @param changed something of its rollout is new
   * @param over it ended by itself
   */
  constructor(options: OperatorOptions, changed: (key: string) => void, over: (key: string, end: End) => void) {
    this.#options = options;
    this.#changed = changed;
    this.#over = over;
  }

  get(key: string): OpenSession | null {
    return this.#open.get(key)?.session ?? null;
  }

  /** rolloutIdentity of what is executed here, or about to begin; null where that is nothing. */
  identity(key: string): string | null {
    const open = this.#open.get(key);
    return open?.session.live().record?.spec.rolloutIdentity ?? open?.begins ?? null;
  }

  /** @throws as openSession */
  async start(key: string, ref: SetRef, resource: Resource, begin?: SessionOptions['begin']): Promise<void> {
    const { connected, user, outside } = this.#options;
    const notifiers = this.#notifiersOf(resource);
    const session = await openSession({
      connected,
      ref,
      user,
      execute: true,
      adopt: true,
      endOn: new Set(),
      ...(begin === undefined ? {} : { begin }),
      ...(notifiers === undefined ? {} : { notifiers }),
      ...(outside === undefined ? {} : { outside: outside() }),
    });
    const open: Open = { session, begins: begin?.spec.rolloutIdentity ?? null, counted: new Map(), triesAt: 0 };
    this.#open.set(key, open);
    session.subscribe(() => {
      count(open, this.#options.meter);
      this.#takeOverWhereFree(open);
      this.#changed(key);
    });
    void session.done.then((end) => {
      count(open, this.#options.meter);
      if (this.#open.get(key) !== open) return;
      this.#open.delete(key);
      this.#options.meter.ended(end.outcome);
      this.#over(key, end);
    });
  }

  /** Leaves the rollout held, with its Lease given back. @param leave a pause where it is left out */
  async stop(key: string, leave?: Leave): Promise<void> {
    const open = this.#open.get(key);
    if (open === undefined) return;
    this.#open.delete(key);
    await open.session.stop(leave);
    await open.session.done;
  }

  /** For the next operator, which goes on with all of them. */
  async stopAll(): Promise<void> {
    await Promise.all([...this.#open.keys()].map((key) => this.stop(key, { kind: 'hand-over' })));
  }

  /** Somebody has taken it over from a dead operator, and gives it back. */
  #takeOverWhereFree(open: Open): void {
    const { role, holder, record, at } = open.session.live();
    if (role === 'executor' || holder !== null || record === null || at < open.triesAt) return;
    open.triesAt = at + TAKE_OVER_EVERY_MS;
    open.session.act({ kind: 'takeover' }).catch((error: unknown) => {
      this.#options.log.warn({ err: words(error) }, 'the rollout cannot be taken over yet');
    });
  }

  #notifiersOf(resource: Resource): OpenNotifiers | undefined {
    const { notifiers, connected, log } = this.#options;
    if (notifiers === undefined) return undefined;
    const ref = resource.spec.callback?.secretRef;
    if (ref === undefined) return notifiers(null);
    return async (...rollout) => {
      let why = `there is no key ${ref.key} in secret ${ref.name}`;
      let secret: string | null = null;
      try {
        secret = await secretValue(connected.api, resource.namespace, ref.name, ref.key);
      } catch (error) {
        why = `secret ${ref.name} cannot be read: ${words(error)}`;
        log.warn({ namespace: resource.namespace, resource: resource.name, err: why }, 'call-backs cannot be signed');
      }
      const opened = await notifiers(secret)(...rollout);
      const missing = opened.missing.map((each) => (each.name === 'callback' ? { ...each, why } : each));
      return { ...opened, missing };
    };
  }
}

/** Each replacement once. */
function count(open: Open, meter: Meter): void {
  for (const [pod, { goneAt, availableAt, downMs, startMs }] of open.session.live().timings) {
    if (availableAt === null || open.counted.get(pod) === (goneAt ?? 0)) continue;
    open.counted.set(pod, goneAt ?? 0);
    meter.replaced(downMs === null || startMs === null ? null : (downMs + startMs) / 1000);
  }
}
