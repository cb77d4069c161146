// Runs rounds of everything that may go wrong, each from a seed of its own, until the time is over.
// Usage: npm run soak [-- --seed N --minutes M]; by default a random seed, and 30 minutes.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { seed: { type: 'string' }, minutes: { type: 'string' } },
});
for (const [name, value] of Object.entries(values)) {
  if (!/^\d+$/.test(value)) {
    console.error(`--${name} ${value}: give a whole number`);
    process.exit(2);
  }
}
const { seed, minutes = '30' } = values;
const config = 'test/nightly/vitest.config.ts';
const args = ['run', '--disable-console-intercept', '--config', config, 'nightly/soak'];
const { status } = spawnSync('npx', ['vitest', ...args], {
  stdio: 'inherit',
  env: { ...process.env, SOAK_MINUTES: minutes, ...(seed !== undefined && { SEED: seed }) },
});
process.exitCode = status ?? 1;
