// Measures, and writes the results to dev/bench/results/ and into the tables of docs/performance.md and
// docs/scale.md. Usage: npm run bench [-- PART …]; all parts without any. About an hour on two cores.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { compare } from './compare.mjs';
import { measureHashing } from './hashing.mjs';
import { measureMails } from './mails.mjs';
import { render, RESULTS } from './render.mjs';
import { measureScale, measureWorkers } from './scale.mjs';
import { measureStartUp } from './start-up.mjs';
import { measureValidation } from './validation.mjs';

const say = (/** @type {string} */ text) => console.log(`${new Date().toISOString()} ${text}`);

/** The last measured time of Kratos for a batch of 500 rows with no other in flight. */
async function msABatch() {
  const { result } = JSON.parse(await readFile(new URL('cost-8.json', RESULTS), 'utf8'));
  /** @type {import('./compare.mjs').Sweep} */
  const sweep = result.sweep;
  const alone = sweep.find(({ size, concurrency }) => size === 500 && concurrency === 1);
  return Math.round((500 * 1000) / (alone?.rowsPerSecond ?? NaN));
}

/** @type {Record<string, () => Promise<unknown>>} */
const PARTS = {
  validation: () => measureValidation({ rows: 1_000_000, rounds: 5 }, say),
  'start-up': () => measureStartUp({ rounds: 15 }, say),
  hashing: () => measureHashing({ cost: 8, passwords: 400, rounds: 7 }, say),
  'cost-8': () =>
    compare(
      {
        ...{ cost: 8, slowRows: 300, rounds: 5 },
        rows: {
          'no passwords': 10_000,
          'a third with a password': 4000,
          'all with a password': 2000,
        },
      },
      say,
    ),
  'cost-12': () =>
    compare(
      {
        ...{ cost: 12, slowRows: 60, rounds: 1 },
        rows: { 'a third with a password': 500, 'all with a password': 200 },
      },
      say,
    ),
  workers: async () =>
    measureWorkers(
      {
        rows: { 'no passwords': 40_000, 'all with a password': 2000 },
        ...{ workers: [1, 2, 4], msABatch: await msABatch() },
      },
      say,
    ),
  mails: () => measureMails({ mails: 3000, stubMails: 10_000, rounds: 3 }, say),
  scale: async () =>
    measureScale({ rows: [10_000, 1_000_000], msABatch: await msABatch(), concurrency: 20 }, say),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((part) => !(part in PARTS));
if (unknown.length > 0) {
  console.error(
    `There is no part ${unknown.join(', ')}. The parts: ${Object.keys(PARTS).join(', ')}`,
  );
  process.exit(2);
}
await mkdir(RESULTS, { recursive: true });
for (const part of wanted.length > 0 ? wanted : Object.keys(PARTS)) {
  const measuredAt = new Date().toISOString();
  const machine = `${availableParallelism()} cores (${cpus()[0]?.model}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
  const result = await PARTS[part]?.();
  const text = JSON.stringify({ measuredAt, machine, result }, undefined, 1);
  await writeFile(new URL(`${part}.json`, RESULTS), `${text}\n`);
}
await render();
