import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Where nothing is known of earlier runs yet: the random schedules are half of everything, so nothing may wait for them. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => moduleId.endsWith('-thousand.test.ts');
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

/** Everything that needs no cluster. What needs one has a configuration of its own: test/e2e/vitest.config.ts. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    exclude: ['test/e2e/**'],
    // a processor each; by default one is kept free, which of two is half
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
    // Ink takes CI for "not interactive" and then draws nothing until it ends: the UI tests want its frames.
    env: { CI: 'false' },
    testTimeout: 20_000,
    // a server that is started beside other suites on two cores takes its time
    hookTimeout: 60_000,
  },
});
