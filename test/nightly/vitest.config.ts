import { defineConfig } from 'vitest/config';
import { MAX_WORKERS, seeded, SERVERS, TIME_LIMITS } from '../support/vitest.js';

/** How often each property is tried, each time from a seed of its own. */
const PROPERTY_ROUNDS = 3;
/** Tests that measure a pace in real time: they run after all others, which would slow them down. */
const PACED = ['test/nightly/{pace,mail-slots,window}.server.test.ts'];

// Vitest reads this file once for each project, in one process: all projects have the first one's seed.
if (process.env['SEED'] === undefined) {
  process.env['SEED'] = String(Math.floor(Math.random() * 1_000_000));
  // Other tools read this file, too, and print nothing.
  if (process.env['VITEST'] !== undefined)
    console.log(`SEED=${process.env['SEED']} repeats this run's random choices.`);
}
const seed = Number(process.env['SEED']);

/** The fuzz of reader and rules tries many times as many files as in the gate. */
function longSeeded(round: number) {
  const { env, setupFiles } = seeded(round);
  return { env: { ...env, LONG_FUZZ: 'yes' }, setupFiles };
}

/** Tests that are long, random or need a browser: `npm run test:nightly`. `npm test` runs none of them. */
export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  test: {
    pool: 'forks',
    maxWorkers: MAX_WORKERS,
    ...TIME_LIMITS,
    ...seeded(seed),
    projects: [
      {
        extends: true,
        test: {
          name: 'nightly',
          include: ['test/{nightly,replay}/*.server.test.ts'],
          exclude: PACED,
          ...SERVERS,
        },
      },
      ...Array.from({ length: PROPERTY_ROUNDS }, (_, round) => ({
        extends: true as const,
        test: {
          name: `properties-${round + 1}`,
          include: ['test/unit/**/*.property.test.ts'],
          ...longSeeded(seed + round),
        },
      })),
      {
        extends: true,
        test: { name: 'paced', include: PACED, sequence: { groupOrder: 1 }, ...SERVERS },
      },
    ],
  },
});
