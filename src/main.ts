import { processHost } from './commands/process-host.ts';
import { run } from './commands/run.ts';

const code = await run(process.argv.slice(2), processHost());
// what was written to a pipe must be out before the process ends, and a broken pipe must not keep it
process.exitCode = code;
process.stdout.write('', () => process.exit(code));
