import yargs, { type Argv } from 'yargs';
import type { ConnectFlags } from '../cluster/connection.ts';
import { nearNames } from '../cluster/near-names.ts';
import { UsageError } from '../rollout/errors.ts';
import { COMMAND_NAMES, COMMANDS, type CommandGrammar, type CommandName, KUBECTL_FLAGS } from './grammar.ts';
import type { Parsed } from './op.ts';
import { namedBy, opOf } from './op-of.ts';
import { TOPICS } from './topics.ts';
import type { Values } from './values.ts';

const USAGE = 'kubectl bedrock';

/**
 * From the arguments (without node and script) to what is to be done. Pure.
 * @throws UsageError for anything that is not understood
 */
export function parseArgs(argv: readonly string[]): Parsed {
  let chosen: CommandName | null = null;
  const parser = declare((name) => {
    chosen = name;
  });
  let help = '';
  let values: Values = { _: [] };
  parser.parse(splitShortFlags(argv), {}, (error: Error | undefined, parsed: Values, output: string) => {
    if (error !== undefined && error !== null) throw new UsageError(error.message);
    help = output;
    values = parsed;
  });
  if (help !== '') return { kind: 'help', text: `${help}\n` };
  if (chosen === null) throw unknownCommand(values);
  const grammar: CommandGrammar = COMMANDS[chosen];
  refuseUnknownFlags(values, grammar, chosen);
  const verbosity = values.v === undefined ? 0 : Number(last(values.v));
  const op = opOf(chosen, kubectlFlags(values), withoutRepeats(values, grammar));
  return { kind: 'run', op, named: namedBy(values)?.kind ?? 'set', verbosity };
}

function declare(choose: (name: CommandName) => void): Argv {
  let parser: Argv = yargs([])
    .scriptName(USAGE)
    .locale('en')
    .usage(`${USAGE} COMMAND (sts/NAME | statefulset NAME | NAME | sroll/NAME)`)
    .parserConfiguration({
      'camel-case-expansion': false,
      'dot-notation': false,
      'duplicate-arguments-array': true,
      'greedy-arrays': false,
      'parse-positional-numbers': false,
      'short-option-groups': true,
    })
    .epilog(topics())
    .help('help')
    .alias('help', 'h')
    .version(false)
    .wrap(120)
    .exitProcess(false)
    .fail((message: string, error: Error) => {
      throw new UsageError((error?.message ?? message).replace(/\s*\n\s*/g, ' '));
    });
  for (const name of COMMAND_NAMES) {
    const grammar: CommandGrammar = COMMANDS[name];
    const positional = positionalOf(grammar);
    parser = parser.command(
      `${name}${positional}`,
      grammar.describe,
      (command) =>
        withArgument(command, grammar)
          .options(grammar.flags)
          .example(grammar.examples.map(([text, what]) => [text, what])),
      () => choose(name),
    );
  }
  return parser.options(KUBECTL_FLAGS).group(Object.keys(KUBECTL_FLAGS), 'As in kubectl:');
}

function withArgument(command: Argv, { argument }: CommandGrammar): Argv {
  if (argument === undefined) return command;
  return command.positional(argument.name, { type: 'string', choices: argument.choices, demandOption: true });
}

function positionalOf({ resource, argument }: CommandGrammar): string {
  if (argument !== undefined) return ` <${argument.name}>`;
  return resource === 'none' ? '' : ' [resource..]';
}

function topics(): string {
  const longest = Math.max(...Object.keys(TOPICS).map(({ length }) => length));
  const lines = Object.entries(TOPICS).map(([name, what]) => `  ${USAGE} help ${name.padEnd(longest)}  ${what}`);
  return ['To read on:', ...lines].join('\n');
}

/** Short flags that take a value. */
const SHORT_WITH_VALUE = /^-([fnosv])([^=].*)$/;

/** kubectl takes `-nfoo` and `-ojson`; yargs would read them as groups of flags without values. */
function splitShortFlags(argv: readonly string[]): string[] {
  const end = argv.indexOf('--');
  return argv.flatMap((word, index) => {
    const match = end >= 0 && index > end ? null : SHORT_WITH_VALUE.exec(word);
    return match === null ? [word] : [`-${match[1]}`, match[2] ?? ''];
  });
}

function unknownCommand(values: Values): UsageError {
  const typed = values._[0];
  if (typed === undefined) {
    return new UsageError(`say what to do: ${COMMAND_NAMES.join(', ')} (${USAGE} --help tells more)`);
  }
  const near = nearNames(String(typed), COMMAND_NAMES);
  return new UsageError(`there is no command ${JSON.stringify(String(typed))}${didYouMean(near)}`);
}

/** yargs' own strict mode does not say which flag was meant. */
function refuseUnknownFlags(values: Values, grammar: CommandGrammar, command: CommandName): void {
  const declared = { ...KUBECTL_FLAGS, ...grammar.flags };
  const known = new Set(['_', '$0', 'resource', grammar.argument?.name, 'help', 'h']);
  for (const [name, options] of Object.entries(declared)) {
    known.add(name);
    if ('alias' in options && typeof options.alias === 'string') known.add(options.alias);
  }
  for (const name of Object.keys(values)) {
    if (known.has(name)) continue;
    const near = nearNames(name, Object.keys(declared)).map((each) => `--${each}`);
    const dashes = name.length === 1 ? '-' : '--';
    throw new UsageError(`${command} has no flag ${dashes}${name}${didYouMean(near)}`);
  }
}

function didYouMean(near: readonly string[]): string {
  return near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`;
}

function kubectlFlags(values: Values): ConnectFlags {
  const text = (name: string) => (values[name] === undefined ? undefined : String(last(values[name])));
  const groups = values['as-group'];
  const named = {
    namespace: text('namespace'),
    context: text('context'),
    cluster: text('cluster'),
    user: text('user'),
    kubeconfig: text('kubeconfig'),
    as: text('as'),
    asUid: text('as-uid'),
    server: text('server'),
    token: text('token'),
    requestTimeout: text('request-timeout'),
    insecureSkipTlsVerify:
      values['insecure-skip-tls-verify'] === undefined ? undefined : Boolean(last(values['insecure-skip-tls-verify'])),
  };
  const given = Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
  return { ...given, asGroup: Array.isArray(groups) ? groups.map(String) : [] };
}

/** Of a flag given twice the last one counts, as in kubectl; but for those that are lists. */
function withoutRepeats(values: Values, grammar: CommandGrammar): Values {
  const entries = Object.entries(values).map(([name, value]) => {
    const repeats = grammar.flags[name]?.type === 'array' || grammar.repeatable?.includes(name);
    const list = name === '_' || name === 'resource' || repeats;
    return [name, list ? value : last(value)];
  });
  return { ...Object.fromEntries(entries), _: values._ };
}

function last(value: unknown): unknown {
  return Array.isArray(value) ? value.at(-1) : value;
}
