import type { JsonObject } from '../rollout/json.ts';
import { parseSpan } from './annotations.ts';
import type { ApiServer } from './api-server.ts';
import type { Caller } from './caller.ts';
import type { EventRecorder } from './event-recorder.ts';
import { Informer } from './informer.ts';
import {
  type ApiObject,
  at,
  conditionOf,
  isTerminating,
  list,
  nameOf,
  namespaceOf,
  objects,
  text,
  uidOf,
} from './objects.ts';
import {
  crashed,
  isWaiting,
  pullBacksOff,
  pullFails,
  restarted,
  running,
  tagged,
  withReadiness,
} from './pod-status.ts';
import type { Latency } from './process.ts';
import { NODES, PODS } from './resources.ts';
import { StatusError } from './status.ts';

const CALLER: Caller = { user: 'kubelet', manager: null };
const DEFAULT_MS = 300;

/** What happens to a pod next, and when. */
interface Stage {
  name: string;
  delayMs: number;
  run(pod: ApiObject): void;
}

/**
 * All kubelets at once. What a pod does is told by its image's tag (bad, never, crash) and its annotations
 * (kubelet.test/start, stop, crash-after, back-off, flap, flap-for, unready); a node that is dead does nothing.
 */
export class Kubelet {
  readonly #informer: Informer;
  readonly #planned = new Map<string, { stage: string; delayMs: number; cancel: () => void }>();
  readonly #dead = new Set<string>();
  #addresses = 0;
  #hurried = false;

