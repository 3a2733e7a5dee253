import type { Live } from '../rollout/live.ts';
import type { PodObservation } from '../rollout/observation.ts';
import type { ContainerDetails, ContainerState, PodDetails, PodEvent, PodLog } from '../rollout/pod-details.ts';
import { ageWords } from './age.ts';
import { pictureOf } from './picture.ts';
import { clean } from './text.ts';
import type { RowView, View } from './view.ts';
import { whyOf } from './why.ts';

/** All of one pod, for its panel: labelled lines in the order of need, and its log. */
export interface PanelView {
  row: RowView;
  lines: PanelLine[];
  /** What could not be read, and why; null where all was. */
  trouble: string | null;
  log: { title: string; lines: string[] };
}

export interface PanelLine {
  /** '' goes on with the one above. */
  label: string;
  text: string;
  /** Bad news. */
  bad: boolean;
}

/** The last events are the ones that count. */
const EVENTS = 4;

/**
 * @param details null until they were read
 * @param trouble why they could not be
 */
export function panelOf(
  view: View,
  live: Live,
  row: RowView,
  details: PodDetails | null,
  trouble: string | null,
): PanelView {
  const pod = live.observation?.pods.find(({ uid }) => uid === row.uid) ?? null;
  const why: PanelLine = { label: 'why not now', text: whyOf(pictureOf(live), row, view), bad: false };
  const lines =
    pod === null
      ? [{ label: 'now', text: row.words, bad: false }, why]
      : [
          why,
          ...revisionLines(pod, row),
          ...nodeLines(pod, details),
          ...conditionLines(details, view.at),
          ...containerLines(pod, details, view.at),
          ...eventLines(details?.events, view.at),
        ];
  return {
    row,
    lines: lines.map(({ label, text, bad }) => ({ label, text: clean(text), bad })),
    trouble: trouble === null ? null : clean(trouble),
    log: logOf(details?.log ?? null),
  };
}

const line = (label: string, text: string, bad = false): PanelLine => ({ label, text, bad });

function revisionLines(pod: PodObservation, row: RowView): PanelLine[] {
  return [
    line('revision', `${pod.revision} (${row.revision})`),
    ...pod.images.map(({ container, image }, index) => line(index === 0 ? 'images' : '', `${container}  ${image}`)),
  ];
}

function nodeLines(pod: PodObservation, details: PodDetails | null): PanelLine[] {
  if (pod.node === null) return [line('node', 'none yet')];
  return [line('node', [pod.node, details?.zone, pod.ip].filter((part) => part != null && part !== '').join('  '))];
}

/** Those that hold are one line; each that does not has its own, with why. */
function conditionLines(details: PodDetails | null, at: number): PanelLine[] {
  if (details === null) return [];
  const good = details.conditions.filter(({ status }) => status === 'True').map(({ type }) => type);
  const bad = details.conditions.filter(({ status }) => status !== 'True');
  const lines = [
    ...(good.length === 0 ? [] : [line('', good.join(', '))]),
    ...bad.map(({ type, status, reason, message, since }) =>
      line('', `${type} ${status}${ago(since, at)}${because(reason, message)}`, true),
    ),
  ];
  return lines.map((each, index) => ({ ...each, label: index === 0 ? 'conditions' : '' }));
}

function containerLines(pod: PodObservation, details: PodDetails | null, at: number): PanelLine[] {
  if (details === null) {
    return [line('containers', `${pod.containers.ready} of ${pod.containers.total} ready, ${restarts(pod.restarts)}`)];
  }
  return details.containers
    .filter((each) => !isDoneInit(each))
    .flatMap((each, index) => {
      const kind = each.kind === 'container' ? '' : ` (${each.kind})`;
      const words = each.state === null ? 'not started' : stateWords(each.state, at);
      const first = `${each.name}${kind}: ${words}, ${each.ready ? 'ready' : 'not ready'}, ${restarts(each.restarts)}`;
      return [
        line(index === 0 ? 'containers' : '', first, !each.ready && each.state?.kind !== 'running'),
        ...(each.before === null ? [] : [line('', `  before: ${stateWords(each.before, at)}`)]),
      ];
    });
}

function isDoneInit({ kind, state }: ContainerDetails): boolean {
  return kind === 'init' && state?.kind === 'terminated' && state.exitCode === 0;
}

function stateWords(state: ContainerState, at: number): string {
  switch (state.kind) {
    case 'running':
      return `running${state.since === null ? '' : ` for ${ageWords(state.since, at)}`}`;
    case 'waiting':
      return `waiting${because(state.reason, state.message)}`;
    case 'terminated':
      return `ended with ${state.exitCode ?? 'an unknown code'}${state.since === null ? '' : ` ${ageWords(state.since, at)} ago`}${because(state.reason, state.message)}`;
  }
}

function eventLines(events: readonly PodEvent[] | null | undefined, at: number): PanelLine[] {
  if (events === undefined) return [];
  if (events === null) return [line('events', 'we may not list events here')];
  if (events.length === 0) return [line('events', 'none')];
  return events
    .slice(-EVENTS)
    .map(({ type, reason, message, count, at: when }, index) =>
      line(
        index === 0 ? 'events' : '',
        `${ageWords(when, at)} ago  ${reason}${count > 1 ? ` (${count} times)` : ''}: ${message}`,
        type === 'Warning',
      ),
    );
}

function logOf(log: PodLog | null): PanelView['log'] {
  if (log === null) return { title: 'log', lines: [] };
  const title = `log of ${clean(log.container)}${log.previous ? ', the run before' : ''}`;
  if (log.lines === null) return { title: `${title}: none, or we may not read it`, lines: [] };
  return { title: log.lines.length === 0 ? `${title}: empty` : title, lines: log.lines.map(clean) };
}

function restarts(count: number): string {
  return count === 1 ? '1 restart' : `${count} restarts`;
}

function because(reason: string, message: string): string {
  const said = [reason, message].filter((part) => part !== '').join(': ');
  return said === '' ? '' : ` (${said})`;
}

function ago(since: number | null, at: number): string {
  return since === null ? '' : ` for ${ageWords(since, at)}`;
}
