import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, startCluster } from '../../test/e2e/harness/cluster.ts';
import { createSet, podsPath, setsPath } from '../../test/e2e/harness/sets.ts';
import { eventually } from '../../test/e2e/harness/wait.ts';
import type { Benchmark } from './benchmark.ts';

const PODS = 20;
/** Of each kind of write; of those that watchers get. */
const WRITES = 600;
const WATCHED_WRITES = 200;
const WATCHERS = [25, 100] as const;
/** Clients that write at the same time. */
const AT_ONCE = 4;
const IDLE_MS = 5_000;
/** Ticks of /proc/PID/stat in a second: USER_HZ. */
const TICKS = 100;

/** Milliseconds of CPU. */
interface Cpu {
  apiserver: number;
  etcd: number;
}

/** What the writes of executors, and the watches of those who look on, cost a real API server and its etcd. */
export const scale: Benchmark = {
  what: 'what a Lease, a write of a set and a watched pod event cost kube-apiserver and etcd',
  async run() {
    await using cluster = await startCluster();
    const namespace = await cluster.namespace();
    await createSet(cluster, namespace, { replicas: PODS });
    await sleep(IDLE_MS);
    const before = await cpuOf(cluster);
    await sleep(IDLE_MS);
    const idle = per(minus(await cpuOf(cluster), before), IDLE_MS);
    const rows = [['', 'apiserver', 'etcd', 'a second', 'bytes']];
    const leases = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
    await cluster.api.post(leases, { metadata: { name: 'web' }, spec: { holderIdentity: 'bench' } });
    const kinds: [string, (index: number) => Promise<unknown>][] = [
      ['renew a Lease', (index) => cluster.api.patch(`${leases}/web`, { spec: { leaseTransitions: index } })],
      ['write a record', (index) => cluster.api.patch(setsPath(namespace, 'web'), annotated(index, 2_000))],
      ['write a pod, nobody watches', (index) => writePod(cluster, namespace, index)],
    ];
    for (const [name, write] of kinds) {
      const { cpu, rate } = await costOf(cluster, WRITES, idle, write);
      rows.push([name, `${cpu.apiserver.toFixed(2)} ms`, `${cpu.etcd.toFixed(2)} ms`, rate.toFixed(0), '']);
    }
    for (const watchers of WATCHERS) rows.push(await watched(cluster, namespace, watchers, idle));
    return {
      rows,
      notes: [
        `CPU for each, less what the two use when nothing is asked (${(idle.apiserver * 100).toFixed(0)}% and ${(idle.etcd * 100).toFixed(0)}% of a core).`,
        `A second: so many were done, by ${AT_ONCE} clients at a time. Of watches: for each event and watcher, the write not counted.`,
      ],
    };
  },
};

function annotated(index: number, bytes: number): object {
  return { metadata: { annotations: { 'bench/beat': String(index).padEnd(bytes, 'x') } } };
}

function writePod(cluster: Cluster, namespace: string, index: number): Promise<unknown> {
  return cluster.api.patch(podsPath(namespace, `web-${index % PODS}`), annotated(index, 10));
}

async function watched(cluster: Cluster, namespace: string, watchers: number, idle: Cpu): Promise<string[]> {
  const write = (index: number) => writePod(cluster, namespace, index);
  const alone = (await costOf(cluster, WATCHED_WRITES, idle, write)).cpu;
  const ending = new AbortController();
  let events = 0;
  let bytes = 0;
  const watches = Array.from({ length: watchers }, () =>
    cluster.api.watch(`${podsPath(namespace)}?watch=true`, ending.signal, ({ object }) => {
      events++;
      if (events % watchers === 0) bytes += JSON.stringify(object).length;
    }),
  );
  // each begins with what is there
  await eventually('the watches to be there', () => events >= watchers * PODS);
  const from = events;
  const { cpu, rate } = await costOf(cluster, WATCHED_WRITES, idle, write);
  await eventually('all events', () => events >= from + WATCHED_WRITES * watchers);
  const each = per(minus(cpu, alone), watchers);
  const size = bytes / Math.floor(events / watchers);
  ending.abort();
  await Promise.allSettled(watches);
  const name = `an event to one of ${watchers} watchers`;
  return [
    name,
    `${each.apiserver.toFixed(3)} ms`,
    `${each.etcd.toFixed(3)} ms`,
    (rate * watchers).toFixed(0),
    size.toFixed(0),
  ];
}

/** Of one write. */
async function costOf(
  cluster: Cluster,
  writes: number,
  idle: Cpu,
  write: (index: number) => Promise<unknown>,
): Promise<{ cpu: Cpu; rate: number }> {
  const before = await cpuOf(cluster);
  const startedAt = performance.now();
  let next = 0;
  const client = async () => {
    while (next < writes) await write(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, client));
  const ms = performance.now() - startedAt;
  const used = minus(await cpuOf(cluster), before);
  const cpu = { apiserver: used.apiserver - idle.apiserver * ms, etcd: used.etcd - idle.etcd * ms };
  return { cpu: per(cpu, writes), rate: (writes / ms) * 1000 };
}

async function cpuOf(cluster: Cluster): Promise<Cpu> {
  const [apiserver, etcd] = await Promise.all(
    (['kube-apiserver', 'etcd'] as const).map(async (name) => {
      const stat = await readFile(`/proc/${cluster.parts.pid(name)}/stat`, 'utf8');
      // behind the name, which may hold blanks: user and system time are the 14th and 15th field of proc(5)
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return ((Number(fields[11]) + Number(fields[12])) / TICKS) * 1000;
    }),
  );
  return { apiserver: apiserver ?? 0, etcd: etcd ?? 0 };
}

function minus(a: Cpu, b: Cpu): Cpu {
  return { apiserver: a.apiserver - b.apiserver, etcd: a.etcd - b.etcd };
}

function per(cpu: Cpu, by: number): Cpu {
  return { apiserver: cpu.apiserver / by, etcd: cpu.etcd / by };
}
