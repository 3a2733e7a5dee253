import type { KnownBlock } from '@slack/types';
import { formatDuration } from '../rollout/duration.ts';
import { countWords, milestoneTitle, slowestWords } from '../rollout/milestones.ts';
import type { Milestone } from '../rollout/notification-record.ts';
import type { Report } from '../rollout/report.ts';

/** A message as Slack takes it: `text` is what a notification shows, and a screen reader reads. */
export interface SlackMessage {
  text: string;
  blocks: KnownBlock[];
}

/** https://docs.slack.dev/reference/block-kit/blocks: characters of a section's text, of a header, of `text`. */
const SECTION_LIMIT = 3_000;
const HEADER_LIMIT = 150;
const TEXT_LIMIT = 4_000;
const LOG_LIMIT = 1_500;
const LOG_LINE_LIMIT = 300;

const BAR_CELLS = 20;

/** Prefixes of action ids; a click tells which of ours it was. */
export const BUTTON_ACTIONS = {
  bedrock_pause: 'pause',
  bedrock_resume: 'resume',
  bedrock_rollback: 'rollback',
} as const;

/** The one message of a rollout, edited in place as it goes. @param buttons whether somebody hears them */
export function rolloutMessage(report: Report, buttons: boolean): SlackMessage {
  const { counts, direction, name, namespace, cluster } = report;
  const subject = `sts/${name} in ${namespace}${cluster === '' ? '' : ` @ ${cluster}`}`;
  const state = stateWords(report);
  const change = report.change.map(code).join(', ');
  const blocks: KnownBlock[] = [
    { type: 'header', text: { type: 'plain_text', text: limited(plain(subject), HEADER_LIMIT), emoji: false } },
    section(`*${state}*  ${change}`),
    section(`${bar(counts)}  ${countWords(counts, direction)}${counts.broken > 0 ? `, ${counts.broken} broken` : ''}`),
  ];
  if (needsWords(report) && report.message !== null) blocks.push(section(quote(report.message)));
  blocks.push({
    type: 'context',
    elements: [{ type: 'mrkdwn', text: limited(paceWords(report), SECTION_LIMIT), verbatim: true }],
  });
  const actions = buttons ? buttonsOf(report) : [];
  if (actions.length > 0) blocks.push({ type: 'actions', elements: actions });
  const text = `${subject}: ${state}, ${report.change.join(', ')}, ${countWords(counts, direction)}`;
  return { text: limited(escaped(text), TEXT_LIMIT), blocks };
}

/** At the start nothing is counted yet for this direction, and at the end everything is there. */
const WITHOUT_COUNTS: ReadonlySet<string> = new Set(['started', 'rolling-back', 'rolled-back', 'complete']);

/** One milestone, in the thread under it. @param logs the last lines of the first failing pod */
export function milestoneMessage(milestone: Milestone, logs: readonly string[]): SlackMessage {
  const { kind, by, message, failed = [], slowest = [], counts } = milestone;
  const title = milestoneTitle(kind, by);
  const lines = [`*${escaped(title)}*${message === '' ? '' : `: ${escaped(message)}`}`];
  lines.push(...failed.map((each) => `• ${code(each.pod)} ${escaped(each.reason)}: ${escaped(each.message)}`));
  if (slowest.length > 0) lines.push(`slowest: ${escaped(slowestWords(slowest))}`);
  if (counts !== undefined && !WITHOUT_COUNTS.has(kind)) lines.push(countWords(counts, milestone.direction));
  const blocks: KnownBlock[] = [section(lines.join('\n'))];
  if (logs.length > 0) blocks.push(section(`\`\`\`${fenced(logs)}\`\`\``));
  const text = `${title}${message === '' ? '' : `: ${message}`}`;
  return { text: limited(escaped(text), TEXT_LIMIT), blocks };
}

/** What must differ for the message to be worth an edit: not the time, which goes on by itself. */
export function fingerprint(report: Report): string {
  const { at: _at, elapsedMs: _elapsed, eta: _eta, ...rest } = report;
  return JSON.stringify(rest);
}

function stateWords({ phase, reason, direction, percent, held }: Report): string {
  switch (phase) {
    case 'Complete':
      return held ? 'Complete, left held' : 'Complete';
    case 'RolledBack':
      return 'Rolled back';
    case 'Paused':
      if (reason === 'Requested') return 'Paused';
      if (reason === 'StepReached') return 'Step reached';
      if (reason === 'GateFailed') return 'Stopped by a gate';
      return reason === 'PercentReached' ? `Held at ${percent}%` : 'Stopped';
    default:
      return direction === 'back' ? 'Rolling back' : phase === 'Progressing' ? 'Rolling out' : 'Preparing';
  }
}

