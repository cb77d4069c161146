// Peak memory of a worker over a whole import, 10,000 rows against 1,000,000, Kratos's endpoint played by a local stub in
// another process. Prints both and the ratio; usage: npm run bench:memory [-- ROWS]
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { findBinary } from '../dist/src/servers/binaries.js';
import { startProcess } from '../dist/src/servers/process.js';
import { startTemporal } from '../dist/src/servers/temporal.js';

const SMALL = 10_000;
const LARGE = Number(process.argv[2] ?? 1_000_000);
const BYTES_A_ROW = 24;
const program = fileURLToPath(new URL('../bin/user-import.cjs', import.meta.url));
const stubProgram = fileURLToPath(new URL('stub-kratos.mjs', import.meta.url));

const dir = await mkdtemp(path.join(tmpdir(), 'kratos-user-import-memory-'));
const stops = [() => rm(dir, { recursive: true })];
try {
  const binary = await findBinary('temporal', { log: console.log });
  const temporal = await startTemporal({ binary, dir: path.join(dir, 'temporal') });
  stops.push(() => temporal.stop());
  const stub = spawn(process.execPath, [stubProgram], { stdio: ['ignore', 'pipe', 'inherit'] });
  stops.push(async () => void stub.kill());
  const [url] = await once(stub.stdout, 'data');
  const connection = await Connection.connect({ address: temporal.address });
  stops.push(() => connection.close());
  const client = new Client({ connection });

  const small = await measure(client, temporal.address, String(url).trim(), SMALL);
  const large = await measure(client, temporal.address, String(url).trim(), LARGE);
  const allowed = small.peak * 1.5 + LARGE * BYTES_A_ROW;
  const mib = (/** @type {number} */ bytes) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
  console.log(`peak memory of the worker, ${SMALL} rows:  ${mib(small.peak)} (${small.seconds} s)`);
  console.log(`peak memory of the worker, ${LARGE} rows: ${mib(large.peak)} (${large.seconds} s)`);
  console.log(
    `ratio ${(large.peak / small.peak).toFixed(2)}; allowed 1.5 times the small one and ${BYTES_A_ROW} bytes a row: ${mib(allowed)}`,
  );
  if (large.peak > allowed) process.exitCode = 1;
} finally {
  for (const stop of stops.reverse()) await stop();
}

/** A worker of its own for each size, so that one's peak is not the other's. */
async function measure(
  /** @type {Client} */ client,
  /** @type {string} */ address,
  /** @type {string} */ kratosUrl,
  /** @type {number} */ rows,
) {
  const root = path.join(dir, `files-${rows}`);
  const runs = path.join(dir, `runs-${rows}`);
  for (const folder of [root, runs]) await mkdir(folder);
  await writeCsv(path.join(root, 'users.csv'), rows);
  const worker = await startProcess({
    name: 'worker',
    command: process.execPath,
    args: [program, 'worker'],
    env: {
      ...process.env,
      TEMPORAL_ADDRESS: address,
      KRATOS_ADMIN_URL: kratosUrl,
      SMTP_URL: 'smtp://127.0.0.1',
      MAIL_FROM: 'no-reply@example.com',
      APP_NAME: 'Example Platform',
      IMPORT_ROOT: root,
      IMPORT_RUNS: runs,
    },
    logFile: path.join(dir, `worker-${rows}.log`),
    cwd: dir,
  });
  try {
    const started = Date.now();
    const handle = await client.workflow.start('importUsers', {
      taskQueue: 'user-import',
      workflowId: `memory-${rows}`,
      args: [{ file: 'users.csv', actor: 'bench', invitations: { send: 'never' } }],
    });
    const result = await handle.result();
    if (result.rows.created !== rows) throw new Error(`created ${result.rows.created} of ${rows}`);
    const status = await readFile(`/proc/${worker.pid}/status`, 'utf8');
    const peak = Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
    return { peak, seconds: Math.round((Date.now() - started) / 1000) };
  } finally {
    await worker.stop();
  }
}

async function writeCsv(/** @type {string} */ file, /** @type {number} */ rows) {
  const out = createWriteStream(file);
  out.write('email,first_name,last_name,role,tenant_id\n');
  for (let i = 0; i < rows; i++) {
    const line = `user${i}@example.com,First ${i},"Last, ${i}",user,t${i % 50}\n`;
    if (!out.write(line)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}
