import type { ApiRequest } from '../../src/cluster/api.ts';
import type { Json, JsonObject } from '../../src/rollout/json.ts';
import { RECORD_SCHEMA_VERSION, type RecordOrigin, type RecordSpec, specSchema } from '../../src/rollout/record.ts';
import { type FaultRates, Simulator, StatusError, VirtualClock } from '../../src/simulator/index.ts';
import { handle } from '../../src/simulator/requests.ts';
import { isReady, objectOf, podFacts, setFacts } from './facts.ts';
import { HOOK_URL, OutsideWorld, SERVICE } from './outside.ts';
import type { FaultKind, Schedule, SetPlan } from './schedule.ts';

const HOOK = { url: HOOK_URL, retryInterval: '2s' };
const SET = '/apis/apps/v1/namespaces/default/statefulsets/web';
const NODES = ['node-0', 'node-1', 'node-2'];
/** A late event, and a slow request, take up to so much more. */
export const LATE_MS = 2_000;

/** The cluster of one schedule, and what others than we do to it: at once, past all latency. */
export class World {
  readonly clock = new VirtualClock();
  readonly simulator: Simulator;
  /** Who is asked besides the cluster; null where nobody is. */
  readonly outside: OutsideWorld | null;

  constructor(private readonly schedule: Schedule) {
    this.simulator = new Simulator({ seed: schedule.seed, version: schedule.version, clock: this.clock });
    const { gates } = schedule.rollout;
    this.outside = gates === undefined ? null : new OutsideWorld(this.clock, this.simulator, gates);
  }

  /** Makes the set, and waits until nothing moves any more. */
  async setUp(): Promise<void> {
    const { set } = this.schedule;
    const stale = set.strategy === 'OnDelete with a stale currentRevision';
    this.simulator.create(manifest(set, stale ? 'app:0' : 'app:1'));
    if (set.pdb !== null) this.simulator.create(disruptionBudget(set.pdb));
    await this.#calm();
    if (!stale) return;
    this.patch({ spec: { template: { spec: { containers: [{ name: 'app', image: 'app:1' }] } } } });
    await this.clock.run(this.clock.now() + 1_000);
    for (const pod of this.simulator.pods()) this.delete(String(pod.metadata.name));
    await this.#calm();
  }

