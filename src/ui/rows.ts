import { formatDuration } from '../rollout/duration.ts';
import type { PodTiming } from '../rollout/live.ts';
import { countPods, isLed, type Slot } from '../rollout/look.ts';
import type { PodObservation } from '../rollout/observation.ts';
import { extraPods, type Picture, revisionWord } from './picture.ts';
import type { PodState } from './pod-state.ts';
import { clean } from './text.ts';
import type { RowView } from './view.ts';

/** A row per pod, highest ordinal first: a rollout goes down from there. */
export function rowsOf(picture: Picture): RowView[] {
  const extra = extraPods(picture).map((pod) => extraRow(picture, pod));
  const inRange = rowsInRange(picture);
  // the slots are in order already
  return extra.length === 0 ? inRange : [...extra, ...inRange].sort((a, b) => b.ordinal - a.ordinal);
}

/** Of the pods whose turn comes, as many as may go at once. */
function nextPods(picture: Picture): ReadonlySet<string> {
  const { plan } = picture.live;
  const moving = picture.status?.phase === 'Progressing' || picture.status?.phase === 'RollingBack';
  return new Set(plan === null || !moving ? [] : plan.next.slice(0, plan.budget));
}

/** What the words for revisions, and for a led pod, depend on. */
function versionsOf({ status, look, back }: Picture): string {
  if (look === null) return '';
  const { originRevision, forwardRevision, led } = status ?? {};
  return [status === null, back, look.target, originRevision, forwardRevision, led?.uid].join(' ');
}

/** Rows that hold for as long as the very slot that they were made of is seen, and nothing else changes that they tell of. */
interface Known {
  /** By place, the highest ordinal first; undefined where the row does not hold. */
  slots: (Slot | undefined)[];
  rows: RowView[];
  versions: string;
  next: ReadonlySet<string>;
  /** The timings, as two lists. */
  timedPods: string[];
  timings: PodTiming[];
}

/**
 * Of thousands of pods few change between two pictures: the others keep their row, are not looked into, and not drawn
 * again. Whatever set is looked at: a slot is of one only.
 */
let known: Known = { slots: [], rows: [], versions: '', next: new Set(), timedPods: [], timings: [] };

/** No word of such a pod's row depends on the time. */
const TIMELESS: ReadonlySet<PodState> = new Set(['updated', 'old']);

function rowsInRange(picture: Picture): RowView[] {
  const { slots, live, status } = picture;
  const next = nextPods(picture);
  const leaks = status?.leaks ?? [];
  const leaked = new Set(leaks.map(({ uid }) => uid));
  const versions = versionsOf(picture);
  const timedPods = [...live.timings.keys()];
  const timings = [...live.timings.values()];
  const highest = slots[0]?.ordinal ?? 0;
  const before: Known['slots'] = versions === known.versions ? known.slots : [];
  const marked = [
    ...[...known.next, ...next].filter((pod) => known.next.has(pod) !== next.has(pod)),
    ...leaks.map(({ pod }) => pod),
    ...retimed(timedPods, timings),
  ];
  for (const pod of marked) delete before[highest - Number(pod.slice(pod.lastIndexOf('-') + 1))];
  const kept: Known['slots'] = [];
  const rows = slots.map((slot, place) => {
    const row = before[place] === slot ? known.rows[place] : undefined;
    if (row !== undefined) {
      kept.push(slot);
      return row;
    }
    const isLeaked = slot.pod !== null && leaked.has(slot.pod.uid);
    const made = rowOf(picture, slot, isLeaked, next.has(slot.name));
    kept.push(slot.pod !== null && !isLeaked && TIMELESS.has(made.state) ? slot : undefined);
    return made;
  });
  known = { slots: kept, rows, versions, next, timedPods, timings };
  return rows;
}

/** The pods of which another thing is told now than before. */
function retimed(pods: readonly string[], timings: readonly PodTiming[]): string[] {
  const found: string[] = [];
  for (let index = 0; index < Math.max(pods.length, known.timedPods.length); index++) {
    if (pods[index] === known.timedPods[index] && timings[index] === known.timings[index]) continue;
    for (const pod of [pods[index], known.timedPods[index]]) if (pod !== undefined) found.push(pod);
  }
  return found;
}

function rowOf(picture: Picture, slot: Slot, leaked: boolean, isNext: boolean): RowView {
  const { pod } = slot;
  const timing = picture.live.timings.get(slot.name);
  const state = podState(picture, slot, leaked);
  return {
    name: clean(slot.name),
    ordinal: slot.ordinal,
    uid: pod?.uid ?? null,
    state,
    revision: pod === null ? '-' : revisionWord(picture, pod.revision),
    revisionName: pod === null ? null : clean(pod.revision),
    words: clean(podWords(picture, slot, state, isNext)),
    since: pod === null ? null : stateSince(pod, slot.state === 'going'),
    node: clean(pod?.node ?? ''),
    ready: pod?.ready ?? false,
    downMs: timing?.downMs ?? null,
    startMs: timing?.startMs ?? null,
  };
}

