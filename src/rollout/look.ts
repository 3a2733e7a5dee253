import { durationMs } from './duration.ts';
import { type GateFacts, NO_GATES } from './gate-facts.ts';
import { hookOf } from './gate-spec.ts';
import { gateOf } from './gated.ts';
import { failsAt, hasFailed, isBroken } from './health.ts';
import type { Asked, Observation, PodObservation, SetObservation, Told } from './observation.ts';
import { failureThreshold, stepTargets, unavailableBudget } from './percent.ts';
import type { RecordOrigin, RecordSpec, RecordStatus, RolloutRecord } from './record.ts';

/** Everything that the rules of one look need, gathered once and changed by none of them. */
export interface Look {
  now: number;
  set: SetObservation;
  spec: RecordSpec;
  status: RecordStatus;
  origin: RecordOrigin | null;
  asked: Asked;
  told: Told;
  gates: GateFacts;
  /** When the rollout began, in milliseconds. */
  begunAt: number;
  /** By index, 0 to replicas - 1. */
  slots: Slot[];
  /** Living or going pods outside the set's range: a scale-down is under way. */
  extra: PodObservation[];
  target: string | null;
  /** A pod comes back at the target whatever kills it: no fence is needed (design, section 3, rollback). */
  open: boolean;
  /** We are in the detour: the set is OnDelete for a moment, by our own hand. */
  inDetour: boolean;
  /** A pod of the target counts after so long of unbroken Ready. */
  soakMs: number;
  deadlineMs: number;
  budget: number;
  /** So many failed pods stop the rollout. */
  threshold: number;
  /** Cumulative pods per step, and where we are. */
  steps: number[];
  step: number;
  /** Pods that may be at the target in this step. */
  goal: number;
  unavailable: number;
  /** The slots that are not available, by index: of thousands few. */
  away: readonly Slot[];
  /** Slots that are `updated` and available. */
  arrived: number;
}

/** The place of one pod. */
export interface Slot {
  index: number;
  ordinal: number;
  name: string;
  pod: PodObservation | null;
  /** `updated` and `old` are living pods, at the target and not. `going`: terminating, or we have asked for it. */
  state: 'updated' | 'old' | 'going' | 'missing';
  available: boolean;
  /** What it lacks to be available though it is Ready: service discovery, or its hook; null where nothing. */
  gate: string | null;
  broken: boolean;
  /** Its going is our doing. */
  ours: boolean;
}

/**
 * @param known an earlier look at the same observation in the same moment: where nothing has changed that places are told
 * from, they are taken from it
 */
export function lookAt(
  observation: Observation,
  record: RolloutRecord & { status: RecordStatus },
  now: number,
  known?: Look,
): Look {
  const { set, asked, told, gates = NO_GATES } = observation;
  const { spec, status, origin } = record;
  const target = status.target.revision;
  const places =
    known !== undefined && hasSamePlaces(known.status, status) ? known : placesOf(observation, record, now);
  const steps = status.direction === 'back' ? [set.replicas] : stepTargets(spec, set.replicas);
  const step = status.direction === 'back' ? 0 : Math.min(Math.max(status.step, spec.promotedStep), steps.length - 1);
  const onDelete = status.fence?.type === 'OnDelete';
  return {
    now,
    set,
    spec,
    status,
    origin,
    asked,
    told,
    gates,
    begunAt: Date.parse(status.startedAt),
    slots: places.slots,
    extra: places.extra,
    target,
    open: target !== null && (set.currentRevision === target || (onDelete && spec.strategy === 'on-delete')),
    inDetour: onDelete && spec.strategy === 'fence',
    soakMs: soakOf(spec, set),
    deadlineMs: durationMs(spec.progressDeadline),
    budget: unavailableBudget(spec.maxUnavailable, set.replicas),
    threshold: failureThreshold(spec.failureThreshold, set.replicas),
    steps,
    step,
    goal: steps[step] ?? 0,
    unavailable: places.away.length,
    away: places.away,
    arrived: places.arrived,
  };
}

/**
 * Of thousands of pods most are Ready and stay so: their place is told once, and holds for as long as the very same
 * observation of the pod is seen and nothing else has changed that it is told from.
 */
const resting = new WeakMap<
  PodObservation,
  { slot: Slot; uid: string; target: string | null; soakMs: number; minReadyMs: number; availableAt: number }
>();

type Places = Pick<Look, 'slots' | 'extra' | 'away' | 'arrived'>;

/**
 * What was told last. Who looks at the very same observation again, to draw it, is told the same until the first pod of
 * it has been Ready, or not Ready, for long enough to be another thing.
 */
let told: { observation: Observation; places: Places; from: number; until: number; key: string } | null = null;

/** Of the status, what a slot is told from. */
function hasSamePlaces(a: RecordStatus, b: RecordStatus): boolean {
  return (
    a.target.revision === b.target.revision && a.led === b.led && a.startedAt === b.startedAt && a.hooks === b.hooks
  );
}

function soakOf(spec: RecordSpec, set: SetObservation): number {
  return Math.max(durationMs(spec.minReady), set.minReadyMs);
}

