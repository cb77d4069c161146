/**
 * Months of waiting: Temporal's limits on one execution are a hundred times lower, and commands fill the history. Time
 * itself is not faked.
 */
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ReportSummary } from '../../activities/index.js';
import { identitiesOf } from '../support/identities.js';
import { withImpatientTemporal } from '../support/impatient-temporal.js';
import { imports, progressOf, untilNotice, type Imports } from '../support/imports.js';
import { startMailServer, type MailServer } from '../support/mail-server.js';
import { csvOf } from '../support/people.js';
import { steer, untilMailsRest } from '../support/steering.js';
import { planOf, startUndo } from '../support/undo.js';
import { until } from '../support/until.js';
import { startWorker } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

/** Temporal suggests to continue as new at the first, and ends an execution at the second. */
const [SUGGESTED, MOST_EVENTS] = [60, 500];
/** Temporal refuses any further signal to an execution. */
const MOST_SIGNALS = 150;

let world: World;
let all: Imports;
let mailServer: MailServer;

beforeAll(async () => {
  world = await withImpatientTemporal(await createWorld(), SUGGESTED, {
    'limit.historyCount.error': MOST_EVENTS,
    'history.maximumSignalsPerExecution': MOST_SIGNALS,
  });
  all = await imports(world);
  mailServer = await startMailServer();
  world.onClose(() => mailServer.stop());
  await startWorker(world, { SMTP_URL: mailServer.url });
});

afterAll(() => world.close());

/** Gives a run a command that changes nothing, again and again, until it has continued as new so often. */
async function passMonths(
  handle: WorkflowHandle,
  times = 3,
  give = () => handle.signal('setConcurrency', 5),
): Promise<void> {
  for (let i = 0; i < times; i++) {
    const { runId } = await handle.describe();
    const isOver = async () => (await handle.describe()).runId !== runId;
    for (let given = 0; given < MOST_SIGNALS - 50 && !(await isOver()); given += 10) {
      await Promise.all(Array.from({ length: 10 }, give));
      await progressOf(handle);
    }
    await until(isOver);
  }
}

test('300 mails that are held for months are released, paused and resumed, each sent once', async () => {
  await all.write('held.csv', csvOf('held-', 300));
  const handle = await all.start('held', {
    file: 'held.csv',
    invitations: { send: 'hold', perMinute: 3_000 },
  });
  const sent = () => mailServer.mails.filter(({ to }) => to.startsWith('held-')).length;
  await untilNotice(handle, /^Invitations are held\./);
  await passMonths(handle);
  expect(await progressOf(handle)).toMatchObject({ invitations: { due: 300, held: true } });
  expect(sent()).toBe(0);

  await steer(handle, 'signal', 'releaseInvitations');
  await until(() => sent() >= 40);
  await steer(handle, 'signal', 'pause');
  await passMonths(handle);
  await untilMailsRest(all.client, handle, /PAUSED/);
  const atRest = sent();
  await passMonths(handle);
  expect(sent()).toBe(atRest);
  expect(atRest).toBeLessThan(300);

  // Among these, some come while the mails continue as new, or are handed over to the next execution.
  for (let i = 0; i < 60 && sent() < 250; i++) {
    await handle.signal('pause');
    await handle.signal('resume');
  }
  expect((await handle.result()) as ReportSummary).toMatchObject({
    invitations: { due: 0, sent: 300, failed: 0 },
  });
  const addresses = mailServer.mails.map(({ to }) => to).filter((to) => to.startsWith('held-'));
  expect([new Set(addresses).size, addresses.length]).toEqual([300, 300]);
});

test('the mails of an import that was reset hear of its resume', async () => {
  await all.write('reset.csv', csvOf('reset-', 20));
  const invitations = { perMinute: 600 };
  const handle = await all.start('reset', { file: 'reset.csv', invitations });
  const sent = () => mailServer.mails.filter(({ to }) => to.startsWith('reset-')).length;
  await until(() => sent() >= 5);
  await steer(handle, 'signal', 'pause');
  await untilMailsRest(all.client, handle, /PAUSED/);
  const { runId } = await handle.describe();
  const { events } = await handle.fetchHistory();
  const first = events!.find(({ workflowTaskCompletedEventAttributes: done }) => done)!;
  await all.client.workflowService.resetWorkflowExecution({
    namespace: world.namespace,
    workflowExecution: { workflowId: 'reset', runId },
    workflowTaskFinishEventId: first.eventId!,
    requestId: 'once',
  });

  const again = all.client.workflow.getHandle('reset');
  await until(async () => (await progressOf(again)).phase !== 'preflight');
  await steer(again, 'signal', 'resume');
  await again.result();
  expect(sent()).toBe(20);
});

test('an import that waits for its approval for months goes on', async () => {
  await all.write('gate.csv', csvOf('gate-', 3));
  const handle = await all.start('gate', { file: 'gate.csv', approval: 'required' });
  await until(async () => (await progressOf(handle)).phase === 'awaiting-approval');
  await passMonths(handle);
  await steer(handle, 'update', 'approve');
  expect((await handle.result()) as ReportSummary).toMatchObject({ rows: { created: 3 } });
});

test('an import whose Kratos is away for months goes on once it is there', async () => {
  await all.write('away.csv', csvOf('away-', 3));
  await world.kratos.stop();
  const handle = await all.start('away', { file: 'away.csv' });
  await until(async () => (await progressOf(handle)).notices.length > 0);
  await steer(handle, 'signal', 'setEmailRate', 7);
  await passMonths(handle, 2);
  const progress = await progressOf(handle);
  expect(progress).toMatchObject({ phase: 'preflight', invitations: { perMinute: 7 } });
  await world.restartKratos();
  expect((await handle.result()) as ReportSummary).toMatchObject({ rows: { created: 3 } });
});

test('an undo whose Kratos is away for months, and which then waits for its approval, goes on', async () => {
  await all.write('undone.csv', csvOf('undone-', 3));
  await all.run('undone', { file: 'undone.csv' });
  await world.kratos.stop();
  const undo = await startUndo(all, { workflowId: 'undone' });
  await until(async () => (await progressOf(undo)).notices.length > 0);
  const resume = () => undo.signal('resume');
  await passMonths(undo, 2, resume);
  expect(await progressOf(undo)).toMatchObject({ phase: 'preflight' });
  await world.restartKratos();
  await planOf(undo);
  await passMonths(undo, 2, resume);
  await undo.executeUpdate('approve');
  await undo.result();
  expect(await identitiesOf(world.kratos.adminUrl, 'undone-')).toEqual([]);
});
