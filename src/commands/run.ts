import { ApiError } from '../cluster/api.ts';
import { withoutSecrets } from '../cluster/without-secrets.ts';
import { UsageError } from '../rollout/errors.ts';
import { EXIT } from './exit-codes.ts';
import { type Host, print } from './host.ts';
import type { Op, Parsed } from './op.ts';
import { parseArgs } from './parse.ts';
import { printed } from './quick.ts';

/** From arguments to exit code. Never rejects. */
export async function run(argv: readonly string[], host: Host): Promise<number> {
  if (argv[0] === '__complete') return (await import('./completion/complete.ts')).complete(argv.slice(1), host);
  try {
    if (argv[0] === 'help') return await (await import('./help.ts')).help(argv.slice(1), host);
    return await runParsed(parseArgs(argv), host);
  } catch (error) {
    return report(error, host, 0);
  }
}

/** From what was parsed to exit code. Never rejects. */
export async function runParsed(parsed: Parsed, host: Host): Promise<number> {
  if (parsed.kind === 'help') {
    host.stdout.write(printed(parsed.text));
    return EXIT.done;
  }
  try {
    const { op, named } = parsed;
    return await perform(named === 'set' ? op : await (await import('./decided.ts')).ofItsSet(op, host), host);
  } catch (error) {
    return report(error, host, parsed.verbosity);
  }
}

/** Each command's code is loaded when it is called. */
async function perform(op: Op, host: Host): Promise<number> {
  switch (op.command) {
    case 'rollout':
      return (await import('./rollout.ts')).rollout(op, host);
    case 'status':
      return (await import('./status.ts')).status(op, host);
    case 'pause':
      return (await import('./pause.ts')).pause(op, host);
    case 'pause-all':
      return (await import('./pause-all.ts')).pauseAll(op, host);
    case 'resume':
      return (await import('./resume.ts')).resume(op, host);
    case 'speed':
      return (await import('./speed.ts')).speed(op, host);
    case 'promote':
      return (await import('./promote.ts')).promote(op, host);
    case 'rollback':
      return (await import('./rollback.ts')).rollback(op, host);
    case 'history':
      return (await import('./history.ts')).history(op, host);
    case 'hold':
      return (await import('./hold.ts')).hold(op, host);
    case 'unhold':
      return (await import('./unhold.ts')).unhold(op, host);
    case 'list':
      return (await import('./list.ts')).list(op, host);
    case 'demo':
      return (await import('./demo.ts')).demo(op, host);
    case 'completion':
      return (await import('./completion/completion.ts')).completion(op, host);
    case 'notify':
      return (await import('./notify.ts')).notify(op, host);
    case 'operator':
      return (await import('./operator.ts')).operator(op, host);
    case 'install':
      return (await import('./install.ts')).install(op, host);
    case 'uninstall':
      return (await import('./uninstall.ts')).uninstall(op, host);
    case 'version': {
      const { VERSION } = await import('./version.ts');
      print(host, [`kubectl-bedrock ${VERSION}`]);
      return EXIT.done;
    }
  }
}

/** From this level on, errors come with their stack, as in kubectl. */
const STACK_LEVEL = 6;

/** The one place where errors are told. */
function report(error: unknown, host: Host, verbosity: number): number {
  const stack = verbosity >= STACK_LEVEL && error instanceof Error ? error.stack : undefined;
  host.stderr.write(`error: ${withoutSecrets(plain(stack ?? describe(error)))}\n`);
  return error instanceof UsageError ? EXIT.usage : EXIT.failed;
}

function describe(error: unknown): string {
  // of what is not there, the message says it all
  if (error instanceof ApiError && error.code !== 404)
    return `the API server answers ${error.code}${error.reason === '' ? '' : ` ${error.reason}`}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: to strip them is the purpose
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

function plain(text: string): string {
  return text.replace(CONTROL, '').trimEnd();
}
