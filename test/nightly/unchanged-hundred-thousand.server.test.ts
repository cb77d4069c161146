/** A night in which nobody has changed, of 100,000 people: what it costs, in requests, events and time. */
import path from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEMO_SCHEMA_ID, demoSchema } from '../../dev/servers/demo-schema.js';
import { historiesOf } from '../support/histories.js';
import { imports, table, type Imports } from '../support/imports.js';
import { startStubKratos, type StubKratos } from '../support/stub-kratos.js';
import { startWorker } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

const PEOPLE = 100_000;
/** Of a page of Kratos's list. */
const A_PAGE = 500;
/** On two cores beside nothing else it takes about a third of that. */
const MOST_SECONDS = 30;

let world: World;
let stub: StubKratos;
let all: Imports;

const people = Array.from({ length: PEOPLE }, (_, i) => `hr-${i},user${i}@example.com,First ${i}`);

beforeAll(async () => {
  world = await createWorld();
  stub = await startStubKratos(DEMO_SCHEMA_ID, demoSchema);
  world.onClose(() => stub.close());
  await startWorker(world, { KRATOS_ADMIN_URL: stub.url });
  all = await imports(world);
  const { summary } = await pass('first', people);
  expect(summary).toMatchObject({ ending: 'done', rows: { created: PEOPLE } });
}, 600_000);

afterAll(() => world.close());

interface Passed {
  summary: { ending: string; rows: Record<string, number> };
  handle: WorkflowHandle;
  seconds: number;
}

async function pass(
  workflowId: string,
  rows: readonly string[],
  what = 'deactivate',
): Promise<Passed> {
  await all.write('hr.csv', ['old_id,email,first_name', ...rows, ''].join('\n'));
  stub.requests.length = 0;
  const begun = Date.now();
  const handle = await all.start(workflowId, {
    file: 'hr.csv',
    mode: 'update',
    missing: { do: what, scope: 'hr' },
  });
  const summary = (await handle.result()) as Passed['summary'];
  const seconds = (Date.now() - begun) / 1000;
  console.log(`${workflowId}: ${seconds.toFixed(1)} s, ${stub.requests.length} requests`);
  return { summary, handle, seconds };
}

test('the same file ends at once, and asks Kratos nothing', async () => {
  const { summary, handle, seconds } = await pass('same', people);
  expect(summary.ending).toBe('unchanged');
  expect(stub.requests).toEqual([]);
  expect((await handle.fetchHistory()).events!.length).toBeLessThan(20);
  expect(seconds).toBeLessThan(MOST_SECONDS);
});

test('the same people in another order cost the listing of Kratos and no request more', async () => {
  const { summary, handle, seconds } = await pass('reversed', people.toReversed());
  expect(summary).toMatchObject({ ending: 'done', rows: { total: PEOPLE, unchanged: PEOPLE } });
  // The preflight looks at one user.
  const listings = stub.requests.filter((request) => request === 'list').length;
  expect(listings).toBeLessThanOrEqual(PEOPLE / A_PAGE + 2);
  expect(stub.requests.filter((request) => request === 'find')).toEqual([]);
  expect(stub.creates.identities).toBe(PEOPLE);
  const histories = await historiesOf(all.client, 'reversed');
  expect(histories.map(({ workflowId }) => workflowId)).toEqual(['reversed']);
  const { raw } = await handle.describe();
  const runId = raw.workflowExecutionInfo!.firstRunId!;
  const results = await table(path.join(world.runs, 'reversed', runId), 'results.csv');
  expect(results).toHaveLength(PEOPLE);
  expect(results.filter(({ outcome }) => outcome !== 'unchanged')).toEqual([]);
  expect(results.filter(({ identity_id }) => identity_id === '')).toEqual([]);
  expect(seconds).toBeLessThan(MOST_SECONDS);
});

test('one person who is new, and one who is missing, cost a few requests more', async () => {
  const changed = [...people.slice(1), 'hr-new,new@example.com,New'];
  const { summary } = await pass('two', changed, 'report');
  expect(summary).toMatchObject({
    ending: 'done',
    rows: { total: PEOPLE, created: 1, unchanged: PEOPLE - 1 },
  });
  expect(stub.requests.filter((request) => request !== 'list').length).toBeLessThan(10);
});
