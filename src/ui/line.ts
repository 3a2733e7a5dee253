import { formatDuration } from '../rollout/duration.ts';
import type { Session } from '../rollout/live.ts';
import { ageWords } from './age.ts';
import { annotation } from './annotation.ts';
import { changesBetween, type ViewChange } from './changes.ts';
import { nextCommands } from './commands.ts';
import { follow } from './follow.ts';
import { summary } from './summary.ts';
import { clockTime, width } from './text.ts';
import type { RowView, View } from './view.ts';

export interface LineOptions {
  session: Session;
  /** Gets lines without their end. */
  write: (line: string) => void;
  signal: AbortSignal;
  /** Settles when the executor is done; without it, an ended rollout is the end. */
  ended?: Promise<unknown>;
  heartbeatMs?: number;
  /** In a log of GitHub Actions: what needs a person is also said in a way that its page shows. */
  annotate?: boolean;
}

/** A timestamped, aligned line a change, for logs and CI: no cursor, no colour. Ends with the summary. */
export async function runLine(options: LineOptions): Promise<'done' | 'interrupted'> {
  const { session, write } = options;
  const stamped = (view: View, lines: string[]) => {
    for (const line of lines) write(`${clockTime(view.at)}  ${line}`);
    return lines.length > 0;
  };
  const how = await follow(
    { ...options, heartbeatMs: options.heartbeatMs ?? 30_000 },
    (before, after) => {
      const rests = after.phase.phase === 'Paused' && before?.phase.since !== after.phase.since;
      const spoke = stamped(after, [...lineChanges(before, after), ...(rests ? goOnLines(after, session) : [])]);
      const note = options.annotate === true ? annotation(before, after) : null;
      if (note !== null) write(note);
      return spoke;
    },
    (view) => stamped(view, [heartbeatLine(view)]),
  );
  for (const line of summary(session.live())) write(line);
  return how;
}

/** The news between two pictures, a line each, without the time. */
export function lineChanges(before: View | null, after: View): string[] {
  return changesBetween(before, after).flatMap((change) => changeLines(change, after));
}

/** Says that we are alive, and what is waited for. */
export function heartbeatLine(view: View): string {
  const { phase, pace, counts } = view;
  if (phase.phase === 'Paused') {
    return compose(view, '...', 'still', [pace.pause, ...counts.words].join(', '));
  }
  const waits = waitsFor(view);
  const what = waits === '' ? counts.words.join(', ') : `${progress(view)}, waits for ${waits}`;
  return compose(view, '...', 'still', pace.left === '' ? what : `${what}; ${pace.left}`);
}

/** Nobody presses keys here: what to type instead. */
function goOnLines(view: View, session: Session): string[] {
  return nextCommands(session.live()).ours.map(({ what, command }) => compose(view, '', what, command));
}

function changeLines(change: ViewChange, view: View): string[] {
  const { header } = view;
  switch (change.kind) {
    case 'started': {
      const where = `in ${header.namespace}${header.context === '' ? '' : ` @ ${header.context}`}`;
      const pace = [view.pace.step, view.pace.speed].filter((part) => part !== '').join(', ');
      return [
        compose(
          view,
          header.subject,
          header.role === 'executor' ? 'executing' : 'watching',
          `${where}: ${view.change.images.join(', ') || view.change.revisions}`,
        ),
        ...(header.decidedBy === null ? [] : [compose(view, header.subject, 'decided', `by ${header.decidedBy}`)]),
        compose(
          view,
          header.subject,
          'now',
          [view.counts.words.join(', '), pace].filter((part) => part !== '').join('; '),
        ),
      ];
    }
    case 'connection':
      return [compose(view, '...', header.connection === 'live' ? 'live again' : 'cut off', header.connectionWords)];
    case 'hands':
      return [compose(view, header.subject, 'hands', header.hands)];
    case 'pod':
      return podLine(change.row, change.before, view);
    case 'event':
      return [
        compose(
          view,
          change.event.pod ?? header.subject,
          change.event.kind,
          withoutPod(change.event.text, change.event.pod),
        ),
      ];
    case 'pace':
      return [compose(view, header.subject, 'pace', `${view.pace.step}; ${view.pace.speed}`)];
    case 'phase':
      return phaseLines(view);
    case 'blocked':
      return change.fresh
        .filter((blocker) => NOTEWORTHY.has(blocker.code))
        .map((blocker) => compose(view, header.subject, 'waits', blocker.text));
    case 'notice':
      return [compose(view, header.subject, change.bad ? 'refused' : 'note', change.text)];
  }
}

