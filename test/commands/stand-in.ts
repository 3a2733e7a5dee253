import { followDecider } from '../../src/cluster/record-store.ts';
import { getResource } from '../../src/cluster/resource.ts';
import { gather } from '../../src/commands/gather.ts';
import { planned } from '../../src/commands/take-over.ts';
import type { OpenSession } from '../../src/executor/contract.ts';
import { openSession } from '../../src/executor/session.ts';
import type { Simulator } from '../../src/simulator/index.ts';
import { patchDecider } from './decider.ts';
import { fakeHost } from './fake-host.ts';

const REF = { namespace: 'default', name: 'web' };

/** What a StatefulsetRollout says, executed: an operator of one set, and without the skill of a real one. */
export class StandIn {
  readonly #simulator: Simulator;
  #session: OpenSession | null = null;
  /** The spec of the record with which the last session came to rest. */
  #rests: string | undefined;
  #over = false;
  #turn: Promise<void> = Promise.resolve();

  constructor(simulator: Simulator) {
    this.#simulator = simulator;
    this.#next();
  }

  /** As if killed between two looks, but that its Lease is given back. */
  async stop(): Promise<void> {
    this.#over = true;
    await this.#turn;
    await this.#session?.stop();
  }

  #next(): void {
    this.#simulator.clock.after(200, () => {
      if (this.#over) return;
      this.#turn = this.#look().finally(() => this.#next());
    });
  }

  async #look(): Promise<void> {
    const api = this.#simulator.api('operator');
    const connected = { api, context: '', server: '', namespace: 'default', user: 'operator', close: async () => {} };
    const read = await getResource(api, REF);
    if (read?.kind !== 'resource' || this.#session !== null) return this.#observe(read);
    const host = { ...fakeHost(), user: 'operator@bedrock' };
    const now = new Date(api.clock.now()).toISOString();
    const gathered = await gather(api, REF);
    const plan = await planned({ connected, ref: REF, host, now }, read.resource, gathered).catch(() => null);
    await this.#observe(read);
    if (plan === null || plan.kind === 'nothing' || this.#over) return;
    if (plan.kind === 'continue') await followDecider(api, REF);
    if (JSON.stringify(plan.spec) === this.#rests) return;
    const session = await openSession({
      connected,
      ref: REF,
      user: host.user,
      execute: true,
      endOn: new Set(['held', 'stopped']),
      ...(plan.kind === 'new' ? { begin: { spec: plan.spec, origin: plan.origin } } : {}),
    });
    this.#session = session;
    void session.done.then(({ record }) => {
      this.#rests = JSON.stringify(record?.spec);
      this.#session = null;
    });
  }

  async #observe(read: Awaited<ReturnType<typeof getResource>>): Promise<void> {
    if (read?.kind !== 'resource') return;
    const { generation: observedGeneration, status } = read.resource;
    if ((status as { observedGeneration?: number }).observedGeneration === observedGeneration) return;
    await patchDecider(this.#simulator, { status: { observedGeneration } }, '/status');
  }
}
