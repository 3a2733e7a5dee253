import { parseCpu } from './annotations.ts';
import type { ApiServer } from './api-server.ts';
import type { Caller } from './caller.ts';
import type { Version } from './defaults.ts';
import type { EventRecorder } from './event-recorder.ts';
import { Informer } from './informer.ts';
import {
  type ApiObject,
  at,
  conditionOf,
  isReady,
  isTerminating,
  nameOf,
  namespaceOf,
  objects,
  text,
  timestamp,
  uidOf,
} from './objects.ts';
import type { Latency } from './process.ts';
import { NODES, PODS } from './resources.ts';
import { StatusError } from './status.ts';

const CALLER: Caller = { user: 'system:kube-scheduler', manager: null };

/** Puts each pod on the node with the fewest; or says why there is none, in the scheduler's words. */
export class Scheduler {
  readonly #pods: Informer;

  constructor(
    private readonly server: ApiServer,
    private readonly events: EventRecorder,
    lag: Latency,
    private readonly latency: Latency,
  ) {
    this.#pods = new Informer(server, PODS, lag);
    this.#pods.on(({ type, object, before }) => {
      if (type === 'DELETED') this.#retryAll();
      else if (before === null) this.#schedule(object);
    });
    server.store.listen(NODES, () => this.#retryAll());
  }

  #schedule(pod: ApiObject): void {
    if (!isWaiting(pod)) return;
    this.server.clock.schedule(this.latency(), () => {
      const latest = this.server.store.get(PODS, namespaceOf(pod), nameOf(pod));
      if (latest === undefined || uidOf(latest) !== uidOf(pod) || !isWaiting(latest)) return;
      const nodes = this.server.store.list(NODES, '');
      const choice = choose(latest, nodes, this.server.store.list(PODS, ''), this.server.version);
      if ('node' in choice) this.server.bind(CALLER, latest, choice.node);
      else this.#refuse(latest, choice.message);
    });
  }

  #retryAll(): void {
    for (const pod of this.#pods.all()) {
      if (conditionOf(pod, 'PodScheduled')?.status === 'False') this.#schedule(pod);
    }
  }

  #refuse(pod: ApiObject, message: string): void {
    if (conditionOf(pod, 'PodScheduled')?.message === message) return;
    const time = timestamp(this.server.clock.now());
    const conditions = [
      ...objects(at(pod.status).conditions).filter(({ type }) => type !== 'PodScheduled'),
      { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message, lastTransitionTime: time },
    ];
    const body = { ...pod, status: { ...at(pod.status), conditions } };
    try {
      this.server.update(CALLER, PODS, namespaceOf(pod), nameOf(pod), body, { subresource: 'status' });
      this.events.warning(pod, 'FailedScheduling', message);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
    }
  }
}

function isWaiting(pod: ApiObject): boolean {
  return !text(at(pod.spec).nodeName) && !isTerminating(pod);
}

function choose(
  pod: ApiObject,
  nodes: ApiObject[],
  pods: ApiObject[],
  version: Version,
): { node: string } | { message: string } {
  const load = new Map(nodes.map((node) => [nameOf(node), { pods: 0, cpu: 0 }]));
  for (const other of pods) {
    const of = load.get(text(at(other.spec).nodeName));
    if (of === undefined) continue;
    of.pods++;
    of.cpu += cpuOf(other);
  }
  const reasons = new Map<string, number>();
  let best: { node: string; pods: number } | null = null;
  for (const node of nodes) {
    const of = load.get(nameOf(node)) ?? { pods: 0, cpu: 0 };
    const reason = obstacle(pod, node, of.cpu);
    if (reason !== null) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    else if (best === null || of.pods < best.pods) best = { node: nameOf(node), pods: of.pods };
  }
  if (best !== null) return { node: best.node };
  const total = nodes.length;
  const deallocate = version === '1.34' ? 'no new claims to deallocate, ' : '';
  const why = [...reasons].map(([reason, count]) => `${count} ${reason}`).sort();
  return {
    message:
      total === 0
        ? 'no nodes available to schedule pods'
        : `0/${total} nodes are available: ${why.join(', ')}. ${deallocate}preemption: 0/${total} nodes are available: ${total} Preemption is not helpful for scheduling.`,
  };
}

function obstacle(pod: ApiObject, node: ApiObject, usedCpu: number): string | null {
  if (at(node.spec).unschedulable === true) return 'node(s) were unschedulable';
  if (!isReady(node)) return 'node(s) had untolerated taint(s)';
  const labels = at(node.metadata.labels);
  const wanted = Object.entries(at(at(pod.spec).nodeSelector));
  if (!wanted.every(([key, value]) => labels[key] === value))
    return "node(s) didn't match Pod's node affinity/selector";
  const free = parseCpu(text(at(node.status, 'allocatable').cpu)) - usedCpu;
  return cpuOf(pod) > free ? 'Insufficient cpu' : null;
}

function cpuOf(pod: ApiObject): number {
  let sum = 0;
  for (const container of objects(at(pod.spec).containers)) {
    const cpu = at(container.resources, 'requests').cpu;
    sum += cpu === undefined ? 0 : parseCpu(String(cpu));
  }
  return sum;
}
