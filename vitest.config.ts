import { defineConfig } from 'vitest/config';

/** Everything that needs no cluster. What needs one has a configuration of its own: test/e2e/vitest.config.ts. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    exclude: ['test/e2e/**'],
    // Ink takes CI for "not interactive" and then draws nothing until it ends: the UI tests want its frames.
    env: { CI: 'false' },
    testTimeout: 20_000,
    // a server that is started beside other suites on two cores takes its time
    hookTimeout: 60_000,
  },
});
