import { formatDuration } from '../rollout/duration.ts';
import type { Live } from '../rollout/live.ts';
import { countPods, namePods } from '../rollout/look.ts';
import { owedWords } from '../rollout/owed.ts';
import type { FailedPod, RecordStatus } from '../rollout/record.ts';
import { slowestPod } from '../rollout/timing.ts';
import { evidenceLines } from './alarm.ts';
import { nextCommands } from './commands.ts';
import { clean } from './text.ts';
import { medianLine } from './timeline.ts';
import type { View } from './view.ts';
import { viewModel } from './view-model.ts';

/** What stays when the screen is gone: what happened, how long it took, and what to type next. A line each. */
export function summary(live: Live): string[] {
  const view = viewModel(live);
  const { ours, plain } = nextCommands(live);
  return [
    `${view.header.subject} ${headline(view, live)}`,
    ...tookLine(view, live),
    ...whatWentWrong(view),
    ...asides(live),
    ...ours.map(({ what, command }) => `  ${`${what}:`.padEnd(9)} ${command}`),
    ...(plain.length === 0 ? [] : ['  without this tool:']),
    ...plain.flatMap(({ what, command }) => [`    # ${what}`, `    ${command}`]),
  ];
}

function headline(view: View, live: Live): string {
  const { phase, counts, change } = view;
  const took =
    view.pace.elapsedMs === null ? '' : ` in ${formatDuration(Math.round(view.pace.elapsedMs / 1000) * 1000)}`;
  const all = `${countPods(counts.replicas)} at ${change.wanted}${took}${slowestWords(live.timings)}`;
  // also those that came back new before their turn: what serves is told, not what was meant
  const fresh = counts.updated + view.rows.filter((row) => row.state === 'stray' && row.revision === 'new').length;
  const some = `${fresh} of ${countPods(counts.replicas)} at ${change.wanted}`;
  switch (phase.phase) {
    case null:
      return live.record === null ? 'has no rollout' : 'has a rollout that nobody executes yet';
    case 'Complete':
      return `complete: ${all}. ${view.phase.held ? 'Left held.' : 'Strategy put back.'}`;
    case 'RolledBack':
      return `rolled back: ${all}. ${view.phase.held ? 'Left held.' : 'Strategy put back.'}`;
    case 'Paused':
      return view.banner?.tone === 'alarm'
        ? `stopped, and held: ${some}.`
        : `held at ${percent(fresh, counts.replicas)}%: ${some}.`;
    default: {
      const doing =
        phase.phase === 'RollingBack' ? 'rolling back' : phase.phase === 'Progressing' ? 'rolling out' : 'preparing';
      if (live.role === 'viewer' && live.holder !== null) {
        return `${doing}, executed by ${clean(live.holder.identity)}: ${some}. It goes on.`;
      }
      return `left held while ${doing}: ${some}. No further pod is touched.`;
    }
  }
}

function percent(pods: number, replicas: number): number {
  return replicas === 0 ? 0 : Math.floor((pods / replicas) * 100);
}

/** At the end: what the next rollout of this set may count on. */
function tookLine({ phase }: View, live: Live): string[] {
  const line = phase.phase === 'Complete' || phase.phase === 'RolledBack' ? medianLine(live) : null;
  return line === null ? [] : [`  ${line}`];
}

function whatWentWrong(view: View): string[] {
  if (view.banner?.tone !== 'alarm') return [];
  const { title, details, state } = view.banner;
  return [
    `  ${title.replace(/^PAUSED: /, '')}`,
    ...details.map((detail) => `  ${detail}`),
    ...(state === null ? [] : [`  ${state}`]),
  ];
}

function slowestWords(timings: Live['timings']): string {
  const slowest = slowestPod(timings);
  return slowest === null
    ? ''
    : ` (slowest ${clean(slowest.pod)}, ${formatDuration(Math.round(slowest.ms / 1000) * 1000)})`;
}

/** What did not go as planned, although it ended well. */
function asides(live: Live): string[] {
  const status = live.record?.status;
  if (status == null) return [];
  const raced = unique(status.lostRaces.map((race) => race.pod));
  const leaked = unique(status.leaks.map((leak) => leak.pod));
  return [
    ...(status.direction === 'back' && status.phase !== 'Paused' ? whyBack(status.failed) : []),
    ...(raced.length === 0
      ? []
      : [`restarted once more than needed (gone before the fence could follow): ${namePods(raced)}`]),
    ...(leaked.length === 0 ? [] : [`came back at the new version out of turn: ${namePods(leaked)}`]),
    ...(status.conditions ?? []).map(({ message }) => message),
    ...owedLine(status, live),
  ].map((text) => `  ${clean(text)}`);
}

/** While somebody executes, it is on its way. */
function owedLine(status: RecordStatus, { holder, role, place }: Live): string[] {
  const words = holder === null || role === 'executor' ? owedWords(status, place) : null;
  return words === null ? [] : [words];
}

/** A rollback by the failure policy ends well, and still says what made it turn. */
function whyBack(failed: readonly FailedPod[]): string[] {
  return [
    ...failed.map(({ pod, reason, message }) => `${pod} did not start: ${reason}: ${message}`),
    ...evidenceLines(failed),
  ];
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}