  async #calm(): Promise<void> {
    const allReady = () => {
      const pods = this.simulator.pods().filter((pod) => pod.metadata.deletionTimestamp === undefined && isReady(pod));
      const { updateRevision } = setFacts(this.simulator.set('web'));
      const good = pods.filter((pod) => podFacts(pod).revision === updateRevision);
      return good.length === this.schedule.set.replicas;
    };
    await this.clock.run(this.clock.now() + 600_000, allReady);
    if (!allReady()) throw new Error('the set did not get Ready before the rollout');
    await this.clock.run(this.clock.now() + 10_000);
  }

  /** What somebody wants of this set. */
  wish(): { spec: RecordSpec; origin: RecordOrigin } {
    const { rollout, seed } = this.schedule;
    const set = this.simulator.set('web');
    const { template = null, updateStrategy = null } = objectOf(set.spec);
    const next = structuredClone(objectOf(template));
    objectOf(next.spec).containers = [{ ...containerOf(next), image: rollout.image }];
    const spec = specSchema.parse({
      schemaVersion: RECORD_SCHEMA_VERSION,
      rolloutIdentity: `r${seed}`,
      target: { kind: 'image', summary: `app=${rollout.image}`, template: next },
      percent: rollout.percent,
      steps: rollout.steps,
      stepPause: rollout.stepPause,
      maxUnavailable: rollout.maxUnavailable,
      minReady: rollout.minReady,
      minPodEvictionInterval: rollout.interval,
      progressDeadline: '2m',
      disrupt: rollout.disrupt,
      strategy: rollout.onDelete && objectOf(updateStrategy).type === 'OnDelete' ? 'on-delete' : 'fence',
      hold: rollout.hold,
      failurePolicy: rollout.failurePolicy,
      ...(rollout.gates === 'consul' ? { serviceDiscovery: { serviceNames: [SERVICE], soak: '1s' } } : {}),
      ...(rollout.gates === 'hooks' ? { hooks: { beforePod: HOOK, afterPod: HOOK } } : {}),
    });
    const origin: RecordOrigin = {
      schemaVersion: RECORD_SCHEMA_VERSION,
      rolloutIdentity: spec.rolloutIdentity,
      revision: String(objectOf(set.status).updateRevision),
      template: structuredClone(template),
      updateStrategy: structuredClone(updateStrategy),
    };
    return { spec, origin };
  }

  patch(body: Json): void {
    this.#request({ method: 'PATCH', path: SET, contentType: 'application/strategic-merge-patch+json', body });
  }

  delete(pod: string): void {
    this.#request({ method: 'DELETE', path: `/api/v1/namespaces/default/pods/${pod}` });
  }

  /** Its readiness probe fails, or is well again. */
  flap(pod: string, unready: boolean): void {
    this.#request({
      method: 'PATCH',
      path: `/api/v1/namespaces/default/pods/${pod}`,
      contentType: 'application/merge-patch+json',
      body: { metadata: { annotations: { 'kubelet.test/unready': unready ? 'true' : null } } },
    });
  }

  scale(by: number): void {
    const now = Number(objectOf(this.simulator.set('web').spec).replicas ?? 1);
    this.patch({ spec: { replicas: Math.max(0, now + by) } });
  }

  /** No fault any more, and every node is there again. */
  calm(): void {
    this.simulator.faults.stop();
    if (this.outside !== null) this.outside.mood = 'well';
    for (const node of NODES) {
      this.simulator.nodes.revive(node);
      this.simulator.nodes.cordon(node, false);
    }
    for (const pod of this.simulator.pods()) this.flap(String(pod.metadata.name), false);
  }

  #request(request: ApiRequest): void {
    try {
      handle(this.simulator.server, 'somebody', request);
    } catch (error) {
      // what is not there, or forbidden, is simply not done
      if (!(error instanceof StatusError)) throw error;
    }
  }
}

function manifest(set: SetPlan, image: string): JsonObject & { metadata: JsonObject } {
  const labels = { app: 'web' };
  const annotations = { 'kubelet.test/start': `${set.startMs}ms`, 'kubelet.test/stop': `${set.stopMs}ms` };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'web' },
    spec: {
      replicas: set.replicas,
      podManagementPolicy: set.policy,
      minReadySeconds: set.minReadySeconds,
      ordinals: { start: set.ordinalsStart },
      updateStrategy:
        set.strategy === 'RollingUpdate with maxUnavailable'
          ? { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 2 } }
          : { type: set.strategy.startsWith('OnDelete') ? 'OnDelete' : 'RollingUpdate' },
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations },
        spec: {
          ...(set.graceless ? { terminationGracePeriodSeconds: 0 } : {}),
          containers: [{ name: 'app', image }],
        },
      },
    },
  };
}

function disruptionBudget(maxUnavailable: number): JsonObject & { metadata: JsonObject } {
  const selector = { matchLabels: { app: 'web' } };
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'web' },
    spec: { maxUnavailable, selector },
  };
}

function containerOf(template: JsonObject): JsonObject {
  const { containers } = objectOf(template.spec);
  return objectOf(Array.isArray(containers) ? containers[0] : undefined);
}

export function ratesOf(faults: readonly FaultKind[]): FaultRates {
  const has = (fault: FaultKind) => faults.includes(fault);
  return {
    request: {
      ...(has('conflict') ? { conflict: 0.05 } : {}),
      ...(has('overloaded') ? { overloaded: 0.05 } : {}),
      ...(has('internal') ? { internal: 0.05, 'internal-after': 0.03 } : {}),
      ...(has('lost') ? { 'lost-before': 0.03, 'lost-after': 0.03 } : {}),
      ...(has('slow') ? { slow: 0.05 } : {}),
    },
    watch: {
      ...(has('cut') ? { cut: 0.02, end: 0.01 } : {}),
      ...(has('expired') ? { 'expired-event': 0.01, 'expired-answer': 0.01 } : {}),
    },
    duplicate: has('twice') ? 0.1 : 0,
    late: has('late') ? 0.05 : 0,
    slowMs: LATE_MS,
  };
}