/** The message of a phase says more than its name. */
function needsWords({ phase, reason }: Report): boolean {
  return phase === 'Paused' ? reason !== 'PercentReached' : phase === 'Complete' || phase === 'RolledBack';
}

function paceWords(report: Report): string {
  const { step, steps, percent, speed, maxUnavailable, elapsedMs, eta, startedBy, executor, revisions } = report;
  const ended = report.phase === 'Complete' || report.phase === 'RolledBack';
  const share = maxUnavailable.endsWith('%') ? ` (${maxUnavailable})` : '';
  return [
    ...(steps > 1 ? [`step ${step} of ${steps}`] : []),
    ...(percent < 100 ? [`to ${percent}%`] : []),
    `${speed} at once${share}`,
    `${ended ? 'took ' : ''}${formatDuration(seconds(elapsedMs))}${ended ? '' : ' gone'}`,
    ...(eta === null || ended ? [] : [eta]),
    `by ${code(startedBy)}`,
    ...(executor === null || ended ? [] : [`executed by ${code(executor)}`]),
    `${code(revisions.from)} → ${revisions.to === null ? 'not known yet' : code(revisions.to)}`,
  ].join(' · ');
}

function seconds(ms: number): number {
  return Math.max(1, Math.round(ms / 1000)) * 1000;
}

/** "▓▓▓▓▓▓░░░░  38%" */
function bar({ replicas, updated }: Report['counts']): string {
  const share = replicas === 0 ? 1 : Math.min(1, updated / replicas);
  // full only when it is
  const cells = share === 1 ? BAR_CELLS : Math.min(BAR_CELLS - 1, Math.round(share * BAR_CELLS));
  return `\`${'▓'.repeat(cells)}${'░'.repeat(BAR_CELLS - cells)}\` ${Math.floor(share * 100)}%`;
}

type Buttons = Extract<KnownBlock, { type: 'actions' }>['elements'];

function buttonsOf(report: Report): Buttons {
  const { phase, reason, direction, rolloutIdentity, since } = report;
  const value = JSON.stringify({ rolloutIdentity, since });
  const button = (action_id: keyof typeof BUTTON_ACTIONS, label: string) => ({
    type: 'button' as const,
    action_id,
    value,
    text: { type: 'plain_text' as const, text: label },
  });
  const buttons: Buttons = [];
  if (phase === 'Progressing' || phase === 'RollingBack') buttons.push(button('bedrock_pause', 'Pause'));
  if (phase === 'Paused' && reason !== 'StepReached' && reason !== 'PercentReached')
    buttons.push(button('bedrock_resume', 'Resume'));
  if ((phase === 'Progressing' || phase === 'Paused') && direction === 'forward') {
    buttons.push({
      ...button('bedrock_rollback', 'Roll back'),
      style: 'danger',
      confirm: {
        title: { type: 'plain_text', text: 'Roll back?' },
        text: { type: 'plain_text', text: 'Every pod at the new version restarts at the old one.' },
        confirm: { type: 'plain_text', text: 'Roll back' },
        deny: { type: 'plain_text', text: 'Cancel' },
      },
    });
  }
  return buttons;
}

function section(text: string): KnownBlock {
  return { type: 'section', text: { type: 'mrkdwn', text: limited(text, SECTION_LIMIT), verbatim: true } };
}

function quote(text: string): string {
  return `> ${escaped(text)}`;
}

/** Text of the cluster as code: no underscore of a name becomes italics, and no backtick ends it. */
function code(text: string): string {
  return `\`${escaped(text).replaceAll('`', "'")}\``;
}

/** The last lines that fit. */
function fenced(lines: readonly string[]): string {
  const kept: string[] = [];
  let room = LOG_LIMIT;
  for (const line of lines.toReversed()) {
    const text = limited(escaped(line).replaceAll('`', "'"), LOG_LINE_LIMIT);
    if (text.length + 1 > room) break;
    room -= text.length + 1;
    kept.unshift(text);
  }
  return kept.join('\n');
}

/**
 * Slack's three control characters (https://docs.slack.dev/messaging/formatting-message-text#escaping): without them no
 * text of a cluster mentions a user or the whole channel, or hides where a link goes.
 */
function escaped(text: string): string {
  return plain(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** One line, without what is not seen. */
function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').replace(/[\p{Cf}\p{Cs}\p{Co}]+/gu, '');
}

/** Cut at the end, and never inside an escape, which would show as it is written. */
function limited(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most - 1).replace(/&[a-z]{0,3}$/, '')}…`;
}
