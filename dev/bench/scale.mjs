// Large imports against a stub of Kratos that answers as slowly as a real one did: memory, speed and what Temporal
// keeps.
import path from 'node:path';
import { actionsOf } from './cloud-actions.mjs';
import { importUsers } from './contenders/own.mjs';
import { FILES, writeCsv } from './files.mjs';
import { startWorker, stubKratos, temporalServer, withBench } from './servers.mjs';

const BCRYPT_COST = 8;
/** What the index of addresses takes at most (src/validation/address-index.ts). */
const INDEX_BYTES_A_ROW = 24;

/**
 * @param {{rows: number[], msABatch: number, concurrency: number[]}} options `msABatch`: the time that Kratos takes for
 *   500 rows
 * @param {(text: string) => void} say
 */
export async function measureScale({ rows: sizes, msABatch, concurrency: settings }, say) {
  const runs = [];
  for (const concurrency of settings) {
    for (const rows of sizes) {
      const run = await measureSize({ rows, msABatch, concurrency });
      runs.push(run);
      say(
        `${rows} rows, ${concurrency} at once: ${run.rowsPerSecond.toFixed(0)} rows/s, ` +
          `peak ${(run.peakBytes / 2 ** 20).toFixed(0)} MiB, ` +
          `${(run.events / rows).toFixed(4)} events and ${(run.actions / rows).toFixed(4)} actions a row`,
      );
    }
  }
  return runs;
}

/**
 * With a worker of its own, just started, so that one's peak is not the other's.
 * @param {{rows: number, msABatch: number, concurrency: number}} options
 */
function measureSize({ rows, msABatch, concurrency }) {
  return withBench(async (bench) => {
    const temporal = await temporalServer(bench);
    const kratosUrl = await stubKratos(bench, msABatch);
    const worker = await startWorker(bench, temporal, kratosUrl, BCRYPT_COST);
    await writeCsv(path.join(bench.importRoot, 'users.csv'), { rows });
    const input = { file: 'users.csv', concurrency };
    const { seconds, workflowId, created } = await importUsers(temporal.client, input);
    if (created !== rows) throw new Error(`created ${created} of ${rows}`);
    return {
      ...{ rows, seconds, rowsPerSecond: rows / seconds, concurrency, msABatch },
      peakBytes: await worker.peakBytes(),
      workerStartSeconds: worker.startUpSeconds,
      secondsToFirstChunk: await secondsToFirstChunk(temporal.client, workflowId),
      ...(await actionsOf(temporal.client)),
    };
  });
}

/** The peak without the index of addresses, which alone may grow with the file. */
export function withoutIndex(/** @type {{peakBytes: number, rows: number}} */ { peakBytes, rows }) {
  return peakBytes - INDEX_BYTES_A_ROW * rows;
}

/**
 * The same file with one worker and with several on the same machine.
 * @param {{rows: Record<string, number>, workers: number[], msABatch: number}} options `rows` of each file
 * @param {(text: string) => void} say
 */
export async function measureWorkers({ rows: files, workers: counts, msABatch }, say) {
  const curve = [];
  for (const [file, rows] of Object.entries(files)) {
    for (const workers of counts) {
      const seconds = await withBench(async (bench) => {
        const temporal = await temporalServer(bench);
        const kratosUrl = await stubKratos(bench, msABatch);
        for (let i = 0; i < workers; i++) {
          await startWorker(bench, temporal, kratosUrl, BCRYPT_COST);
        }
        const users = path.join(bench.importRoot, 'users.csv');
        await writeCsv(users, { rows, hasPassword: FILES[file] });
        const input = { file: 'users.csv', concurrency: 20, chunkSize: 100 };
        return (await importUsers(temporal.client, input)).seconds;
      });
      const rowsPerSecond = rows / seconds;
      curve.push({ file, workers, rows, rowsPerSecond });
      say(`${file}, ${workers} workers: ${rowsPerSecond.toFixed(0)} rows/s`);
    }
  }
  return curve;
}

/**
 * From the start of the import to the start of its first chunk's workflow, by Temporal's clock.
 * @param {import('@temporalio/client').Client} client
 * @param {string} workflowId
 */
async function secondsToFirstChunk({ workflow }, workflowId) {
  /** An import that has continued as new has several runs. */
  const starts = { import: Infinity, chunk: Infinity };
  for await (const { workflowId: id, startTime } of workflow.list()) {
    if (id === workflowId) starts.import = Math.min(starts.import, startTime.getTime());
    if (id.endsWith('/chunk-1')) starts.chunk = Math.min(starts.chunk, startTime.getTime());
  }
  return (starts.chunk - starts.import) / 1000;
}
