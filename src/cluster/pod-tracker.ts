import { isObject, type Json } from '../rollout/json.ts';
import type { PodObservation, SetObservation, Trouble } from '../rollout/observation.ts';
import { plainText } from '../rollout/plain-text.ts';
import { NOT_BEFORE } from '../rollout/pod-gate.ts';
import { podShape, type RawPod, shaped } from './shapes.ts';
import { troubleOf } from './trouble.ts';

const DEFAULT_GRACE_SECONDS = 30;

interface Memory {
  /** Of which object it was made last. */
  pod: RawPod;
  ready: boolean;
  since: number;
  restarts: number;
  /** As first seen. */
  restartsBefore: number;
  /** Of the Ready condition, as stamped: another one means that it was not Ready in between. */
  stamp: number | null;
  trouble: Trouble | null;
  scheduledAt: number | null;
  runningAt: number | null;
}

/**
 * Remembers of each pod what its object does not tell, or tells by the clock of a node (issue kubernetes#29229): since
 * when it is Ready without a break, since when in trouble.
 */
export class PodTracker {
  #memory = new Map<string, Memory>();
  readonly #shaped = new WeakMap<object, RawPod>();
  /** A pod of which nothing has changed stays the same object: what is made of it need not be made again. */
  readonly #observed = new WeakMap<RawPod, { memory: Memory; observation: PodObservation }>();

  /**
   * @param now milliseconds on the API server's clock
   * @throws MalformedError naming pod and field
   */
  observePods(rawPods: Iterable<Json>, set: Pick<SetObservation, 'name' | 'uid'>, now: number): PodObservation[] {
    const pods: PodObservation[] = [];
    const memory = new Map<string, Memory>();
    for (const raw of rawPods) {
      const pod = this.#shape(raw);
      if (!pod.metadata.ownerReferences.some((owner) => owner.controller && owner.uid === set.uid)) continue;
      const ordinal = ordinalOf(pod, set.name);
      if (ordinal === null) continue;
      const remembered = remember(pod, this.#memory.get(pod.metadata.uid), now);
      memory.set(pod.metadata.uid, remembered);
      pods.push(this.#observe(pod, ordinal, remembered, now));
    }
    this.#memory = memory;
    return pods;
  }

  #observe(pod: RawPod, ordinal: number, memory: Memory, now: number): PodObservation {
    const known = this.#observed.get(pod);
    if (known?.memory === memory) return known.observation;
    const observation = observationOf(pod, ordinal, memory, now);
    this.#observed.set(pod, { memory, observation });
    return observation;
  }

  /** Of thousands of pods few change between two looks. */
  #shape(raw: Json): RawPod {
    if (!isObject(raw)) return shaped(podShape, 'pod', raw);
    let pod = this.#shaped.get(raw);
    if (!pod) {
      pod = shaped(podShape, 'pod', raw);
      this.#shaped.set(raw, pod);
    }
    return pod;
  }
}

function remember(pod: RawPod, before: Memory | undefined, now: number): Memory {
  if (before?.pod === pod) return before;
  const condition = readyCondition(pod);
  const ready = condition?.status === 'True';
  const restarts = restartsOf(pod);
  const stamp = condition?.lastTransitionTime ?? null;
  const trouble = troubleOf(pod);
  // ErrImagePull and ImagePullBackOff take turns: it is one trouble
  const lasting = trouble && before?.trouble?.kind === trouble.kind ? before.trouble.since : now;
  return {
    pod,
    ready,
    restarts,
    restartsBefore: before?.restartsBefore ?? restarts,
    stamp,
    since: sinceOf(),
    trouble: trouble && { ...trouble, since: lasting },
    scheduledAt: firstSeen(
      before?.scheduledAt,
      pod.spec.nodeName === '' ? undefined : conditionAt(pod, 'PodScheduled'),
    ),
    runningAt: firstSeen(before?.runningAt, runningStamp(pod)),
  };

  function firstSeen(known: number | null | undefined, stamped: number | null | undefined): number | null {
    if (known != null) return known;
    if (stamped === undefined) return null;
    // seen to happen: by our clock; there before we looked: by the stamp, as far as it can be believed
    return before ? now : Math.min(now, Math.max(stamped ?? 0, pod.metadata.creationTimestamp ?? now));
  }

  function sinceOf(): number {
    // the stamp is a node's: not before the API server made the pod, and not in the future
    if (!before) return Math.min(now, Math.max(stamp ?? 0, pod.metadata.creationTimestamp ?? now));
    if (before.ready !== ready) return now;
    const interrupted = ready && (before.restarts !== restarts || before.stamp !== stamp);
    return interrupted ? now : before.since;
  }
}

