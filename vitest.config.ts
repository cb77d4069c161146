import { defineConfig } from 'vitest/config';
import { MAX_WORKERS, seeded, SERVERS, TIME_LIMITS } from './test/support/vitest.js';

/** Files that replace a module, with `vi.mock`: what others have loaded must not be theirs. */
const MOCKED = 'test/unit/**/*.mocked.*.ts';

/** The gate, which `npm test` runs: from one seed, and without what takes long, which is test/nightly's. */
export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: MAX_WORKERS,
    ...TIME_LIMITS,
    ...seeded(Number(process.env['SEED'] ?? 1)),
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.server.test.ts', MOCKED],
          // Files share the modules that they load: anew for each, loading them took a third of the time.
          isolate: false,
          restoreMocks: true,
          unstubGlobals: true,
        },
      },
      { extends: true, test: { name: 'mocked', include: [MOCKED] } },
      {
        extends: true,
        test: {
          name: 'server',
          include: ['test/**/*.server.test.ts'],
          exclude: ['test/nightly/**', 'test/replay/**'],
          ...SERVERS,
        },
      },
    ],
  },
});
