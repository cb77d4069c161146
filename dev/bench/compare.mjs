// Fresh imports, the same file again, and an update of a tenth: the script that this project replaces (the recipe),
// `kratos import identities`, a bare loop of batches, and this project, in turns against the same Kratos on Postgres.
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { kratosImport } from './contenders/kratos-import.mjs';
import { importUsers } from './contenders/own.mjs';
import { cpuSecondsOf, sharesSince } from './cpu.mjs';
import { FILES, writeCsv } from './files.mjs';
import {
  AGAIN,
  FRESH,
  KRATOS_IMPORT,
  KRATOS_IMPORT_RANDOM,
  LOOP,
  OWN,
  RECIPE,
  UPDATE,
} from './labels.mjs';
import { kratosOnPostgres, startWorker, temporalServer, withBench } from './servers.mjs';

const run = promisify(execFile);
/**
 * The largest share of the processor that a shared host may give to others during a measurement, which is repeated
 * otherwise.
 */
const MOST_STOLEN = 0.1;
const MOST_TRIES = 3;
/**
 * The sizes of the bare loop's batches that are tried, the batches at once, and the rows each time: enough for the
 * largest batches at once.
 */
const SIZES = [200, 500, 1000];
const AT_ONCE = [1, 2, 3, 5];
const SWEEP_ROWS = 5000;
/** One user in so many has another role in the file of an update. */
const CHANGED_ONE_IN = 10;

/**
 * @typedef {{seconds: number, created?: number, updated?: number, skipped?: number, unchanged?: number}} Outcome
 * @typedef {object} Sample
 * @property {string} file
 * @property {string} job
 * @property {string} who
 * @property {number} round
 * @property {number} rows the number of rows that it processed
 * @property {number} seconds
 * @property {number} rowsPerSecond
 * @property {number} idle share of the processor's time that no process used
 * @property {number} stolen share of the processor's time that the host gave to others
 * @property {Record<string, number>} cpu seconds of processor time, by process
 * @typedef {object} File
 * @property {string} name
 * @property {number} rows
 * @property {string} whole
 * @property {string} part the first rows of it, for contenders that send one request a row
 * @property {string} changed the whole file, a tenth of its people with another role
 * @property {string} changedPart
 * @property {string} existing the same people without passwords, whose users are created fastest
 * @typedef {{size: number, concurrency: number}} Batches
 * @typedef {(Batches & {rowsPerSecond: number})[]} Sweep
 */

/**
 * @param {{cost: number, rows: Record<string, number>, slowRows: number, rounds: number}} options
 *   `rows` of each file, so that each takes long enough to be measured;
 *   `slowRows`: the rows for contenders that send one request a row, whose speed does not depend on the number
 * @param {(text: string) => void} say
 */
