import { beforeAll, expect, it } from 'vitest';
import { Consul, consulProgram } from '../harness/consul.ts';
import {
  type Cluster,
  createSet,
  eventually,
  getPod,
  isReady,
  podsOf,
  revisionOf,
  runBedrock,
  sharedCluster,
  WatchLog,
} from '../harness/index.ts';

let cluster: Cluster;
let program: string | null = null;

beforeAll(async () => {
  cluster = await sharedCluster();
  program = await consulProgram().catch((error: unknown) => {
    console.error(`without a real Consul: ${String(error)}`);
    return null;
  });
});

it('a rollout waits for a real Consul, and holds while it is stopped', async ({ skip }) => {
  if (program === null) return skip('no Consul: set CONSUL_BIN');
  const consul = await Consul.start(program);
  const namespace = await cluster.namespace();
  const set = await createSet(cluster, namespace, { replicas: 3 });
  const old = set.status?.updateRevision;
  const ids = new Map<string, string>();
  for (const pod of await podsOf(cluster, namespace)) {
    const id = `${pod.metadata.name}-${pod.metadata.uid}`;
    ids.set(pod.metadata.name, id);
    await consul.register('web', id, pod.status?.podIP ?? '', 'passing');
  }
  await using log = await WatchLog.start(cluster, namespace);
  const run = runBedrock(
    cluster,
    ['rollout', 'sts/web', '-n', namespace, '--image', 'app=app:2', '--yes', '-o', 'line', '--min-ready', '0'].concat([
      '--consul-service',
      'web',
      '--consul-soak',
      '1s',
      '--on-failure',
      'rollback',
    ]),
    { env: { CONSUL_HTTP_ADDR: consul.address } },
  );
  const replaced = (name: string) =>
    eventually(`${name} is replaced and Ready`, async () => {
      const pod = await getPod(cluster, namespace, name);
      return revisionOf(pod) !== old && isReady(pod) ? pod : null;
    });
  const restarts = async () => {
    await log.mark();
    return log.history().restarts();
  };

  // it waits: the dead pod is registered still, then the new one is critical
  const top = await replaced('web-2');
  await run.says(/waits +web-2 .*waiting for deregistration of /);
  const fresh = `web-2-${top.metadata.uid}`;
  await consul.register('web', fresh, top.status?.podIP ?? '', 'critical');
  await consul.deregister(ids.get('web-2') ?? '');
  await run.says(/waits +web-2 .*critical in Consul/);
  expect(await restarts()).toBe(1);

  // it passes
  await consul.check(fresh, 'pass');
  const middle = await replaced('web-1');
  await consul.deregister(ids.get('web-1') ?? '');
  expect(await restarts()).toBe(2);

  // it is not known any more: nothing goes, and nothing is taken back
  consul.daemon.freeze();
  await run.says(/waits +Consul \(service web\): no answer within/);
  expect(await restarts()).toBe(2);
  consul.daemon.thaw();
  await consul.register('web', `web-1-${middle.metadata.uid}`, middle.status?.podIP ?? '', 'passing');

  const last = await replaced('web-0');
  await consul.deregister(ids.get('web-0') ?? '');
  await consul.register('web', `web-0-${last.metadata.uid}`, last.status?.podIP ?? '', 'passing');
  expect(await run.code, run.stdout + run.stderr).toBe(0);
  expect(await restarts()).toBe(3);
  expect(log.history().maxUnavailable().count).toBe(1);
});
