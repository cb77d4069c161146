// Rows a second by the cores that all may use: measured on those that this machine has, computed for more of them.
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { importUsers } from './contenders/own.mjs';
import { cpuSecondsOf } from './cpu.mjs';
import { FILES, writeCsv } from './files.mjs';
import {
  kratosOnPostgres,
  startWorker,
  stubKratos,
  temporalServer,
  withBench,
} from './servers.mjs';

const run = promisify(execFile);
const BCRYPT_COST = 8;
const WARM_UP_ROWS = 1000;
/** More chunks than a stub takes at once, so that others are read meanwhile. */
const CONCURRENCY = 40;

/**
 * @typedef {object} OnCores a whole import, with all servers on so many cores
 * @property {string} file
 * @property {number} cores
 * @property {number} rowsPerSecond
 * @property {Record<string, number>} msARow of processor time, by server; `main`: the main thread of the worker alone
 * @property {number} hashingThreads of the worker
 * @typedef {object} AtOnce a worker on all cores of this machine, and a Kratos elsewhere
 * @property {number} atOnce batches that Kratos does side by side, one a core
 * @property {number} rowsPerSecond
 * @property {number} most rows a second that this Kratos does
 * @property {Record<string, number>} msARow
 */

/**
 * @param {{rows: Record<string, number>, rowsAtOnce: number, atOnce: number[], msABatch: number}} options
 *   `rows` of each file; `rowsAtOnce`: of the file for a stub of Kratos, for each batch that it does at once
 * @param {(text: string) => void} say
 */
export async function measureCores({ rows, rowsAtOnce, atOnce, msABatch }, say) {
  /** @type {OnCores[]} */
  const onCores = [];
  for (let cores = 1; cores <= availableParallelism(); cores *= 2) {
    onCores.push(...(await withCores(cores, () => importOn(cores, rows, say))));
  }
  /** @type {AtOnce[]} */
  const elsewhere = [];
  for (const batches of atOnce) {
    elsewhere.push(await importBeside(batches, { rows: rowsAtOnce * batches, msABatch }, say));
  }
  return { cost: BCRYPT_COST, msABatch, onCores, elsewhere };
}

/** @returns {Promise<OnCores[]>} */
function importOn(
  /** @type {number} */ cores,
  /** @type {Record<string, number>} */ files,
  /** @type {(text: string) => void} */ say,
) {
  return withBench(async (bench) => {
    const kratos = await kratosOnPostgres(bench, BCRYPT_COST);
    const temporal = await temporalServer(bench);
    const worker = await startWorker(bench, temporal, kratos.adminUrl, BCRYPT_COST);
    const pids = { ...kratos.pids, temporal: temporal.pid, worker: worker.pid };
    const users = path.join(bench.importRoot, 'users.csv');
    // A new worker compiles its code while it works, once.
    await writeCsv(users, { rows: WARM_UP_ROWS });
    await importUsers(temporal.client, { file: 'users.csv' });
    const measured = [];
    for (const [file, rows] of Object.entries(files)) {
      await kratos.empty();
      await kratos.vacuum();
      await writeCsv(users, { rows, hasPassword: FILES[file] });
      const threads = await threadsOf(worker.pid);
      const { rowsPerSecond, msARow } = await measuredImport(temporal.client, rows, pids);
      // The worker has started one of them at its start, for a test.
      const hashingThreads = 1 + (await threadsOf(worker.pid)) - threads;
      measured.push({ file, cores, rowsPerSecond, msARow, hashingThreads });
      say(
        `${file}, ${cores} cores: ${rowsPerSecond.toFixed(0)} rows/s, ${hashingThreads} hashing threads`,
      );
    }
    return measured;
  });
}

/** @returns {Promise<AtOnce>} */
function importBeside(
  /** @type {number} */ atOnce,
  /** @type {{rows: number, msABatch: number}} */ { rows, msABatch },
  /** @type {(text: string) => void} */ say,
) {
  return withBench(async (bench) => {
    const temporal = await temporalServer(bench);
    const kratosUrl = await stubKratos(bench, msABatch, atOnce);
    const worker = await startWorker(bench, temporal, kratosUrl, BCRYPT_COST);
    const pids = { temporal: temporal.pid, worker: worker.pid };
    await writeCsv(path.join(bench.importRoot, 'users.csv'), { rows });
    const measured = await measuredImport(temporal.client, rows, pids, CONCURRENCY);
    const most = (atOnce * 500 * 1000) / msABatch;
    say(`${atOnce} at once: ${measured.rowsPerSecond.toFixed(0)} of ${most.toFixed(0)} rows/s`);
    return { atOnce, most, ...measured };
  });
}

/**
 * @param {import('@temporalio/client').Client} client
 * @param {number} rows
 * @param {{worker: number} & Record<string, number>} pids
 * @param {number} [concurrency]
 */
async function measuredImport(client, rows, pids, concurrency) {
  /** @returns {Promise<Record<string, number>>} */
  const used = async () => ({ ...(await cpuSecondsOf(pids)), main: await mainThread(pids.worker) });
  const before = await used();
  const input = { file: 'users.csv', ...(concurrency && { concurrency }) };
  const { seconds, created } = await importUsers(client, input);
  if (created !== rows) throw new Error(`created ${created} of ${rows}`);
  const msARow = Object.fromEntries(
    Object.entries(await used()).map(([name, after]) => [
      name,
      ((after - (before[name] ?? 0)) * 1000) / rows,
    ]),
  );
  return { rowsPerSecond: rows / seconds, msARow };
}

/** Runs with everything that is started meanwhile on the first cores of this machine, as far as the system can (Linux). */
async function withCores(
  /** @type {number} */ cores,
  /** @type {() => Promise<OnCores[]>} */ work,
) {
  const limit = (/** @type {number} */ to) =>
    run('taskset', ['--all-tasks', '--cpu-list', '--pid', `0-${to - 1}`, String(process.pid)]);
  const all = availableParallelism();
  await limit(cores);
  try {
    return await work();
  } finally {
    await limit(all);
  }
}

/** Seconds of processor time of a process's first thread, which runs its JavaScript. */
async function mainThread(/** @type {number} */ pid) {
  const stat = await readFile(`/proc/${pid}/task/${pid}/stat`, 'utf8');
  const [user = 0, system = 0] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return (user + system) / 100;
}

async function threadsOf(/** @type {number} */ pid) {
  return (await readdir(`/proc/${pid}/task`)).length;
}

/**
 * What so many cores would do: the work of a row is shared out among all cores, but the worker's main thread does its
 * part one row after the other. How much of the cores all of it keeps busy is taken from the most cores measured.
 * @param {OnCores[]} measured of one file
 * @returns `rate`: the rows a second of one worker; `bound`: at most, which `bend` cores would reach
 */
export function coresModel(measured) {
  const base = measured.reduce((a, b) => (b.cores > a.cores ? b : a));
  const { kratos = 0, postgres = 0, temporal = 0, worker = 0, main = 0 } = base.msARow;
  const together = kratos + postgres + temporal + worker;
  const busy = (base.rowsPerSecond * together) / 1000 / base.cores;
  const bound = 1000 / main;
  const ofCores = (/** @type {number} */ cores) => (cores * busy * 1000) / together;
  return {
    ...{ together, main, busy, bound, bend: (bound * together) / 1000 / busy },
    rate: (/** @type {number} */ cores) => Math.min(ofCores(cores), bound),
  };
}
