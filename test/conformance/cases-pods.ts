import { expect } from 'vitest';
import { at, type Case, conditionOf, type Kit, MERGE, waitingOf } from './kit.ts';

const OPEN = { maxUnavailable: 1 };

async function gone(kit: Kit, ordinal: number, uid: string): Promise<boolean> {
  return !(await kit.pods()).some((pod) => pod.ordinal === ordinal && pod.uid === uid);
}

/** What a pod does, how it goes, and who may take it: design, F11, F15. */
export const POD_CASES: Case[] = [
  {
    name: 'a deleted pod on a node stays terminating until its kubelet is done',
    async run(kit) {
      await kit.createSet({ replicas: 1, annotations: { 'kubelet.test/stop': '1s' } });
      const old = await kit.pod(0);
      const answer = await kit.deletePod(0);
      expect(at(answer, 'metadata').deletionGracePeriodSeconds).toBe(5);
      await kit.stays('it is terminating', async () => (await kit.pod(0)).terminating, 400);
      expect((await kit.replaced(0, old.uid)).terminating).toBe(false);
    },
  },
  {
    name: 'a pod with a grace period of zero is gone at once',
    async run(kit) {
      await kit.createSet({ replicas: 1, podSpec: { terminationGracePeriodSeconds: 0 } });
      const old = await kit.pod(0);
      await kit.deletePod(0);
      expect(await gone(kit, 0, old.uid)).toBe(true);
    },
  },
  {
    name: 'a pod without a node is gone at once',
    async run(kit) {
      const podSpec = { nodeSelector: { nowhere: 'true' } };
      await kit.post(kit.path('statefulsets'), kit.manifest({ replicas: 1, podSpec }));
      await kit.until('it is refused a node', async () =>
        (await kit.pods()).some((pod) => conditionOf(pod, 'PodScheduled').status === 'False'),
      );
      const old = await kit.pod(0);
      expect(conditionOf(old, 'PodScheduled')).toMatchObject({ reason: 'Unschedulable' });
      expect(String(conditionOf(old, 'PodScheduled').message)).toContain(
        "3 node(s) didn't match Pod's node affinity/selector",
      );
      await kit.deletePod(0);
      expect(await gone(kit, 0, old.uid)).toBe(true);
    },
  },
  {
    name: 'a request of more CPU than a node has is unschedulable',
    async run(kit) {
      const podSpec = { containers: [{ name: 'app', image: 'app:1', resources: { requests: { cpu: '65' } } }] };
      await kit.post(kit.path('statefulsets'), kit.manifest({ replicas: 1, podSpec }));
      await kit.until('it is refused a node', async () =>
        (await kit.pods()).some((pod) => conditionOf(pod, 'PodScheduled').status === 'False'),
      );
      const condition = conditionOf(await kit.pod(0), 'PodScheduled');
      const deallocate = kit.version === '1.34' ? 'no new claims to deallocate, ' : '';
      expect(condition.message).toBe(
        `0/3 nodes are available: 3 Insufficient cpu. ${deallocate}preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.`,
      );
    },
  },
  {
    name: 'a finalizer keeps a deleted pod',
    async run(kit) {
      await kit.createSet({ replicas: 1 });
      await kit.patch(kit.path('pods', 'web-0'), { metadata: { finalizers: ['test.dev/hold'] } }, MERGE);
      const old = await kit.pod(0);
      await kit.deletePod(0);
      await kit.stays('it stays', async () => (await kit.pod(0)).uid === old.uid, 1200);
      await kit.patch(kit.path('pods', 'web-0'), { metadata: { finalizers: null } }, MERGE);
      await kit.replaced(0, old.uid);
    },
  },
  {
    name: 'an image that cannot be pulled: ErrImagePull, then ImagePullBackOff',
    async run(kit) {
      await kit.post(kit.path('statefulsets'), kit.manifest({ replicas: 1, image: 'app:bad' }));
      await kit.until('it cannot be pulled', async () =>
        (await kit.pods()).some((pod) => waitingOf(pod).reason === 'ErrImagePull'),
      );
      await kit.until('it backs off', async () => waitingOf(await kit.pod(0)).reason === 'ImagePullBackOff');
      const pod = await kit.pod(0);
      expect([pod.phase, pod.ready]).toEqual(['Pending', false]);
      expect(waitingOf(pod).message).toBe('Back-off pulling image app:bad: manifest unknown');
    },
  },
  {
    name: 'a pod that is never Ready',
    async run(kit) {
      await kit.post(kit.path('statefulsets'), kit.manifest({ replicas: 1, image: 'app:never' }));
      await kit.until('it runs', async () => (await kit.pods()).some((pod) => pod.phase === 'Running'));
      await kit.stays('it is not Ready', async () => !(await kit.pod(0)).ready);
      expect(conditionOf(await kit.pod(0), 'Ready').reason).toBe('ContainersNotReady');
    },
  },
  {
    name: 'a pod that crashes after it was Ready, and comes again',
    async run(kit) {
      const annotations = { 'kubelet.test/crash-after': '1s', 'kubelet.test/back-off': '1s' };
      await kit.post(kit.path('statefulsets'), kit.manifest({ replicas: 1, image: 'app:crash', annotations }));
      await kit.until('it is Ready', async () => (await kit.pods())[0]?.ready === true);
      await kit.until('it crash-loops', async () => waitingOf(await kit.pod(0)).reason === 'CrashLoopBackOff');
      expect([(await kit.pod(0)).ready, (await kit.pod(0)).restarts]).toEqual([false, 1]);
      await kit.until('it is Ready again', async () => (await kit.pod(0)).ready);
      await kit.until('it crashes again', async () => (await kit.pod(0)).restarts === 2);
    },
  },
  {
    name: 'readiness goes and comes with an annotation',
    async run(kit) {
      await kit.createSet({ replicas: 1 });
      await kit.annotate(0, { 'kubelet.test/unready': 'true' });
      await kit.until('it is not Ready', async () => !(await kit.pod(0)).ready);
      await kit.until('it is counted', async () => (await kit.status()).readyReplicas === undefined);
      await kit.annotate(0, { 'kubelet.test/unready': null });
      await kit.settled();
      expect((await kit.pod(0)).restarts).toBe(0);
    },
  },
  {
    name: 'an eviction without a budget is accepted',
    async run(kit) {
      await kit.createSet({ replicas: 1 });
      const old = await kit.pod(0);
      expect(await kit.evict(0)).toMatchObject({ kind: 'Status', status: 'Success' });
      await kit.replaced(0, old.uid);
    },
  },
  {
    name: 'a budget allows so many evictions, and refuses the next with 429 and its cause',
    async run(kit) {
      await kit.createSet({ annotations: { 'kubelet.test/stop': '3s' } });
      await kit.budget(OPEN);
      await kit.budgetAllows(1);
      await kit.evict(2);
      const error = await kit.refused(kit.evict(1));
      expect([error.code, error.reason]).toEqual([429, 'TooManyRequests']);
      expect(error.message).toBe("Cannot evict pod as it would violate the pod's disruption budget.");
      expect(error.causes[0]?.reason).toBe('DisruptionBudget');
    },
  },
  {
    name: 'a refusal says how many healthy pods are needed',
    async run(kit) {
      await kit.createSet();
      await kit.budget({ minAvailable: 3 });
      await kit.budgetAllows(0);
      const error = await kit.refused(kit.evict(1));
      expect(error.causes).toEqual([
        {
          reason: 'DisruptionBudget',
          message: 'The disruption budget web needs 3 healthy pods and has 3 currently',
          field: '',
        },
      ]);
    },
  },
  {
    name: 'two budgets for one pod: 500, without a reason',
    async run(kit) {
      await kit.createSet({ replicas: 1 });
      await kit.budget({ maxUnavailable: 1 }, 'one');
      await kit.budget({ maxUnavailable: 1 }, 'two');
      const error = await kit.refused(kit.evict(0));
      expect([error.code, error.reason]).toEqual([500, '']);
      expect(error.message).toBe(
        'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
      );
    },
  },
  {
    name: 'dry runs of evictions take no budget',
    async run(kit) {
      await kit.createSet();
      await kit.budget(OPEN);
      await kit.budgetAllows(1);
      for (const ordinal of [0, 1, 2]) await kit.evict(ordinal, { dryRun: ['All'] });
      await kit.stays(
        'the budget is whole',
        async () => at(await kit.get(kit.path('poddisruptionbudgets', 'web')), 'status').disruptionsAllowed === 1,
        500,
      );
      expect((await kit.pods()).some((pod) => pod.terminating)).toBe(false);
    },
  },
  {
    name: 'a stale uid is refused with 409, after the budget was taken',
    async run(kit) {
      await kit.createSet();
      await kit.budget(OPEN);
      await kit.budgetAllows(1);
      const error = await kit.refused(kit.evict(1, { preconditions: { uid: '00000000-0000-4000-a000-000000000000' } }));
      expect([error.code, error.reason]).toEqual([409, 'Conflict']);
      expect(error.message).toContain(
        'the UID in the precondition (00000000-0000-4000-a000-000000000000) does not match',
      );
      await kit.until(
        'the budget is burnt',
        async () => at(await kit.get(kit.path('poddisruptionbudgets', 'web')), 'status').disruptionsAllowed === 0,
      );
      expect(
        Object.keys(at(await kit.get(kit.path('poddisruptionbudgets', 'web')), 'status', 'disruptedPods')),
      ).toEqual(['web-1']);
      expect((await kit.refused(kit.evict(2))).code).toBe(429);
    },
  },
  {
    name: 'an eviction of a terminating pod is accepted, and takes no budget',
    async run(kit) {
      await kit.createSet({ annotations: { 'kubelet.test/stop': '2s' } });
      await kit.budget({ maxUnavailable: 0 });
      await kit.budgetAllows(0);
      await kit.deletePod(1);
      expect(await kit.evict(1)).toMatchObject({ status: 'Success' });
    },
  },
  {
    name: 'an eviction of a Pending pod takes no budget',
    async run(kit) {
      await kit.createSet();
      await kit.budget({ maxUnavailable: 0 });
      await kit.scale(4);
      await kit.settled();
      await kit.budgetAllows(0);
      await kit.setImage('app:bad');
      await kit.until('web-3 is Pending', async () =>
        (await kit.pods()).some((pod) => pod.ordinal === 3 && waitingOf(pod).reason !== undefined),
      );
      expect(await kit.evict(3)).toMatchObject({ status: 'Success' });
    },
  },
  {
    name: 'a not-Ready pod of an application that has enough healthy ones may be evicted',
    async run(kit) {
      await kit.createSet();
      await kit.budget({ minAvailable: 2 });
      await kit.annotate(0, { 'kubelet.test/unready': 'true' });
      await kit.budgetAllows(0);
      expect(await kit.evict(0)).toMatchObject({ status: 'Success' });
    },
  },
  {
    name: 'a not-Ready pod of an application that is below its budget may not, but with AlwaysAllow',
    async run(kit) {
      await kit.createSet();
      await kit.budget({ minAvailable: 3 });
      await kit.annotate(0, { 'kubelet.test/unready': 'true' });
      await kit.until(
        'it is counted',
        async () => at(await kit.get(kit.path('poddisruptionbudgets', 'web')), 'status').currentHealthy === 2,
      );
      expect((await kit.refused(kit.evict(0))).code).toBe(429);
      await kit.patch(
        kit.path('poddisruptionbudgets', 'web'),
        { spec: { unhealthyPodEvictionPolicy: 'AlwaysAllow' } },
        MERGE,
      );
      await kit.budgetAllows(0);
      expect(await kit.evict(0)).toMatchObject({ status: 'Success' });
    },
  },
  {
    name: 'a budget in per cent counts the replicas that are wanted, rounded up',
    async run(kit) {
      await kit.createSet();
      await kit.budget({ maxUnavailable: '40%' });
      await kit.budgetAllows(2);
      const status = at(await kit.get(kit.path('poddisruptionbudgets', 'web')), 'status');
      expect([status.expectedPods, status.desiredHealthy, status.currentHealthy]).toEqual([3, 1, 3]);
    },
  },
  {
    name: 'evicting a pod that is not there is 404',
    async run(kit) {
      const error = await kit.refused(kit.evict(7));
      expect([error.code, error.reason, error.message]).toEqual([404, 'NotFound', 'pods "web-7" not found']);
    },
  },
  {
    name: 'deleting a pod with a stale uid is refused with 409',
    async run(kit) {
      await kit.createSet({ replicas: 1 });
      const error = await kit.refused(
        kit.deletePod(0, { preconditions: { uid: '00000000-0000-4000-a000-000000000000' } }),
      );
      expect([error.code, error.reason]).toEqual([409, 'Conflict']);
      expect(error.message).toMatch(
        /^Operation cannot be fulfilled on Pod "web-0": the UID in the precondition .* does not match/,
      );
    },
  },
];
