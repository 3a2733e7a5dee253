/**
 * A process of its own for `bench ui`: a served simulated cluster with one set of many pods, of whose objects so many
 * are written in a second as it is told, whatever else happens. Tells its parent where its kubeconfig is, and ends with
 * it.
 */
import { openCluster } from '../../src/commands/demo/cluster.ts';
import type { JsonObject } from '../../src/rollout/json.ts';
import { PODS } from '../../src/simulator/resources.ts';

const [pods = 0, eventsPerSecond = 0] = process.argv.slice(2).map(Number);
const BEAT_MS = 50;

const cluster = await openCluster('1.37');
const { simulator } = cluster;
const labels = { app: 'web' };

// a pod as heavy as real ones are: 6 KB
const env = Array.from({ length: 40 }, (_, index) => ({
  name: `SETTING_${index}`,
  value: `the value of setting ${index}`,
}));
const volumes = Array.from({ length: 6 }, (_, index) => ({
  name: `volume-${index}`,
  configMap: { name: `config-${index}` },
}));
const volumeMounts = volumes.map(({ name }) => ({ name, mountPath: `/etc/web/${name}`, readOnly: true }));

simulator.kubelet.hurry(true);
simulator.create({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'web', labels },
  spec: {
    replicas: pods,
    serviceName: 'web',
    podManagementPolicy: 'Parallel',
    selector: { matchLabels: labels },
    template: {
      metadata: { labels, annotations: { 'kubelet.test/start': '2s', 'kubelet.test/stop': '1s' } },
      spec: {
        terminationGracePeriodSeconds: 10,
        volumes,
        containers: [{ name: 'app', image: 'app:1', env, volumeMounts }],
      },
    },
  },
});
await new Promise<void>((resolve) => {
  const forget = simulator.history.onWrite(({ resource }) => {
    if (resource.plural !== 'statefulsets') return;
    const { status } = simulator.set('web');
    if (JSON.stringify(status).includes(`"readyReplicas":${pods}`)) {
      forget();
      resolve();
    }
  });
});
simulator.kubelet.hurry(false);
process.send?.({ kubeconfig: cluster.kubeconfig });
process.on('disconnect', () => {
  cluster.removeFiles();
  process.exit();
});

let written = 0;
simulator.history.onWrite(({ resource }) => {
  if (resource === PODS) written++;
});
process.on('message', () => process.send?.({ written }));

let next = 0;
const begunAt = performance.now();
setInterval(() => {
  const due = Math.floor(((performance.now() - begunAt) / 1000) * eventsPerSecond);
  const missing = due - written;
  for (let beat = 0; beat < missing; beat++) {
    // far apart in the set, as real ones come
    next = (next + 997) % pods;
    // half of them change what the product keeps of a pod
    const text = { 'bench/beat': String(due) };
    const patch: JsonObject = beat % 2 === 0 ? { metadata: { annotations: text } } : { metadata: { labels: text } };
    try {
      const kubelet = { user: 'kubelet', manager: null };
      simulator.server.patch(kubelet, PODS, 'default', `web-${next}`, patch, 'application/merge-patch+json');
    } catch {
      // it is being replaced
    }
  }
}, BEAT_MS);