function observationOf(pod: RawPod, ordinal: number, memory: Memory, now: number): PodObservation {
  const { metadata, spec, status } = pod;
  const graceSeconds =
    metadata.deletionGracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;
  const phase = status?.phase ?? '';
  const ended = phase === 'Failed' || phase === 'Succeeded';
  return {
    name: metadata.name,
    uid: metadata.uid,
    ordinal,
    revision: metadata.labels['controller-revision-hash'] ?? '',
    createdAt: metadata.creationTimestamp ?? now,
    phase,
    node: spec.nodeName || null,
    ip: status?.podIP || null,
    deleting: metadata.deletionTimestamp !== null,
    deletingSince: metadata.deletionTimestamp === null ? null : metadata.deletionTimestamp - graceSeconds * 1000,
    graceMs: graceSeconds * 1000,
    finalizers: metadata.finalizers,
    vanishesAtOnce:
      metadata.finalizers.length === 0 && (!spec.nodeName || ended || spec.terminationGracePeriodSeconds === 0),
    ready: memory.ready,
    readySince: memory.ready ? memory.since : null,
    notReadySince: memory.ready ? null : memory.since,
    scheduledAt: memory.scheduledAt,
    runningAt: memory.runningAt,
    restarts: memory.restarts,
    restartsBefore: memory.restartsBefore,
    containers: containersOf(pod),
    images: spec.containers.map(({ name, image }) => ({ container: name, image })),
    trouble: memory.trouble,
    ...notBeforeOf(metadata.annotations[NOT_BEFORE]),
  };
}

function notBeforeOf(text: string | undefined): Pick<PodObservation, 'notBefore'> {
  if (text === undefined) return {};
  const at = Date.parse(text);
  return { notBefore: { at: Number.isNaN(at) ? null : at, text: plainText(text).slice(0, 60) } };
}

/** As kubectl counts them: containers, and the init containers that run beside them. */
function containersOf({ spec, status }: RawPod): PodObservation['containers'] {
  const sidecars = new Set(
    spec.initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name),
  );
  const beside = (status?.initContainerStatuses ?? []).filter(({ name }) => sidecars.has(name));
  const all = [...(status?.containerStatuses ?? []), ...beside];
  return { total: spec.containers.length + sidecars.size, ready: all.filter(({ ready }) => ready).length };
}

function restartsOf({ status }: RawPod): number {
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return all.reduce((sum, { restartCount }) => sum + restartCount, 0);
}

function conditionAt({ status }: RawPod, name: string): number | null {
  return status?.conditions.find(({ type }) => type === name)?.lastTransitionTime ?? null;
}

/** When the last of its containers started, by its node's clock; undefined while one does not run. */
function runningStamp({ spec, status }: RawPod): number | undefined {
  const running = spec.containers.map(
    ({ name }) => status?.containerStatuses.find((each) => each.name === name)?.state?.running,
  );
  if (running.length === 0 || running.some((state) => state == null)) return undefined;
  return Math.max(...running.map((state) => state?.startedAt ?? 0));
}

function readyCondition({ status }: RawPod) {
  return status?.conditions.find(({ type }) => type === 'Ready');
}

function ordinalOf({ metadata }: RawPod, set: string): number | null {
  const suffix = metadata.name.startsWith(`${set}-`) ? metadata.name.slice(set.length + 1) : '';
  const digits = /^\d+$/.test(suffix) ? suffix : (metadata.labels['apps.kubernetes.io/pod-index'] ?? '');
  return /^\d+$/.test(digits) ? Number(digits) : null;
}
