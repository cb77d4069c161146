/** Messages and starts that no program of the import sends, as anybody may who writes to the namespace. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { invitationsWorkflowId } from '../../../src/contract/ids.js';
import {
  failureOf,
  imports,
  progressOf,
  wasCancelled,
  type Imports,
} from '../../support/imports.js';
import { startMailServer, type MailServer } from '../../support/mail-server.js';
import { csvOf } from '../../support/people.js';
import { metadataOf, untilMailsRest } from '../../support/steering.js';
import { planOf, startUndo } from '../../support/undo.js';
import { until } from '../../support/until.js';
import { startWorker } from '../../support/worker-process.js';
import { createWorld, type World } from '../../support/world.js';

let world: World;
let all: Imports;
let mailServer: MailServer;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  mailServer = await startMailServer();
  world.onClose(() => mailServer.stop());
  await startWorker(world, { SMTP_URL: mailServer.url });
  await all.write('one.csv', csvOf('one', 1));
});
afterAll(() => world.close());

const DEEP = `${'['.repeat(7000)}${']'.repeat(7000)}`;
const LARGE = 'x'.repeat(1_500_000);

/** Signals with any bytes as their argument. */
async function signalRaw(handle: WorkflowHandle, name: string, data: string): Promise<void> {
  await all.client.workflowService.signalWorkflowExecution({
    namespace: world.namespace,
    workflowExecution: { workflowId: handle.workflowId },
    signalName: name,
    input: {
      payloads: [{ metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(data) }],
    },
  });
}

async function forge(handle: WorkflowHandle, runId: string): Promise<void> {
  const status = { runId, counts: {}, stopped: true, awaitsToken: true, resumes: 0 };
  const messages: [string, unknown][] = [
    ['stall', null],
    ['stall', { runId, kind: 'unauthorized', text: LARGE }],
    ['stall', { runId, kind: '__proto__', text: 'x' }],
    ['invitationStatus', { ...status, notices: [null] }],
    ['invitationStatus', { ...status, notices: 'x', counts: null }],
    ['invitationStatus', { ...status, notices: [LARGE], counts: { sent: 1e308 } }],
    ['setEmailRate', LARGE],
    ['x'.repeat(900), {}],
  ];
  for (const [name, argument] of messages) await handle.signal(name, argument);
  for (const name of ['stall', 'invitationStatus', 'setMode', 'pause']) {
    await signalRaw(handle, name, DEEP);
  }
}

test('a paused import answers, takes commands and can be cancelled after any message', async () => {
  const handle = await all.client.workflow.signalWithStart('importUsers', {
    taskQueue: 'user-import',
    workflowId: 'forged',
    args: [{ file: 'one.csv', actor: 'alice', invitations: { send: 'never' } }],
    signal: 'pause',
  });
  await until(async () => (await progressOf(handle)).phase === 'importing');
  await forge(handle, (await handle.describe()).runId);
  const progress = await progressOf(handle);
  expect(progress).toMatchObject({ paused: true, mode: 'skip', invitations: { sent: 0 } });
  expect(JSON.stringify(progress).length).toBeLessThan(20_000);
  expect(await handle.executeUpdate('setConcurrency', { args: [3] })).toMatchObject({
    concurrency: 3,
  });
  await handle.cancel();
  expect(await wasCancelled(handle)).toBe(true);
});

test('an undo that waits for its approval, likewise', async () => {
  await all.write('undone.csv', csvOf('undone', 2));
  await all.run('to-undo', { file: 'undone.csv' });
  const handle = await startUndo(all, { workflowId: 'to-undo' });
  await planOf(handle);
  await forge(handle, (await handle.describe()).runId);
  expect(JSON.stringify(await handle.query('progress')).length).toBeLessThan(20_000);
  // A pause takes no argument, so one that came with any is a pause.
  await handle.executeUpdate('resume');
  await handle.executeUpdate('approve');
  expect(await handle.result()).toMatchObject({ undone: { deleted: 2 } });
});

describe('invitations', () => {
  const start = async (name: string, invitations: object): Promise<WorkflowHandle> => {
    await all.write(`${name}.csv`, csvOf(`${name}-`, 5));
    return all.start(name, { file: `${name}.csv`, invitations });
  };
  const mailed = (name: string): number =>
    mailServer.mails.filter(({ to }) => to.startsWith(`${name}-`)).length;
  const sending = async (handle: WorkflowHandle): Promise<WorkflowHandle> => {
    const { runId } = await handle.describe();
    return all.client.workflow.getHandle(
      invitationsWorkflowId({ workflowId: handle.workflowId, runId }),
    );
  };
  const FREE = { paused: false, held: false, perMinute: 60_000, resumes: 1e9 };

  test('that are held are not sent by a message to the workflow that would send them', async () => {
    const handle = await start('held', { send: 'hold' });
    await until(async () => (await progressOf(handle)).phase === 'inviting');
    await expect((await sending(handle)).signal('control', FREE)).rejects.toThrow();
    await handle.signal('invitationStatus', { ...FREE, held: false });
    await sleep(1000);
    expect(mailed('held')).toBe(0);
    expect(await progressOf(handle)).toMatchObject({ invitations: { held: true } });
    await handle.cancel();
    expect(await wasCancelled(handle)).toBe(true);
  });

  test('in a pause or at a slow rate wait for the import, whatever else says so', async () => {
    const handle = await start('paused', { perMinute: 6 });
    await until(() => mailed('paused') > 0);
    await handle.executeUpdate('pause');
    await untilMailsRest(all.client, handle, /PAUSED/);
    const before = mailed('paused');
    const child = await sending(handle);
    for (const control of [FREE, null, { ...FREE, perMinute: 1e308 }]) {
      await child.signal('control', control);
    }
    await signalRaw(child, 'control', DEEP);
    await sleep(1000);
    await untilMailsRest(all.client, handle, /PAUSED/);
    expect(mailed('paused')).toBe(before);
    await handle.executeUpdate('resume');
    await until(async () => (await metadataOf(child)).currentDetails.includes('Sending, 6 a'));
    await handle.cancel();
    expect(await wasCancelled(handle)).toBe(true);
  });

  test('that are handed over without reason go on', async () => {
    const handle = await start('handed', { perMinute: 600 });
    await until(() => mailed('handed') > 0);
    await (await sending(handle)).signal('handOver');
    expect(await handle.result()).toMatchObject({ invitations: { sent: 5 } });
    expect(mailed('handed')).toBe(5);
  });
});

describe('a start is refused', () => {
  const STATE = { format: 1, state: { phase: 'importing', findings: { rows: 1, chunks: 1 } } };
  const INPUTS: [type: string, input: object][] = [
    ['importUsers', { file: 'one.csv', actor: 'mallory' }],
    ['undoImport', { workflowId: 'to-undo', actor: 'mallory' }],
    ['purgeRuns', { olderThanDays: 30000, actor: 'mallory' }],
  ];

  test.each(INPUTS)('with a state of its own: %s', async (type, input) => {
    const handle = await all.client.workflow.start(type, {
      ...{ taskQueue: 'user-import', workflowId: `start-${type}` },
      args: [input, STATE],
    });
    const failed = await failureOf(handle);
    expect([failed.type, failed.nonRetryable]).toEqual(['InvalidInput', true]);
    expect(failed.message).toContain('takes one JSON object');
  });
});
