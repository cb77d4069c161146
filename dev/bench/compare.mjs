// Contenders at the same job, in turns against the same Kratos on Postgres: this project, a bare loop over Kratos's API,
// the script that this project replaces (the recipe), and `kratos import identities`.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { importUsers } from './contenders/own.mjs';
import { cpuSecondsOf, sharesSince } from './cpu.mjs';
import { FILES, writeCsv } from './files.mjs';
import { kratosOnPostgres, startWorker, temporalServer, withBench } from './servers.mjs';

const run = promisify(execFile);
/**
 * The largest share of the processor that a shared host may give to others during a measurement, which is repeated
 * otherwise.
 */
const MOST_STOLEN = 0.1;
const MOST_TRIES = 2;
const WARM_UP_ROWS = 5000;

/**
 * @typedef {{seconds: number} & Record<string, unknown>} Outcome with counts of users
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
 * @typedef {{size: number, concurrency: number}} Batches rows a batch, and batches at once
 * @typedef {object} Contest
 * @property {import('./servers.mjs').BenchKratos} kratos
 * @property {import('@temporalio/client').Client} client
 * @property {string} folder of the files
 * @property {Sample[]} samples what was measured so far
 * @property {(file: string, input?: object) => ReturnType<typeof importUsers>} own
 * @property {(what: Pick<Sample, 'file' | 'job' | 'who' | 'round' | 'rows'>, turn: Turn) => Promise<void>} measure
 * @typedef {object} Turn
 * @property {() => Promise<unknown>} [prepare] what is not measured
 * @property {() => Promise<Outcome>} work
 * @property {(outcome: Outcome) => boolean | Promise<boolean>} isRight
 */

/**
 * Starts the servers and a worker that is warm.
 * @template Result
 * @param {number} cost bcrypt's
 * @param {(text: string) => void} say
 * @param {(contest: Contest) => Promise<Result>} compare
 */
export function withContest(cost, say, compare) {
  return withBench(async (bench) => {
    const kratos = await kratosOnPostgres(bench, cost);
    const temporal = await temporalServer(bench);
    const { client } = temporal;
    const worker = await startWorker(bench, temporal, kratos.adminUrl, cost);
    const pids = { ...kratos.pids, temporal: temporal.pid, worker: worker.pid, own: process.pid };
    /** @type {Contest['own']} */
    const own = (file, input = {}) => importUsers(client, { file: path.basename(file), ...input });
    /** @type {Sample[]} */
    const samples = [];

    /** @type {Contest['measure']} */
    const measure = async (what, { prepare, work, isRight }) => {
      for (let tries = 1; ; tries++) {
        await prepare?.();
        await kratos.vacuum();
        const before = await cpuSecondsOf(pids);
        const shares = await sharesSince();
        const outcome = await work();
        const { idle, stolen } = await shares();
        const after = await cpuSecondsOf(pids);
        if (!(await isRight(outcome))) {
          throw new Error(`${JSON.stringify(what)}: ${JSON.stringify(outcome)}`);
        }
        const { seconds } = outcome;
        const rowsPerSecond = what.rows / seconds;
        say(
          `cost ${cost}, ${what.file}, ${what.job}, ${what.who}: ${rowsPerSecond.toFixed(0)} rows/s, ` +
            `${(idle * 100).toFixed(0)} % idle, ${(stolen * 100).toFixed(0)} % stolen`,
        );
        if (stolen > MOST_STOLEN && tries < MOST_TRIES) continue;
        const cpu = Object.fromEntries(
          Object.entries(after).map(([name, used]) => [name, used - (before[name] ?? 0)]),
        );
        samples.push({ ...what, seconds, rowsPerSecond, idle, stolen, cpu });
        return;
      }
    };

    // A new worker compiles its code while it works, once.
    const warmUp = path.join(bench.importRoot, 'warm-up.csv');
    await writeCsv(warmUp, { rows: WARM_UP_ROWS });
    await own(warmUp);
    return compare({ kratos, client, folder: bench.importRoot, samples, own, measure });
  });
}

/**
 * A contender in a process of its own.
 * @param {'ceiling' | 'ceiling-of-changes' | 'recipe'} name
 * @param {(string | number)[]} args
 * @returns {Promise<Outcome>}
 */
export async function runContender(name, args) {
  const program = fileURLToPath(new URL(`contenders/${name}.mjs`, import.meta.url));
  const { stdout } = await run(process.execPath, [program, ...args.map(String)], {
    maxBuffer: 2 ** 28,
  });
  return JSON.parse(stdout);
}

/**
 * @param {string} folder
 * @param {string} file the kind of file, see FILES
 * @param {string} suffix of its name
 * @param {Parameters<typeof writeCsv>[1]} options
 */
export async function writeFile(folder, file, suffix, options) {
  const name = path.join(folder, `${file}${suffix}.csv`.replaceAll(' ', '-'));
  await writeCsv(name, { hasPassword: FILES[file], ...options });
  return name;
}

/**
 * Each contender is first in some round and last in another, since the machine changes during a round.
 * @template T
 * @param {T[]} contenders
 * @param {number} round from 1
 */
export function inTurns(contenders, round) {
  const first = (round - 1) % contenders.length;
  return [...contenders.slice(first), ...contenders.slice(0, first)];
}
