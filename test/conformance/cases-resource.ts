import { expect } from 'vitest';
import { customResourceDefinition } from '../../src/install/crd.ts';
import type { Json, JsonObject } from '../../src/rollout/json.ts';
import { RESOURCE } from '../../src/rollout/resource.ts';
import { define, served } from './cases-crd.ts';
import { at, type Case, list, MERGE } from './kit.ts';

const NAMED = 'rollouts';

/** StatefulsetRollout, as an API server takes it. */
export const RESOURCE_CASES: Case[] = [
  {
    name: 'a StatefulsetRollout is stored with its defaults, and a bad one is refused in words',
    async run(kit) {
      await define(kit, customResourceDefinition());
      const { group, version, plural, kind } = RESOURCE;
      const path = `/apis/${group}/${version}/namespaces/${kit.namespace}/${plural}`;
      await served(kit, path);
      const resource = (spec: Json): JsonObject => ({
        apiVersion: `${group}/${version}`,
        kind,
        metadata: { name: NAMED },
        spec,
      });
      const refused = async (spec: Json) => (await kit.refused(kit.post(path, resource(spec)))).message;
      const targetRef = { name: 'web' };
      const words: [Json, string][] = [
        [{}, 'say either statefulset or targetRef'],
        [{ targetRef, statefulset: { spec: { selector: {}, template: {} } } }, 'say either statefulset or targetRef'],
        [{ targetRef, maxUnavailable: '101%' }, 'a number of pods or a percentage, such as 4 or 25%'],
        [{ targetRef, maxUnavailable: -1 }, 'spec.maxUnavailable in body should be greater than or equal to 0'],
        [{ targetRef, minReady: 'soon' }, 'a duration such as 30s, 5m or 1h30m'],
        [{ targetRef, percent: 101 }, 'spec.percent in body should be less than or equal to 100'],
        [{ targetRef, hooks: { beforePod: {} } }, 'say one of command, script and url'],
        [{ targetRef, gates: [{ kind: 'prometheus', url: 'http://p', query: 'up' }] }, 'say pass or fail, or both'],
        [{ statefulset: { spec: { selector: {} } } }, 'spec.statefulset.spec.template: Required value'],
      ];
      for (const [spec, message] of words) expect(await refused(spec)).toContain(message);

      const spec = { replicas: 2, serviceName: 'web', selector: { matchLabels: { app: 'web' } }, template: { any: 1 } };
      const made = await kit.post(path, resource({ statefulset: { spec }, maxUnavailable: 2, steps: [1, '50%'] }));
      expect(made.spec).toMatchObject({
        statefulset: { spec },
        maxUnavailable: 2,
        steps: [1, '50%'],
        percent: 100,
        hold: true,
        minReady: '5s',
      });
      expect(list(at(made, 'metadata').finalizers)).toEqual([]);
      const edit = (patch: JsonObject) => kit.patch(`${path}/${NAMED}`, { spec: patch }, MERGE);
      const other = await kit.refused(edit({ statefulset: { spec: { serviceName: 'db' } } }));
      expect(other.message).toContain('serviceName is immutable');
      expect((await kit.refused(edit({ statefulset: null, targetRef }))).message).toContain('targetRef is immutable');
      await edit({ statefulset: { spec: { template: { any: 2 }, replicas: 3 } } });
    },
  },
];