export async function compare({ cost, rows, slowRows, rounds }, say) {
  return withBench(async (bench) => {
    const kratos = await kratosOnPostgres(bench, cost);
    const temporal = await temporalServer(bench);
    const { client } = temporal;
    const worker = await startWorker(bench, temporal, kratos.adminUrl, cost);
    const pids = { ...kratos.pids, temporal: temporal.pid, worker: worker.pid, own: process.pid };

    const ceiling = (/** @type {string} */ file, /** @type {Batches} */ { size, concurrency }) =>
      script('ceiling', [file, kratos.adminUrl, String(size), String(concurrency), String(cost)]);
    const recipe = (/** @type {string} */ file, mode = 'skip') =>
      script('recipe', [file, kratos.adminUrl, mode]);
    const own = (/** @type {string} */ file, input = {}) =>
      importUsers(client, { file: path.basename(file), ...input });

    const warmUp = path.join(bench.importRoot, 'warm-up.csv');
    await writeCsv(warmUp, { rows: SWEEP_ROWS });
    /** @type {Sweep} */
    const sweep = [];
    for (const size of SIZES) {
      for (const concurrency of AT_ONCE) {
        await kratos.empty();
        await kratos.vacuum();
        const { seconds } = await ceiling(warmUp, { size, concurrency });
        sweep.push({ size, concurrency, rowsPerSecond: SWEEP_ROWS / seconds });
      }
    }
    const best = sweep.reduce((a, b) => (b.rowsPerSecond > a.rowsPerSecond ? b : a));
    say(`the bare loop is fastest with batches of ${best.size}, ${best.concurrency} at once`);
    // A new worker compiles its code while it works, once.
    await kratos.empty();
    await own(warmUp);

    /** @type {File[]} */
    const files = [];
    for (const [name, many] of Object.entries(rows)) {
      files.push(await writeFiles(bench.importRoot, name, many, Math.min(slowRows, many)));
    }

    /** @type {Sample[]} */
    const samples = [];
    /**
     * @param {Pick<Sample, 'file' | 'job' | 'who' | 'round' | 'rows'>} what
     * @param {() => Promise<unknown>} prepare
     * @param {() => Promise<Outcome>} work
     * @param {(outcome: Outcome) => boolean | Promise<boolean>} isRight
     */
    const measure = async (what, prepare, work, isRight) => {
      for (let tries = 1; ; tries++) {
        await prepare();
        await kratos.vacuum();
        const before = await cpuSecondsOf(pids);
        const shares = await sharesSince();
        const outcome = await work();
        const { idle, stolen } = await shares();
        const after = await cpuSecondsOf(pids);
        if (!(await isRight(outcome)))
          throw new Error(`${JSON.stringify(what)}: ${JSON.stringify(outcome)}`);
        const { seconds } = outcome;
        const rowsPerSecond = what.rows / seconds;
        say(
          `cost ${cost}, ${what.file}, ${what.job}, ${what.who}: ${rowsPerSecond.toFixed(0)} rows/s, ${(idle * 100).toFixed(0)} % idle, ${(stolen * 100).toFixed(0)} % stolen`,
        );
        if (stolen > MOST_STOLEN && tries < MOST_TRIES) continue;
        const cpu = Object.fromEntries(
          Object.entries(after).map(([name, used]) => [name, used - (before[name] ?? 0)]),
        );
        samples.push({ ...what, seconds, rowsPerSecond, idle, stolen, cpu });
        return;
      }
    };

    /** No user exists before, all users afterwards. */
    const fresh = async (/** @type {File} */ file, /** @type {number} */ round) => {
      const { name, whole, part } = file;
      const slow = Math.min(slowRows, file.rows);
      /** @type {[string, number, () => Promise<Outcome>][]} */
      const contenders = [
        [OWN, file.rows, () => own(whole)],
        [LOOP, file.rows, () => ceiling(whole, best)],
        [RECIPE, slow, () => recipe(part)],
        [KRATOS_IMPORT, slow, () => kratosImport(kratos, part, () => undefined)],
      ];
      if (!FILES[name]?.(1)) {
        contenders.push([KRATOS_IMPORT_RANDOM, slow, () => kratosImport(kratos, part, randomUUID)]);
      }
      for (const [who, many, work] of inTurns(contenders, round - 1)) {
        const what = { file: name, job: FRESH, who, round, rows: many };
        await measure(what, kratos.empty, work, async () => (await kratos.count()) === many);
      }
    };

    /** All users exist before. */
    const again = async (/** @type {File} */ file, /** @type {number} */ round) => {
      const { name, whole, part, changed, changedPart, existing } = file;
      const slow = Math.min(slowRows, file.rows);
      const tenth = Math.ceil(file.rows / CHANGED_ONE_IN);
      const createAll = async () => {
        await kratos.empty();
        await ceiling(existing, best);
      };
      const nothing = async () => {};
      await createAll();
      await measure(
        { file: name, job: AGAIN, who: OWN, round, rows: file.rows },
        nothing,
        () => own(whole),
        ({ skipped }) => skipped === file.rows,
      );
      await measure(
        { file: name, job: AGAIN, who: RECIPE, round, rows: slow },
        nothing,
        () => recipe(part),
        ({ skipped }) => skipped === slow,
      );
      await measure(
        { file: name, job: UPDATE, who: RECIPE, round, rows: slow },
        nothing,
        () => recipe(changedPart, 'update'),
        ({ updated }) => updated === slow,
      );
      await measure(
        { file: name, job: UPDATE, who: OWN, round, rows: file.rows },
        createAll,
        () => own(changed, { mode: 'update' }),
        ({ updated, unchanged }) => updated === tenth && unchanged === file.rows - tenth,
      );
    };

    for (let round = 1; round <= rounds; round++) {
      for (const file of files) {
        await fresh(file, round);
        // `again` hashes nothing: the cost makes no difference.
        if (cost === 8) await again(file, round);
      }
    }
    return { cost, rows, slowRows, rounds, best, sweep, samples };
  });
}

/**
 * @param {string} name of the contender
 * @param {string[]} args
 * @returns {Promise<Outcome>}
 */
async function script(name, args) {
  const program = fileURLToPath(new URL(`contenders/${name}.mjs`, import.meta.url));
  const { stdout } = await run(process.execPath, [program, ...args], { maxBuffer: 2 ** 28 });
  return JSON.parse(stdout);
}

/**
 * @param {string} folder
 * @param {string} name
 * @param {number} rows
 * @param {number} slowRows
 * @returns {Promise<File>}
 */
async function writeFiles(folder, name, rows, slowRows) {
  const hasPassword = FILES[name];
  const isChanged = (/** @type {number} */ row) => row % CHANGED_ONE_IN === 0;
  const write = async (/** @type {string} */ suffix, /** @type {object} */ options) => {
    const file = path.join(folder, `${name}${suffix}.csv`.replaceAll(' ', '-'));
    await writeCsv(file, { rows, hasPassword, ...options });
    return file;
  };
  return {
    ...{ name, rows },
    whole: await write('', {}),
    part: await write(' part', { rows: slowRows }),
    changed: await write(' changed', { isChanged }),
    changedPart: await write(' changed part', { rows: slowRows, isChanged }),
    existing: await write(' existing', { hasPassword: undefined }),
  };
}

/**
 * Each contender is first in some turn and last in another, since the machine changes during a turn.
 * @template T
 * @param {T[]} contenders
 * @param {number} turn from 0
 */
function inTurns(contenders, turn) {
  const first = turn % contenders.length;
  return [...contenders.slice(first), ...contenders.slice(0, first)];
}
