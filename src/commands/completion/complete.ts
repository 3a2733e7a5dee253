import type { ConnectFlags } from '../../cluster/connection.ts';
import { clean } from '../../ui/text.ts';
import { EXIT } from '../exit-codes.ts';
import { type Host, print } from '../host.ts';
import { candidatesFor } from './candidates.ts';
import { namesOf } from './names.ts';

/** Cobra's directives, which kubectl reads from the last line: 4 says that no file names are meant, 0 that they are. */
const NO_FILES = 4;
const FILES = 0;

/**
 * Answers `__complete`, in the protocol of kubectl's plugin completion (pkg/cmd/plugin_completion.go) and of our own
 * scripts: a line per word with what it is for behind a tab, and the directive.
 * @param words after `__complete`; the last one is being typed
 */
export async function complete(words: readonly string[], host: Host): Promise<number> {
  const typed = words.at(-1) ?? '';
  const { words: fixed, names, files } = candidatesFor(words);
  const found = names === null ? [] : await namesOf(names.of, flagsIn(words), host);
  const named = found.map((name) => ({ text: `${names?.after ?? ''}${clean(name)}`, describe: '' }));
  const lines = [...fixed, ...named]
    // what is typed may be the bare name: `we` for sts/web
    .filter(({ text }) => text.startsWith(typed) || text.startsWith(`sts/${typed}`))
    .map(({ text, describe }) => (describe === '' ? text : `${text}\t${describe}`));
  print(host, [...lines, `:${files ? FILES : NO_FILES}`]);
  return EXIT.done;
}

const CONNECTING = {
  namespace: 'namespace',
  n: 'namespace',
  context: 'context',
  cluster: 'cluster',
  user: 'user',
  kubeconfig: 'kubeconfig',
  server: 'server',
  s: 'server',
  as: 'as',
} as const;

/** Of a line that may be unfinished, what says which cluster and namespace. */
function flagsIn(words: readonly string[]): ConnectFlags {
  const flags: ConnectFlags = { asGroup: [] };
  for (const [index, word] of words.slice(0, -1).entries()) {
    const match = /^--?([\w-]+)(?:=(.*))?$/.exec(word);
    const name = CONNECTING[match?.[1] as keyof typeof CONNECTING];
    if (match === null || name === undefined) continue;
    const value = match[2] ?? words[index + 1];
    if (value !== undefined && value !== '') flags[name] = value;
  }
  return flags;
}
