import { isObject, type Json } from '../rollout/json.ts';
import type { PodObservation, SetObservation, Trouble } from '../rollout/observation.ts';
import { plainText } from '../rollout/plain-text.ts';
import { NOT_BEFORE } from '../rollout/pod-gate.ts';
import { podShape, type RawPod, shaped } from './shapes.ts';
import { troubleOf } from './trouble.ts';

const DEFAULT_GRACE_SECONDS = 30;

interface Memory {
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

/** What was made of a raw object: it holds for as long as nothing newer is remembered of this pod. */
interface Known {
  /** The set's uid. */
  set: string;
  /** null where the pod is not one of this set's. */
  made: { memory: Memory; observation: PodObservation } | null;
}

/**
 * Remembers of each pod what its object does not tell, or tells by the clock of a node (issue kubernetes#29229): since
 * when it is Ready without a break, since when in trouble.
 */
export class PodTracker {
  readonly #memory = new Map<string, Memory>();
  /** Of thousands of pods few change between two looks: what was made of a raw object need not be made again. */
  readonly #known = new WeakMap<object, Known>();
  #last: PodObservation[] = [];

  /**
   * A pod of which nothing has changed stays the same object, and so do all of them together.
   * @param now milliseconds on the API server's clock
   * @throws MalformedError naming pod and field
   */
  observePods(rawPods: Iterable<Json>, set: Pick<SetObservation, 'name' | 'uid'>, now: number): PodObservation[] {
    const pods: PodObservation[] = [];
    let same = true;
    for (const raw of rawPods) {
      const observation = this.#observe(raw, set, now);
      if (observation === null) continue;
      same &&= this.#last[pods.length] === observation;
      pods.push(observation);
    }
    if (same && pods.length === this.#last.length) return this.#last;
    this.#last = pods;
    if (this.#memory.size > pods.length) this.#forget(pods);
    return pods;
  }

  /** null where the pod is not one of this set's. */
  #observe(raw: Json, set: Pick<SetObservation, 'name' | 'uid'>, now: number): PodObservation | null {
    const known = isObject(raw) ? this.#known.get(raw) : undefined;
    if (known?.set === set.uid) {
      if (known.made === null) return null;
      const { memory, observation } = known.made;
      if (this.#memory.get(observation.uid) === memory) return observation;
    }
    const made = this.#make(shaped(podShape, 'pod', raw), set, now);
    if (isObject(raw)) this.#known.set(raw, { set: set.uid, made });
    return made?.observation ?? null;
  }

  #make(pod: RawPod, set: Pick<SetObservation, 'name' | 'uid'>, now: number): Known['made'] {
    const { uid, ownerReferences } = pod.metadata;
    const ordinal = ordinalOf(pod, set.name);
    if (ordinal === null || !ownerReferences.some((owner) => owner.controller && owner.uid === set.uid)) return null;
    const memory = remember(pod, this.#memory.get(uid), now);
    this.#memory.set(uid, memory);
    return { memory, observation: observationOf(pod, ordinal, memory, now) };
  }

  #forget(pods: readonly PodObservation[]): void {
    const living = new Set(pods.map(({ uid }) => uid));
    for (const uid of this.#memory.keys()) if (!living.has(uid)) this.#memory.delete(uid);
  }
}

function remember(pod: RawPod, before: Memory | undefined, now: number): Memory {
  const condition = readyCondition(pod);
  const ready = condition?.status === 'True';
  const restarts = restartsOf(pod);
  const stamp = condition?.lastTransitionTime ?? null;
  const trouble = troubleOf(pod);
  // ErrImagePull and ImagePullBackOff take turns: it is one trouble
  const lasting = trouble && before?.trouble?.kind === trouble.kind ? before.trouble.since : now;
  return {
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
