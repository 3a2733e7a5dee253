import type { JsonObject } from '../rollout/json.ts';
import type { ApiServer } from './api-server.ts';
import type { Caller } from './caller.ts';
import { evict } from './eviction.ts';
import type { Kubelet } from './kubelet.ts';
import { type ApiObject, at, isTerminating, nameOf, namespaceOf, objects, text, timestamp } from './objects.ts';
import { withReadiness } from './pod-status.ts';
import { NODES, PODS } from './resources.ts';
import { StatusError } from './status.ts';

const CONTROLLER: Caller = { user: 'system:serviceaccount:kube-system:node-controller', manager: null };
const DRAINER: Caller = { user: 'drainer', manager: 'kubectl-drain' };
/** Without a word from a kubelet for so long, its node is Unknown. */
const GRACE_MS = 40_000;
/** What pods tolerate of an unreachable node, by default. */
const TOLERATION_MS = 300_000;
const DRAIN_RETRY_MS = 5000;

/** The nodes, and what befalls them. */
export class Nodes {
  readonly #cancels = new Map<string, (() => void)[]>();

  constructor(
    private readonly server: ApiServer,
    private readonly kubelet: Kubelet,
    count: number,
  ) {
    for (let index = 0; index < count; index++) this.#add(index);
  }

  /** Marks a node as unschedulable, or takes that back. */
  cordon(name: string, unschedulable = true): void {
    const patch = { spec: { unschedulable: unschedulable || null } };
    this.server.patch(DRAINER, NODES, '', name, patch, 'application/merge-patch+json');
  }

  /** As `kubectl drain`: no new pods, and every pod is evicted, again and again where that is refused. */
  drain(name: string): void {
    this.cordon(name);
    this.#evictAll(name);
  }

  /** Its kubelet ends: after 40 s its pods are not Ready, after 340 s they are deleted, and stay terminating. */
  kill(name: string): void {
    this.kubelet.setDead(name, true);
    const lost = this.server.clock.schedule(GRACE_MS, () => this.#lost(name));
    const gone = this.server.clock.schedule(GRACE_MS + TOLERATION_MS, () => this.#evictByTaint(name));
    this.#cancels.set(name, [lost, gone]);
  }

  revive(name: string): void {
    for (const cancel of this.#cancels.get(name) ?? []) cancel();
    this.#cancels.delete(name);
    this.#setReady(name, 'True', 'KubeletReady');
    this.kubelet.setDead(name, false);
  }

  #add(index: number): void {
    const name = `node-${index}`;
    const labels = { 'kubernetes.io/hostname': name, 'topology.kubernetes.io/zone': `zone-${index % 3}` };
    const size = { cpu: '64', memory: '256Gi', pods: '5000' };
    const status: JsonObject = {
      addresses: [
        { type: 'InternalIP', address: `192.168.0.${index + 1}` },
        { type: 'Hostname', address: name },
      ],
      allocatable: size,
      capacity: size,
      conditions: [this.#condition('True', 'KubeletReady')],
      nodeInfo: {
        architecture: 'amd64',
        operatingSystem: 'linux',
        osImage: 'simulator',
        kubeletVersion: `v${this.server.version}.0`,
      },
    };
    this.server.create(CONTROLLER, NODES, '', { metadata: { name, labels }, spec: {} });
    const node = this.server.get(NODES, '', name);
    this.server.update(CONTROLLER, NODES, '', name, { ...node, status }, { subresource: 'status' });
  }

  #podsOn(node: string): ApiObject[] {
    return this.server.store.list(PODS, '').filter((pod) => at(pod.spec).nodeName === node);
  }

  #evictAll(node: string): void {
    if (at(this.server.get(NODES, '', node).spec).unschedulable !== true) return;
    const pods = this.#podsOn(node);
    for (const pod of pods.filter((each) => !isTerminating(each))) {
      const body = {
        metadata: { name: nameOf(pod) },
        deleteOptions: { preconditions: { uid: text(pod.metadata.uid) } },
      };
      attempt(() => evict(this.server, DRAINER, namespaceOf(pod), nameOf(pod), body));
    }
    if (pods.length > 0) this.server.clock.schedule(DRAIN_RETRY_MS, () => this.#evictAll(node));
  }

  #lost(node: string): void {
    this.#setReady(node, 'Unknown', 'NodeStatusUnknown');
    for (const pod of this.#podsOn(node)) {
      const status = withReadiness(pod, false, this.server.clock.now(), 'NodeNotReady');
      attempt(() =>
        this.server.update(
          CONTROLLER,
          PODS,
          namespaceOf(pod),
          nameOf(pod),
          { ...pod, status },
          { subresource: 'status' },
        ),
      );
    }
  }

  #evictByTaint(node: string): void {
    for (const pod of this.#podsOn(node)) {
      attempt(() => this.server.delete(CONTROLLER, PODS, namespaceOf(pod), nameOf(pod)));
    }
  }

  #setReady(name: string, is: 'True' | 'Unknown', reason: string): void {
    const node = this.server.get(NODES, '', name);
    const others = objects(at(node.status).conditions).filter(({ type }) => type !== 'Ready');
    const status = { ...at(node.status), conditions: [...others, this.#condition(is, reason)] };
    this.server.update(CONTROLLER, NODES, '', name, { ...node, status }, { subresource: 'status' });
  }

  #condition(status: string, reason: string): JsonObject {
    const now = timestamp(this.server.clock.now());
    return { type: 'Ready', status, reason, lastHeartbeatTime: now, lastTransitionTime: now };
  }
}

/** A refusal is as good as an answer here: what is still to be done is tried again. */
function attempt(run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
  }
}
