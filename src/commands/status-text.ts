import type { Live } from '../rollout/live.ts';
import { ageWords } from '../ui/age.ts';
import { barCells } from '../ui/bar.ts';
import { GLYPHS, type GlyphSet, type PodState } from '../ui/pod-state.ts';
import { timelineLines } from '../ui/timeline.ts';
import type { RowView, View } from '../ui/view.ts';
import { table } from './table.ts';

/** More rows than this nobody reads: then only those are shown that are not as they should be. */
const MOST_ROWS = 100;
const LONGEST_BAR = 60;

/** The screen's picture once, as plain lines, in the order of the screen. Everything in a view is clean already. */
export function statusLines(view: View, live: Live, glyphs: GlyphSet): string[] {
  return [
    ...headLines(view, glyphs),
    ...section(podLines(view, glyphs)),
    ...section(view.blockers.map(({ text }, index) => `${index === 0 ? 'waits for' : '         '}   ${text}`)),
    ...section(timelineLines(live)),
  ];
}

function headLines(view: View, glyphs: GlyphSet): string[] {
  const { header, counts, rows, phase } = view;
  const cells = barCells(
    rows.map((row) => row.state),
    LONGEST_BAR,
  );
  return [
    `${header.subject}  ${header.namespace} @ ${header.context || header.server}  ${header.hands}`,
    ...(header.decidedBy === null ? [] : [`  decided by ${header.decidedBy}`]),
    ...(phase.phase === null ? [] : rolloutLines(view)),
    `  ${cells.map((state) => GLYPHS[glyphs][state]).join('')}   ${counts.words.join(glyphs === 'ascii' ? ', ' : ' · ')}`,
  ];
}

function rolloutLines({ change, phase, pace, banner, at }: View): string[] {
  const since = ageWords(phase.since, at);
  return [
    `  ${change.direction === 'back' ? 'rolling back: ' : ''}${change.images.join(', ')}   ${change.revisions}`,
    `  ${phase.phase}${since === '' ? '' : ` for ${since}`}${phase.message === null ? '' : `: ${phase.message}`}`,
    `  ${[pace.step, pace.speed, pace.time].filter((part) => part !== '').join('   ')}`,
    // what needs a person, and the end, are told below, with what to type
    ...(banner?.tone === 'calm' ? [`  ${banner.title}`] : []),
  ];
}

function section(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', ...lines.map((line) => `  ${line}`)];
}

function podLines({ rows, at }: View, glyphs: GlyphSet): string[] {
  const noted = rows.length <= MOST_ROWS ? rows : rows.filter(({ state }) => state !== 'updated' && state !== 'old');
  const shown = noted.slice(0, MOST_ROWS);
  const lines =
    shown.length === 0
      ? []
      : table(
          ['', 'POD', 'REV', 'STATE', 'FOR', 'NODE'],
          shown.map((row) => [
            GLYPHS[glyphs][row.state],
            row.name,
            row.revision,
            row.words,
            ageWords(row.since, at),
            row.node,
          ]),
        );
  return shown.length === rows.length ? lines : [...lines, `${leftWords(rows, shown)} (-o json has all)`];
}

/** "and 960 updated, 40 old" */
function leftWords(rows: readonly RowView[], shown: readonly RowView[]): string {
  const told = new Set(shown.map(({ name }) => name));
  const counts = new Map<PodState, number>();
  for (const { name, state } of rows) if (!told.has(name)) counts.set(state, (counts.get(state) ?? 0) + 1);
  return `and ${[...counts].map(([state, count]) => `${count} ${state}`).join(', ')}`;
}
