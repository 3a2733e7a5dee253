import { defineConfig } from 'vitest/config';

/** The product against a real API server, named by KUBEBUILDER_ASSETS or BEDROCK_E2E_KUBECONFIG. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts'],
    globalSetup: ['test/e2e/harness/global-setup.ts'],
    setupFiles: ['test/e2e/harness/after-each.ts'],
    testTimeout: 180_000,
    hookTimeout: 120_000,
    teardownTimeout: 60_000,
    // One control plane serves them all: more at once would measure its queues instead of our rollouts.
    maxWorkers: 2,
  },
});
