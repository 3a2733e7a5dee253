import { formatDuration } from '../rollout/duration.ts';
import { countPods, namePods } from '../rollout/look.ts';
import type { FailedPod, PauseReason } from '../rollout/record.ts';
import { type Picture, rollbackPods } from './picture.ts';
import { clean } from './text.ts';
import type { BannerView, Counts, RowView } from './view.ts';

const LONGEST_DETAIL = 400;

/** The one loud thing: what happened, to which pod, how it stands now, and what each key would do, in pods. */
export function alarmOf(picture: Picture, rows: readonly RowView[], counts: Counts): BannerView {
  const { title, details } = whatHappened(picture);
  return {
    tone: 'alarm',
    title: clean(`PAUSED: ${title}`),
    details: details.map((detail) => clean(detail).slice(0, LONGEST_DETAIL)).filter((detail) => detail !== ''),
    state: picture.look === null ? null : clean(`${serving(rows, counts)} ${staysSo(picture)}`),
    choices: choices(picture),
  };
}

function whatHappened(picture: Picture): { title: string; details: string[] } {
  const { status, spec, live } = picture;
  const message = status?.message ?? '';
  const reason: PauseReason | undefined = status?.reason;
  switch (reason) {
    case 'PodFailed':
      return failedPods(picture);
    case 'GateFailed':
      return withoutRepeating('a gate refuses', [message]);
    case 'ProgressDeadline':
      return withoutRepeating(`no progress for ${formatDurationText(spec?.progressDeadline)}`, [
        message,
        ...live.blockers.map((blocker) => blocker.message),
        ...evidenceLines(picture.status?.failed ?? []),
      ]);
    case 'PodStuck':
      return withoutRepeating('a pod does not end', [
        message,
        'Nobody but its kubelet knows whether its containers have ended: forced away, two of it may write to one volume.',
      ]);
    case 'ForeignChange': {
      const who = live.observation?.set.foreignWriter?.manager ?? 'somebody else';
      return withoutRepeating(`${who} changed the set`, [message]);
    }
    case 'Forbidden':
      return withoutRepeating('the API server does not let us', [message]);
    case 'SetGone':
      return withoutRepeating(`sts/${live.place.name} is gone, or another one has its name`, [message]);
    case 'SettleTimeout':
      return withoutRepeating('the set did not settle in time', [message]);
    default:
      return withoutRepeating(reason ?? 'stopped', [message]);
  }
}

function failedPods(picture: Picture): { title: string; details: string[] } {
  const failed = picture.status?.failed ?? [];
  const [first] = failed;
  if (first === undefined) return { title: 'a pod does not start', details: [picture.status?.message ?? ''] };
  const names = namePods(failed.map((each) => each.pod));
  const pod = picture.slots.find((slot) => slot.pod?.uid === first.uid)?.pod;
  const crashes = pod?.trouble?.kind === 'crash' || first.reason === 'Restarting';
  const verb = crashes
    ? failed.length > 1
      ? 'keep crashing'
      : 'keeps crashing'
    : failed.length > 1
      ? 'do not start'
      : 'does not start';
  return {
    title: `${names} ${verb}: ${first.reason}`,
    details: [first.message, ...evidenceLines(picture.status?.failed ?? [])],
  };
}

/** What the first failed pod has said last, and what was said of it. */
export function evidenceLines(failed: readonly FailedPod[]): string[] {
  const first = failed.find(({ log, warnings }) => (log ?? warnings ?? []).length > 0);
  if (first === undefined) return [];
  return [
    ...(first.log ?? []).map((line) => `${first.pod} log: ${line}`),
    ...(first.warnings ?? []).map((line) => `${first.pod} event: ${line}`),
  ];
}

function withoutRepeating(title: string, details: string[]): { title: string; details: string[] } {
  const fresh = details.filter((detail, index) => detail !== '' && details.indexOf(detail) === index);
  const [only] = fresh;
  // a message that says all of the title, and more, is the better title
  if (only?.startsWith(`${title}:`)) return { title: only, details: fresh.slice(1) };
  return { title, details: fresh.filter((detail) => detail !== title) };
}

function formatDurationText(text: string | undefined): string {
  return text ?? formatDuration(0);
}

/** "14 pods serve the old version, 1 the new, 1 is down." */
function serving(rows: readonly RowView[], counts: Counts): string {
  const ready = rows.filter((row) => row.ready && row.state !== 'going');
  const by = (word: string) => ready.filter((row) => row.revision === word).length;
  const old = by('old') + by('back');
  const fresh = by('new');
  const third = by('third');
  const down = counts.replicas - old - fresh - third;
  return `${[
    `${countPods(old)} ${old === 1 ? 'serves' : 'serve'} the old version`,
    `${fresh} the new`,
    ...(third > 0 ? [`${third} a third one`] : []),
    `${down} ${down === 1 ? 'is' : 'are'} down`,
  ].join(', ')}.`;
}

function staysSo(picture: Picture): string {
  if (picture.spec?.strategy === 'on-delete')
    return 'Nothing more is touched, but an old pod that dies comes back new (OnDelete).';
  return 'Nothing more is touched.';
}

function choices(picture: Picture): BannerView['choices'] {
  const { status, live } = picture;
  if (status?.reason === 'SetGone' || live.observation === null) return [{ key: 'q', text: 'leave' }];
  const back = picture.back ? [] : rollbackPods(picture);
  return [
    ...(picture.back
      ? []
      : [
          {
            key: 'r',
            text: back.length === 0 ? 'roll back: no pod restarts' : `roll back: restarts ${namePods(back)}`,
          },
        ]),
    { key: 'space', text: goOnText(picture) },
  ];
}

function goOnText(picture: Picture): string {
  const failed = picture.status?.failed.map((each) => each.pod) ?? [];
  switch (picture.status?.reason) {
    case 'PodFailed':
      return `try on, with ${failed.length === 0 ? 'them' : namePods(failed)} as ${failed.length === 1 ? 'it is' : 'they are'}`;
    case 'ForeignChange':
      return 'go on: checks the set again first';
    case 'PodStuck':
      return `go on without ${namePods(failed)}: it stays as it is and uses budget`;
    case 'ProgressDeadline':
      return `wait on, another ${picture.spec?.progressDeadline ?? ''}`.trim();
    default:
      return 'try again';
  }
}
