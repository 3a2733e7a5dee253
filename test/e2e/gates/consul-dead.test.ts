import { beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../../src/commands/run.ts';
import { openSession } from '../../../src/executor/session.ts';
import { HttpOutside } from '../../../src/gates/http.ts';
import type { ApiObject } from '../../../src/simulator/index.ts';
import { startCluster, type TestCluster, until } from '../../commands/cluster.ts';
import { Consul, consulProgram } from '../harness/consul.ts';

const PODS = 30;
const AT_ONCE = 5;
/** Longer than it takes to learn that a Consul has fallen silent (14 s). */
const HELD_MS = 40_000;

let program: string | null = null;

beforeAll(async () => {
  program = await consulProgram().catch((error: unknown) => {
    console.error(`without a real Consul: ${String(error)}`);
    return null;
  });
});

const rest = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const textAt = (value: unknown): string => (typeof value === 'string' ? value : '');
const imageOf = ({ spec }: ApiObject) => JSON.stringify(spec).match(/"image":"([^"]+)"/)?.[1] ?? '';

/** Whoever deploys: registers pods that are Ready, and takes those away that are gone. */
class Registrar {
  readonly #ids = new Map<string, string>();
  #over = false;
  readonly done: Promise<void>;

  constructor(
    private readonly cluster: TestCluster,
    private readonly consul: Consul,
  ) {
    this.done = this.#run();
  }

  get count(): number {
    return this.#ids.size;
  }

  stop(): Promise<void> {
    this.#over = true;
    return this.done;
  }

  async #run(): Promise<void> {
    while (!this.#over) {
      const pods = this.cluster.simulator.pods();
      const uids = new Set(pods.map(({ metadata }) => textAt(metadata.uid)));
      // what a Consul that is stopped does not take is tried again
      for (const id of this.#ids.keys())
        if (!uids.has(id)) await this.#tell(() => this.consul.deregister(id), id, null);
      for (const { metadata, status } of pods) {
        const uid = textAt(metadata.uid);
        const ip = textAt((status as { podIP?: string } | undefined)?.podIP);
        if (ip !== '' && !this.#ids.has(uid)) {
          await this.#tell(() => this.consul.register('web', uid, ip, 'passing'), uid, ip);
        }
      }
      await rest(50);
    }
  }

  async #tell(call: () => Promise<void>, id: string, ip: string | null): Promise<void> {
    const late = rest(1_000).then(() => Promise.reject(new Error('late')));
    const told = await Promise.race([call().then(() => true), late]).catch(() => false);
    if (!told) return;
    if (ip === null) this.#ids.delete(id);
    else this.#ids.set(id, ip);
  }
}

/** A rollout of 30 pods, half-way, by the real client of a real Consul. */
async function halfWay(from: string) {
  const consul = await Consul.start(from);
  const cluster = await startCluster({ replicas: PODS });
  const registrar = new Registrar(cluster, consul);
  await until(() => registrar.count === PODS);
  const outside = new HttpOutside({ CONSUL_HTTP_ADDR: consul.address }, () => null);
  const host = cluster.host({ outside, openSession: (options) => openSession({ ...options, outside }) });
  const words = `rollout web --image app=app:2 --max-unavailable ${AT_ONCE} --min-ready 0 --consul-service web --consul-soak 1s --yes -o line`;
  const code = run(words.split(' '), host);
  const fresh = () => cluster.images().filter((image) => image === 'app:2').length;
  const left = () =>
    cluster.simulator.pods().filter((pod) => imageOf(pod) === 'app:1' && !pod.metadata.deletionTimestamp).length;
  const stuck = rest(40_000).then(() => {
    throw new Error(`ten pods are not replaced within 40 s: ${host.out()}${host.err()}`);
  });
  await Promise.race([until(() => fresh() >= 10), stuck]);
  return { consul, registrar, host, code, left, outside, cluster };
}

describe('30 pods, five at once, half-way', () => {
  it.each(['stopped by SIGSTOP', 'killed'])('hold while Consul is %s', async (how) => {
    if (program === null) return console.error('no Consul: set CONSUL_BIN');
    const { consul, registrar, host, code, left, outside } = await halfWay(program);
    if (how === 'killed') await consul.daemon.kill();
    else consul.daemon.freeze();
    const before = left();
    await rest(HELD_MS / 2);
    const learnt = left();
    await rest(HELD_MS / 2);
    const after = left();
    console.log(`Consul ${how}: ${before - learnt} pods taken within 20 s, ${learnt - after} in the 20 s after that`);
    // those on the way fill the budget, and nothing more goes
    expect(before - learnt).toBeLessThanOrEqual(AT_ONCE);
    expect(after).toBe(learnt);
    expect(host.out()).toMatch(/waits +Consul \(service web\)/);
    if (how === 'killed') host.signal('SIGTERM');
    else consul.daemon.thaw();
    expect(await code).toBe(how === 'killed' ? 143 : 0);
    if (how !== 'killed') expect(left()).toBe(0);
    await registrar.stop();
    outside.close();
  });
});
