import { expect } from 'vitest';
import type { JsonObject } from '../../src/rollout/json.ts';
import { at, type Case, imageOf, JSON_PATCH, type Kit, list, MERGE } from './kit.ts';

const HELD = { type: 'RollingUpdate', rollingUpdate: { partition: 32767 } };

/** Template and strategy in one patch, as a rollout begins. */
function begin(kit: Kit, image: string, partition: number): Promise<JsonObject> {
  const template = {
    metadata: { labels: { app: 'web' } },
    spec: { terminationGracePeriodSeconds: 5, containers: [{ name: 'app', image }] },
  };
  const patch = [
    { op: 'replace', path: '/spec/template', value: template },
    { op: 'replace', path: '/spec/updateStrategy', value: { type: 'RollingUpdate', rollingUpdate: { partition } } },
  ];
  return kit.patch(kit.setPath, patch, JSON_PATCH);
}

const images = async (kit: Kit) => (await kit.pods()).map(imageOf);

/** What a rollout behind a fence stands on: design, section 2 and 3. */
export const ROLLOUT_CASES: Case[] = [
  {
    name: 'template and fence in one patch: nothing moves by itself',
    async run(kit) {
      await kit.createSet();
      const before = (await kit.pods()).map((pod) => pod.uid);
      await begin(kit, 'app:2', 3);
      await kit.observed();
      await kit.stays('all pods stay', async () => (await kit.pods()).every((pod, index) => pod.uid === before[index]));
    },
  },
  {
    name: 'the fence that follows an accepted eviction: the pod comes back new, no other one moves',
    async run(kit) {
      await kit.createSet({ annotations: { 'kubelet.test/stop': '500ms' } });
      const before = await kit.pods();
      await begin(kit, 'app:2', 3);
      await kit.observed();
      await kit.evict(2);
      await kit.setPartition(2);
      await kit.replaced(2, before[2]?.uid ?? '');
      expect(await images(kit)).toEqual(['app:1', 'app:1', 'app:2']);
      expect((await kit.pods()).slice(0, 2).map((pod) => pod.uid)).toEqual(before.slice(0, 2).map((pod) => pod.uid));
    },
  },
  {
    name: 'a pod at a third revision comes back as one of the two that the status names',
    async run(kit) {
      await kit.createSet({ replicas: 2, strategy: HELD });
      await kit.setImage('app:2');
      await kit.observed();
      const [, second] = await kit.pods();
      await kit.setPartition(1);
      await kit.replaced(1, second?.uid ?? '');
      await begin(kit, 'app:3', 32767);
      await kit.observed();
      const middle = await kit.pod(1);
      expect(imageOf(middle)).toBe('app:2');
      await kit.deletePod(1);
      expect(imageOf(await kit.replaced(1, middle.uid))).toBe('app:1');
    },
  },
  {
    name: 'a terminating pod below blocks the promotion',
    async run(kit) {
      await kit.createSet({ replicas: 2, annotations: { 'kubelet.test/stop': '2s' }, strategy: HELD });
      const { currentRevision } = await kit.status();
      await kit.scale(1);
      await kit.setImage('app:2');
      await kit.observed();
      const first = await kit.pod(0);
      await kit.setPartition(0);
      await kit.replaced(0, first.uid, false);
      expect((await kit.status()).currentRevision).toBe(currentRevision);
      await kit.rolledOut();
    },
  },
  {
    name: 'settling an OnDelete set by partition 0 restarts nothing and makes the current revision true',
    async run(kit) {
      await kit.createSet({ replicas: 2, strategy: { type: 'OnDelete' } });
      await kit.setImage('app:2');
      await kit.observed();
      for (const ordinal of [0, 1]) {
        const old = await kit.pod(ordinal);
        await kit.deletePod(ordinal);
        await kit.replaced(ordinal, old.uid);
      }
      const before = (await kit.pods()).map((pod) => pod.uid);
      await kit.setPartition(0);
      await kit.rolledOut();
      expect((await kit.pods()).map((pod) => pod.uid)).toEqual(before);
    },
  },
  {
    name: 'without settling, a set all at its second version brings a dying pod back at the first',
    only: '1.34',
    async run(kit) {
      await kit.createSet({ replicas: 1, strategy: { type: 'OnDelete' } });
      await kit.setImage('app:2');
      await kit.observed();
      const first = await kit.pod(0);
      await kit.deletePod(0);
      const second = await kit.replaced(0, first.uid);
      await begin(kit, 'app:3', 32767);
      await kit.observed();
      await kit.deletePod(0);
      expect(imageOf(await kit.replaced(0, second.uid))).toBe('app:1');
    },
  },
  {
    name: 'the detour: under OnDelete a broken old pod is replaced at the target, and back at the fence nothing moves',
    async run(kit) {
      await kit.createSet({ policy: 'OrderedReady', strategy: HELD });
      await kit.annotate(0, { 'kubelet.test/unready': 'true' });
      await kit.setImage('app:2');
      await kit.observed();
      await kit.patch(kit.setPath, { spec: { updateStrategy: { type: 'OnDelete', rollingUpdate: null } } }, MERGE);
      await kit.observed();
      const broken = await kit.pod(0);
      await kit.deletePod(0, { preconditions: { uid: broken.uid } });
      await kit.replaced(0, broken.uid);
      await kit.setPartition(32767);
      await kit.observed();
      await kit.stays('nothing moves', async () => (await images(kit)).join() === 'app:2,app:1,app:1', 1000);
      const mended = await kit.pod(0);
      await kit.deletePod(0);
      expect(imageOf(await kit.replaced(0, mended.uid))).toBe('app:1');
    },
  },
  {
    name: 'a rollback of the template behind any partition: broken pods come back right, others do not move',
    async run(kit) {
      await kit.createSet({ policy: 'OrderedReady', strategy: HELD });
      const before = await kit.status();
      await kit.setImage('app:never');
      await kit.observed();
      const top = await kit.pod(2);
      await kit.setPartition(2);
      await kit.until('web-2 is broken', async () =>
        (await kit.pods()).some((pod) => pod.ordinal === 2 && pod.uid !== top.uid && pod.phase === 'Running'),
      );
      await kit.setImage('app:1');
      await kit.observed();
      const after = await kit.status();
      expect([after.currentRevision, after.updateRevision]).toEqual([before.currentRevision, before.currentRevision]);
      const broken = await kit.pod(2);
      await kit.stays('it stays broken by itself', async () => (await kit.pod(2)).uid === broken.uid, 1000);
      await kit.deletePod(2, { preconditions: { uid: broken.uid } });
      expect(imageOf(await kit.replaced(2, broken.uid))).toBe('app:1');
    },
  },
  {
    name: 'the own strategy put back after promotion restarts nothing',
    async run(kit) {
      await kit.createSet({ replicas: 2, strategy: HELD });
      await kit.setImage('app:2');
      await kit.observed();
      await kit.setPartition(0);
      await kit.rolledOut();
      const before = (await kit.pods()).map((pod) => pod.uid);
      await kit.patch(kit.setPath, { spec: { updateStrategy: { type: 'OnDelete', rollingUpdate: null } } }, MERGE);
      await kit.observed();
      await kit.stays(
        'nothing moves',
        async () => (await kit.pods()).every((pod, index) => pod.uid === before[index]),
        1000,
      );
    },
  },
  {
    name: 'a set made again with a new template has no old revision: a dying pod comes back new',
    async run(kit) {
      await kit.createSet({ replicas: 2 });
      await kit.delete(kit.setPath, { propagationPolicy: 'Orphan' });
      await kit.until('the set is gone', () =>
        kit.set().then(
          () => false,
          () => true,
        ),
      );
      await kit.createSet({ replicas: 2, image: 'app:2', strategy: HELD });
      const old = await kit.pod(0);
      expect(imageOf(old)).toBe('app:1');
      await kit.deletePod(0);
      expect(imageOf(await kit.replaced(0, old.uid))).toBe('app:2');
    },
  },
  {
    name: 'a pod of which the eviction burnt the budget counts as disrupted, though it lives',
    async run(kit) {
      await kit.createSet();
      await kit.budget({ maxUnavailable: 1 });
      await kit.budgetAllows(1);
      await kit.refused(kit.evict(0, { preconditions: { uid: '00000000-0000-4000-a000-000000000000' } }));
      await kit.until('it is not counted as healthy', async () => {
        const status = at(await kit.get(kit.path('poddisruptionbudgets', 'web')), 'status');
        return status.currentHealthy === 2 && status.disruptionsAllowed === 0;
      });
      expect((await kit.pod(0)).ready).toBe(true);
    },
  },
  {
    name: 'a replaced pod frees the budget once it is Ready',
    async run(kit) {
      await kit.createSet();
      await kit.budget({ maxUnavailable: 1 });
      await kit.budgetAllows(1);
      const old = await kit.pod(2);
      await kit.evict(2);
      await kit.replaced(2, old.uid);
      await kit.budgetAllows(1);
      expect(at(await kit.get(kit.path('poddisruptionbudgets', 'web')), 'status').disruptedPods).toBeUndefined();
    },
  },
  {
    name: 'a stale uid of a Pending pod is refused only after ten seconds of trying',
    async run(kit) {
      await kit.post(kit.path('statefulsets'), kit.manifest({ replicas: 1, image: 'app:bad' }));
      await kit.until('it is Pending', async () =>
        (await kit.pods()).some((pod) => pod.phase === 'Pending' && pod.node !== ''),
      );
      const started = kit.api.clock.now();
      const error = await kit.refused(kit.evict(0, { preconditions: { uid: '00000000-0000-4000-a000-000000000000' } }));
      expect([error.code, error.reason]).toEqual([409, 'Conflict']);
      expect(kit.api.clock.now() - started).toBeGreaterThan(8000);
    },
  },
  {
    name: 'events of a set name it, and count',
    async run(kit) {
      await kit.createSet({ replicas: 1 });
      const query = { fieldSelector: 'involvedObject.kind=StatefulSet,involvedObject.name=web' };
      await kit.until(
        'an event says so',
        async () => list((await kit.get(kit.path('events'), query)).items).length > 0,
      );
      const [event] = list((await kit.get(kit.path('events'), query)).items);
      expect(event).toMatchObject({
        reason: 'SuccessfulCreate',
        type: 'Normal',
        message: `${kit.version === '1.34' ? 'create' : 'Create'} Pod web-0 in StatefulSet web successful`,
      });
    },
  },
];
