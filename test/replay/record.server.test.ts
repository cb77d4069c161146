/**
 * Records the histories that stored.test.ts replays, from imports on real servers. Without RECORD_HISTORIES it replays
 * what it has just recorded, and writes nothing.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import type { WorkflowExecutionInfo, WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { invitationsWorkflowId } from '../../src/contract/ids.js';
import { createUsers } from '../support/existing-users.js';
import { schemaOf, USERNAME_TRAIT } from '../support/identity-schemas.js';
import { withImpatientTemporal } from '../support/impatient-temporal.js';
import { failureOf, imports, progressOf, wasCancelled, type Imports } from '../support/imports.js';
import { csvOf } from '../support/people.js';
import { recordableVersion } from '../support/releases.js';
import { steer, whileKratosHangs } from '../support/steering.js';
import { planOf, startUndo } from '../support/undo.js';
import { until } from '../support/until.js';
import { startWorker } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';
import { HISTORIES, FOLDER, plainText, quietly, record, replay, toText } from './histories.js';
import type { HistoryName, StoredHistory } from './histories.js';

const schema = schemaOf({ first_name: { type: 'string' }, username: USERNAME_TRAIT });

/** More events than any of the short imports has, and soon reached by an import of many chunks. */
const EVENTS = 150;

let world: World;
let all: Imports;
const recorded = new Map<HistoryName, StoredHistory>();

beforeAll(async () => {
  quietly();
  // Before minutes are spent on it.
  if (process.env['RECORD_HISTORIES']) recordableVersion();
  world = await withImpatientTemporal(
    await createWorld({ schemas: { [schema.id]: schema.json } }),
    EVENTS,
  );
  all = await imports(world);
  await startWorker(world, { KRATOS_PUBLIC_URL: world.kratos.publicUrl });
});

afterAll(() => world.close());

async function keep(name: HistoryName, handle: WorkflowHandle): Promise<void> {
  const folders = { [world.runs]: '/runs', [world.importRoot]: '/imports' };
  recorded.set(name, await record(handle, folders));
}

/** The same for the workflow of an import's mails, in its first execution. */
async function keepMails(name: HistoryName, handle: WorkflowHandle): Promise<void> {
  const { runId } = await handle.describe();
  const workflowId = invitationsWorkflowId({ workflowId: handle.workflowId, runId });
  const query = `WorkflowId = "${workflowId}"`;
  const executions: WorkflowExecutionInfo[] = [];
  for await (const execution of all.client.workflow.list({ query })) executions.push(execution);
  const [first] = executions.toSorted((a, b) => a.startTime.getTime() - b.startTime.getTime());
  await keep(name, all.client.workflow.getHandle(workflowId, first!.runId));
}

/** Starts an import of a file of its own, named after it. */
async function start(
  id: string,
  rows: number,
  input: Record<string, unknown>,
): Promise<WorkflowHandle> {
  await all.write(`${id}.csv`, csvOf(id, rows));
  return all.start(id, { file: `${id}.csv`, chunkSize: 5, ...input });
}

async function waitsForApproval(handle: WorkflowHandle): Promise<void> {
  await until(async () => (await progressOf(handle)).phase === 'awaiting-approval');
}

test('an import without any disturbance, and one of its chunks', async () => {
  const handle = await start('plain', 18, { concurrency: 2 });
  await handle.result();
  await keep('plain', handle);
  const { runId } = await handle.describe();
  const chunk = `plain/${runId.slice(-12)}/chunk-1`;
  await keep('one-chunk', all.client.workflow.getHandle(chunk));
});

test('one that is paused while chunks are in flight, steered in every way, and resumed', async () => {
  const handle = await start('paused-and-resumed', 30, { concurrency: 2, approval: 'required' });
  await waitsForApproval(handle);
  await whileKratosHangs(world, async () => {
    await handle.signal('approve');
    await until(async () => (await progressOf(handle)).chunks.inFlight === 2);
    await handle.signal('pause');
    await steer(handle, 'update', 'setConcurrency', 3);
  });
  await until(async () => (await progressOf(handle)).chunks.inFlight === 0);
  await steer(handle, 'update', 'setEmailRate', 5);
  await handle.signal('setMode', 'no such mode');
  await handle.signal('noSuchSignal');
  await handle.signal('resume');
  await handle.result();
  await keep('paused-and-resumed', handle);
});

test('one that pauses by itself since too many rows fail', async () => {
  const id = 'paused-by-failures';
  const names = Array.from({ length: 60 }, (_, i) => `held${i}`);
  const holders = names.map((username) => ({
    traits: { email: `holder-${username}@example.com`, username },
  }));
  await createUsers(world.kratos.adminUrl, schema.id, holders, 'old password');
  const rows = names.map((name) => `failing-${name}@example.com,${name}`);
  await all.write(`${id}.csv`, ['email,username', ...rows, ''].join('\n'));
  const columns = { username: 'traits.username' };
  const input = { file: `${id}.csv`, columns, chunkSize: 25, concurrency: 1 };
  const handle = await all.start(id, input);
  await until(async () => (await progressOf(handle)).paused);
  await handle.signal('resume');
  await handle.result();
  await keep(id, handle);
});

