import { expect, test } from 'vitest';
import { Simulator, VirtualClock } from '../../src/simulator/index.ts';
import { at } from '../../src/simulator/objects.ts';

function start(version: '1.34' | '1.37', policy: string) {
  const clock = new VirtualClock();
  const simulator = new Simulator({ seed: 1, version, clock });
  const labels = { app: 'web' };
  const spec = { containers: [{ name: 'app', image: 'app:1' }] };
  simulator.create({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'web' },
    spec: {
      replicas: 4,
      podManagementPolicy: policy,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec },
    },
  });
  return { clock, simulator };
}

test.each(['1.34', '1.37'] as const)(
  '%s rolls a set out by itself, one pod at a time, and promotes',
  async (version) => {
    for (const policy of ['Parallel', 'OrderedReady']) {
      const { clock, simulator } = start(version, policy);
      const status = () => at(simulator.set('web').status);
      await clock.run(clock.now() + 60_000, () => status().readyReplicas === 4);
      const first = status().currentRevision;
      let down = 0;
      simulator.history.onWrite(() => {
        const ready = simulator.pods().filter((pod) => pod.metadata.deletionTimestamp === undefined).length;
        down = Math.max(down, 4 - ready);
      });
      const patch = { spec: { template: { spec: { containers: [{ name: 'app', image: 'app:2' }] } } } };
      const answer = simulator.api('alice').request({
        method: 'PATCH',
        path: '/apis/apps/v1/namespaces/default/statefulsets/web',
        contentType: 'application/strategic-merge-patch+json',
        body: patch,
      });
      await clock.run(clock.now() + 60_000, () => status().currentRevision !== first);
      await answer;
      expect(status()).toMatchObject({ updatedReplicas: 4, readyReplicas: 4, observedGeneration: 2 });
      expect(down).toBe(1);
      expect(simulator.history.pods.length).toBe(8);
    }
  },
);

test('the same seed gives the same run', async () => {
  const runs = await Promise.all(
    [1, 2].map(async () => {
      const { clock, simulator } = start('1.37', 'Parallel');
      await clock.run(clock.now() + 60_000);
      return simulator.history.writes.map((write) => `${write.at} ${write.user} ${write.verb} ${write.name}`);
    }),
  );
  expect(runs[0]).toEqual(runs[1]);
  expect(runs[0]?.length).toBeGreaterThan(10);
});
