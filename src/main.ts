import { quickAnswer } from './commands/quick.ts';

const argv = process.argv.slice(2);
const answer = quickAnswer(argv);
if (answer !== null) {
  process.stdout.write(answer);
} else {
  // V8 lets a heap of this size grow to four times what lives in it before it collects: of 5,000 pods 100 MB more, for
  // 2% of a core (docs/measurements.md)
  process.getBuiltinModule('node:v8').setFlagsFromString('--heap-growing-percent=30');
  const [{ run }, { processHost }] = await Promise.all([
    import('./commands/run.ts'),
    import('./commands/process-host.ts'),
  ]);
  const code = await run(argv, processHost());
  // what was written to a pipe must be out before the process ends, and a broken pipe must not keep it
  process.exitCode = code;
  process.stdout.write('', () => process.exit(code));
}
