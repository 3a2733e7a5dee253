import { expect, test } from 'vitest';
import { Simulator, VirtualClock } from '../../src/simulator/index.ts';
import { isReady, nameOf } from '../../src/simulator/objects.ts';

const SECOND = 1000;

/** Three pods that are all Ready, at most a second after the start of the clock. */
async function started(annotations: Record<string, string>) {
  const clock = new VirtualClock();
  const simulator = new Simulator({ seed: 3, version: '1.37', clock });
  const labels = { app: 'web' };
  simulator.kubelet.hurry(true);
  simulator.create({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'web' },
    spec: {
      replicas: 3,
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: labels },
      template: { metadata: { labels, annotations }, spec: { containers: [{ name: 'app', image: 'app:1' }] } },
    },
  });
  const ready = () => simulator.pods().filter(isReady).map(nameOf);
  await clock.run(clock.now() + SECOND, () => ready().length === 3);
  expect(ready()).toHaveLength(3);
  simulator.kubelet.hurry(false);
  return { clock, simulator, ready };
}

test('a hurried kubelet starts pods at once, and takes its time again afterwards', async () => {
  const { clock, simulator, ready } = await started({ 'kubelet.test/start': '20s', 'kubelet.test/stop': '5s' });
  simulator.server.delete({ user: 'ann', manager: null }, podsOf(simulator), 'default', 'web-1');
  await clock.run(clock.now() + 24 * SECOND);
  expect(ready()).toEqual(['web-0', 'web-2']);
  await clock.run(clock.now() + 2 * SECOND);
  expect(ready()).toHaveLength(3);
});

test('readiness flaps for as long as the pod lives, and is no restart', async () => {
  const { clock, simulator, ready } = await started({ 'kubelet.test/flap': '10s', 'kubelet.test/flap-for': '2s' });
  const changes: string[] = [];
  simulator.history.onWrite(({ resource, before, after }) => {
    if (resource.plural !== 'pods' || before === null || after === null || isReady(before) === isReady(after)) return;
    if (nameOf(after) === 'web-1') changes.push(`${Math.round(clock.now() / SECOND) % 1000} ${isReady(after)}`);
  });
  const from = clock.now();
  await clock.run(from + 23 * SECOND);
  const at = (seconds: number) => Math.round(from / SECOND + seconds) % 1000;
  expect(changes).toEqual([`${at(10)} false`, `${at(12)} true`, `${at(22)} false`]);
  expect(simulator.history.pods).toHaveLength(3);
  expect(ready()).toEqual([]);
});

test('a span gives each pod its own time, within it', async () => {
  const { clock, simulator, ready } = await started({ 'kubelet.test/start': '4s..12s', 'kubelet.test/stop': '1ms' });
  for (const name of ready())
    simulator.server.delete({ user: 'ann', manager: null }, podsOf(simulator), 'default', name);
  const from = clock.now();
  const seconds: number[] = [];
  simulator.history.onWrite(({ after, before }) => {
    if (after?.kind === 'Pod' && isReady(after) && before !== null && !isReady(before))
      seconds.push((clock.now() - from) / SECOND);
  });
  await clock.run(from + 20 * SECOND);
  expect(seconds).toHaveLength(3);
  expect(Math.min(...seconds)).toBeGreaterThan(4);
  expect(Math.max(...seconds)).toBeLessThan(12.5);
  expect(new Set(seconds.map(Math.round)).size).toBeGreaterThan(1);
});

function podsOf(simulator: Simulator) {
  const resource = simulator.server.store.resources.ofKind('v1', 'Pod');
  if (resource === undefined) throw new Error('the simulator serves pods');
  return resource;
}
