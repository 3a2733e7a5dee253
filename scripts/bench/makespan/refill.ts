import { gather } from '../../../src/commands/gather.ts';
import { openSession } from '../../../src/executor/session.ts';
import type { JsonObject } from '../../../src/rollout/json.ts';
import { Simulator, VirtualClock } from '../../../src/simulator/index.ts';
import {
  type ApiObject,
  at,
  isReady,
  isTerminating,
  nameOf,
  number,
  objects,
  text,
} from '../../../src/simulator/objects.ts';
import { PODS, STATEFULSETS } from '../../../src/simulator/resources.ts';
import { beginImage } from '../begin-image.ts';
import { settledIn } from '../settled.ts';
import type { Case } from './cases.ts';

const REF = { namespace: 'default', name: 'web' };
const OLD = 'app:1';
const NEW = 'app:2';
/** Its default: where something has changed, it looks again after so long (milliseconds). */
const RECONCILE_MS = 5_000;

/**
 * The same rollout on the simulated cluster, in virtual time: by the algorithm of grafana/rollout-operator (every 5 s
 * where something has changed, of the old pods in order of their ordinals as many are deleted as maxUnavailable less what
 * the set's status counts as not Ready: pkg/controller/controller.go, Run and updateStatefulSetPods), and by ours. Without
 * its zone-aware budgets.
 * @returns milliseconds
 */
export async function refillMs(each: Case): Promise<number> {
  const { simulator, clock } = started(each, { type: 'OnDelete' });
  const caller = { user: 'rollout-operator', manager: null };
  let changed = false;
  const reconcile = () => {
    clock.schedule(RECONCILE_MS, reconcile);
    if (!changed) return;
    changed = false;
    const set = simulator.set('web');
    const revision = text(at(set.status).updateRevision);
    const notReady = number(at(set.status).replicas) - number(at(set.status).readyReplicas);
    const old = simulator
      .pods()
      .filter((pod) => text(at(pod, 'metadata', 'labels')['controller-revision-hash']) !== revision)
      .sort((a, b) => ordinalOf(a) - ordinalOf(b));
    for (const pod of old.slice(0, Math.max(0, each.atOnce - notReady))) {
      if (!isTerminating(pod)) simulator.server.delete(caller, PODS, REF.namespace, nameOf(pod));
    }
  };
  await settle(simulator, clock, each, OLD);
  const startedAt = clock.now();
  simulator.history.onWrite(({ resource }) => {
    if (resource === PODS || resource === STATEFULSETS) changed = true;
  });
  const patch = { spec: { template: { spec: { containers: [{ name: 'app', image: NEW }] } } } };
  simulator.server.patch(caller, STATEFULSETS, REF.namespace, 'web', patch, 'application/strategic-merge-patch+json');
  clock.schedule(RECONCILE_MS / 2, reconcile);
  await settle(simulator, clock, each, NEW);
  return clock.now() - startedAt;
}

/** @returns milliseconds, to the moment when the last pod is Ready */
export async function oursSimulatedMs(each: Case): Promise<number> {
  const { simulator, clock } = started(each, { type: 'RollingUpdate', rollingUpdate: { partition: 0 } });
  await settle(simulator, clock, each, OLD);
  const api = simulator.api('bench');
  const { set } = await settledIn(clock, gather(api, REF));
  const begin = beginImage(set.template, set.updateRevision, NEW, {
    maxUnavailable: each.maxUnavailable,
    minReady: '0s',
  });
  const connected = { api, context: 'bench', server: 'simulator' };
  const options = { connected, ref: REF, user: 'bench', execute: true, begin, endOn: new Set<never>() };
  const startedAt = clock.now();
  const session = await settledIn(clock, openSession(options));
  await settle(simulator, clock, each, NEW);
  const tookMs = clock.now() - startedAt;
  const { outcome, message } = await settledIn(clock, session.done);
  if (outcome !== 'complete') throw new Error(`the simulated rollout ended: ${outcome}, ${message ?? ''}`);
  return tookMs;
}

function started(each: Case, updateStrategy: JsonObject): { simulator: Simulator; clock: VirtualClock } {
  const clock = new VirtualClock();
  const simulator = new Simulator({ seed: 1, version: '1.37', clock });
  const labels = { app: 'web' };
  const annotations = { 'kubelet.test/start': `${each.startMs}ms`, 'kubelet.test/stop': `${each.stopMs}ms` };
  simulator.create({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'web' },
    spec: {
      replicas: each.pods,
      serviceName: 'web',
      podManagementPolicy: each.policy,
      selector: { matchLabels: labels },
      updateStrategy,
      template: { metadata: { labels, annotations }, spec: { containers: [{ name: 'app', image: OLD }] } },
    },
  });
  return { simulator, clock };
}

/** Until all pods are Ready with this image. @throws where that takes longer than three times one by one */
async function settle(simulator: Simulator, clock: VirtualClock, each: Case, image: string): Promise<void> {
  const there = () => {
    const pods = simulator.pods();
    return pods.length === each.pods && pods.every((pod) => isReady(pod) && !isTerminating(pod) && runs(pod, image));
  };
  let changed = true;
  const forget = simulator.history.onWrite(() => {
    changed = true;
  });
  const enough = () => {
    if (!changed) return false;
    changed = false;
    return there();
  };
  await clock.run(clock.now() + 60_000 + 3 * each.pods * (each.stopMs + each.startMs), enough);
  forget();
  if (!there()) throw new Error(`the simulated set is not all at ${image}`);
}

function runs(pod: ApiObject, image: string): boolean {
  return objects(at(pod, 'spec').containers).every((container) => container.image === image);
}

function ordinalOf(pod: ApiObject): number {
  return Number(nameOf(pod).slice('web-'.length));
}