function podState(picture: Picture, slot: Slot, leaked: boolean): PodState {
  const { pod } = slot;
  if (pod === null) return 'missing';
  if (slot.state === 'going') return 'going';
  if (slot.broken) return 'broken';
  if (slot.state === 'updated') {
    if (leaked && isBeforeItsTurn(picture, slot)) return 'stray';
    if (slot.available) return 'updated';
    return pod.ready ? 'soaking' : 'starting';
  }
  if (!pod.ready) return 'unready';
  return revisionWord(picture, pod.revision) === 'third' ? 'stray' : 'old';
}

/** A leaked pod that the step has caught up with is one like every other. */
function isBeforeItsTurn(picture: Picture, slot: Slot): boolean {
  const { look } = picture;
  return look !== null && slot.index < look.set.replicas - look.goal;
}

function podWords(picture: Picture, slot: Slot, state: PodState, isNext: boolean): string {
  const { pod } = slot;
  const { look, live } = picture;
  if (pod === null || look === null) return slot.ours ? 'gone, not created again yet' : 'missing, not created yet';
  switch (state) {
    case 'going':
      return goingWords(pod, live.at);
    case 'broken':
      return troubleWords(pod) ?? crashWords(pod, live.at);
    case 'soaking':
      if (isLed(look, slot)) return 'Ready, handed to the controller';
      return slot.gate === null ? soakWords(pod, look.soakMs, live.at) : `Ready, counts when: ${slot.gate}`;
    case 'starting':
      return troubleWords(pod) ?? startWords(pod, live.timings.get(slot.name)?.availableAt != null);
    case 'unready':
      return troubleWords(pod) ?? `not Ready: ${containerWords(pod)}`;
    case 'stray':
      return slot.state === 'updated' ? 'Ready, but before its turn' : `Ready at ${pod.revision}`;
    case 'old':
      if (isLed(look, slot)) return 'Ready, handed to the controller';
      return isNext ? 'Ready, next' : 'Ready';
    default:
      return 'Ready';
  }
}

function goingWords(pod: PodObservation, at: number): string {
  if (!pod.deleting) return 'eviction accepted';
  if (pod.graceMs === 0) return 'terminating, no grace';
  const grace = formatDuration(pod.graceMs);
  const over = pod.deletingSince === null ? 0 : at - pod.deletingSince - pod.graceMs;
  // the kubelet's own work after the grace takes a moment: nothing to be told of
  return over < 2000
    ? `terminating, grace ${grace}`
    : `terminating, ${formatDuration(over)} past its grace of ${grace}`;
}

function troubleWords(pod: PodObservation): string | null {
  const { trouble } = pod;
  if (trouble === null || pod.ready) return null;
  const where = trouble.container === null || pod.containers.total < 2 ? '' : ` (${trouble.container})`;
  return `${trouble.reason}${where}${restartWords(pod)}`;
}

function crashWords(pod: PodObservation, at: number): string {
  if (pod.restarts > 0) return `restarted ${times(pod.restarts)}: ${containerWords(pod)}`;
  return `never Ready${pod.notReadySince === null ? '' : ` for ${formatDuration(at - pod.notReadySince)}`}`;
}

function soakWords(pod: PodObservation, soakMs: number, at: number): string {
  const left = pod.readySince === null ? soakMs : pod.readySince + soakMs - at;
  return left <= 0 ? 'Ready' : `soaking, ${formatDuration(Math.ceil(left / 1000) * 1000)} to go`;
}

function startWords(pod: PodObservation, wasAvailable: boolean): string {
  if (wasAvailable) return `not Ready any more: ${containerWords(pod)}${restartWords(pod)}`;
  if (pod.node === null) return 'starting: no node yet';
  return `starting: ${containerWords(pod)}${restartWords(pod)}`;
}

function containerWords(pod: PodObservation): string {
  return `${pod.containers.ready}/${pod.containers.total} containers`;
}

function restartWords(pod: PodObservation): string {
  return pod.restarts === 0 ? '' : `, restarted ${times(pod.restarts)}`;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

function stateSince(pod: PodObservation, going: boolean): number | null {
  return going ? pod.deletingSince : pod.ready ? pod.readySince : pod.notReadySince;
}

function extraRow(picture: Picture, pod: PodObservation): RowView {
  return {
    name: clean(pod.name),
    ordinal: pod.ordinal,
    uid: pod.uid,
    state: 'going',
    revision: revisionWord(picture, pod.revision),
    revisionName: clean(pod.revision),
    words: pod.deleting
      ? goingWords(pod, picture.live.at)
      : `leaves: the set has ${countPods(picture.slots.length)} now`,
    since: stateSince(pod, pod.deleting),
    node: clean(pod.node ?? ''),
    ready: pod.ready,
    downMs: null,
    startMs: null,
  };
}