/** The other blockers come and go with every pod: the heartbeat tells them. */
const NOTEWORTHY: ReadonlySet<string> = new Set([
  'eviction-refused',
  'trouble',
  'create',
  'scaling',
  'write-refused',
  'promotion',
  'gate',
  'hook',
  'not-before',
]);

function podLine(row: RowView, before: RowView | null, view: View): string[] {
  switch (row.state) {
    case 'updated':
      // it merely was not seen while it soaked
      return [compose(view, row.name, 'Ready', `${timing(row)}${progress(view)}`)];
    case 'going':
      return [compose(view, row.name, 'going', `${row.words}; ${inUse(view)}`)];
    case 'starting':
      if (before !== null && before.uid === row.uid) return [compose(view, row.name, 'not Ready', row.words)];
      return [compose(view, row.name, isAdded(row, before) ? 'created' : 'replaced', cameAs(row))];
    case 'broken':
      return [compose(view, row.name, 'broken', `${row.revision}: ${row.words}`)];
    case 'unready':
      if (before === null || before.uid !== row.uid)
        return [compose(view, row.name, isAdded(row, before) ? 'created' : 'came back', cameAs(row))];
      return [compose(view, row.name, 'not Ready', `${row.revision}: ${row.words}; ${inUse(view)}`)];
    case 'stray':
      return [compose(view, row.name, 'stray', row.words)];
    case 'old':
      if (before === null) return [compose(view, row.name, 'created', `${row.revision}: ${row.words}`)];
      return [
        compose(
          view,
          row.name,
          'Ready',
          before.uid === row.uid ? row.revision : `${row.revision}: it came back as it was`,
        ),
      ];
    case 'soaking':
    case 'missing':
      return [];
  }
}

/** A scale-up makes a pod that nobody was before. */
function isAdded(row: RowView, before: RowView | null): boolean {
  return row.downMs === null && (before === null || before.uid === null);
}

function cameAs({ revision, downMs }: RowView): string {
  return downMs === null ? revision : `${revision}, ${seconds(downMs)} down`;
}

function phaseLines(view: View): string[] {
  const { phase, banner, header } = view;
  if (banner === null || phase.phase === 'Progressing' || phase.phase === 'RollingBack') {
    return [compose(view, header.subject, phase.phase ?? '', phase.message ?? view.change.images.join(', '))];
  }
  const word = phase.phase ?? '';
  const title = banner.title.replace(/^PAUSED: /, '');
  return [
    compose(view, header.subject, word, title),
    ...banner.details.map((detail) => compose(view, '', '', detail)),
    ...(banner.state === null ? [] : [compose(view, '', '', banner.state)]),
  ];
}

/** The first two of what holds the rollout up, or the pods on their way. */
export function waitsFor(view: View): string {
  if (view.blockers.length > 0)
    return view.blockers
      .slice(0, 2)
      .map((blocker) => blocker.text)
      .join('; ');
  const onTheWay = view.rows.filter((row) => ['going', 'missing', 'starting', 'soaking'].includes(row.state));
  const named = onTheWay
    .slice(0, 3)
    .map(
      (row) =>
        `${row.name} (${row.words}${row.since === null || row.state === 'soaking' ? '' : `, ${ageWords(row.since, view.at)}`})`,
    );
  if (onTheWay.length > named.length) named.push(`${onTheWay.length - named.length} more`);
  return named.join(', ');
}

function timing(row: RowView): string {
  if (row.startMs === null) return '';
  if (row.downMs === null) return `${seconds(row.startMs)}, `;
  return `${seconds(row.downMs + row.startMs)} (${seconds(row.downMs)} down, ${seconds(row.startMs)} start), `;
}

function progress({ counts, change }: View): string {
  return `${counts.updated}/${counts.replicas} ${change.direction === 'back' ? 'restored' : 'updated'}`;
}

function inUse({ counts, pace }: View): string {
  return `${counts.onTheWay + counts.oldUnready + counts.broken} of ${pace.budget} in use`;
}

function seconds(ms: number): string {
  return formatDuration(Math.round(ms / 1000) * 1000);
}

function withoutPod(text: string, pod: string | null): string {
  return pod !== null && text.startsWith(`${pod} `) ? text.slice(pod.length + 1) : text;
}

/** Subject, word and text, each below the one above. */
function compose(view: View, subject: string, word: string, text: string): string {
  const names = Math.max(
    width(view.header.subject),
    ...[view.rows[0], view.rows.at(-1)].map((row) => width(row?.name ?? '')),
  );
  return `${subject.padEnd(names)}  ${word.padEnd(11)} ${text}`.trimEnd();
}
