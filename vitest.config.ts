import { defineConfig } from 'vitest/config';

const SERVER_TESTS = 'test/**/*.server.test.ts';

export default defineConfig({
  test: {
    pool: 'forks',
    // Each server test file runs a Kratos of its own next to Postgres and Temporal. Those that send mails at a pace mostly wait,
    // so three of them at once keep two cores busy; more would only wait for these.
    maxWorkers: 3,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: [SERVER_TESTS] },
      },
      {
        extends: true,
        test: {
          name: 'servers',
          include: [SERVER_TESTS],
          globalSetup: ['test/support/global-setup.ts'],
        },
      },
    ],
  },
});
