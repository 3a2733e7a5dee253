import { quickAnswer } from './commands/quick.ts';

const argv = process.argv.slice(2);
const answer = quickAnswer(argv);
if (answer !== null) {
  process.stdout.write(answer);
} else {
  const [{ run }, { processHost }] = await Promise.all([
    import('./commands/run.ts'),
    import('./commands/process-host.ts'),
  ]);
  const code = await run(argv, processHost());
  // what was written to a pipe must be out before the process ends, and a broken pipe must not keep it
  process.exitCode = code;
  process.stdout.write('', () => process.exit(code));
}
