import { defineConfig } from 'vitest/config';

const SERVER_TESTS = 'test/**/*.server.test.ts';
/** Mails at a pace that is measured: on a machine that is busy with other tests this would measure those. */
const MEASURED = 'test/invitations/pace.server.test.ts';

export default defineConfig({
  test: {
    pool: 'forks',
    // Each server test file runs a Kratos of its own next to Postgres and Temporal: more would only wait for cores.
    maxWorkers: 2,
    // For machines that have much else to do: what takes so long in vain is stuck.
    testTimeout: 240_000,
    hookTimeout: 240_000,
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
          exclude: [MEASURED],
          globalSetup: ['test/support/global-setup.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'alone',
          include: [MEASURED],
          globalSetup: ['test/support/global-setup.ts'],
          // After all others.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
