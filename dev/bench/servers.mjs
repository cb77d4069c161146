// The servers that a measurement runs against: Kratos on Postgres, Temporal, and a worker as shipped.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { findBinary } from '../../dist/dev/servers/binaries.js';
import { DEMO_SCHEMA_ID, demoSchema } from '../../dist/dev/servers/demo-schema.js';
import { nodeFlagsOfImage } from '../../dist/dev/servers/image.js';
import { startKratos } from '../../dist/dev/servers/kratos.js';
import { executeSql, startPostgres } from '../../dist/dev/servers/postgres.js';
import { startProcess } from '../../dist/dev/servers/process.js';
import { startTemporal } from '../../dist/dev/servers/temporal.js';

const stubProgram = fileURLToPath(new URL('stub-kratos.mjs', import.meta.url));
const program = fileURLToPath(new URL('../../bin/user-import.cjs', import.meta.url));

/**
 * Gives a measurement a folder, and ends its servers afterwards, last started first.
 * @template Result
 * @param {(bench: Bench) => Promise<Result>} measure
 */
export async function withBench(measure) {
  /** @type {(() => Promise<unknown>)[]} */
  const ends = [];
  const dir = await mkdtemp(path.join(tmpdir(), 'kratos-user-import-bench-'));
  ends.push(() => rm(dir, { recursive: true, force: true }));
  const [importRoot, runs] = [path.join(dir, 'files'), path.join(dir, 'runs')];
  try {
    for (const folder of [importRoot, runs]) await mkdir(folder);
    return await measure({ dir, importRoot, runs, onEnd: (end) => void ends.push(end) });
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

/**
 * @typedef {object} Bench
 * @property {string} dir
 * @property {string} importRoot the folder of the worker's files
 * @property {string} runs
 * @property {(end: () => Promise<unknown>) => void} onEnd
 */

/**
 * Kratos on a Postgres of its own that writes durably to the disk, as a real one does.
 * @param {Bench} bench
 * @param {number} bcryptCost
 */
export async function kratosOnPostgres(bench, bcryptCost) {
  const binary = await findBinary('kratos', { log: console.log });
  const dir = path.join(bench.dir, `kratos-${bcryptCost}`);
  const postgres = await startPostgres({ dir: path.join(dir, 'postgres'), durable: true });
  bench.onEnd(() => postgres.stop());
  bench.onEnd(() => rm(postgres.home, { recursive: true, force: true }));
  await executeSql(postgres.url('postgres'), 'CREATE DATABASE kratos');
  const databaseUrl = postgres.url('kratos');
  const kratos = await startKratos({
    ...{ binary, databaseUrl, dir, bcryptCost },
    schemas: { [DEMO_SCHEMA_ID]: demoSchema },
    defaultSchemaId: DEMO_SCHEMA_ID,
    smtpUrl: 'smtp://127.0.0.1:1025',
  });
  bench.onEnd(() => kratos.stop());
  const sql = (/** @type {string} */ statement) => executeSql(databaseUrl, statement);
  return {
    binary,
    adminUrl: kratos.adminUrl,
    pids: { kratos: kratos.pid, postgres: postgres.pid },
    /** Removes all users. */
    empty: () => sql('TRUNCATE identities CASCADE'),
    /** Finishes the work that Postgres has put off, so that no measurement pays for the one before. */
    async vacuum() {
      await sql('VACUUM ANALYZE');
      await sql('CHECKPOINT');
    },
    /** @returns {Promise<number>} */
    async count() {
      const [row] = await sql('SELECT count(*) AS count FROM identities');
      return Number(row?.['count']);
    },
  };
}
/** @typedef {Awaited<ReturnType<typeof kratosOnPostgres>>} BenchKratos */

/** @param {Bench} bench */
export async function temporalServer(bench) {
  const binary = await findBinary('temporal', { log: console.log });
  const dir = path.join(bench.dir, 'temporal');
  // On disk, so that what Temporal keeps is paid for.
  const temporal = await startTemporal({ binary, dir, dbFile: path.join(dir, 'temporal.db') });
  bench.onEnd(() => temporal.stop());
  const connection = await Connection.connect({ address: temporal.address });
  bench.onEnd(() => connection.close());
  return { address: temporal.address, pid: temporal.pid, client: new Client({ connection }) };
}

/**
 * Kratos's admin endpoints with a given speed.
 * @param {Bench} bench
 * @param {number} msABatch the time that it takes for 500 rows
 * @param {number} atOnce so many batches it does side by side; others wait
 * @returns {Promise<string>} where it listens
 */
export async function stubKratos(bench, msABatch, atOnce = Infinity) {
  const stub = spawn(process.execPath, [stubProgram, String(msABatch), String(atOnce)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  bench.onEnd(async () => void stub.kill());
  const [url] = await once(stub.stdout, 'data');
  return String(url).trim();
}

/**
 * A worker as the image starts it.
 * @param {Bench} bench
 * @param {{address: string, client: Client}} temporal
 * @param {string} kratosUrl
 * @param {number} bcryptCost
 * @param {Record<string, string>} settings in place of these
 */
export async function startWorker(
  bench,
  { address, client },
  kratosUrl,
  bcryptCost,
  settings = {},
) {
  const logFile = path.join(bench.dir, `worker-${randomUUID()}.log`);
  const started = performance.now();
  const worker = await startProcess({
    name: 'worker',
    command: process.execPath,
    args: [...nodeFlagsOfImage(), program, 'worker'],
    env: {
      ...process.env,
      MALLOC_ARENA_MAX: '2',
      TEMPORAL_ADDRESS: address,
      KRATOS_ADMIN_URL: kratosUrl,
      SMTP_URL: 'smtp://127.0.0.1:1025',
      MAIL_FROM: 'no-reply@example.com',
      APP_NAME: 'Example Platform',
      IMPORT_ROOT: bench.importRoot,
      IMPORT_RUNS: bench.runs,
      PASSWORD_BCRYPT_COST: String(bcryptCost),
      ...settings,
    },
    logFile,
    cwd: bench.dir,
  });
  bench.onEnd(() => worker.stop());
  while (!(await isPolled(client))) {
    if (!worker.running()) throw new Error(await readFile(logFile, 'utf8'));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const startUpSeconds = (performance.now() - started) / 1000;
  return {
    ...{ pid: worker.pid, startUpSeconds },
    peakBytes: () => peakBytes(worker.pid),
    stop: () => worker.stop(),
  };
}

/** Whether any worker asks for chunks to import. */
async function isPolled(/** @type {Client} */ { workflowService, options: { namespace } }) {
  const taskQueue = { name: 'user-import' };
  const { pollers } = await workflowService.describeTaskQueue({ namespace, taskQueue });
  return pollers.length > 0;
}

/** The most memory that a process has ever had, where the system says so (Linux). */
async function peakBytes(/** @type {number} */ pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
}
