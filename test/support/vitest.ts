/** Settings of Vitest that vitest.config.ts and the configuration of test/nightly have in common. */

/**
 * Each server test file runs a Kratos of its own next to Postgres and Temporal. On two cores, one of three waits for a
 * heartbeat that does not come, or the like; more would only wait for cores.
 */
export const MAX_WORKERS = 3;

/** Long enough for a busy machine: a test that takes longer is stuck. */
export const TIME_LIMITS = { testTimeout: 240_000, hookTimeout: 240_000 };

/** Settings of tests that need servers. */
export const SERVERS = {
  globalSetup: ['test/support/global-setup.ts'],
  setupFiles: ['test/support/worker-logs.ts'],
};

/** Settings that let every random choice of the tests follow from one seed. */
export function seeded(seed: number): { env: { SEED: string }; setupFiles: string[] } {
  return { env: { SEED: String(seed) }, setupFiles: ['test/support/seed.ts'] };
}
