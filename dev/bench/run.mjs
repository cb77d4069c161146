// Measures, and writes the results to dev/bench/results/ and into the tables of docs/performance.md and
// docs/scale.md. Usage: npm run bench [-- [--short] PART …]; all parts without any. Each takes eight minutes at most on
// two cores. --short shows that a part works: one round of few rows, whose results are not kept.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { measureAgain } from './again.mjs';
import { measureCores } from './cores.mjs';
import { measureCosts } from './costs.mjs';
import { measureFresh } from './fresh.mjs';
import { measureHashing } from './hashing.mjs';
import {
  ALL,
  KRATOS_IMPORT,
  KRATOS_IMPORT_RANDOM,
  LOOP,
  NONE,
  OWN,
  RECIPE,
  THIRD,
} from './labels.mjs';
import { measureMails } from './mails.mjs';
import { render, RESULTS } from './render.mjs';
import { measureScale, measureWorkers } from './scale.mjs';
import { measureStartUp } from './start-up.mjs';
import { measureSweep } from './sweep.mjs';
import { measureValidation } from './validation.mjs';

const args = process.argv.slice(2);
const isShort = args.includes('--short');
const say = (/** @type {string} */ text) => console.log(`${new Date().toISOString()} ${text}`);
const rounds = (/** @type {number} */ usual) => (isShort ? 1 : usual);
const rows = (/** @type {number} */ usual) => (isShort ? Math.ceil(usual / 20) : usual);

/** What the part `sweep` found last. */
async function readSweep() {
  const text = await readFile(new URL('sweep.json', RESULTS), 'utf8').catch(() => {
    throw new Error('The best batches are not known yet: measure the part sweep first.');
  });
  /** @type {Awaited<ReturnType<typeof measureSweep>>} */
  const sweep = JSON.parse(text).result;
  return sweep;
}

/** The batches with which the bare loop is fastest, by file. */
async function bestBatches() {
  if (isShort) return {};
  const sweep = await readSweep();
  return Object.fromEntries(Object.entries(sweep).map(([file, { best }]) => [file, best]));
}

/** The time of Kratos for a batch of 500 rows with no other in flight. */
async function msABatch() {
  if (isShort) return 1000;
  const tried = (await readSweep())[NONE]?.tried ?? [];
  const alone = tried.find(({ size, concurrency }) => size === 500 && concurrency === 1);
  return Math.round((500 * 1000) / (alone?.rates[0] ?? NaN));
}

const FILES_8 = { [NONE]: rows(10_000), [THIRD]: rows(4000), [ALL]: rows(2000) };
const DEFAULT_CONCURRENCY = 5;
const BY_ONE = [RECIPE, KRATOS_IMPORT, KRATOS_IMPORT_RANDOM];

/** What is measured, in this order: later parts need what earlier ones found. @type {Record<string, () => Promise<unknown>>} */
const PARTS = {
  validation: () => measureValidation({ rows: rows(1_000_000), rounds: rounds(5) }, say),
  'start-up': () => measureStartUp({ rounds: rounds(15) }, say),
  hashing: () => measureHashing({ cost: 8, passwords: rows(400), rounds: rounds(7) }, say),
  sweep: () =>
    measureSweep(
      {
        grids: {
          [NONE]: { rows: rows(4000), sizes: [100, 250, 500, 1000], atOnce: [1, 2, 3, 4, 6] },
          [THIRD]: { rows: rows(1200), sizes: [50, 100, 250], atOnce: [2, 4] },
          [ALL]: { rows: rows(600), sizes: [25, 50, 100], atOnce: [2, 4] },
        },
        ...{ finalists: 3, rounds: rounds(2) },
      },
      say,
    ),
  fresh: async () =>
    measureFresh(
      {
        ...{ cost: 8, who: [OWN, LOOP], rounds: rounds(5) },
        // Of a shorter file start and report would be a twentieth.
        rows: { ...FILES_8, [THIRD]: rows(10_000) },
        batches: await bestBatches(),
      },
      say,
    ),
  alternatives: () =>
    measureFresh(
      { cost: 8, who: [OWN, ...BY_ONE], rows: FILES_8, slowRows: rows(200), rounds: 1 },
      say,
    ),
  again: async () =>
    measureAgain(
      {
        ...{ rows: rows(6000), changedRows: rows(2000), slowRows: rows(300) },
        ...{ sweepRows: rows(500), rounds: rounds(2) },
        batches: (await bestBatches())[NONE] ?? { size: 500, concurrency: 3 },
      },
      say,
    ),
  'cost-12': async () =>
    measureFresh(
      {
        ...{
          cost: 12,
          who: [OWN, LOOP, ...BY_ONE],
          rows: { [THIRD]: rows(500), [ALL]: rows(200) },
        },
        ...{ slowRows: rows(60), rounds: 1, batches: await bestBatches() },
      },
      say,
    ),
  costs: async () =>
    measureCosts(
      {
        stub: [
          { rows: rows(10_000), rounds: rounds(5) },
          { rows: rows(100_000), rounds: 1 },
        ],
        ...{ msABatch: await msABatch(), rows: rows(10_000), rounds: rounds(3) },
        // More than one wave of chunks, also in a short form.
        pausedRows: isShort ? { [NONE]: 3000 } : { [NONE]: 20_000, [ALL]: 5000 },
        pauses: rounds(5),
      },
      say,
    ),
  workers: async () =>
    measureWorkers(
      {
        rows: { [NONE]: rows(40_000), [ALL]: rows(2000) },
        ...{ workers: [1, 2, 4], msABatch: await msABatch() },
      },
      say,
    ),
  mails: () => measureMails({ mails: rows(2000), stubMails: rows(6000), rounds: rounds(2) }, say),
  scale: async () =>
    measureScale(
      {
        rows: [10_000, rows(100_000), rows(1_000_000)],
        ...{ msABatch: await msABatch(), concurrency: [DEFAULT_CONCURRENCY, 20] },
      },
      say,
    ),
  cores: async () =>
    measureCores(
      {
        rows: { [NONE]: rows(10_000), [ALL]: rows(1500) },
        ...{ rowsAtOnce: rows(10_000), atOnce: [1, 2, 4, 8, 16], msABatch: await msABatch() },
      },
      say,
    ),
};

const wanted = args.filter((arg) => arg !== '--short');
const unknown = wanted.filter((part) => !(part in PARTS));
if (unknown.length > 0) {
  console.error(
    `There is no part ${unknown.join(', ')}. The parts: ${Object.keys(PARTS).join(', ')}`,
  );
  process.exit(2);
}
await mkdir(RESULTS, { recursive: true });
for (const part of wanted.length > 0 ? wanted : Object.keys(PARTS)) {
  const began = performance.now();
  const measuredAt = new Date().toISOString();
  const machine = `${availableParallelism()} cores (${cpus()[0]?.model}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
  const result = await PARTS[part]?.();
  say(`${part} took ${((performance.now() - began) / 60_000).toFixed(1)} minutes`);
  if (isShort) continue;
  const text = JSON.stringify({ measuredAt, machine, result }, undefined, 1);
  await writeFile(new URL(`${part}.json`, RESULTS), `${text}\n`);
}
if (!isShort) await render();
