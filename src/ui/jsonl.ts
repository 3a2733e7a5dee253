import type { Live } from '../rollout/live.ts';
import { slowestPod } from '../rollout/timing.ts';
import { changesBetween, type ViewChange } from './changes.ts';
import { nextCommands } from './commands.ts';
import { follow } from './follow.ts';
import { JSONL_SCHEMA_VERSION, type JsonlLine } from './jsonl-schema.ts';
import { type LineOptions, waitsFor } from './line.ts';
import { summary } from './summary.ts';
import type { View } from './view.ts';
import { viewModel } from './view-model.ts';

/** One JSON object a line, as docs/jsonl.md describes them; the last one is of kind `end`. */
export async function runJsonl(options: LineOptions): Promise<'done' | 'interrupted'> {
  const write = (lines: JsonlLine[]) => {
    for (const line of lines) options.write(JSON.stringify(line));
    return lines.length > 0;
  };
  const how = await follow(
    { ...options, heartbeatMs: options.heartbeatMs ?? 30_000 },
    (before, after) => write(jsonlChanges(before, after)),
    (view) => write([heartbeat(view)]),
  );
  write([endLine(options.session.live(), how)]);
  return how;
}

/** The news between two pictures. */
export function jsonlChanges(before: View | null, after: View): JsonlLine[] {
  return changesBetween(before, after).map((change) => lineOf(change, after));
}

export function heartbeat(view: View): JsonlLine {
  return {
    ...base(view),
    kind: 'heartbeat',
    ...phase(view),
    connection: view.header.connection,
    counts: counts(view),
    waitsFor: waitsFor(view),
    eta: etaOf(view),
  };
}

export function endLine(live: Live, how: 'done' | 'interrupted'): JsonlLine {
  const view = viewModel(live);
  const { ours, plain } = nextCommands(live);
  return {
    ...base(view),
    kind: 'end',
    how,
    ...phase(view),
    held: view.phase.held,
    counts: counts(view),
    elapsedMs: view.pace.elapsedMs,
    slowest: slowestPod(live.timings),
    summary: summary(live)[0] ?? '',
    next: ours,
    nextPlain: plain,
  };
}

/** To the end of this step; null where it would be a guess. */
export function etaOf({ pace: { etaMs, etaRangeMs } }: View): { likely: number; low: number; high: number } | null {
  if (etaMs === null || etaRangeMs === null) return null;
  return { likely: Math.round(etaMs), low: Math.round(etaRangeMs.low), high: Math.round(etaRangeMs.high) };
}

function lineOf(change: ViewChange, view: View): JsonlLine {
  const { header } = view;
  switch (change.kind) {
    case 'started':
      return {
        ...base(view),
        kind: 'started',
        context: header.context,
        server: header.server,
        role: header.role,
        decidedBy: header.decidedBy,
        change: view.change.images,
        direction: view.change.direction,
        counts: counts(view),
        pace: pace(view),
      };
    case 'pod': {
      const { row, before } = change;
      return {
        ...base(view),
        kind: 'pod',
        pod: row.name,
        uid: row.uid,
        state: row.state,
        before: before?.state ?? null,
        version: row.revision,
        revision: row.revisionName,
        message: row.words,
        node: row.node === '' ? null : row.node,
        downMs: row.downMs,
        startMs: row.startMs,
        counts: counts(view),
      };
    }
    case 'phase':
      return {
        ...base(view),
        kind: 'phase',
        ...phase(view),
        direction: view.change.direction,
        counts: counts(view),
        pace: pace(view),
      };
    case 'blocked':
      return {
        ...base(view),
        kind: 'blocked',
        blockers: view.blockers.map(({ code, text, pods }) => ({ code, message: text, pods })),
      };
    case 'event':
      return event(view, change.event.kind, change.event.text, change.event.pod, change.event.at);
    case 'connection':
      return event(view, 'connection', header.connectionWords);
    case 'hands':
      return event(view, 'hands', header.hands);
    case 'pace':
      return event(view, 'pace', `${view.pace.step}; ${view.pace.speed}`);
    case 'notice':
      return event(view, 'notice', change.text);
  }
}

function event(view: View, name: string, message: string, pod: string | null = null, at = view.at): JsonlLine {
  return { ...base(view), kind: 'event', event: name, pod, message, at: iso(at) };
}

function base(view: View): Pick<JsonlLine, 'schemaVersion' | 'time' | 'namespace' | 'statefulSet'> {
  return {
    schemaVersion: JSONL_SCHEMA_VERSION,
    time: iso(view.at),
    namespace: view.header.namespace,
    statefulSet: view.header.statefulSet,
  };
}

function phase({ phase: { phase, reason, message } }: View) {
  return { phase, reason, message };
}

function counts({ counts: { replicas, updated, onTheWay, old, broken, outOfTurn } }: View) {
  return { replicas, updated, onTheWay, old, broken, outOfTurn };
}

function pace({ pace: { stepNumber, steps, goal, budget } }: View) {
  return { step: stepNumber, steps, goal, maxUnavailable: budget };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
