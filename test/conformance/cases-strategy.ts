import { expect } from 'vitest';
import { at, type Case, imageOf, JSON_PATCH, list, MERGE } from './kit.ts';

const RESTART = { spec: { template: { metadata: { annotations: { restarted: 'now' } } } } };

/** Strategy, partition and revisions: design, F1 to F4, F7, F8, F12. */
export const STRATEGY_CASES: Case[] = [
  {
    name: 'a pod below the partition comes back at the current revision, one at or above it at the update revision',
    async run(kit) {
      const before = await kit.createSet({ strategy: { type: 'RollingUpdate', rollingUpdate: { partition: 3 } } });
      await kit.setImage('app:2');
      await kit.observed();
      const { currentRevision, updateRevision } = await kit.status();
      expect(currentRevision).toBe(at(before, 'status').currentRevision);
      expect(updateRevision).not.toBe(currentRevision);
      const old = await kit.pod(1);
      await kit.deletePod(1);
      const back = await kit.replaced(1, old.uid);
      expect([back.revision, imageOf(back)]).toEqual([currentRevision, 'app:1']);
      await kit.setPartition(2);
      await kit.until('web-2 is new', async () =>
        (await kit.pods()).some((pod) => pod.ordinal === 2 && pod.ready && pod.revision === updateRevision),
      );
      expect((await kit.pods()).map((pod) => pod.revision)).toEqual([currentRevision, currentRevision, updateRevision]);
    },
  },
  {
    name: 'under OnDelete a pod that dies comes back at the update revision: the version leak',
    async run(kit) {
      await kit.createSet({ strategy: { type: 'OnDelete' } });
      await kit.setImage('app:2');
      await kit.observed();
      const old = await kit.pod(0);
      await kit.deletePod(0);
      expect(imageOf(await kit.replaced(0, old.uid))).toBe('app:2');
      expect(imageOf(await kit.pod(1))).toBe('app:1');
    },
  },
  {
    name: 'a partition counts indexes, not ordinals',
    async run(kit) {
      const strategy = { type: 'RollingUpdate', rollingUpdate: { partition: 3 } };
      await kit.createSet({ strategy, spec: { ordinals: { start: 5 } } });
      expect((await kit.pods()).map((pod) => pod.name)).toEqual(['web-5', 'web-6', 'web-7']);
      await kit.setImage('app:2');
      await kit.observed();
      await kit.setPartition(2);
      await kit.until('web-7 is new', async () =>
        (await kit.pods()).some((pod) => pod.ordinal === 7 && pod.ready && imageOf(pod) === 'app:2'),
      );
      const old = await kit.pod(6);
      await kit.deletePod(6);
      expect(imageOf(await kit.replaced(6, old.uid))).toBe('app:1');
    },
  },
  {
    name: 'a partition beyond the replicas holds everything, and a scale-up too',
    async run(kit) {
      await kit.createSet({ strategy: { type: 'RollingUpdate', rollingUpdate: { partition: 32767 } } });
      await kit.setImage('app:2');
      await kit.observed();
      await kit.scale(4);
      await kit.settled();
      expect((await kit.pods()).map(imageOf)).toEqual(['app:1', 'app:1', 'app:1', 'app:1']);
    },
  },
  {
    name: 'the current revision is promoted once all pods are updated and Ready',
    async run(kit) {
      await kit.createSet();
      const { currentRevision } = await kit.status();
      await kit.setImage('app:2');
      await kit.rolledOut();
      const status = await kit.status();
      expect(status.currentRevision).not.toBe(currentRevision);
      expect([status.currentReplicas, status.updatedReplicas]).toEqual([3, 3]);
    },
  },
  {
    name: 'under OnDelete the current revision goes stale',
    only: '1.34',
    async run(kit) {
      const before = await kit.createSet({ replicas: 1, strategy: { type: 'OnDelete' } });
      await kit.setImage('app:2');
      await kit.observed();
      const old = await kit.pod(0);
      await kit.deletePod(0);
      await kit.replaced(0, old.uid);
      await kit.until('it is counted', async () => (await kit.status()).updatedReplicas === 1);
      await kit.stays(
        'stale',
        async () => (await kit.status()).currentRevision === at(before, 'status').currentRevision,
      );
      expect((await kit.status()).currentReplicas).toBeUndefined();
    },
  },
  {
    name: 'under OnDelete the current revision is promoted',
    only: '1.37',
    async run(kit) {
      await kit.createSet({ replicas: 1, strategy: { type: 'OnDelete' } });
      await kit.setImage('app:2');
      await kit.observed();
      const old = await kit.pod(0);
      await kit.deletePod(0);
      await kit.replaced(0, old.uid);
      await kit.rolledOut();
    },
  },
  {
    name: 'a set scaled to zero behind the partition is promoted, and comes back all new',
    async run(kit) {
      await kit.createSet({ strategy: { type: 'RollingUpdate', rollingUpdate: { partition: 32767 } } });
      await kit.setImage('app:2');
      await kit.observed();
      await kit.scale(0);
      await kit.rolledOut();
      await kit.scale(2);
      await kit.settled();
      expect((await kit.pods()).map(imageOf)).toEqual(['app:2', 'app:2']);
    },
  },
  {
    name: 'a promoted rollout needs no pod to be available, only Ready',
    async run(kit) {
      await kit.createSet({ replicas: 1, spec: { minReadySeconds: 4 } });
      await kit.setImage('app:2');
      await kit.rolledOut();
      expect((await kit.status()).availableReplicas).toBe(0);
    },
  },
  {
    name: 'rollingUpdate beside OnDelete is refused, in these words',
    async run(kit) {
      await kit.createSet({ replicas: 0 });
      const error = await kit.refused(
        kit.patch(kit.setPath, { spec: { updateStrategy: { type: 'OnDelete' } } }, MERGE),
      );
      expect([error.code, error.reason]).toEqual([422, 'Invalid']);
      expect(error.causes[0]?.field).toBe('spec.updateStrategy.rollingUpdate');
      expect(error.message).toContain("only allowed for updateStrategy 'RollingUpdate'");
      const updateStrategy = { type: 'OnDelete', rollingUpdate: null };
      const set = await kit.patch(kit.setPath, { spec: { updateStrategy } }, MERGE);
      expect(at(set, 'spec').updateStrategy).toEqual({ type: 'OnDelete' });
    },
  },
  {
    name: 'an unknown strategy is refused',
    async run(kit) {
      const error = await kit.refused(
        kit.post(kit.path('statefulsets'), kit.manifest({ strategy: { type: 'Surge' } })),
      );
      expect([error.code, error.causes[0]?.field]).toEqual([422, 'spec.updateStrategy']);
      expect(error.message).toContain("must be 'RollingUpdate' or 'OnDelete'");
    },
  },
  {
    name: 'Recreate is refused where its gate is off',
    async run(kit) {
      const error = await kit.refused(
        kit.post(kit.path('statefulsets'), kit.manifest({ strategy: { type: 'Recreate' } })),
      );
      expect([error.code, error.causes[0]?.field]).toEqual([422, 'spec.updateStrategy']);
    },
  },
  {
    name: 'a strategy without a type gets one, and a partition',
    async run(kit) {
      const set = await kit.createSet({ replicas: 0 });
      const expected = kit.version === '1.37' ? { partition: 0, maxUnavailable: 1 } : { partition: 0 };
      expect(at(set, 'spec').updateStrategy).toEqual({ type: 'RollingUpdate', rollingUpdate: expected });
    },
  },
  {
    name: 'RollingUpdate without rollingUpdate is left as it is',
    async run(kit) {
      const set = await kit.createSet({ replicas: 0, strategy: { type: 'RollingUpdate' } });
      expect(at(set, 'spec').updateStrategy).toEqual({ type: 'RollingUpdate' });
    },
  },
  {
    name: 'maxUnavailable is dropped without a word',
    only: '1.34',
    async run(kit) {
      const set = await kit.createSet({
        replicas: 0,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 2 } },
      });
      expect(at(set, 'spec').updateStrategy).toEqual({ type: 'RollingUpdate', rollingUpdate: { partition: 0 } });
    },
  },
  {
    name: 'maxUnavailable is kept, and a null of it is read back as 1',
    only: '1.37',
    async run(kit) {
      const set = await kit.createSet({
        replicas: 0,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 2 } },
      });
      expect(at(set, 'spec', 'updateStrategy', 'rollingUpdate').maxUnavailable).toBe(2);
      const updateStrategy = { rollingUpdate: { maxUnavailable: null } };
      const after = await kit.patch(kit.setPath, { spec: { updateStrategy } }, MERGE);
      expect(at(after, 'spec', 'updateStrategy', 'rollingUpdate').maxUnavailable).toBe(1);
    },
  },
  {
    name: 'a revert re-uses the old revision, with a higher number',
    async run(kit) {
      await kit.createSet({ replicas: 1 });
      const first = (await kit.status()).updateRevision;
      await kit.setImage('app:2');
      await kit.rolledOut();
      await kit.setImage('app:1');
      await kit.rolledOut();
      expect((await kit.status()).updateRevision).toBe(first);
      const revisions = await kit.revisions();
      expect(revisions.map((revision) => revision.revision)).toEqual([2, 3]);
      expect(at(revisions[1], 'metadata').name).toBe(first);
    },
  },
  {
    name: 'a template that is the same after its defaults makes no new revision',
    async run(kit) {
      await kit.createSet({ replicas: 1 });
      const before = await kit.set();
      const restartPolicy = { spec: { template: { spec: { restartPolicy: 'Always' } } } };
      await kit.patch(kit.setPath, restartPolicy, MERGE);
      await kit.observed();
      expect((await kit.status()).updateRevision).toBe(at(before, 'status').updateRevision);
      expect(at(await kit.set(), 'metadata').generation).toBe(1);
    },
  },
  {
    name: 'a revision keeps the template as a patch that replaces it, and copies all annotations of the set',
    async run(kit) {
      await kit.createSet({ replicas: 0 });
      await kit.patch(kit.setPath, { metadata: { annotations: { note: 'x' } }, ...RESTART }, MERGE);
      await kit.observed();
      const revision = (await kit.revisions()).at(-1);
      expect(at(revision, 'metadata', 'annotations').note).toBe('x');
      expect(at(revision, 'data', 'spec', 'template')).toMatchObject({
        $patch: 'replace',
        spec: { containers: [{ image: 'app:1' }] },
      });
      expect(at(list(at(revision, 'metadata').ownerReferences)[0])).toMatchObject({
        kind: 'StatefulSet',
        name: 'web',
        controller: true,
      });
      expect(at(revision, 'metadata', 'labels').app).toBe('web');
    },
  },
  {
    name: 'old revisions are forgotten beyond revisionHistoryLimit',
    async run(kit) {
      await kit.createSet({ replicas: 1, spec: { revisionHistoryLimit: 1 } });
      for (const tag of ['2', '3', '4']) {
        await kit.setImage(`app:${tag}`);
        await kit.rolledOut();
      }
      await kit.until('two are left', async () => (await kit.revisions()).length === 2);
      expect((await kit.revisions()).map((each) => each.revision)).toEqual([3, 4]);
    },
  },
  {
    name: 'a revision that a pod is at is kept, whatever the limit',
    async run(kit) {
      const strategy = { type: 'OnDelete' };
      await kit.createSet({ replicas: 1, strategy, spec: { revisionHistoryLimit: 0 } });
      for (const tag of ['2', '3']) {
        await kit.setImage(`app:${tag}`);
        await kit.observed();
      }
      const revision = (await kit.pod(0)).revision;
      await kit.sleep(300);
      expect((await kit.revisions()).map((each) => at(each, 'metadata').name)).toContain(revision);
    },
  },
  {
    name: 'only the spec counts in metadata.generation',
    async run(kit) {
      await kit.createSet({ replicas: 0 });
      await kit.patch(kit.setPath, { metadata: { annotations: { note: 'x' }, labels: { a: 'b' } } }, MERGE);
      expect(at(await kit.set(), 'metadata').generation).toBe(1);
      await kit.scale(1);
      await kit.settled();
      expect(at(await kit.set(), 'metadata').generation).toBe(2);
    },
  },
  {
    name: 'a JSON patch that tests the generation is refused once the spec has changed',
    async run(kit) {
      await kit.createSet({ replicas: 0 });
      const patch = [
        { op: 'test', path: '/metadata/generation', value: 1 },
        {
          op: 'replace',
          path: '/spec/updateStrategy',
          value: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } },
        },
      ];
      await kit.patch(kit.setPath, patch, JSON_PATCH);
      const error = await kit.refused(kit.patch(kit.setPath, patch, JSON_PATCH));
      expect([error.code, error.reason]).toEqual([422, 'Invalid']);
      expect(error.message).toBe('the server rejected our request due to an error in our request');
    },
  },
  {
    name: 'fields that cannot be changed are named in the refusal',
    async run(kit) {
      await kit.createSet({ replicas: 0 });
      const error = await kit.refused(kit.patch(kit.setPath, { spec: { serviceName: 'other' } }, MERGE));
      expect([error.code, error.reason]).toEqual([422, 'Invalid']);
      expect(error.causes[0]?.field).toMatch(/^spec/);
      const policy = await kit.refused(
        kit.patch(kit.setPath, { spec: { podManagementPolicy: 'OrderedReady' } }, MERGE),
      );
      expect([policy.code, policy.reason]).toEqual([422, 'Invalid']);
    },
  },
];
