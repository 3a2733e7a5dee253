import { describe, expect, it } from 'vitest';
import { PodTracker } from '../../src/cluster/pod-tracker.ts';
import { podShape, shaped } from '../../src/cluster/shapes.ts';
import { slimPod } from '../../src/cluster/slim-pod.ts';
import type { JsonObject } from '../../src/rollout/json.ts';
import { NOT_BEFORE } from '../../src/rollout/pod-gate.ts';
import { simulated } from './sim.ts';

/** A pod as an API server gives it, with all that clusters put into one. */
async function fullPod(): Promise<JsonObject> {
  const { simulator } = await simulated();
  const [pod] = simulator.pods();
  if (pod === undefined) throw new Error('there is no pod');
  const { metadata, spec } = JSON.parse(JSON.stringify(pod));
  return {
    ...pod,
    metadata: {
      ...metadata,
      deletionTimestamp: '2026-11-25T10:00:30Z',
      deletionGracePeriodSeconds: 30,
      finalizers: ['x/y'],
      annotations: { [NOT_BEFORE]: '2026-11-25T12:00:00Z', 'cni.example/status': 'x'.repeat(2000) },
      managedFields: [{ manager: 'kubelet', fieldsV1: { 'f:status': {} } }],
    },
    spec: {
      ...spec,
      volumes: [{ name: 'config', configMap: { name: 'config' } }],
      initContainers: [{ name: 'proxy', image: 'proxy:1', restartPolicy: 'Always', env: [{ name: 'A', value: 'b' }] }],
    },
    status: {
      phase: 'Failed',
      podIP: '10.0.0.1',
      reason: 'Evicted',
      message: 'the node was low on memory',
      conditions: [{ type: 'Ready', status: 'False', reason: 'PodFailed', lastTransitionTime: '2026-11-25T10:00:00Z' }],
      initContainerStatuses: [
        { name: 'proxy', ready: true, restartCount: 1, state: { running: { startedAt: '2026-11-25T10:00:00Z' } } },
      ],
      containerStatuses: [
        {
          name: 'app',
          ready: false,
          restartCount: 2,
          imageID: 'sha256:0',
          state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } },
          lastState: { terminated: { exitCode: 137, reason: 'OOMKilled', message: '' } },
        },
      ],
    },
  };
}

describe('a slim pod', () => {
  it('is seen as the whole one is', async () => {
    const pod = await fullPod();
    const { annotations: all, ...metadata } = shaped(podShape, 'pod', pod).metadata;
    const slim = shaped(podShape, 'pod', slimPod(pod));
    expect(slim).toEqual({
      ...shaped(podShape, 'pod', pod),
      metadata: { ...metadata, annotations: { [NOT_BEFORE]: all[NOT_BEFORE] } },
    });
    const [owner] = slim.metadata.ownerReferences;
    const see = (raw: JsonObject) => new PodTracker().observePods([raw], { name: 'web', uid: owner?.uid ?? '' }, 0);
    expect(see(slimPod(pod))).toEqual(see(pod));
    expect(see(pod)).toHaveLength(1);
  });

  it('keeps what tells one object from another, and is much smaller', async () => {
    const pod = await fullPod();
    const slim = slimPod(pod);
    expect(slim.metadata).toMatchObject({
      uid: expect.any(String),
      resourceVersion: expect.any(String),
      namespace: 'default',
    });
    expect(JSON.stringify(slim).length).toBeLessThan(JSON.stringify(pod).length - 2000);
  });

  it('keeps what is of a wrong type, to be complained of', () => {
    expect(slimPod({ metadata: { name: 'web-0' }, spec: 'none' })).toEqual({
      metadata: { name: 'web-0' },
      spec: 'none',
    });
  });
});
