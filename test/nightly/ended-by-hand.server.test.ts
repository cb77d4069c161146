/** Ways in which an admin can end or repeat an import in Temporal besides cancelling it. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WorkflowHandle } from '@temporalio/client';
import type { ReportSummary } from '../../activities/index.js';
import { HEARTBEAT_MS } from '../../activities/attempt.js';
import { originOf } from '../../src/identity/origin.js';
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.js';
import { identitiesOf } from '../support/identities.js';
import { imports, table, type Imports } from '../support/imports.js';
import { csvOf } from '../support/people.js';
import { folderOf } from '../support/run-folders.js';
import { carryTo } from '../support/steering.js';
import { undoImport } from '../support/undo.js';
import { until } from '../support/until.js';
import { startWorker } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

const ROWS = 600;
const CHUNK = 20;
const IN_FLIGHT = 2;
/** An attempt learns of the end with its next heartbeat. */
const HEARD_MS = HEARTBEAT_MS + 2_000;

let world: World;
let all: Imports;
let proxy: FaultProxy;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  proxy = await startFaultProxy(world);
  await startWorker(world, { KRATOS_ADMIN_URL: proxy.url });
});

afterAll(() => world.close());

function write(name: string): Promise<void> {
  return all.write(`${name}.csv`, csvOf(name, ROWS));
}

const stored = (name: string) => identitiesOf(world.kratos.adminUrl, name);

/** Starts an import whose writes wait until they are let through. */
function startHeld(name: string): Promise<WorkflowHandle> {
  proxy.faults.writesLeft = 0;
  return all.start(name, { file: `${name}.csv`, chunkSize: CHUNK, concurrency: IN_FLIGHT });
}

test('a terminated import sends nothing more, the file again creates the rest, and what it did can be undone', async () => {
  await write('ended');
  const handle = await startHeld('ended');
  await carryTo(proxy, handle, 60);
  await handle.terminate();
  delete proxy.faults.writesLeft;
  let first = 0;
  await until(async () => {
    const before = first;
    await sleep(HEARD_MS);
    first = (await stored('ended')).length;
    return first === before;
  });
  expect(first).toBeLessThan(ROWS);
  expect(await readdir(await folderOf(world, 'ended'))).not.toContain('report.json');

  const { rows } = await all.run('ended-again', { file: 'ended.csv' });
  expect(rows).toMatchObject({ total: ROWS, skipped: first, created: ROWS - first });
  expect(await stored('ended')).toHaveLength(ROWS);

  const { summary } = await undoImport(all, { workflowId: 'ended' });
  const { undone } = summary;
  expect(undone.deleted).toBeGreaterThanOrEqual(60);
  const left = await stored('ended');
  const own = left.filter((user) => originOf(user.metadata_admin)?.workflowId === 'ended');
  // The users of chunks in flight whose outcomes were not written yet.
  expect(own).toHaveLength(first - undone.deleted);
  expect(own.length).toBeLessThanOrEqual(IN_FLIGHT * CHUNK);
  expect(left.length - own.length).toBe(ROWS - first);
});

test('a reset import does nothing twice, and its report covers all rows', async () => {
  await write('reset');
  const handle = await startHeld('reset');
  await carryTo(proxy, handle, 60);
  delete proxy.faults.writesLeft;
  const { runId } = await handle.describe();
  const { events } = await handle.fetchHistory();
  const begin = events!.find(({ workflowTaskCompletedEventAttributes: completed }) => completed)!;
  await all.client.workflowService.resetWorkflowExecution({
    namespace: world.namespace,
    workflowExecution: { workflowId: 'reset', runId },
    workflowTaskFinishEventId: begin.eventId!,
    requestId: 'once',
  });

  const { rows, folder } = (await all.client.workflow.getHandle('reset').result()) as ReportSummary;
  expect(rows).toMatchObject({ total: ROWS, created: ROWS, skipped: 0, undecided: 0 });
  expect(path.basename(folder)).toBe(runId);
  const users = await stored('reset');
  const ids = new Map(users.map(({ traits, id }) => [traits['email'], id]));
  expect(users).toHaveLength(ROWS);
  const results = await table(folder, 'results.csv');
  expect(results).toHaveLength(ROWS);
  for (const { email, outcome, identity_id } of results) {
    expect([email, outcome, identity_id]).toEqual([email, 'created', ids.get(email)]);
  }
  const trail = await readFile(path.join(folder, 'audit.jsonl'), 'utf8');
  expect(trail.match(/"user_imported"/g)).toHaveLength(ROWS);
});
