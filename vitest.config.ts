import { defineConfig } from 'vitest/config';

/** They send mails at a pace, and mostly wait: beside what takes all of the machine, this would be no measure of the pace. */
const MAIL_TESTS = 'test/server/invitations/*.server.test.ts';

export default defineConfig({
  test: {
    pool: 'forks',
    // Each server test file runs a Kratos of its own next to Postgres and Temporal. One of three waits for a heartbeat that
    // does not come, or the like; more would only wait for cores.
    maxWorkers: 3,
    // For machines that have much else to do: what takes so long in vain is stuck.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.server.test.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'server',
          include: ['test/**/*.server.test.ts'],
          exclude: [MAIL_TESTS],
          globalSetup: ['test/support/global-setup.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'mail',
          include: [MAIL_TESTS],
          globalSetup: ['test/support/global-setup.ts'],
          // After all others.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
