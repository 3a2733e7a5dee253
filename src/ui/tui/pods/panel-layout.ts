import type { PanelView } from '../../pod-panel.ts';
import { truncate, wrap } from '../../text.ts';

export interface PanelRow {
  id: string;
  label: string;
  text: string;
  tone: 'plain' | 'bad' | 'quiet';
}

const INDENT = 2;
const LABEL = 13;
/** The log keeps so many lines, its title included, where it has them. */
const LEAST_LOG = 5;
/** A message that is longer is cut: the events below it count too. */
const LONGEST_TEXT = 3;

/** The lines of a panel in so many lines at most: details first, the end of the log with what is left. */
export function panelLayout(panel: PanelView, columns: number, lines: number, tail: boolean): PanelRow[] {
  const details = tail ? [] : detailRows(panel, columns);
  const log = panel.log.lines.map((text, index): PanelRow => {
    const cut = truncate(text, columns - INDENT);
    return { id: `log ${index}`, label: ' '.repeat(INDENT), text: cut, tone: 'plain' };
  });
  const title: PanelRow = {
    id: 'log',
    label: ' '.repeat(INDENT),
    text: tail ? `${panel.log.title}, live` : panel.log.title,
    tone: 'quiet',
  };
  const forLog = Math.min(log.length + 1, Math.max(LEAST_LOG, lines - details.length));
  const shown = cutTo(details, Math.max(0, lines - forLog), columns);
  const room = Math.max(0, lines - shown.length - 1);
  return [...shown, title, ...(room === 0 ? [] : log.slice(-room))].slice(0, lines);
}

/** For what stands beside a label. */
function roomIn(columns: number): number {
  return Math.max(10, columns - INDENT - LABEL);
}

function detailRows({ lines, trouble }: PanelView, columns: number): PanelRow[] {
  const room = roomIn(columns);
  const told = trouble === null ? lines : [...lines, { label: 'not read', text: trouble, bad: true }];
  return told.flatMap(({ label, text, bad }, index) => {
    const parts = wrap(text, room);
    const kept = parts.slice(0, LONGEST_TEXT);
    return kept.map((part, number): PanelRow => {
      const cut = number === LONGEST_TEXT - 1 && parts.length > LONGEST_TEXT;
      return {
        id: `${index} ${number}`,
        label: `${' '.repeat(INDENT)}${(number === 0 ? label : '').padEnd(LABEL)}`,
        text: cut ? truncate(`${part} …`, room) : part,
        tone: bad ? 'bad' : 'plain',
      };
    });
  });
}

function cutTo(rows: PanelRow[], most: number, columns: number): PanelRow[] {
  if (rows.length <= most) return rows;
  if (most === 0) return [];
  const left = rows.length - most + 1;
  const text = truncate(`${left} more lines in a higher window`, roomIn(columns));
  return [...rows.slice(0, most - 1), { id: 'more', label: ' '.repeat(INDENT + LABEL), text, tone: 'quiet' }];
}