test('one that is cancelled with chunks in flight', async () => {
  const handle = await start('cancelled', 30, { concurrency: 2, approval: 'required' });
  await waitsForApproval(handle);
  await whileKratosHangs(world, async () => {
    await handle.signal('approve');
    await until(async () => (await progressOf(handle)).chunks.inFlight === 2);
    await handle.cancel();
  });
  expect(await wasCancelled(handle)).toBe(true);
  await keep('cancelled', handle);
});

test('one that waits for both approvals', async () => {
  const handle = await start('approval-and-canary', 18, { approval: 'required', canaryRows: 7 });
  await waitsForApproval(handle);
  await handle.signal('approve');
  await until(async () => (await progressOf(handle)).rows.done === 7);
  await waitsForApproval(handle);
  await steer(handle, 'update', 'approve');
  await handle.result();
  await keep('approval-and-canary', handle);
});

test('one whose known users sign in before the rest goes', async () => {
  const known = [{ identifier: 'nobody@example.com', password: 'correct-horse-7' }];
  await all.write('known.json', JSON.stringify(known));
  const input = { canaryRows: 7, canarySignIns: 'known.json' };
  const handle = await start('canary-sign-ins', 18, input);
  await waitsForApproval(handle);
  await steer(handle, 'update', 'approve');
  await handle.result();
  await keep('canary-sign-ins', handle);
});

test('one in mode update, and a live dry run before it', async () => {
  await all.write('existing.csv', 'email,first_name\nmode-update0@example.com,Old\n');
  await all.run('existing', { file: 'existing.csv' });
  for (const [id, input] of [
    ['live-dry-run', { mode: 'update', dryRun: 'live' }],
    ['mode-update', { mode: 'update' }],
  ] as const) {
    await all.write(
      'update.csv',
      csvOf('mode-update', 12).replace(/@.*/g, '$&,New').replace('email', 'email,first_name'),
    );
    const handle = await all.start(id, { file: 'update.csv', chunkSize: 5, ...input });
    await handle.result();
    await keep(id, handle);
  }
});

test('one of a source, whose leavers are approved, and one that finds the same file again', async () => {
  const missing = { do: 'deactivate', scope: 'hr' };
  const night = async (id: string, rows: number, newest = false): Promise<WorkflowHandle> => {
    await all.write('hr.csv', csvOf('night', rows));
    const file = newest ? 'hr*.csv' : 'hr.csv';
    return all.start(id, { file, newest, mode: 'update', chunkSize: 5, missing });
  };
  await (await night('night-before', 18)).result();
  const handle = await night('night', 11, true);
  await waitsForApproval(handle);
  await steer(handle, 'update', 'approve');
  expect(await handle.result()).toMatchObject({
    rows: { unchanged: 11 },
    leavers: { deactivated: 7 },
  });
  await keep('night', handle);

  const unchanged = await night('night-unchanged', 11);
  expect(await unchanged.result()).toMatchObject({ ending: 'unchanged' });
  await keep('night-unchanged', unchanged);
  expect(recorded.get('night-unchanged')!.events.length).toBeLessThan(20);
});

test('one that invites people, steered in every way, and its mails', async () => {
  const invitations = { send: 'hold', perMinute: 600 };
  const handle = await start('inviting', 12, { chunkSize: 12, invitations });
  await until(async () => (await progressOf(handle)).phase === 'inviting');
  await steer(handle, 'update', 'setEmailRate', 300);
  await steer(handle, 'update', 'releaseInvitations');
  await until(async () => (await progressOf(handle)).invitations.sent > 0);
  await handle.signal('pause');
  await steer(handle, 'update', 'resume');
  await handle.result();
  await keep('inviting', handle);
  await keepMails('invitations', handle);
});

test('one whose mails continue as new', async () => {
  const handle = await start('inviting-many', 60, { invitations: { perMinute: 600 } });
  await handle.result();
  await keepMails('invitations-continued-as-new', handle);
  const kept = recorded.get('invitations-continued-as-new')!;
  expect(kept.events.at(-1)?.eventType).toBe('EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW');
});

test('one that continues as new while its mails go out, which are handed over', async () => {
  const handle = await start('handing-over', 30, { invitations: { perMinute: 60 } });
  await until(async () => (await progressOf(handle)).invitations.sent > 0);
  const { runId: first } = await handle.describe();
  await until(async () => {
    await handle.signal('pause');
    return (await handle.describe()).runId !== first;
  });
  await steer(handle, 'update', 'setEmailRate', 6000);
  await steer(handle, 'update', 'resume');
  expect(await handle.result()).toMatchObject({ invitations: { sent: 30 } });
  await keep('handing-over', all.client.workflow.getHandle('handing-over', first));
  const kept = recorded.get('handing-over')!;
  expect(kept.events.at(-1)?.eventType).toBe('EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW');
});

