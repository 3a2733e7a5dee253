import { expect } from 'vitest';
import { at, type Case, imageOf, type Kit, list, MERGE } from './kit.ts';

const HELD = { type: 'RollingUpdate', rollingUpdate: { partition: 32767 } };
const SLOW = { 'kubelet.test/start': '1500ms' };

async function isThere(kit: Kit, ordinal: number): Promise<boolean> {
  return (await kit.pods()).some((pod) => pod.ordinal === ordinal);
}

/** Takes readiness away from a pod, and waits until it is seen. */
async function unready(kit: Kit, ordinal: number): Promise<void> {
  await kit.annotate(ordinal, { 'kubelet.test/unready': 'true' });
  await kit.until(`web-${ordinal} is not Ready`, async () => !(await kit.pod(ordinal)).ready);
}

/** In which order pods come and go: design, F5, F6, F15, F16. */
export const ORDER_CASES: Case[] = [
  {
    name: 'OrderedReady makes the next pod when the last one is Ready',
    async run(kit) {
      await kit.post(kit.path('statefulsets'), kit.manifest({ policy: 'OrderedReady', annotations: SLOW }));
      await kit.until('web-0 is there', () => isThere(kit, 0));
      await kit.stays('web-1 waits for web-0', async () => !(await isThere(kit, 1)), 700);
      await kit.settled();
    },
  },
  {
    name: 'Parallel makes all pods at once',
    async run(kit) {
      await kit.post(kit.path('statefulsets'), kit.manifest({ annotations: SLOW }));
      await kit.until('all are there', async () => (await kit.pods()).length === 3);
      expect((await kit.pods()).some((pod) => pod.ready)).toBe(false);
      await kit.settled();
    },
  },
  {
    name: 'OrderedReady: pods deleted together come back one after the other',
    async run(kit) {
      await kit.createSet({
        policy: 'OrderedReady',
        annotations: { 'kubelet.test/start': '1s', 'kubelet.test/stop': '50ms' },
      });
      await Promise.all([kit.deletePod(1), kit.deletePod(2)]);
      await kit.until('web-1 is made again', async () => {
        const pods = await kit.pods();
        return (
          pods.some((pod) => pod.ordinal === 1 && !pod.terminating && !pod.ready) &&
          !pods.some((pod) => pod.ordinal === 2)
        );
      });
      await kit.settled();
    },
  },
  {
    name: 'OrderedReady: nothing comes back above a pod that is not Ready',
    async run(kit) {
      await kit.createSet({ policy: 'OrderedReady' });
      await unready(kit, 0);
      await kit.deletePod(2);
      await kit.until('web-2 is gone', async () => !(await isThere(kit, 2)));
      await kit.stays('it stays away', async () => !(await isThere(kit, 2)), 1200);
      await kit.annotate(0, { 'kubelet.test/unready': null });
      await kit.settled();
    },
  },
  {
    name: 'Parallel: a pod comes back whatever the others do',
    async run(kit) {
      await kit.createSet();
      await unready(kit, 0);
      const old = await kit.pod(2);
      await kit.deletePod(2);
      await kit.replaced(2, old.uid);
    },
  },
  {
    name: 'OrderedReady: minReadySeconds makes the next pod wait',
    async run(kit) {
      await kit.post(
        kit.path('statefulsets'),
        kit.manifest({ replicas: 2, policy: 'OrderedReady', spec: { minReadySeconds: 3 } }),
      );
      await kit.until('web-0 is Ready', async () => (await kit.pods())[0]?.ready === true);
      await kit.stays('web-1 waits', async () => !(await isThere(kit, 1)), 1500);
      await kit.settled();
      await kit.until('both are available', async () => (await kit.status()).availableReplicas === 2);
    },
  },
  {
    name: 'OrderedReady: a broken new pod blocks the fixed template (kubernetes#67250)',
    async run(kit) {
      await kit.createSet({ policy: 'OrderedReady' });
      await kit.setImage('app:bad');
      await kit.until('web-2 is broken', async () =>
        (await kit.pods()).some(
          (pod) => pod.ordinal === 2 && imageOf(pod) === 'app:bad' && pod.phase === 'Pending' && pod.node !== '',
        ),
      );
      await kit.setImage('app:1');
      await kit.observed();
      const broken = await kit.pod(2);
      await kit.stays('it stays broken', async () => (await kit.pod(2)).uid === broken.uid);
      await kit.deletePod(2);
      await kit.rolledOut();
      expect(imageOf(await kit.pod(2))).toBe('app:1');
    },
  },
  {
    name: 'RollingUpdate takes one pod at a time, from the top',
    async run(kit) {
      await kit.createSet();
      await kit.setImage('app:2');
      const order: number[] = [];
      await kit.until('all are new', async () => {
        const pods = await kit.pods();
        for (const pod of pods) if (imageOf(pod) === 'app:2' && !order.includes(pod.ordinal)) order.push(pod.ordinal);
        expect(pods.filter((pod) => !pod.ready || pod.terminating).length).toBeLessThan(2);
        return order.length === 3;
      });
      expect(order).toEqual([2, 1, 0]);
      await kit.rolledOut();
    },
  },
  {
    name: 'RollingUpdate waits for minReadySeconds between pods',
    async run(kit) {
      await kit.createSet({ replicas: 2, spec: { minReadySeconds: 2 } });
      await kit.until('available', async () => (await kit.status()).availableReplicas === 2);
      await kit.setImage('app:2');
      await kit.until('web-1 is new and Ready', async () =>
        (await kit.pods()).some((pod) => pod.ordinal === 1 && pod.ready && imageOf(pod) === 'app:2'),
      );
      await kit.stays('web-0 waits', async () => !(await kit.pod(0)).terminating, 700);
      await kit.rolledOut();
    },
  },
  {
    name: 'the controller goes past a PodDisruptionBudget that allows nothing',
    async run(kit) {
      await kit.createSet({ strategy: HELD });
      await kit.budget({ maxUnavailable: 0 });
      await kit.setImage('app:2');
      await kit.observed();
      const old = await kit.pod(2);
      await kit.setPartition(2);
      expect(imageOf(await kit.replaced(2, old.uid))).toBe('app:2');
    },
  },
  {
    name: 'Parallel: a not-Ready old pod at the bottom does not stop the step from the top',
    only: '1.34',
    async run(kit) {
      await kit.createSet();
      await unready(kit, 0);
      const old = await kit.pod(2);
      await kit.setImage('app:2');
      await kit.replaced(2, old.uid);
    },
  },
  {
    name: 'Parallel: with maxUnavailable every unavailable old pod goes first, beyond the budget',
    only: '1.37',
    async run(kit) {
      await kit.createSet({ strategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0, maxUnavailable: 1 } } });
      await unready(kit, 0);
      await unready(kit, 1);
      const [first, second, third] = await kit.pods();
      await kit.setImage('app:2');
      await kit.until('web-0 and web-1 are replaced', async () => {
        const pods = await kit.pods();
        const isNew = (ordinal: number, uid: string | undefined): boolean =>
          pods.some((pod) => pod.ordinal === ordinal && pod.uid !== uid);
        return isNew(0, first?.uid) && isNew(1, second?.uid);
      });
      expect((await kit.pods()).some((pod) => pod.uid === third?.uid)).toBe(true);
      await kit.rolledOut();
    },
  },
  {
    name: 'Parallel: maxUnavailable pods go at once',
    only: '1.37',
    async run(kit) {
      await kit.createSet({
        replicas: 4,
        annotations: { 'kubelet.test/stop': '1s' },
        strategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0, maxUnavailable: 3 } },
      });
      await kit.setImage('app:2');
      await kit.until('three are going', async () => (await kit.pods()).filter((pod) => pod.terminating).length === 3);
      expect((await kit.pod(0)).terminating).toBe(false);
      await kit.rolledOut();
    },
  },
  {
    name: 'OrderedReady: the rolling step waits until every pod is Ready',
    async run(kit) {
      await kit.createSet({ policy: 'OrderedReady' });
      await unready(kit, 0);
      const old = await kit.pod(2);
      await kit.setImage('app:2');
      await kit.observed();
      await kit.stays('web-2 is let alone', async () => (await kit.pod(2)).uid === old.uid);
      await kit.annotate(0, { 'kubelet.test/unready': null });
      await kit.rolledOut();
    },
  },
  {
    name: 'a pod in phase Failed is deleted and made again',
    async run(kit) {
      await kit.createSet({ strategy: HELD });
      const old = await kit.pod(1);
      const status = { ...at(old.raw, 'status'), phase: 'Failed', reason: 'Evicted' };
      await kit.patch(kit.path('pods', 'web-1', 'status'), { status }, MERGE);
      await kit.replaced(1, old.uid);
    },
  },
  {
    name: 'scaling down takes the highest ordinals',
    async run(kit) {
      await kit.createSet();
      await kit.scale(1);
      await kit.settled();
      expect((await kit.pods()).map((pod) => pod.ordinal)).toEqual([0]);
    },
  },
  {
    name: 'OrderedReady: scaling down takes one pod at a time',
    async run(kit) {
      await kit.createSet({ policy: 'OrderedReady', annotations: { 'kubelet.test/stop': '1s' } });
      await kit.scale(0);
      await kit.until('web-2 is going', async () =>
        (await kit.pods()).some((pod) => pod.ordinal === 2 && pod.terminating),
      );
      await kit.stays('the others stay', async () => !(await kit.pod(1)).terminating, 400);
      await kit.settled();
    },
  },
  {
    name: 'OrderedReady: scaling down waits for an unhealthy lower pod',
    async run(kit) {
      await kit.createSet({ policy: 'OrderedReady' });
      await unready(kit, 0);
      await kit.scale(1);
      await kit.observed();
      await kit.stays('web-2 stays', async () => !(await kit.pod(2)).terminating, 1200);
      await kit.annotate(0, { 'kubelet.test/unready': null });
      await kit.settled();
    },
  },
  {
    name: 'changing ordinals.start moves the range',
    async run(kit) {
      await kit.createSet({ replicas: 2 });
      await kit.patch(kit.setPath, { spec: { ordinals: { start: 1 } } }, MERGE);
      await kit.until(
        'the range has moved',
        async () => (await kit.pods()).map((pod) => pod.name).join() === 'web-1,web-2',
      );
      await kit.settled();
    },
  },
  {
    name: 'one refused create stops the rest of the batch, and says so in an event',
    async run(kit) {
      const quota = {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'pods' },
        spec: { hard: { pods: '2' } },
      };
      await kit.post(kit.path('resourcequotas'), quota);
      await kit.until(
        'the quota counts',
        async () => at(await kit.get(kit.path('resourcequotas', 'pods')), 'status', 'hard').pods === '2',
      );
      await kit.post(kit.path('statefulsets'), kit.manifest({ replicas: 4 }));
      await kit.until('an event says so', async () => {
        const { items } = await kit.get(kit.path('events'), {
          fieldSelector: 'involvedObject.name=web,reason=FailedCreate',
        });
        return list(items).some((event) => String(at(event).message).includes('exceeded quota'));
      });
      expect((await kit.pods()).length).toBe(2);
      await kit.delete(kit.path('resourcequotas', 'pods'));
      await kit.patch(kit.setPath, { metadata: { annotations: { again: 'now' } } }, MERGE);
      await kit.settled();
    },
  },
  {
    name: 'a pod carries its revision, its name and its index as labels, and its set as owner',
    async run(kit) {
      const set = await kit.createSet({ replicas: 1 });
      const pod = await kit.pod(0);
      expect(at(pod.raw, 'metadata', 'labels')).toMatchObject({
        app: 'web',
        'apps.kubernetes.io/pod-index': '0',
        'controller-revision-hash': at(set, 'status').updateRevision,
        'statefulset.kubernetes.io/pod-name': 'web-0',
      });
      expect(list(at(pod.raw, 'metadata').ownerReferences)).toEqual([
        {
          apiVersion: 'apps/v1',
          kind: 'StatefulSet',
          name: 'web',
          uid: at(set, 'metadata').uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ]);
      expect(at(pod.raw, 'metadata').generateName).toBe('web-');
      expect(at(pod.raw, 'spec')).toMatchObject({ hostname: 'web-0', subdomain: 'web' });
    },
  },
  {
    name: 'counters that are zero are left out of the status',
    async run(kit) {
      await kit.createSet({ replicas: 0 });
      const status = await kit.status();
      expect([status.replicas, status.availableReplicas]).toEqual([0, 0]);
      expect([status.readyReplicas, status.updatedReplicas, status.currentReplicas]).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
    },
  },
];
