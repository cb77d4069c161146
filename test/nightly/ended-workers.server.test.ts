/** Workers that are ended in order, as a deploy does, while an import is at work: others go on at once. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WorkflowHandle } from '@temporalio/client';
import type { PortionRequest } from '../../activities/index.js';
import type { PortionResult } from '../../src/contract/import/portion.js';
import { allIdentities } from '../support/identities.js';
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.js';
import { imports, progressOf, type Imports } from '../support/imports.js';
import { startMailServer, type MailServer } from '../support/mail-server.js';
import { until } from '../support/until.js';
import { startWorker, type WorkerProcess } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

const ROWS = 300;
const CHUNK = 10;
const CONCURRENCY = 12;
/** Far longer than the test may take: a worker that waits for its end fails the test. */
const GRACE_SECONDS = 600;
const ANSWER_AFTER_MS = 1500;
/** The SDK waits for the answer to its last question for work, which Temporal gives after a minute if there is none. */
const LONGEST_END_MS = 90_000;

let world: World;
let all: Imports;
let proxy: FaultProxy;
let mailServer: MailServer;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  proxy = await startFaultProxy(world);
  mailServer = await startMailServer();
  world.onClose(() => mailServer.stop());
});
afterAll(() => world.close());

/** Starts a worker, and waits until it runs: before, a signal ends it as any program. */
async function start(): Promise<WorkerProcess> {
  const worker = await startWorker(world, {
    KRATOS_ADMIN_URL: proxy.url,
    SMTP_URL: mailServer.url,
    SHUTDOWN_GRACE_SECONDS: String(GRACE_SECONDS),
    LOG_FORMAT: 'json',
    LOG_LEVEL: 'debug',
  });
  await until(async () => (await worker.log()).includes('"state":"RUNNING"'));
  return worker;
}

/** Ends a worker as a platform does. */
async function end(worker: WorkerProcess): Promise<number> {
  const began = Date.now();
  process.kill(worker.pid, 'SIGTERM');
  await worker.ended;
  expect(worker.exitCode()).toBe(0);
  return Date.now() - began;
}

/** How many portions came back with chunks that were not done. */
async function handedBack(): Promise<number> {
  let portions = 0;
  for await (const { workflowId, runId } of all.client.workflow.list({
    query: `WorkflowType = 'importChunk'`,
  })) {
    const child = all.client.workflow.getHandle(workflowId, runId);
    const { events } = await child.fetchHistory();
    const [request] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    const { chunks } = JSON.parse(Buffer.from(request!.data!).toString()) as PortionRequest;
    const { done } = (await child.result()) as PortionResult;
    if (done < chunks) portions++;
  }
  return portions;
}

async function sentBy(handle: WorkflowHandle): Promise<number> {
  return (await progressOf(handle)).invitations.sent;
}

test('a worker that is ended finishes its batches, hands its chunks and mails back, and another goes on: everything is there once', async () => {
  proxy.faults = { answerAfterMs: ANSWER_AFTER_MS };
  const emails = Array.from({ length: ROWS }, (_, i) => `ended${i}@example.com`);
  await all.write('ended.csv', ['email', ...emails, ''].join('\n'));
  let worker = await start();
  const handle = await all.start('ended', {
    file: 'ended.csv',
    chunkSize: CHUNK,
    concurrency: CONCURRENCY,
    invitations: { send: 'after-import', perMinute: 1200 },
  });

  const took: number[] = [];
  for (const done of [2, 5, 8]) {
    await until(() => proxy.writes.length >= done);
    const next = await start();
    took.push(await end(worker));
    // All that it had begun was answered before it went.
    expect(proxy.count('unheard')).toBe(0);
    worker = next;
  }
  for (const sent of [20, 120]) {
    await until(async () => (await sentBy(handle)) >= sent);
    const next = await start();
    took.push(await end(worker));
    worker = next;
  }
  console.log(`workers ended within ${took.join(', ')} ms`);
  for (const ms of took) expect(ms).toBeLessThan(LONGEST_END_MS);

  await handle.result();
  expect(await handedBack()).toBeGreaterThan(0);
  const { rows, invitations, notices } = await progressOf(handle);
  expect(rows).toMatchObject({ total: ROWS, created: ROWS, failed: 0 });
  expect(invitations).toMatchObject({ sent: ROWS, failed: 0 });
  expect(notices.filter(({ text }) => /tried again|wait/i.test(text))).toEqual([]);
  expect(await allIdentities(world.kratos.adminUrl)).toHaveLength(ROWS);
  const mailed = mailServer.mails.map(({ to }) => to).sort();
  expect(mailed).toEqual([...emails].sort());
  await worker.stop();
}, 500_000);