test('one that is cancelled while its mails go out', async () => {
  const handle = await start('inviting-cancelled', 8, { invitations: { perMinute: 60 } });
  await until(async () => (await progressOf(handle)).invitations.sent > 0);
  await handle.cancel();
  expect(await wasCancelled(handle)).toBe(true);
  await keep('inviting-cancelled', handle);
  await keepMails('invitations-cancelled', handle);
});

test('one that ends with its validation', async () => {
  await all.write('not-valid.csv', 'email\nfine@example.com\nnot an address\n');
  const handle = await all.start('not-valid', { file: 'not-valid.csv' });
  expect((await failureOf(handle)).type).toBe('ValidationFailed');
  await keep('not-valid', handle);
});

test('one that continues as new', async () => {
  const handle = await start('continued-as-new', 150, { chunkSize: 1, concurrency: 1 });
  const { runId: first } = await handle.describe();
  await handle.result();
  const { runId: last } = await handle.describe();
  for (const [n, runId] of [first, last].entries()) {
    const execution = all.client.workflow.getHandle('continued-as-new', runId);
    await keep(n === 0 ? 'continued-as-new-1' : 'continued-as-new-2', execution);
  }
  const [one, two] = [recorded.get('continued-as-new-1')!, recorded.get('continued-as-new-2')!];
  expect(one.events.at(-1)?.eventType).toBe('EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW');
  expect(two.events.at(-1)?.eventType).toBe('EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED');
  // There is no execution between them.
  const started = two.events[0]?.['workflowExecutionStartedEventAttributes'];
  expect(started).toMatchObject({ continuedExecutionRunId: first, firstExecutionRunId: first });
});

test('one of whose gate, pause and end operators are told, once each, also where it continues as new', async () => {
  const settings = { TASK_QUEUE: 'notified', NOTIFY_MAIL_TO: 'ops@recorded.example' };
  await startWorker(world, settings);
  await all.write('notified.csv', csvOf('notified', 150));
  const handle = await all.client.workflow.start('importUsers', {
    ...{ taskQueue: 'notified', workflowId: 'notified' },
    args: [
      {
        ...{ file: 'notified.csv', actor: 'alice', approval: 'required' },
        ...{ chunkSize: 1, concurrency: 1, invitations: { send: 'never' } },
      },
    ],
  });
  const { runId: first } = await handle.describe();
  await waitsForApproval(handle);
  await steer(handle, 'update', 'pause');
  await steer(handle, 'update', 'approve');
  await steer(handle, 'update', 'resume');
  await handle.result();
  const { runId: last } = await handle.describe();
  expect(last).not.toBe(first);
  await keep('notified-1', all.client.workflow.getHandle('notified', first));
  await keep('notified-2', all.client.workflow.getHandle('notified', last));

  await until(async () => (await world.mailsTo('ops@recorded.example')).length === 3);
  const children: string[] = [];
  const query = 'WorkflowType = "notifyOperators"';
  await until(async () => {
    children.length = 0;
    for await (const { workflowId, status } of all.client.workflow.list({ query })) {
      if (status.name === 'COMPLETED') children.push(workflowId);
    }
    return children.length === 3;
  });
  await keep('notification', all.client.workflow.getHandle(children[0]!));
});

test('the undo of one, paused and resumed, and one that continues as new', async () => {
  await (await start('to-undo', 12, { concurrency: 1 })).result();
  await (await start('to-undo-many', 40, { chunkSize: 1 })).result();
  const undo = await startUndo(all, { workflowId: 'to-undo' });
  await planOf(undo);
  await steer(undo, 'update', 'pause');
  await undo.signal('noSuchSignal');
  await steer(undo, 'update', 'approve');
  await undo.signal('resume');
  await undo.result();
  await keep('undo', undo);

  const many = await startUndo(all, { workflowId: 'to-undo-many' });
  const { runId: first } = await many.describe();
  await planOf(many);
  await many.signal('approve');
  await many.result();
  const execution = all.client.workflow.getHandle(many.workflowId, first);
  await keep('undo-continued-as-new', execution);
  const kept = recorded.get('undo-continued-as-new')!;
  expect(kept.events.at(-1)?.eventType).toBe('EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW');
});

test('all of them replay, are small, and hold nothing of the people or of this machine', async () => {
  expect([...recorded.keys()].sort()).toEqual([...HISTORIES].sort());
  for (const [name, history] of recorded) {
    expect(await replay(history), name).toBeUndefined();
    expect(history.events.length, name).toBeLessThan(EVENTS * 1.5);
    const text = plainText(history);
    expect(text.match(/.{0,40}@.{0,40}/g), name).toBeNull();
    for (const place of [hostname(), process.cwd(), path.dirname(world.runs)]) {
      expect(text.includes(place), `${name}: ${place}`).toBe(false);
    }
  }
});

// Last, so that only histories that passed all tests are written.
test.runIf(process.env['RECORD_HISTORIES'])('they are written', async () => {
  const folder = path.join(FOLDER, recordableVersion());
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const [name, history] of recorded) {
    await writeFile(path.join(folder, `${name}.json`), toText(history));
  }
});
