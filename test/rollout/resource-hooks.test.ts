import { expect, it } from 'vitest';
import { specSchema } from '../../src/rollout/record.ts';
import { followResource, resourcePatch, resourceSpecSchema } from '../../src/rollout/resource.ts';
import { recordHooks, resourceHooks } from '../../src/rollout/resource-hooks.ts';

const HOOKS = {
  beforePod: { script: 'test -f /ready', timeout: '30s', retryInterval: '10s' },
  afterPod: { command: ['/check', '$(BEDROCK_POD)'], timeout: '5s', retryInterval: '10s', retries: 2 },
};

const record = specSchema.parse({
  schemaVersion: 1,
  rolloutIdentity: 'r1',
  target: { kind: 'restart', summary: 'restart' },
});

it('a script is a text of the record, a command is a list, and both come back', () => {
  const hooks = recordHooks(HOOKS);
  expect(hooks.beforePod?.command).toBe('test -f /ready');
  expect(hooks.afterPod?.command).toEqual(['/check', '$(BEDROCK_POD)']);
  expect(hooks.beforePod).not.toHaveProperty('script');
  expect(resourceHooks(hooks)).toEqual(HOOKS);
});

it('a record that follows its resource needs no edit of it', () => {
  const resource = resourceSpecSchema.parse({ targetRef: { name: 'web' }, hooks: HOOKS, steps: [1], hold: false });
  const followed = followResource(record, resource);
  expect(resourcePatch(record, followed)).toEqual({ hooks: HOOKS, steps: ['1'] });
  expect(resourcePatch(followed, followResource(followed, resource))).toBeNull();
});
