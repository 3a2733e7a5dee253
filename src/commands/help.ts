import { nearNames } from '../cluster/near-names.ts';
import { UsageError } from '../rollout/errors.ts';
import { EXIT } from './exit-codes.ts';
import { COMMAND_NAMES } from './grammar.ts';
import type { Host } from './host.ts';
import { parseArgs } from './parse.ts';
import { printed } from './quick.ts';
import { manualPage, TOPICS, type Topic, topicText } from './topics.ts';

/**
 * `help`, `help COMMAND` and `help TOPIC`.
 * @param words after `help`
 * @throws UsageError for what is neither
 */
export async function help(words: readonly string[], host: Pick<Host, 'stdout'>): Promise<number> {
  const [word] = words;
  host.stdout.write(isTopic(word) ? manualPage(await topicText(word)) : helpOf(word));
  return EXIT.done;
}

function isTopic(word: string | undefined): word is Topic {
  return word !== undefined && Object.hasOwn(TOPICS, word);
}

function helpOf(word: string | undefined): string {
  const commands: readonly string[] = COMMAND_NAMES;
  if (word !== undefined && !commands.includes(word)) {
    const near = nearNames(word, [...commands, ...Object.keys(TOPICS)]);
    const meant = near.length === 0 ? `: ${Object.keys(TOPICS).join(', ')}` : `; did you mean ${near.join(' or ')}?`;
    throw new UsageError(`help: there is no topic ${JSON.stringify(word)}${meant}`);
  }
  const parsed = parseArgs([...(word === undefined ? [] : [word]), '--help']);
  return parsed.kind === 'help' ? printed(parsed.text) : '';
}
