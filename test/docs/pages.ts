import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { COMMAND_NAMES, COMMANDS } from '../../src/commands/grammar.ts';

export const ROOT = resolve(import.meta.dirname, '../..');

/** The pages that people read, relative to the checkout. */
export const PAGES = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

export function read(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8');
}

/** A command line that a page tells people to type. */
export interface Documented {
  page: string;
  /** Without `kubectl bedrock`. */
  line: string;
}

/** Every `kubectl bedrock ...` of a page, in blocks and in the text, with values in place of placeholders. */
export function commandsOf(page: string): Documented[] {
  const text = read(page).replace(/\\\n\s*/g, '');
  const blocks = [...text.matchAll(/^\s*(?:\$ )?kubectl bedrock (.*)$/gm)].map((match) => match[1] ?? '');
  const inline = [...text.matchAll(/`kubectl bedrock ([^`]+)`/g)].map((match) => match[1] ?? '');
  const lines = new Set([...blocks, ...inline].map(filledIn).filter(isWhole));
  return [...lines].map((line) => ({ page, line }));
}

/** What stands behind a pipe, a comment or a second column is not ours. */
function filledIn(line: string): string {
  return (line.split(/ \| | # |\s{3,}/)[0] ?? '')
    .replace(/\bCONTAINER=IMAGE\b/g, 'app=app:2')
    .replace(/\bsts\/(NAME|db|[a-z-]+)\b/g, 'sts/web')
    .replace(/\bapp=web:2\b|\bdb=db:9\b/g, 'app=app:2')
    .replace(/--to-revision N\b/g, '--to-revision 1')
    .replace(/--max-unavailable N\b/g, '--max-unavailable 2')
    .replace(/--percent P\b/g, '--percent 50')
    .replace(/\bTOPIC\b/g, 'behaviour')
    .trim();
}

/** "..." stands for what the reader knows; and a command without the set that it is about is spoken of, not to be typed. */
function isWhole(line: string): boolean {
  const command = COMMAND_NAMES.find((name) => name === line.split(' ')[0]);
  const aboutSets = command !== undefined && COMMANDS[command].resource !== 'none';
  const names = /sts\/|statefulset |-f |--all|--help/.test(line);
  return line !== '' && !line.includes('...') && !line.includes('…') && (!aboutSets || names);
}

/** As a shell parts a line: blanks, and quotes of both kinds. */
export function shellWords(line: string): string[] {
  return [...line.matchAll(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g)].map(([word]) =>
    word.replace(/'([^']*)'|"([^"]*)"/g, '$1$2'),
  );
}
