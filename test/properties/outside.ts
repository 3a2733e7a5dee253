import type { Outside, OutsideAnswer, OutsideRequest } from '../../src/gates/outside.ts';
import { isObject } from '../../src/rollout/json.ts';
import type { Simulator, VirtualClock } from '../../src/simulator/index.ts';
import { answer, FakeConsul, type FakeInstance } from '../gates/fake-consul.ts';
import { objectOf, podFacts } from './facts.ts';
import type { Gates, Mood } from './schedule.ts';

export const SERVICE = 'web';
export const HOOK_URL = 'http://hook/';

/** The world outside the cluster in one schedule: Consul, which has every pod that is Ready, and one hook. */
export class OutsideWorld implements Outside {
  readonly env: Record<string, string>;
  readonly #consul: FakeConsul;
  /** Since when Consul says nothing of worth; null where it does. */
  unknownSince: number | null = null;
  #refuses = false;
  /** When a hook last agreed, by its name and the uid. */
  readonly #agreed = new Map<string, number>();

  constructor(
    private readonly clock: VirtualClock,
    private readonly simulator: Simulator,
    gates: Gates,
  ) {
    this.#consul = new FakeConsul(clock);
    this.#consul.others = (request) => this.#hook(request);
    this.env = this.#consul.env;
    if (gates !== 'consul') return;
    this.#register();
    simulator.history.onWrite(({ resource }) => {
      if (resource.plural === 'pods') this.#register();
    });
  }

  set mood(mood: Mood) {
    this.#refuses = mood === 'refusing';
    const leaderless = { refuses: { status: 500, text: 'No cluster leader' } };
    this.#consul.ailment =
      mood === 'without a leader' ? leaderless : mood === 'without an answer' ? { gone: true } : {};
    const unknown = mood === 'without a leader' || mood === 'without an answer';
    this.unknownSince = unknown ? (this.unknownSince ?? this.clock.now()) : null;
    this.#consul.touch();
  }

  agreedAt(moment: 'before' | 'after', uid: string): number | null {
    return this.#agreed.get(`${moment}-pod ${uid}`) ?? null;
  }

  call(request: OutsideRequest): Promise<OutsideAnswer> {
    return this.#consul.call(request);
  }

  readFile(path: string): Promise<string> {
    return this.#consul.readFile(path);
  }

  close(): void {}

  /** Each pod as soon as it is Ready; the one before it goes as it is replaced. */
  #register(): void {
    const ready = this.simulator.pods().filter((pod) => podFacts(pod).ready);
    for (const pod of ready) {
      const { name, uid } = podFacts(pod);
      if (this.#consul.instances(SERVICE).some(({ id }) => id === uid)) continue;
      const before = this.#consul.instances(SERVICE).filter(({ meta }) => meta?.['pod-name'] === name);
      for (const { id } of before) this.#consul.deregister(SERVICE, id);
      this.#consul.register(SERVICE, instanceOf(name, uid, String(objectOf(pod.status).podIP ?? '')));
    }
  }

  #hook({ body }: OutsideRequest): Promise<OutsideAnswer> {
    const asked: unknown = JSON.parse(body ?? 'null');
    if (!isObject(asked)) throw new Error('a hook is told of nothing');
    const { hook, uid } = asked;
    if (!this.#refuses) this.#agreed.set(`${hook} ${uid}`, this.clock.now());
    return Promise.resolve(this.#refuses ? answer(503, {}, 'not now') : answer(200, {}, ''));
  }
}

function instanceOf(name: string, uid: string, address: string): FakeInstance {
  return { id: uid, node: 'node-0', address, meta: { 'pod-name': name, 'pod-uid': uid, 'k8s-namespace': 'default' } };
}