  constructor(
    private readonly server: ApiServer,
    private readonly events: EventRecorder,
    lag: Latency,
  ) {
    this.#informer = new Informer(server, PODS, lag);
    this.#informer.on(({ type, object }) => {
      if (type === 'DELETED') this.#forget(uidOf(object));
      else this.#plan(object);
    });
  }

  /** The kubelet of this node stops doing anything; or goes on. */
  setDead(node: string, dead: boolean): void {
    if (dead) this.#dead.add(node);
    else this.#dead.delete(node);
    for (const pod of this.#informer.all()) {
      if (text(at(pod.spec).nodeName) === node) this.#plan(pod);
    }
  }

  /** Every pod starts and stops at once, whatever its annotations say: to have a set Ready before anything is shown. */
  hurry(hurried: boolean): void {
    this.#hurried = hurried;
    for (const pod of this.#informer.all()) this.#plan(pod);
  }

  /** All containers of a running pod end with an error; they come again after kubelet.test/back-off. */
  crash(namespace: string, name: string): void {
    const pod = this.server.store.get(PODS, namespace, name);
    if (pod !== undefined && at(pod.status).phase === 'Running' && !isTerminating(pod)) {
      this.#write(pod, crashed(pod, this.#now(), false));
    }
  }

  /** The kubelet itself ends a pod: phase Failed. */
  fail(namespace: string, name: string, reason = 'Evicted'): void {
    const pod = this.server.store.get(PODS, namespace, name);
    if (pod === undefined || isTerminating(pod)) return;
    const message = 'The node was low on resource: memory.';
    this.#write(pod, { ...withReadiness(pod, false, this.#now(), 'PodFailed'), phase: 'Failed', reason, message });
  }

  #now(): number {
    return this.server.clock.now();
  }

  #plan(pod: ApiObject): void {
    const uid = uidOf(pod);
    const stage = this.#stageOf(pod);
    const planned = this.#planned.get(uid);
    if (planned !== undefined && planned.stage === stage?.name && planned.delayMs === stage.delayMs) return;
    this.#forget(uid);
    if (stage === null) return;
    const cancel = this.server.clock.schedule(stage.delayMs, () => {
      this.#planned.delete(uid);
      const latest = this.server.store.get(PODS, namespaceOf(pod), nameOf(pod));
      if (latest === undefined || uidOf(latest) !== uid) return;
      // What was planned for is no longer so: its event is on the way.
      if (this.#stageOf(latest)?.name === stage.name) stage.run(latest);
    });
    this.#planned.set(uid, { stage: stage.name, delayMs: stage.delayMs, cancel });
  }

  #forget(uid: string): void {
    this.#planned.get(uid)?.cancel();
    this.#planned.delete(uid);
  }

  #stageOf(pod: ApiObject): Stage | null {
    const node = text(at(pod.spec).nodeName);
    const status = at(pod.status);
    if (!node || this.#dead.has(node)) return null;
    const told = (annotation: string): number | null =>
      parseSpan(text(at(pod.metadata.annotations)[`kubelet.test/${annotation}`]), uidOf(pod));
    const wait = (annotation: string, otherwise = DEFAULT_MS): number =>
      this.#hurried ? 0 : (told(annotation) ?? otherwise);
    if (isTerminating(pod)) {
      if (list(pod.metadata.finalizers).length > 0) return null;
      return { name: 'stop', delayMs: wait('stop'), run: (latest) => this.#remove(latest) };
    }
    if (status.phase === 'Failed' || status.phase === 'Succeeded') return null;
    const started = status.startTime !== undefined;
    if (tagged(pod, 'bad')) {
      if (!started) return { name: 'pull', delayMs: wait('start'), run: (latest) => this.#pullFails(latest) };
      if (!isWaiting(pod, 'ErrImagePull')) return null;
      return { name: 'pull-backs-off', delayMs: 1000, run: (latest) => this.#pullBacksOff(latest) };
    }
    if (!started) return { name: 'start', delayMs: wait('start'), run: (latest) => this.#start(latest) };
    if (isWaiting(pod, 'CrashLoopBackOff')) {
      const run = (latest: ApiObject): void => this.#write(latest, restarted(latest, this.#now()));
      return { name: 'restart', delayMs: wait('back-off', 2000), run };
    }
    const unready = at(pod.metadata.annotations)['kubelet.test/unready'] === 'true';
    const isReady = conditionOf(pod, 'Ready')?.status === 'True';
    if (unready && isReady) return { name: 'unready', delayMs: 0, run: (latest) => this.#setReady(latest, false) };
    if (tagged(pod, 'crash')) {
      return { name: 'crash', delayMs: wait('crash-after', 1000), run: (latest) => this.#crash(latest) };
    }
    const flap = told('flap');
    if (flap !== null && isReady && !unready) {
      return { name: 'flap', delayMs: flap, run: (latest) => this.#setReady(latest, false) };
    }
    if (unready || isReady || isWaiting(pod) || tagged(pod, 'never')) return null;
    const delayMs = flap === null ? 0 : (told('flap-for') ?? flap);
    return { name: 'ready-again', delayMs, run: (latest) => this.#setReady(latest, true) };
  }

  #start(pod: ApiObject): void {
    this.#addresses++;
    const podIP = `10.${1 + (this.#addresses >> 16)}.${(this.#addresses >> 8) & 255}.${this.#addresses & 255}`;
    this.#write(pod, running(pod, this.#now(), { hostIP: this.#hostIp(pod), podIP }));
  }

  #pullFails(pod: ApiObject): void {
    this.#write(pod, pullFails(pod, this.#now(), this.#hostIp(pod)));
    this.events.warning(pod, 'Failed', 'Failed to pull image: manifest unknown');
  }

  #pullBacksOff(pod: ApiObject): void {
    this.#write(pod, pullBacksOff(pod, this.#now()));
    this.events.warning(pod, 'BackOff', 'Back-off pulling image');
  }

  #crash(pod: ApiObject): void {
    this.#write(pod, crashed(pod, this.#now(), true));
    this.events.warning(pod, 'BackOff', 'Back-off restarting failed container');
  }

  #setReady(pod: ApiObject, ready: boolean): void {
    this.#write(pod, withReadiness(pod, ready, this.#now()));
    if (!ready) this.events.warning(pod, 'Unhealthy', 'Readiness probe failed');
  }

  #hostIp(pod: ApiObject): string {
    const node = this.server.store.get(NODES, '', text(at(pod.spec).nodeName));
    return text(objects(at(node?.status).addresses).find(({ type }) => type === 'InternalIP')?.address);
  }

  #write(pod: ApiObject, status: JsonObject): void {
    this.#attempt(() =>
      this.server.update(CALLER, PODS, namespaceOf(pod), nameOf(pod), { ...pod, status }, { subresource: 'status' }),
    );
  }

  #remove(pod: ApiObject): void {
    const preconditions = { uid: uidOf(pod) };
    this.#attempt(() =>
      this.server.delete(CALLER, PODS, namespaceOf(pod), nameOf(pod), { gracePeriodSeconds: 0, preconditions }),
    );
  }

  /** A refusal is no end: the next event of the pod plans it again. */
  #attempt(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
    }
  }
}
