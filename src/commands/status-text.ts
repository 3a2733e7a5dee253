import { formatDuration } from '../rollout/duration.ts';
import { ageWords } from '../ui/age.ts';
import type { View } from '../ui/view.ts';
import { table } from './table.ts';

/** The screen's picture as plain lines. Everything in a view is clean already. */
export function statusLines(view: View): string[] {
  const { header, change, counts, pace, phase, rows, blockers } = view;
  const lines = [`${header.subject}  ${header.namespace} @ ${header.context || header.server}  ${header.hands}`];
  if (phase.phase !== null) {
    lines.push(...change.images.map((each) => `  ${each}`), `  ${change.revisions}`);
    const since = phase.since === null ? '' : ` for ${formatDuration(view.at - phase.since)}`;
    lines.push(`  ${phase.phase}${since}${phase.message === null ? '' : `: ${phase.message}`}`);
    lines.push(`  ${[pace.step, pace.speed].filter((part) => part !== '').join(', ')}`);
  }
  lines.push(`  ${counts.words}`, '');
  lines.push(
    ...table(
      ['POD', 'REV', 'STATE', 'FOR', 'NODE'],
      rows.map((row) => [row.name, row.revision, row.words, ageWords(row.since, view.at), row.node]),
    ).map((line) => `  ${line}`),
  );
  if (blockers.length > 0) lines.push('', ...blockers.map((blocker) => `  waits for: ${blocker.text}`));
  return lines;
}
