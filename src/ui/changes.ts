import type { BlockerView, EventView, RowView, View } from './view.ts';

/** What is new in a picture, compared with the one before; in the order in which people want to hear it. */
export type ViewChange =
  | { kind: 'started' }
  | { kind: 'connection' }
  | { kind: 'hands' }
  | { kind: 'pod'; row: RowView; before: RowView | null }
  | { kind: 'event'; event: EventView }
  | { kind: 'pace' }
  | { kind: 'phase' }
  | { kind: 'blocked'; fresh: BlockerView[] }
  | { kind: 'notice'; text: string; bad: boolean };

/** @param before null for the first picture: its pods and events are no news, that they are there is */
export function changesBetween(before: View | null, after: View): ViewChange[] {
  if (before === null) {
    return [
      { kind: 'started' },
      ...(after.header.connection === 'live' ? [] : [{ kind: 'connection' } as const]),
      ...(after.phase.phase === null ? [] : [{ kind: 'phase' } as const]),
      ...(after.blockers.length === 0 ? [] : [{ kind: 'blocked', fresh: after.blockers } as const]),
    ];
  }
  const changes: ViewChange[] = [];
  if (before.header.connection !== after.header.connection) changes.push({ kind: 'connection' });
  if (before.header.hands !== after.header.hands) changes.push({ kind: 'hands' });
  changes.push(...podChanges(before, after));
  for (const event of newEvents(before.events, after.events)) {
    // the phase tells it
    if (event.text !== after.phase.message) changes.push({ kind: 'event', event });
  }
  if (before.pace.step !== after.pace.step || before.pace.speed !== after.pace.speed) changes.push({ kind: 'pace' });
  if (phaseKey(before) !== phaseKey(after)) changes.push({ kind: 'phase' });
  const known = new Set(before.blockers.map(blockerKey));
  const fresh = after.blockers.filter((blocker) => !known.has(blockerKey(blocker)));
  const gone = before.blockers.length > 0 && after.blockers.length === 0;
  if (fresh.length > 0 || gone) changes.push({ kind: 'blocked', fresh });
  if (after.notice !== null && (before.notice?.at !== after.notice.at || before.notice.text !== after.notice.text)) {
    changes.push({ kind: 'notice', text: after.notice.text, bad: after.notice.bad });
  }
  return changes;
}

function podChanges(before: View, after: View): ViewChange[] {
  const known = new Map(before.rows.map((row) => [row.name, row]));
  // another target turns old pods into wanted ones and back, and nothing has happened to them
  const retargeted =
    before.change.revisions !== after.change.revisions || before.change.direction !== after.change.direction;
  return after.rows.flatMap((row) => {
    const old = known.get(row.name) ?? null;
    if (old !== null && isSamePod(old, row) && (retargeted ? old.ready === row.ready : old.state === row.state))
      return [];
    return [{ kind: 'pod', row, before: old } as const];
  });
}

/** A pod that has vanished keeps its row, as `missing`. */
function isSamePod(before: RowView, after: RowView): boolean {
  return before.uid === after.uid || (after.uid === null && before.state === after.state);
}

/** The record keeps the last ones only: what was there before is found by its own words, not by its place. */
function newEvents(before: readonly EventView[], after: readonly EventView[]): EventView[] {
  const seen = new Set(before.map(eventKey));
  return after.filter((event) => !seen.has(eventKey(event)));
}

function eventKey({ at, kind, text }: EventView): string {
  return `${at} ${kind} ${text}`;
}

function phaseKey({ phase }: View): string {
  return `${phase.phase} ${phase.reason} ${phase.since}`;
}

/** Not the numbers of the text: it may count seconds down. What a gate says is news, the others are told by their code. */
function blockerKey({ code, pods, text }: BlockerView): string {
  const said = code === 'gate' ? text.replaceAll(/[\d.]+/g, '') : '';
  return `${code} ${pods.join(' ')} ${said}`;
}
