import type { Live } from '../rollout/live.ts';
import { bannerOf } from './banner.ts';
import { blockersOf } from './blockers.ts';
import { changeOf } from './change.ts';
import { countsOf } from './counts.ts';
import { headerOf } from './header.ts';
import { keysOf } from './keys.ts';
import { nextStep } from './next-step.ts';
import { paceOf } from './pace.ts';
import { type Picture, pictureOf, rollbackPods } from './picture.ts';
import { rowsOf } from './rows.ts';
import { clean } from './text.ts';
import type { ActsView, EventView, PhaseView, View } from './view.ts';

/** The whole screen in words. Pure: the same Live gives the same View. */
export function viewModel(live: Live): View {
  const picture = pictureOf(live);
  const rows = rowsOf(picture);
  const counts = countsOf(picture, rows);
  const change = changeOf(picture);
  const banner = bannerOf(picture, rows, counts, change);
  return {
    at: live.at,
    header: headerOf(live),
    change,
    phase: phaseOf(picture),
    counts,
    pace: paceOf(picture),
    rows,
    banner,
    // a stop is in the banner already
    blockers: blockersOf(banner === null ? live.blockers : live.blockers.filter(({ code }) => code !== 'paused')),
    events: eventsOf(picture),
    notice: live.notice === null ? null : { ...live.notice, text: clean(live.notice.text) },
    warning: warningOf(picture),
    keys: keysOf(picture),
    acts: actsOf(picture),
  };
}

function actsOf(picture: Picture): ActsView {
  let rollback: string[] | null = null;
  return {
    // thousands of names, which a question asks for, and no other picture
    get rollback() {
      rollback ??= rollbackPods(picture).map(clean);
      return rollback;
    },
    next: nextStep(picture),
  };
}

function warningOf({ status }: Picture): string | null {
  const [first] = status?.conditions ?? [];
  return first === undefined ? null : clean(first.message);
}

function phaseOf({ status, live }: Picture): PhaseView {
  const nobody = live.role === 'viewer' && live.holder === null;
  return {
    phase: status?.phase ?? null,
    reason: status?.reason ?? null,
    message: status?.message === undefined ? null : clean(status.message),
    since: status === null ? null : Date.parse(status.since),
    ended:
      status?.phase === 'Complete' || status?.phase === 'RolledBack' || (status?.phase === 'Paused' && nobody) || false,
    held: status?.held ?? false,
  };
}

function eventsOf({ status }: Picture): EventView[] {
  return (status?.events ?? []).map((event) => ({
    at: Date.parse(event.at),
    kind: clean(event.kind),
    pod: event.pod === undefined ? null : clean(event.pod),
    text: clean(
      event.pod === undefined || event.message.includes(event.pod) ? event.message : `${event.pod} ${event.message}`,
    ),
  }));
}
