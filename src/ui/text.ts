import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';

/** Control characters (C0, C1, DEL) and line separators: a space each, so that words stay apart. */
const BREAKS = /[\p{Cc}\p{Zl}\p{Zp}]+/gu;
/** Format characters (bidi overrides and isolates, zero-width ones, tags), lone surrogates, private use: nothing to see. */
const INVISIBLE = /[\p{Cf}\p{Cs}\p{Co}]+/gu;
/** What nearly all text of a cluster consists of: then there is nothing to clean. */
const HARMLESS = /^[\x20-\x7e]*$/;

/**
 * Text from a cluster or a kubeconfig as one line that a terminal may see: whoever can write a pod's status or an
 * image name must not move our cursor, colour our screen or turn our words around (CVE-2021-25743 of kubectl).
 */
export function clean(text: string): string {
  if (HARMLESS.test(text)) return text;
  return stripVTControlCharacters(text).replace(BREAKS, ' ').replace(INVISIBLE, '').trim();
}

/** Cells that a terminal gives to the text. */
export function width(text: string): number {
  return HARMLESS.test(text) ? text.length : stringWidth(text);
}

/** At most `columns` cells; what is cut off is told by the mark at its end. */
export function truncate(text: string, columns: number, mark = '…'): string {
  if (width(text) <= columns) return text;
  const room = columns - width(mark);
  if (room < 0) return '';
  return takeColumns(text, room) + mark;
}

/** Exactly `columns` cells: cut, or filled up with blanks. */
export function pad(text: string, columns: number, side: 'end' | 'start' = 'end'): string {
  const cut = truncate(text, columns);
  const blanks = ' '.repeat(columns - width(cut));
  return side === 'end' ? cut + blanks : blanks + cut;
}

/** Lines of at most `columns` cells, broken between words; a longer word is broken inside. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (let word of text.split(' ').filter((each) => each !== '')) {
    if (line !== '' && width(line) + 1 + width(word) <= columns) {
      line += ` ${word}`;
      continue;
    }
    if (line !== '') lines.push(line);
    while (width(word) > columns) {
      const head = takeColumns(word, columns);
      // a window narrower than one wide character: nothing fits, and the loop must end
      if (head === '') return lines;
      lines.push(head);
      word = word.slice(head.length);
    }
    line = word;
  }
  if (line !== '') lines.push(line);
  return lines;
}

/** The time of day where the user sits: "12:03:41". */
export function clockTime(ms: number): string {
  const date = new Date(ms);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}

/** One word for a POSIX shell. */
export function shellQuote(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

function takeColumns(text: string, columns: number): string {
  let taken = '';
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    used += width(segment);
    if (used > columns) break;
    taken += segment;
  }
  return taken;
}
