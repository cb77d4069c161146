// Large imports against a stub of Kratos that answers as slowly as a real one did: memory, speed and what Temporal keeps.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { actionsOf } from './cloud-actions.mjs';
import { importUsers } from './contenders/own.mjs';
import { FILES, writeCsv } from './files.mjs';
import { startWorker, temporalServer, withBench } from './servers.mjs';

const stub = fileURLToPath(new URL('stub-kratos.mjs', import.meta.url));

/**
 * @param {{rows: number[], msABatch: number, concurrency: number}} options
 *   `msABatch`: how long Kratos takes for 500 rows
 * @param {(text: string) => void} say
 */
export async function measureScale({ rows: sizes, msABatch, concurrency }, say) {
  /** @type {object[]} */
  const runs = [];
  for (const rows of sizes) {
    // A worker of its own for each size, so that one's peak is not the other's.
    await withBench(async (bench) => {
      const temporal = await temporalServer(bench);
      const kratos = spawn(process.execPath, [stub, String(msABatch)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      bench.onEnd(async () => void kratos.kill());
      const [url] = await once(kratos.stdout, 'data');
      const { address: temporalAddress, client } = temporal;
      const settings = { temporalAddress, client, kratosUrl: String(url).trim() };
      const worker = await startWorker(bench, settings);
      bench.onEnd(() => worker.stop());
      await writeCsv(path.join(bench.importRoot, 'users.csv'), { rows });
      const result = await importUsers(client, { file: 'users.csv', concurrency });
      if (result.created !== rows) throw new Error(`created ${result.created} of ${rows}`);
      const { seconds, workflowId } = result;
      const measured = {
        ...{ rows, seconds, rowsPerSecond: rows / seconds, concurrency, msABatch },
        peakBytes: await worker.peakBytes(),
        workerStartSeconds: worker.startUpSeconds,
        secondsToFirstChunk: await secondsToFirstChunk(client, workflowId),
        ...(await actionsOf(client)),
      };
      say(
        `${rows} rows: ${measured.rowsPerSecond.toFixed(0)} rows/s, peak ${(measured.peakBytes / 2 ** 20).toFixed(0)} MiB, ` +
          `${(measured.events / rows).toFixed(4)} events and ${(measured.actions / rows).toFixed(4)} actions a row`,
      );
      runs.push(measured);
    });
  }
  return runs;
}

/**
 * The passwords' hashes with one worker and with several on the same machine.
 * @param {{rows: number, workers: number[], msABatch: number}} options
 * @param {(text: string) => void} say
 */
export async function measureWorkers({ rows, workers: counts, msABatch }, say) {
  /** @type {object[]} */
  const curve = [];
  for (const name of /** @type {const} */ (['no passwords', 'all with a password'])) {
    for (const count of counts) {
      await withBench(async (bench) => {
        const { address: temporalAddress, client } = await temporalServer(bench);
        const kratos = spawn(process.execPath, [stub, String(msABatch)], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        bench.onEnd(async () => void kratos.kill());
        const [url] = await once(kratos.stdout, 'data');
        for (let i = 0; i < count; i++) {
          const settings = { temporalAddress, client, kratosUrl: String(url).trim() };
          const worker = await startWorker(bench, settings);
          bench.onEnd(() => worker.stop());
        }
        const many = name === 'no passwords' ? rows * 20 : rows;
        await writeCsv(path.join(bench.importRoot, 'users.csv'), {
          ...{ rows: many, hasPassword: FILES[name] },
        });
        const input = { file: 'users.csv', concurrency: 20, chunkSize: 100 };
        const { seconds } = await importUsers(client, input);
        curve.push({ file: name, workers: count, rows: many, rowsPerSecond: many / seconds });
        say(`${name}, ${count} workers: ${(many / seconds).toFixed(0)} rows/s`);
      });
    }
  }
  return curve;
}

/**
 * From the start of an import to the start of its first chunk's activity, by Temporal's clock.
 * @param {import('@temporalio/client').Client} client
 * @param {string} workflowId
 */
async function secondsToFirstChunk(client, workflowId) {
  const started = (await client.workflow.getHandle(workflowId).describe()).startTime;
  let first = Infinity;
  for await (const { workflowId: id, startTime } of client.workflow.list()) {
    if (id.endsWith('/chunk-1')) first = Math.min(first, startTime.getTime());
  }
  const runs = [];
  for await (const { workflowId: id, startTime } of client.workflow.list()) {
    if (id === workflowId) runs.push(startTime.getTime());
  }
  return (first - Math.min(started.getTime(), ...runs)) / 1000;
}
