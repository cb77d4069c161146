/** Workflows that merely have the names of an import's parts, as anybody may start who writes to the namespace. */
import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chunkWorkflowId, invitationsWorkflowId } from '../../src/contract/ids.js';
import { runCommand } from '../support/command.js';
import { imports, progressOf, type Imports } from '../support/imports.js';
import { startMailServer, type MailServer } from '../support/mail-server.js';
import { csvOf } from '../support/people.js';
import { folderOf, reportIn } from '../support/run-folders.js';
import { planOf, startUndo } from '../support/undo.js';
import { until } from '../support/until.js';
import { startWorker } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

let world: World;
let all: Imports;
let mailServer: MailServer;
let desk: string;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  mailServer = await startMailServer();
  world.onClose(() => mailServer.stop());
  await startWorker(world, { SMTP_URL: mailServer.url });
  desk = await mkdtemp(path.join(world.runs, '..', 'desk-'));
});
afterAll(() => world.close());

/** Takes a name in a task queue that no worker serves: it runs until it is terminated. */
const take = (type: string, workflowId: string): Promise<WorkflowHandle> =>
  all.client.workflow.start(type, { taskQueue: 'nobody', workflowId, args: [] });

/** Undos in the import's own task queue: one whose start lies ahead, one with an argument that no SDK reads. */
async function startUndoThatCannotAnswer(): Promise<void> {
  const taskQueue = 'user-import';
  await all.client.workflow.start('undoImport', {
    taskQueue,
    workflowId: 'undo-later',
    args: [{ workflowId: 'taken', actor: 'mallory' }],
    startDelay: '1 hour',
  });
  const payload = { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('{') };
  const unreadable = { payloads: [payload] };
  const started = (workflowId: string, more: object) =>
    all.client.workflowService.startWorkflowExecution({
      namespace: world.namespace,
      workflowId,
      workflowType: { name: 'undoImport' },
      taskQueue: { name: taskQueue },
      requestId: workflowId,
      ...more,
    });
  await started('undo-unreadable', { input: unreadable });
  await started('undo-unreadable-memo', {
    memo: { fields: { x: payload } },
    input: { payloads: [] },
  });
  await expect(all.client.workflow.getHandle('undo-unreadable').result()).rejects.toMatchObject({
    cause: { type: 'InvalidInput' },
  });
}

const startWaiting = (name: string, options: object = {}): Promise<WorkflowHandle> =>
  all.start(name, { file: 'two.csv', approval: 'required', ...options });

const command = (...args: string[]) => runCommand(world, desk, args);

test('the ids of chunks and of the invitations are passed by, with a word to the operator', async () => {
  await all.write('two.csv', csvOf('two', 2));
  const handle = await startWaiting('taken', { invitations: { perMinute: 600 } });
  await until(async () => (await progressOf(handle)).phase === 'awaiting-approval');
  const run = { workflowId: 'taken', runId: (await handle.describe()).runId };
  const ids = [chunkWorkflowId(run, 1), invitationsWorkflowId(run)];
  await take('importChunk', ids[0]!);
  await take('somethingElse', ids[1]!);
  await handle.executeUpdate('approve');
  expect(await handle.result()).toMatchObject({ rows: { created: 2 }, invitations: { sent: 2 } });
  const { timeline } = await reportIn(await folderOf(world, 'taken'));
  for (const id of ids) {
    expect(timeline.map(({ text }) => text).join('\n')).toContain(`Another workflow runs as ${id}`);
  }
});

test('a purge waits for an undo of the run under any name, and for nothing else', async () => {
  const first = await reportIn(await folderOf(world, 'taken'));
  await take('importUsers', 'undo-taken');
  await take('undoImport', 'undo-taken-elsewhere');
  await startUndoThatCannotAnswer();
  await all.write('other.csv', csvOf('other', 2));
  await all.run('other', { file: 'other.csv', invitations: { send: 'never' } });
  await planOf(await startUndo(all, { workflowId: 'other' }));

  const undo = await startUndo(all, { workflowId: 'taken' });
  await planOf(undo);
  const refused = await command('purge', 'taken');
  expect([refused.code, refused.out]).toEqual([
    2,
    expect.stringContaining('An undo of this run goes on'),
  ]);
  await undo.terminate();
  await until(async () => {
    const query = `WorkflowId = "${undo.workflowId}" AND ExecutionStatus = "Running"`;
    return (await all.client.workflow.count(query)).count === 0;
  });
  await take('somethingElse', 'purge-taken');
  const purged = await command('purge', 'taken');
  expect([purged.code, purged.out]).toEqual([0, expect.stringContaining(first.run.runId)]);
});

test('the command undoes an import whose undo has its usual name taken', async () => {
  const undone = await command('undo', 'taken', '--force', '--yes');
  expect(undone.out).toContain('Started undo-taken-2');
  expect([undone.code, undone.out]).toEqual([0, expect.stringContaining('deleted 2')]);
});
