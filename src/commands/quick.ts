import { BAKED_HELP } from './baked-help.ts';
import { VERSION } from './version.ts';

/** Help as it is printed. */
export function printed(help: string): string {
  return `${help.trimEnd()}\n`;
}

/**
 * What is answered without loading yargs, which takes longer than the whole rest of such a call: the version, and in a
 * bundle the help.
 * @returns null where the whole program is needed
 */
export function quickAnswer(argv: readonly string[]): string | null {
  if (argv.length === 1 && argv[0] === 'version') return `kubectl-bedrock ${VERSION}\n`;
  if (BAKED_HELP === null || argv.length > 2 || !isHelp(argv.at(-1))) return null;
  const command = argv.length === 2 ? argv[0] : '';
  return Object.hasOwn(BAKED_HELP, command ?? '') ? (BAKED_HELP[command ?? ''] ?? null) : null;
}

function isHelp(word: string | undefined): boolean {
  return word === '--help' || word === '-h';
}