function placesOf(observation: Observation, record: RolloutRecord & { status: RecordStatus }, now: number): Places {
  const { set, asked, gates = NO_GATES } = observation;
  const { spec, status } = record;
  const soakMs = soakOf(spec, set);
  const deadlineMs = durationMs(spec.progressDeadline);
  const begunAt = Date.parse(status.startedAt);
  const gated = spec.serviceDiscovery !== undefined || hookOf(spec.hooks, 'after') !== null;
  const key = [status.target.revision, status.led?.uid, soakMs, deadlineMs, begunAt].join(' ');
  if (!gated && told?.observation === observation && told.key === key && now >= told.from && now < told.until)
    return told.places;
  const pods: (PodObservation | undefined)[] = new Array(set.replicas).fill(undefined);
  const extra: PodObservation[] = [];
  for (const pod of observation.pods) {
    const index = pod.ordinal - set.start;
    if (index >= 0 && index < set.replicas) pods[index] = pod;
    else extra.push(pod);
  }
  const asking = { names: new Set<string>(), uids: new Set<string>() };
  for (const { pod, uid } of asked.accepted) {
    asking.names.add(pod);
    asking.uids.add(uid);
  }
  const away: Slot[] = [];
  let arrived = 0;
  let until = Number.POSITIVE_INFINITY;
  const slots = pods.map((found, index): Slot => {
    const known = found === undefined ? undefined : resting.get(found);
    if (
      known !== undefined &&
      !gated &&
      known.slot.index === index &&
      known.target === status.target.revision &&
      known.soakMs === soakMs &&
      known.minReadyMs === set.minReadyMs &&
      known.availableAt <= now &&
      !asking.uids.has(known.uid) &&
      status.led?.uid !== known.uid
    ) {
      if (known.slot.state === 'updated') arrived++;
      return known.slot;
    }
    const ordinal = set.start + index;
    const name = `${set.name}-${ordinal}`;
    const pod = found ?? null;
    const accepted = pod === null ? asking.names.has(name) : asking.uids.has(pod.uid);
    const state = stateOf(pod, accepted, status.target.revision);
    const living = state === 'updated' || state === 'old';
    // what we ask of the new version is not asked of pods that were there before: they owe minReadySeconds only
    const wantedMs = state === 'old' ? set.minReadyMs : soakMs;
    const soaked = pod?.ready === true && pod.readySince !== null && now - pod.readySince >= wantedMs;
    const led = pod !== null && status.led?.uid === pod.uid;
    const gate = living && soaked ? gateOf(pod, state === 'updated', record, gates) : null;
    // a led pod is as good as gone: the controller may take it at any moment
    const available = living && soaked && !led && gate === null;
    const broken = living && pod !== null && isBroken(pod, now, deadlineMs, begunAt);
    const slot: Slot = { index, ordinal, name, pod, state, available, gate, broken, ours: accepted };
    if (!available) away.push(slot);
    else if (state === 'updated') arrived++;
    if (living && pod !== null) until = Math.min(until, turnsAt(pod, now, wantedMs, deadlineMs));
    if (available && pod.readySince !== null) {
      const { minReadyMs } = set;
      const availableAt = pod.readySince + wantedMs;
      resting.set(pod, { slot, uid: pod.uid, target: status.target.revision, soakMs, minReadyMs, availableAt });
    }
    return slot;
  });
  const places = { slots, extra, away, arrived };
  if (!gated) told = { observation, places, from: now, until, key };
  return places;
}

/** When time alone will make another thing of the pod: available, or broken. */
function turnsAt(pod: PodObservation, now: number, wantedMs: number, deadlineMs: number): number {
  const moments = pod.ready
    ? [pod.readySince === null ? null : pod.readySince + wantedMs]
    : [failsAt(pod), pod.notReadySince === null ? null : pod.notReadySince + deadlineMs];
  return Math.min(...moments.flatMap((at) => (at === null || at <= now ? [] : at)));
}

function stateOf(pod: PodObservation | null, accepted: boolean, target: string | null): Slot['state'] {
  if (pod === null) return 'missing';
  if (pod.deleting || accepted) return 'going';
  return pod.revision === target ? 'updated' : 'old';
}

export function isLiving(slot: Slot): slot is Slot & { pod: PodObservation } {
  return slot.state === 'updated' || slot.state === 'old';
}

export function isLed(look: Look, slot: Slot): boolean {
  return look.status.led !== null && look.status.led.uid === slot.pod?.uid;
}

/** Pods at the target that show trouble which nobody has told us to live with. */
export function troubled(look: Look): (Slot & { pod: PodObservation })[] {
  return look.slots
    .filter(isLiving)
    .filter(
      (slot) =>
        slot.state === 'updated' &&
        !slot.pod.ready &&
        !look.status.tolerated.includes(slot.pod.uid) &&
        (slot.pod.trouble !== null || hasFailed(slot.pod, look.now, look.begunAt)),
    );
}

/** As many pods as stop a rollout show trouble: nothing further is touched, whether or not it will mend itself. */
export function inTrouble(look: Look): boolean {
  return troubled(look).length >= look.threshold;
}

/** "web-0", "web-0 and web-3", "web-0, web-1 and 4 more" */
export function namePods(names: readonly string[]): string {
  if (names.length > 3) return `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`;
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

export function countPods(count: number): string {
  return count === 1 ? '1 pod' : `${count} pods`;
}
