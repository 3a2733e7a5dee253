import type { Options } from 'yargs';
import { COMMAND_NAMES, COMMANDS, type CommandGrammar, type CommandName, KUBECTL_FLAGS } from '../grammar.ts';

/** What only the cluster or the kubeconfig knows. */
export type Names = 'statefulsets' | 'namespaces' | 'contexts';

/** What may stand where the cursor is. */
export interface Candidates {
  /** Whole words, each with what it is for. */
  words: readonly { text: string; describe: string }[];
  /** Names to add, and what each is written after. */
  names: { of: Names; after: string } | null;
  /** Whether a file's name may stand there. */
  files: boolean;
}

const NOTHING: Candidates = { words: [], names: null, files: false };

/** Flags whose value is a file. */
const FILES: ReadonlySet<string> = new Set(['filename', 'kubeconfig']);

const NAMES_BY_FLAG: Readonly<Record<string, Names>> = { namespace: 'namespaces', context: 'contexts' };

/**
 * What may stand in place of the last of `words`, which may be unfinished or empty. Pure.
 * @param words as typed after `kubectl bedrock`
 */
export function candidatesFor(words: readonly string[]): Candidates {
  const typed = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const said = read(before);
  const flags: Readonly<Record<string, Options>> = {
    ...KUBECTL_FLAGS,
    ...(said.command === null ? {} : COMMANDS[said.command].flags),
  };
  if (said.open !== null) return ofFlag(said.open, flags, '');
  const assigned = /^--([\w-]+)=/.exec(typed);
  if (assigned?.[1] !== undefined) return ofFlag(assigned[1], flags, `--${assigned[1]}=`);
  if (typed.startsWith('-'))
    return { ...NOTHING, words: flagWords(flags).filter(({ text }) => text.startsWith(typed)) };
  if (said.command === null) return { ...NOTHING, words: commandWords().filter(({ text }) => text.startsWith(typed)) };
  return argumentOf(said.command, said.words, typed);
}

function commandWords() {
  return COMMAND_NAMES.map((name) => ({ text: name, describe: COMMANDS[name].describe }));
}

function flagWords(flags: Readonly<Record<string, Options>>) {
  return Object.entries(flags).map(([name, { describe }]) => ({ text: `--${name}`, describe: String(describe ?? '') }));
}

function argumentOf(command: CommandName, words: readonly string[], typed: string): Candidates {
  const grammar: CommandGrammar = COMMANDS[command];
  if (grammar.argument !== undefined && words.length === 0) {
    return { ...NOTHING, words: grammar.argument.choices.map((text) => ({ text, describe: '' })) };
  }
  if (grammar.resource === 'none') return NOTHING;
  const kind = /^(sts|statefulsets?)$/;
  // `status sts web` is `status sts/web`
  const apart = words.length === 1 && kind.test(words[0] ?? '');
  if (words.length > 0 && !apart) return NOTHING;
  const slash = typed.indexOf('/');
  if (apart) return { ...NOTHING, names: { of: 'statefulsets', after: '' } };
  return { ...NOTHING, names: { of: 'statefulsets', after: slash < 0 ? 'sts/' : typed.slice(0, slash + 1) } };
}

function ofFlag(name: string, flags: Readonly<Record<string, Options>>, after: string): Candidates {
  const names = NAMES_BY_FLAG[name];
  if (names !== undefined) return { ...NOTHING, names: { of: names, after } };
  if (FILES.has(name)) return { ...NOTHING, files: true };
  const choices = (flags[name]?.choices ?? []) as readonly unknown[];
  return { ...NOTHING, words: choices.map((choice) => ({ text: `${after}${choice}`, describe: '' })) };
}

/** What the words before the cursor say: which command, which arguments, and whether the last flag waits for a value. */
function read(words: readonly string[]): { command: CommandName | null; words: string[]; open: string | null } {
  let command: CommandName | null = null;
  const rest: string[] = [];
  let open: string | null = null;
  for (const word of words) {
    if (open !== null) {
      open = null;
    } else if (word.startsWith('-')) {
      open = takesValue(word, command);
    } else if (command === null) {
      command = COMMAND_NAMES.find((name) => name === word) ?? null;
    } else {
      rest.push(word);
    }
  }
  return { command, words: rest, open };
}

/** @returns the long name of a flag whose value is the next word */
function takesValue(word: string, command: CommandName | null): string | null {
  const flags: Record<string, Options> = { ...KUBECTL_FLAGS, ...(command === null ? {} : COMMANDS[command].flags) };
  const found = Object.entries(flags).find(([name, { alias }]) => word === `--${name}` || word === `-${String(alias)}`);
  return found === undefined || found[1].type === 'boolean' ? null : found[0];
}
