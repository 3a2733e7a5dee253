import { formatDuration } from '../rollout/duration.ts';
import { countPods, namePods } from '../rollout/look.ts';
import { alarmOf } from './alarm.ts';
import { canTakeOver } from './keys.ts';
import { nextStep } from './next-step.ts';
import { type Picture, rollbackPods } from './picture.ts';
import { clean } from './text.ts';
import type { BannerView, ChangeView, Counts, RowView } from './view.ts';

/** The end, a stop, or what needs a person; null while everything goes its way. */
export function bannerOf(
  picture: Picture,
  rows: readonly RowView[],
  counts: Counts,
  change: ChangeView,
): BannerView | null {
  const { live, status } = picture;
  if (live.observation?.set.deleting === true) return plain('alarm', `sts/${live.place.name} is being deleted`);
  if (live.record === null) {
    return live.observation === null ? null : plain('calm', 'No rollout is recorded for this set');
  }
  if (status === null) return plain('calm', 'Asked for, but nobody executes it yet', nobodyActs(picture));
  switch (status.phase) {
    case 'Complete':
      return ending(picture, `COMPLETE: ${countPods(counts.replicas)} at ${change.wanted}`);
    case 'RolledBack':
      return ending(picture, `ROLLED BACK: ${countPods(counts.replicas)} at ${change.wanted}`);
    case 'Paused':
      return pauseOf(picture, rows, counts);
    case 'Settling':
      return plain(
        'calm',
        `SETTLING: ${status.message ?? 'the set is prepared, no pod is touched'}`,
        nobodyActs(picture),
      );
    default: {
      const choices = nobodyActs(picture);
      return choices.length === 0
        ? null
        : plain('alarm', 'Nobody executes this rollout: its executor is gone', choices);
    }
  }
}

function plain(tone: BannerView['tone'], title: string, choices: BannerView['choices'] = []): BannerView {
  return { tone, title: clean(title), details: [], state: null, choices };
}

function ending(picture: Picture, title: string): BannerView {
  const { status } = picture;
  const took =
    status?.endedAt === undefined
      ? ''
      : ` in ${formatDuration(Date.parse(status.endedAt) - Date.parse(status.startedAt))}`;
  const after = status?.held === true ? ' The set is left held.' : ' Its own strategy is back.';
  return plain('good', `${title}${took}.${after}`);
}

function pauseOf(picture: Picture, rows: readonly RowView[], counts: Counts): BannerView {
  const { status, spec } = picture;
  switch (status?.reason) {
    case 'Requested':
      return calmPause(picture, counts, `PAUSED${spec?.pausedBy === undefined ? '' : ` by ${spec.pausedBy}`}`, [
        { key: 'space', text: 'go on' },
      ]);
    case 'StepReached':
      return calmPause(picture, counts, `STEP ${(picture.look?.step ?? 0) + 1} REACHED`);
    case 'PercentReached':
      return calmPause(picture, counts, percentReached(picture, rows, counts));
    default:
      return alarmOf(picture, rows, counts);
  }
}

/** Pods that came back new before their turn are no part of what was asked for (case D02). */
function percentReached({ spec }: Picture, rows: readonly RowView[], counts: Counts): string {
  const asked = `${spec?.percent ?? 0}%`;
  const strays = rows.filter((row) => row.state === 'stray' && row.revision === 'new').map((row) => row.name);
  if (strays.length === 0) return `${asked} REACHED, and held there`;
  const fresh = counts.updated + strays.length;
  return `${asked} ASKED FOR, but ${fresh} of ${countPods(counts.replicas)} are new (out of turn: ${namePods(strays)}), and held there`;
}

/** A stop that somebody wanted: said once, with how to go on. */
function calmPause(picture: Picture, counts: Counts, title: string, first: BannerView['choices'] = []): BannerView {
  const step = nextStep(picture);
  const back = picture.back ? [] : rollbackPods(picture);
  const moving =
    counts.onTheWay > 0
      ? `; ${countPods(counts.onTheWay)} on the way still ${counts.onTheWay === 1 ? 'arrives' : 'arrive'}`
      : '';
  return {
    tone: 'calm',
    title: clean(`${title}: no further pod is touched${moving}`),
    details: [],
    state: null,
    choices: [
      ...nobodyActs(picture),
      ...first,
      ...(step === null ? [] : [{ key: 'n', text: step.text }]),
      ...(back.length === 0 ? [] : [{ key: 'r', text: `roll back: restarts ${namePods(back)}` }]),
    ],
  };
}

function nobodyActs(picture: Picture): BannerView['choices'] {
  if (picture.live.connection.state !== 'live' || !canTakeOver(picture)) return [];
  return [{ key: 'e', text: 'take over: execute here' }];
}
