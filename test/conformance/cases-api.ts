import { expect } from 'vitest';
import type { WatchEvent } from '../../src/cluster/api.ts';
import type { Json } from '../../src/rollout/json.ts';
import { APPLY, at, type Case, JSON_PATCH, type Kit, list, MERGE, STRATEGIC } from './kit.ts';

const configMap = (name: string, data: Json = { a: '1' }): Json => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, labels: { kind: 'test' } },
  data,
});

async function configMaps(kit: Kit, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await kit.post(kit.path('configmaps'), configMap(`map-${i}`));
}

const names = (answer: Json): string[] => list(at(answer).items).map((item) => String(at(item, 'metadata').name));
const typeAndName = (event: WatchEvent): string => `${event.type} ${String(at(event.object, 'metadata').name)}`;
const ofTest = { labelSelector: 'kind=test' };

/** Objects, versions, patches, lists and watches. */
export const API_CASES: Case[] = [
  {
    name: 'a PUT with an old resourceVersion is refused with 409',
    async run(kit) {
      const old = await kit.createSet({ replicas: 0 });
      await kit.patch(kit.setPath, { metadata: { annotations: { note: 'x' } } }, MERGE);
      const error = await kit.refused(kit.put(kit.setPath, old));
      expect([error.code, error.reason]).toEqual([409, 'Conflict']);
      expect(error.message).toBe(
        'Operation cannot be fulfilled on statefulsets.apps "web": the object has been modified; please apply your changes to the latest version and try again',
      );
    },
  },
  {
    name: 'a patch that names an old resourceVersion is refused with 409',
    async run(kit) {
      const old = await kit.createSet({ replicas: 0 });
      await kit.patch(kit.setPath, { metadata: { annotations: { note: 'x' } } }, MERGE);
      const { resourceVersion } = at(old, 'metadata');
      const error = await kit.refused(
        kit.patch(kit.setPath, { metadata: { resourceVersion: resourceVersion ?? '' } }, MERGE),
      );
      expect([error.code, error.reason]).toEqual([409, 'Conflict']);
    },
  },
  {
    name: 'a patch that changes nothing makes no new version',
    async run(kit) {
      await kit.createSet({ replicas: 0 });
      const before = await kit.set();
      const after = await kit.patch(kit.setPath, { spec: { replicas: 0 } }, MERGE);
      expect(at(after, 'metadata').resourceVersion).toBe(at(before, 'metadata').resourceVersion);
    },
  },
  {
    name: 'a dry run answers the result and does nothing',
    async run(kit) {
      await kit.createSet({ replicas: 0 });
      const answer = await kit.patch(kit.setPath, { spec: { replicas: 5 } }, MERGE, { dryRun: 'All' });
      expect(at(answer, 'spec').replicas).toBe(5);
      expect(at(await kit.set(), 'spec').replicas).toBe(0);
    },
  },
  {
    name: 'a strategic-merge patch merges containers by name, a merge patch replaces the list',
    async run(kit) {
      const containers = [
        { name: 'app', image: 'app:1' },
        { name: 'log', image: 'log:1' },
      ];
      await kit.createSet({ replicas: 0, podSpec: { containers } });
      const patch = { spec: { template: { spec: { containers: [{ name: 'log', image: 'log:2' }] } } } };
      const images = (set: Json): Json[] =>
        list(at(set, 'spec', 'template', 'spec').containers).map((each) => at(each).image ?? null);
      expect(images(await kit.patch(kit.setPath, patch, STRATEGIC))).toEqual(['app:1', 'log:2']);
      expect(images(await kit.patch(kit.setPath, patch, MERGE))).toEqual(['log:2']);
    },
  },
  {
    name: 'a strategic-merge patch deletes an item by its key, and replaces the whole template',
    async run(kit) {
      const env = [
        { name: 'A', value: '1' },
        { name: 'B', value: '2' },
      ];
      await kit.createSet({ replicas: 0, podSpec: { containers: [{ name: 'app', image: 'app:1', env }] } });
      const remove = { name: 'app', env: [{ name: 'A', $patch: 'delete' }] };
      const after = await kit.patch(kit.setPath, { spec: { template: { spec: { containers: [remove] } } } }, STRATEGIC);
      expect(at(list(at(after, 'spec', 'template', 'spec').containers)[0]).env).toEqual([{ name: 'B', value: '2' }]);
      const template = {
        $patch: 'replace',
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'other', image: 'x:1' }] },
      };
      const replaced = await kit.patch(kit.setPath, { spec: { template } }, STRATEGIC);
      expect(list(at(replaced, 'spec', 'template', 'spec').containers).map((each) => at(each).name)).toEqual(['other']);
    },
  },
  {
    name: 'a JSON patch replaces a template whole',
    async run(kit) {
      await kit.createSet({ replicas: 0 });
      const template = {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'app', image: 'app:9' }] },
      };
      const after = await kit.patch(
        kit.setPath,
        [{ op: 'replace', path: '/spec/template', value: template }],
        JSON_PATCH,
      );
      expect(at(after, 'spec', 'template', 'spec').terminationGracePeriodSeconds).toBe(30);
    },
  },
  {
    name: 'defaults of a template are filled in',
    async run(kit) {
      await kit.createSet({ replicas: 0 });
      const spec = at(await kit.set(), 'spec');
      expect(spec).toMatchObject({
        revisionHistoryLimit: 10,
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      });
      expect(at(spec, 'template', 'spec')).toEqual({
        containers: [
          {
            name: 'app',
            image: 'app:1',
            imagePullPolicy: 'IfNotPresent',
            resources: {},
            terminationMessagePath: '/dev/termination-log',
            terminationMessagePolicy: 'File',
          },
        ],
        dnsPolicy: 'ClusterFirst',
        restartPolicy: 'Always',
        schedulerName: 'default-scheduler',
        securityContext: {},
        terminationGracePeriodSeconds: 5,
      });
    },
  },
  {
    name: 'managedFields name who wrote the template, and when',
    async run(kit) {
      await kit.createSet({ replicas: 0 });
      await kit.patch(
        kit.setPath,
        { spec: { template: { spec: { containers: [{ name: 'app', image: 'app:2' }] } } } },
        STRATEGIC,
        { fieldManager: 'somebody' },
      );
      const entry = list(at(await kit.set(), 'metadata').managedFields)
        .map((each) => at(each))
        .find((each) => each.manager === 'somebody');
      expect(entry).toMatchObject({ operation: 'Update', apiVersion: 'apps/v1', fieldsType: 'FieldsV1' });
      expect(at(entry, 'fieldsV1')).toEqual({
        'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"app"}': { 'f:image': {} } } } } },
      });
    },
  },
  {
    name: 'server-side apply: a field of another manager is a conflict, unless forced',
    async run(kit) {
      const config = kit.manifest({ replicas: 0 });
      await kit.patch(kit.setPath, config, APPLY, { fieldManager: 'one' });
      const other = kit.manifest({ replicas: 0, image: 'app:2' });
      const error = await kit.refused(kit.patch(kit.setPath, other, APPLY, { fieldManager: 'two' }));
      expect([error.code, error.reason]).toEqual([409, 'Conflict']);
      expect(error.causes).toEqual([
        {
          reason: 'FieldManagerConflict',
          message: 'conflict with "one"',
          field: '.spec.template.spec.containers[name="app"].image',
        },
      ]);
      expect(error.message).toBe(
        'Apply failed with 1 conflict: conflict with "one": .spec.template.spec.containers[name="app"].image',
      );
      await kit.patch(kit.setPath, other, APPLY, { fieldManager: 'two', force: 'true' });
      const set = await kit.set();
      expect(at(list(at(set, 'spec', 'template', 'spec').containers)[0]).image).toBe('app:2');
    },
  },
  {
    name: 'server-side apply: what is no longer stated goes, unless another has it too',
    async run(kit) {
      const config = (data: Json): Json => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'map' }, data });
      const path = kit.path('configmaps', 'map');
      await kit.patch(path, config({ a: '1', b: '2' }), APPLY, { fieldManager: 'one' });
      await kit.patch(path, config({ b: '2' }), APPLY, { fieldManager: 'two' });
      const after = await kit.patch(path, config({}), APPLY, { fieldManager: 'one' });
      expect(after.data).toEqual({ b: '2' });
    },
  },
  {
    name: 'a list comes in pages that belong together',
    async run(kit) {
      await configMaps(kit, 5);
      const first = await kit.get(kit.path('configmaps'), { ...ofTest, limit: '2' });
      await kit.delete(kit.path('configmaps', 'map-3'));
      await kit.post(kit.path('configmaps'), configMap('map-9'));
      const token = String(at(first, 'metadata').continue);
      const second = await kit.get(kit.path('configmaps'), { ...ofTest, limit: '2', continue: token });
      const third = await kit.get(kit.path('configmaps'), {
        ...ofTest,
        limit: '2',
        continue: String(at(second, 'metadata').continue),
      });
      expect([names(first), names(second), names(third)]).toEqual([['map-0', 'map-1'], ['map-2', 'map-3'], ['map-4']]);
      expect(at(third, 'metadata').continue).toBeUndefined();
      expect(at(second, 'metadata').resourceVersion).toBe(at(first, 'metadata').resourceVersion);
    },
  },
  {
    name: 'labels and fields select',
    async run(kit) {
      await configMaps(kit, 2);
      expect(names(await kit.get(kit.path('configmaps'), { fieldSelector: 'metadata.name=map-1' }))).toEqual(['map-1']);
      expect(names(await kit.get(kit.path('configmaps'), { labelSelector: 'kind in (test,other)' }))).toEqual([
        'map-0',
        'map-1',
      ]);
      expect(names(await kit.get(kit.path('configmaps'), { labelSelector: 'kind!=test,kind' }))).toEqual([]);
    },
  },
  {
    name: 'a watch without a version begins with what is there',
    async run(kit) {
      await configMaps(kit, 2);
      const events = await kit.watch(kit.path('configmaps'), ofTest, (seen) => seen.length >= 2);
      expect(events.map(typeAndName).sort()).toEqual(['ADDED map-0', 'ADDED map-1']);
    },
  },
  {
    name: 'a watch from a version brings what happened since, in order',
    async run(kit) {
      await configMaps(kit, 1);
      const { metadata } = await kit.get(kit.path('configmaps'), ofTest);
      await kit.post(kit.path('configmaps'), configMap('map-1'));
      await kit.patch(kit.path('configmaps', 'map-0'), { data: { a: '2' } }, MERGE);
      await kit.delete(kit.path('configmaps', 'map-1'));
      const query = { ...ofTest, resourceVersion: String(at(metadata).resourceVersion) };
      const events = await kit.watch(kit.path('configmaps'), query, (seen) => seen.length >= 3);
      expect(events.map(typeAndName)).toEqual(['ADDED map-1', 'MODIFIED map-0', 'DELETED map-1']);
    },
  },
  {
    name: 'to a watch with a selector, an object that ceases to match is deleted',
    async run(kit) {
      await configMaps(kit, 1);
      const { metadata } = await kit.get(kit.path('configmaps'), ofTest);
      const query = { ...ofTest, resourceVersion: String(at(metadata).resourceVersion) };
      const change = (kind: string) =>
        kit.patch(kit.path('configmaps', 'map-0'), { metadata: { labels: { kind } } }, MERGE);
      const events = await kit.watch(
        kit.path('configmaps'),
        query,
        (seen) => seen.length >= 2,
        async () => {
          await change('other');
          await change('test');
        },
      );
      expect(events.map(typeAndName)).toEqual(['DELETED map-0', 'ADDED map-0']);
    },
  },
  {
    name: 'a watch ends in good order after timeoutSeconds',
    async run(kit) {
      const { metadata } = await kit.get(kit.path('configmaps'), ofTest);
      const query = { ...ofTest, resourceVersion: String(at(metadata).resourceVersion), timeoutSeconds: '1' };
      const signal = new AbortController().signal;
      const started = kit.api.clock.now();
      await kit.api.watch({ path: kit.path('configmaps'), query, onEvent: () => undefined, idleMs: 20_000, signal });
      expect(kit.api.clock.now() - started).toBeLessThan(10_000);
    },
  },
  {
    name: 'creating what is there is 409, reading what is not is 404',
    async run(kit) {
      await configMaps(kit, 1);
      const twice = await kit.refused(kit.post(kit.path('configmaps'), configMap('map-0')));
      expect([twice.code, twice.reason, twice.message]).toEqual([
        409,
        'AlreadyExists',
        'configmaps "map-0" already exists',
      ]);
      const missing = await kit.refused(kit.get(kit.path('statefulsets', 'none')));
      expect([missing.code, missing.reason, missing.message]).toEqual([
        404,
        'NotFound',
        'statefulsets.apps "none" not found',
      ]);
    },
  },
  {
    name: 'a Lease is replaced under its version only',
    async run(kit) {
      const lease = {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name: 'web' },
        spec: { holderIdentity: 'me', leaseDurationSeconds: 15 },
      };
      const made = await kit.post(kit.path('leases'), lease);
      await kit.put(kit.path('leases', 'web'), { ...made, spec: { ...at(made, 'spec'), holderIdentity: 'you' } });
      expect((await kit.refused(kit.put(kit.path('leases', 'web'), made))).code).toBe(409);
    },
  },
  {
    name: 'deleting a set takes its pods with it',
    async run(kit) {
      await kit.createSet({ replicas: 2 });
      await kit.delete(kit.setPath);
      await kit.until('the pods are gone', async () => (await kit.pods()).length === 0);
      await kit.until('the revisions too', async () => (await kit.revisions()).length === 0);
    },
  },
  {
    name: 'deleting a set with orphans leaves pods and revisions, and the next set takes them over',
    async run(kit) {
      const set = await kit.createSet({ replicas: 2 });
      const [first] = await kit.pods();
      await kit.delete(kit.setPath, { propagationPolicy: 'Orphan' });
      await kit.until('the set is gone', () =>
        kit.set().then(
          () => false,
          () => true,
        ),
      );
      await kit.until('the pods are orphans', async () =>
        (await kit.pods()).every((pod) => at(pod.raw, 'metadata').ownerReferences === undefined),
      );
      await kit.createSet({ replicas: 2 });
      await kit.until('they are taken over', async () =>
        (await kit.pods()).every((pod) => list(at(pod.raw, 'metadata').ownerReferences).length === 1),
      );
      expect((await kit.pods())[0]?.uid).toBe(first?.uid);
      expect((await kit.status()).currentRevision).toBe(at(set, 'status').currentRevision);
    },
  },
  {
    name: 'a set that is deleted right after it was made leaves nothing',
    async run(kit) {
      await kit.post(kit.path('statefulsets'), kit.manifest({ replicas: 4 }));
      await kit.until('the first pod is there', async () => (await kit.pods()).length > 0);
      await kit.delete(kit.setPath);
      await kit.until('nothing is left', async () => (await kit.pods()).length + (await kit.revisions()).length === 0);
      await kit.stays('nothing comes', async () => (await kit.pods()).length === 0, 500);
    },
  },
  {
    name: 'the scale subresource reads and writes replicas',
    async run(kit) {
      await kit.createSet({ replicas: 1 });
      const path = kit.path('statefulsets', 'web', 'scale');
      const scale = await kit.get(path);
      expect(scale).toMatchObject({
        kind: 'Scale',
        spec: { replicas: 1 },
        status: { replicas: 1, selector: 'app=web' },
      });
      await kit.put(path, { ...scale, spec: { replicas: 2 } });
      await kit.settled();
      expect((await kit.pods()).length).toBe(2);
    },
  },
  {
    name: 'an access review says yes to who may do everything',
    async run(kit) {
      const resourceAttributes = { namespace: kit.namespace, verb: 'patch', group: 'apps', resource: 'statefulsets' };
      const review = {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes },
      };
      const answer = await kit.post('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', review);
      expect(at(answer, 'status').allowed).toBe(true);
    },
  },
];
