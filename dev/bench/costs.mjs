// What an import with the default settings costs besides Kratos: processor time and history of Temporal and the worker,
// seconds before Kratos's first batch and after its last, and seconds until a paused import is at rest.
import { createServer, request } from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { actionsOf } from './cloud-actions.mjs';
import { importUsers, startImport } from './contenders/own.mjs';
import { cpuSecondsOf } from './cpu.mjs';
import { FILES, writeCsv } from './files.mjs';
import { secondsOf } from './history.mjs';
import {
  kratosOnPostgres,
  startWorker,
  stubKratos,
  temporalServer,
  withBench,
} from './servers.mjs';

const COST = 8;
const WARM_UP_ROWS = 2000;
/** A probe of what Kratos can do is a batch of one identity; batches of an import are longer. */
const SMALLEST_BATCH_BYTES = 2000;
const POLL_MS = 20;

/**
 * @typedef {object} CostOptions
 * @property {{rows: number, rounds: number}[]} stub the sizes against the stub
 * @property {number} msABatch the time that the stub takes for 500 rows
 * @property {number} rows of the import whose ends are measured
 * @property {number} rounds
 * @property {Record<string, number>} pausedRows of the imports that are paused, by file
 * @property {number} pauses of each
 *
 * @param {CostOptions} options
 * @param {(text: string) => void} say
 */
export async function measureCosts(options, say) {
  const { stub, msABatch, rows, rounds, pausedRows, pauses } = options;
  const shares = await measureShares({ sizes: stub, msABatch }, say);
  return withBench(async (bench) => {
    const kratos = await kratosOnPostgres(bench, COST);
    const temporal = await temporalServer(bench);
    const watch = await watchBatches(bench, kratos.adminUrl);
    await startWorker(bench, temporal, watch.url, COST);
    const { client } = temporal;
    const file = path.join(bench.importRoot, 'users.csv');
    await writeCsv(file, { rows: WARM_UP_ROWS });
    await importUsers(client, { file: 'users.csv' });

    /** @type {{before: number, after: number, seconds: number}[]} */
    const ends = [];
    await writeCsv(file, { rows });
    for (let round = 1; round <= rounds; round++) {
      await kratos.empty();
      await kratos.vacuum();
      watch.forget();
      const started = performance.now();
      const { created, seconds } = await importUsers(client, { file: 'users.csv' });
      const ended = performance.now();
      if (created !== rows) throw new Error(`created ${created} of ${rows}`);
      const { first, last } = watch.seen();
      const end = { before: (first - started) / 1000, after: (ended - last) / 1000, seconds };
      ends.push(end);
      say(
        `${rows} rows: ${end.before.toFixed(2)} s before the first batch, ${end.after.toFixed(2)} s after the last`,
      );
    }

    /** @type {{file: string, chunks: number, seconds: number}[]} chunks that were in flight */
    const rests = [];
    for (const [name, many] of Object.entries(pausedRows)) {
      await kratos.empty();
      await kratos.vacuum();
      await writeCsv(file, { rows: many, hasPassword: FILES[name] });
      const handle = await startImport(client, { file: 'users.csv' });
      for await (const rest of pauseOften(handle, pauses)) {
        rests.push({ file: name, ...rest });
        say(
          `${name}: at rest ${rest.seconds.toFixed(2)} s after pause, ${rest.chunks} chunks in flight`,
        );
      }
      const { rows: result } = await handle.result();
      if (result.created !== many) throw new Error(`created ${result.created} of ${many}`);
    }
    return { ...options, shares, ends, rests };
  });
}

/**
 * Against a stub, so that it takes seconds.
 * @param {{sizes: {rows: number, rounds: number}[], msABatch: number}} options
 * @param {(text: string) => void} say
 */
