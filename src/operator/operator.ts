import { LeaseHold } from '../cluster/lease.ts';
import type { SetRef } from '../cluster/ref.ts';
import { words } from '../executor/surroundings.ts';
import type { OperatorOptions, RolloutFacts } from './contract.ts';
import { Reign } from './reign.ts';

/** The name by which LeaseHold knows us: no StatefulSet is called so, as it would be too long for its pods' names. */
const LEASE_NAME = 'operator.rollouts.bedrock.dev';
const ELECTION_MS = 2_000;

/**
 * Looks after StatefulsetRollouts: whoever holds the Lease acts, the others wait. All that it knows it reads from the
 * cluster, so that it may be killed at any moment.
 */
export class Operator {
  readonly #options: OperatorOptions;
  readonly #lease: LeaseHold;
  #reign: Reign | null = null;
  /** Why the Lease could not be asked for. */
  #unelected: string | null = null;
  #stopped = false;
  #cancelElection: () => void = () => {};
  #electing: Promise<void> = Promise.resolve();
  /** Settles when the reign whose Lease was lost has ended. */
  #abdicating: Promise<void> = Promise.resolve();

  constructor(options: OperatorOptions) {
    this.#options = options;
    const ref: SetRef = { namespace: options.leaseNamespace, name: LEASE_NAME };
    this.#lease = new LeaseHold(options.connected.api, ref, {
      user: options.user,
      onLost: () => {
        this.#abdicating = this.#abdicate('the Lease was lost: another operator acts now');
      },
    });
    this.#elect();
  }

  get leading(): boolean {
    return this.#reign !== null;
  }

  /** Why it could not do its work now; null where it could, or waits for its turn. */
  get trouble(): string | null {
    return this.#reign === null ? this.#unelected : this.#reign.trouble;
  }

  /** What is shown of the rollouts, for metrics. */
  rollouts(): RolloutFacts[] {
    return this.#reign?.rollouts() ?? [];
  }

  /** Leaves every set held, gives all Leases back. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancelElection();
    await this.#electing;
    await this.#abdicating;
    const reign = this.#reign;
    this.#reign = null;
    await reign?.end();
    await this.#lease.release().catch((error: unknown) => {
      this.#options.log.warn({ err: words(error) }, 'the Lease could not be given back');
    });
  }

  #elect(): void {
    this.#electing = this.#tryElection().finally(() => {
      if (this.#stopped || this.#reign !== null) return;
      this.#cancelElection = this.#options.connected.api.clock.after(ELECTION_MS, () => this.#elect());
    });
  }

  async #tryElection(): Promise<void> {
    const { log } = this.#options;
    try {
      const answer = await this.#lease.tryAcquire();
      this.#unelected = null;
      if (answer !== 'held' || this.#stopped) return;
      log.info({ lease: this.#lease.identity }, 'this operator acts now');
      this.#reign = new Reign(this.#options, () => this.#lease.mayWrite());
    } catch (error) {
      this.#unelected = `the Lease cannot be asked for: ${words(error)}`;
      log.warn({ err: words(error) }, 'the Lease cannot be asked for');
    }
  }

  async #abdicate(why: string): Promise<void> {
    const reign = this.#reign;
    this.#reign = null;
    this.#options.log.warn({}, why);
    await reign?.end();
    if (!this.#stopped) this.#elect();
  }
}