function measureShares({ sizes, msABatch }, say) {
  return withBench(async (bench) => {
    const temporal = await temporalServer(bench);
    const worker = await startWorker(bench, temporal, await stubKratos(bench, msABatch), COST);
    const pids = { temporal: temporal.pid, worker: worker.pid };
    const file = path.join(bench.importRoot, 'users.csv');
    await writeCsv(file, { rows: WARM_UP_ROWS });
    await importUsers(temporal.client, { file: 'users.csv' });
    /** @type {{rows: number, round: number, worker: number, temporal: number, events: number}[]} milliseconds a row */
    const shares = [];
    for (const { rows, rounds } of sizes) {
      await writeCsv(file, { rows });
      for (let round = 1; round <= rounds; round++) {
        const before = await cpuSecondsOf(pids);
        const { created, workflowId } = await importUsers(temporal.client, { file: 'users.csv' });
        const after = await cpuSecondsOf(pids);
        if (created !== rows) throw new Error(`created ${created} of ${rows}`);
        const aRow = (/** @type {keyof typeof pids} */ name) =>
          (((after[name] ?? 0) - (before[name] ?? 0)) * 1000) / rows;
        const { events } = await actionsOf(temporal.client, workflowId);
        const share = { worker: aRow('worker'), temporal: aRow('temporal'), events: events / rows };
        shares.push({ rows, round, ...share });
        say(
          `${rows} rows: worker ${share.worker.toFixed(3)} ms, Temporal ${share.temporal.toFixed(3)} ms, ` +
            `${share.events.toFixed(4)} events a row`,
        );
      }
    }
    return shares;
  });
}

/**
 * A proxy before Kratos that sees when batches come and are answered.
 * @param {import('./servers.mjs').Bench} bench
 * @param {string} adminUrl
 */
async function watchBatches(bench, adminUrl) {
  const { hostname, port } = new URL(adminUrl);
  const times = { first: Infinity, last: -Infinity };
  const server = createServer((asked, answer) => {
    const { method, url: target, headers } = asked;
    const isBatch =
      method === 'PATCH' &&
      target === '/admin/identities' &&
      Number(headers['content-length']) > SMALLEST_BATCH_BYTES;
    if (isBatch) times.first = Math.min(times.first, performance.now());
    const passedOn = request({ hostname, port, method, path: target, headers }, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.headers);
      got.pipe(answer);
      if (isBatch) got.on('end', () => (times.last = performance.now()));
    });
    passedOn.on('error', (error) => answer.destroy(error));
    asked.pipe(passedOn);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  bench.onEnd(async () => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.');
  return {
    url: `http://127.0.0.1:${address.port}`,
    forget: () => Object.assign(times, { first: Infinity, last: -Infinity }),
    seen: () => times,
  };
}

/**
 * Pauses an import while chunks are in flight, at another moment of their work each time, and lets it go on; fewer
 * times where the last chunks are in flight already.
 * @param {import('@temporalio/client').WorkflowHandle} handle
 * @param {number} times
 */
async function* pauseOften(handle, times) {
  const ask = () => handle.query('progress');
  for (let time = 1; time <= times; time++) {
    let progress = await ask();
    for (; isEarly(progress) || progress.chunks.inFlight === 0; progress = await ask()) {
      if (!isEarly(progress) && progress.phase !== 'importing') return;
      await sleep(POLL_MS);
    }
    await sleep(300 + ((time * 370) % 1000));
    progress = await ask();
    if (progress.phase !== 'importing') return;
    const { inFlight } = progress.chunks;
    const began = Date.now() / 1000;
    await handle.executeUpdate('pause');
    do {
      await sleep(POLL_MS);
      progress = await ask();
    } while (progress.chunks.inFlight > 0);
    yield { chunks: inFlight, seconds: Math.max(0, (await lastEnd(handle)) - began) };
    if (progress.phase !== 'importing') return;
    await handle.executeUpdate('resume');
  }
}

/**
 * When the last portion ended, in seconds since 1970. The history knows; in one pause of some fifty, Temporal answered a
 * query ten seconds late.
 */
async function lastEnd(/** @type {import('@temporalio/client').WorkflowHandle} */ handle) {
  const { events } = await handle.fetchHistory();
  // One that is asked back before it has begun is canceled.
  const end = events?.findLast(
    (event) =>
      event.childWorkflowExecutionCompletedEventAttributes ??
      event.childWorkflowExecutionCanceledEventAttributes,
  );
  if (!end) throw new Error(`no portion of ${handle.workflowId} has ended`);
  return secondsOf(end);
}

const isEarly = (/** @type {{phase: string}} */ { phase }) =>
  ['preflight', 'validating'].includes(phase);
