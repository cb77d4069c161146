/** Operators who look at no screen are told by a webhook and by mail, while no import waits for either. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WorkflowHandle } from '@temporalio/client';
import { createUsers } from '../support/existing-users.js';
import { schemaOf, USERNAME_TRAIT } from '../support/identity-schemas.js';
import {
  failureOf,
  imports,
  progressOf,
  untilNotice,
  wasCancelled,
  type Imports,
} from '../support/imports.js';
import { csvOf } from '../support/people.js';
import { steer } from '../support/steering.js';
import { planOf, startUndo } from '../support/undo.js';
import { until } from '../support/until.js';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.js';
import { startWorker, type WorkerProcess } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';
import { webhookSecrets } from '../../src/notify/settings.js';
import { signatureOf } from '../../src/notify/signature.js';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const TYPE = 'io.github.kratos-user-import.';
const schema = schemaOf({ username: USERNAME_TRAIT });

let world: World;
let all: Imports;
let receiver: WebhookReceiver;
let worker: WorkerProcess;
/** Of a worker whose Kratos is away for as long as this file takes. */
let stalled: { receiver: WebhookReceiver; handle: WorkflowHandle };

const notified = ({ url }: WebhookReceiver): Record<string, string> => ({
  NOTIFY_WEBHOOK_URL: url,
  NOTIFY_WEBHOOK_SECRET: SECRET,
});

beforeAll(async () => {
  world = await createWorld({ schemas: { [schema.id]: schema.json } });
  all = await imports(world);
  receiver = await startWebhookReceiver();
  world.onClose(() => receiver.stop());
  worker = await startWorker(world, {
    ...notified(receiver),
    NOTIFY_MAIL_TO: 'ops@notified.example, on-call@notified.example',
    LOG_LEVEL: 'debug',
  });
  stalled = await stall();
});
afterAll(() => world.close());

async function stall(): Promise<typeof stalled> {
  const own = await startWebhookReceiver();
  world.onClose(() => own.stop());
  const away = { TASK_QUEUE: 'stalled', KRATOS_ADMIN_URL: 'http://127.0.0.1:9' };
  await startWorker(world, { ...notified(own), ...away });
  await all.write('stalled.csv', csvOf('stalled', 3));
  const handle = await all.client.workflow.start('importUsers', {
    ...{ taskQueue: 'stalled', workflowId: 'stalled' },
    args: [{ file: 'stalled.csv', actor: 'alice' }],
  });
  return { receiver: own, handle };
}

/** What the receiver took of one run, by the time at which it came to it. */
function toldOf(handle: { workflowId: string }, of = receiver): string[] {
  return of
    .taken()
    .filter(({ subject }) => subject === handle.workflowId)
    .sort((a, b) => a.time.localeCompare(b.time))
    .map(({ type, data }) => `${type.replace(TYPE, '')} ${String(data['reason'])}`);
}

async function untilTold(handle: WorkflowHandle, last: string): Promise<string[]> {
  await until(() => toldOf(handle).includes(last));
  return toldOf(handle);
}

async function untilPhase(handle: WorkflowHandle, phase: string): Promise<void> {
  await until(async () => (await progressOf(handle)).phase === phase);
}

/** The types of an execution's events, without `EVENT_TYPE_`. */
async function eventsOf(handle: WorkflowHandle): Promise<string[]> {
  const { events } = await handle.fetchHistory();
  const names = events ?? [];
  return names.map((event) =>
    Object.keys(event)
      .find((key) => key.endsWith('EventAttributes'))!
      .replace('EventAttributes', ''),
  );
}

test('of a whole import: its gate, pauses, its halt, its hold and its end, however often the receiver fails first', async () => {
  const HELD = 60;
  const names = Array.from({ length: HELD }, (_, i) => `held${i}`);
  await createUsers(
    world.kratos.adminUrl,
    schema.id,
    names.map((username) => ({ traits: { email: `holder-${username}@example.com`, username } })),
    'old password',
  );
  const good = (n: number) => `whole${n}@example.com,whole${n}`;
  const bad = names.map((name) => `whole-${name}@example.com,${name}`);
  const rows = [1, 2, 3, 4, 5].map(good).concat(bad, [6, 7].map(good));
  await all.write('ada-lovelace.csv', ['email,username', ...rows, ''].join('\n'));
  const elsewhere = await startWebhookReceiver();
  world.onClose(() => elsewhere.stop());
  receiver.answers.push(
    { status: 500 },
    { status: 302, headers: { location: elsewhere.url } },
    { status: 'none' },
    { status: 429, headers: { 'retry-after': '1' } },
  );
  const handle = await all.start('whole', {
    ...{ file: 'ada-lovelace.csv', columns: { username: 'traits.username' } },
    ...{ canaryRows: 5, chunkSize: 30, concurrency: 1 },
    invitations: { send: 'hold', perMinute: 6000 },
  });
  await untilPhase(handle, 'awaiting-approval');
  await steer(handle, 'signal', 'pause');
  await steer(handle, 'update', 'resume');
  await steer(handle, 'update', 'approve');
  await untilNotice(handle, /^Paused by itself/);
  await steer(handle, 'update', 'resume');
  await untilPhase(handle, 'inviting');
  await steer(handle, 'update', 'releaseInvitations');
  await handle.result();

  await until(() => toldOf(handle).length === 5);
  expect(toldOf(handle)).toEqual([
    'import.awaiting-approval canary',
    'import.paused operator',
    'import.paused failures',
    'import.invitations-held held',
    'import.ended done',
  ]);
  // Its tries have failed: others may have been taken before.
  const gate = receiver.taken().find(({ type }) => type === `${TYPE}import.awaiting-approval`);
  expect(gate?.data).toMatchObject({
    commands: expect.arrayContaining(['user-import approve whole']) as string[],
  });
  const ended = receiver.taken().find(({ type }) => type === `${TYPE}import.ended`);
  expect(ended?.data).toMatchObject({
    rows: { total: 67, created: 7, failed: 60 },
    invitations: { due: 7, sent: 7, failed: 0 },
  });
  // The tries that failed had the same ids as those that were taken, and the same bodies.
  const bodies = new Map<string, Set<string>>();
  for (const { headers, body } of receiver.requests) {
    const id = headers['webhook-id'] as string;
    bodies.set(id, (bodies.get(id) ?? new Set()).add(body));
    const timestamp = Number(headers['webhook-timestamp']);
    expect(headers['webhook-signature']).toBe(
      signatureOf({ id, timestamp, body }, webhookSecrets.parse(SECRET)),
    );
    expect(body).not.toMatch(/@|ada|alice/);
  }
  expect(receiver.requests).toHaveLength(5 + 4);
  expect([...bodies.values()].map(({ size }) => size)).toEqual([1, 1, 1, 1, 1]);
  expect(elsewhere.requests).toEqual([]);
});

test('the same by mail, to each address once', async () => {
  const subjects = [
    'waits for approval of its first rows',
    'was paused',
    'has paused: too many rows fail',
    'holds its invitations',
    'is done',
  ].map((title) => `[user import] whole ${title}`);
  const ids = new Set<unknown>();
  for (const address of ['ops@notified.example', 'on-call@notified.example']) {
    await until(async () => (await world.mailsTo(address)).length >= subjects.length);
    const mails = await world.mailsTo(address);
    expect(mails.map(({ subject }) => subject).sort()).toEqual(subjects.sort());
    for (const { text, html, headers, from } of mails) {
      expect(text).toMatch(/user-import [a-z-]+ whole\n/);
      expect(text).not.toMatch(/@|ada|alice/);
      expect([html, from]).toEqual(['', 'no-reply@example.com']);
      ids.add(headers['message-id']);
    }
  }
  expect(ids.size).toBe(2 * subjects.length);
});

test('in no log and no history is who is told, and where', async () => {
  const secrets = /secret-of-the|notified\.example|whsec_|BwcHBwcH/;
  expect(await worker.log()).not.toMatch(secrets);
  const query = 'WorkflowType = "notifyOperators" AND WorkflowId STARTS_WITH "whole/"';
  let children = 0;
  for await (const { workflowId } of all.client.workflow.list({ query })) {
    const child = all.client.workflow.getHandle(workflowId);
    expect(await child.result()).toEqual({
      ...{ webhook: 'taken', 'mail-1': 'taken', 'mail-2': 'taken' },
    });
    const { events } = await child.fetchHistory();
    const text = JSON.stringify(events, (key, value: unknown) =>
      key === 'data' ? Buffer.from(value as string).toString() : value,
    );
    expect(text).not.toMatch(secrets);
    children++;
  }
  expect(children).toBe(5);
});

test('a receiver that is dead for a whole import delays nothing of it, and is told once it is back', async () => {
  await receiver.stop();
  await all.write('dead.csv', csvOf('dead', 12));
  const handle = await all.start('dead', { file: 'dead.csv', canaryRows: 5, chunkSize: 5 });
  await untilPhase(handle, 'awaiting-approval');
  await steer(handle, 'update', 'approve');
  expect(await handle.result()).toMatchObject({ rows: { created: 12 } });
  const query = 'WorkflowId STARTS_WITH "dead/" AND ExecutionStatus = "Running"';
  await until(async () => (await all.client.workflow.count(query)).count === 2);
  const events = (await eventsOf(handle)).filter((name) => !name.startsWith('workflowTask'));
  // The report is done: the last is told by a child that is started, and by nothing more.
  expect(events.slice(-4)).toEqual([
    'activityTaskCompleted',
    'startChildWorkflowExecutionInitiated',
    'childWorkflowExecutionStarted',
    'workflowExecutionCompleted',
  ]);
  expect(events).not.toContain('timerStarted');
  await receiver.start();
  expect(await untilTold(handle, 'import.ended done')).toContain('import.ended done');
  await until(() => toldOf(handle).length === 2);
  expect(toldOf(handle)[0]).toBe('import.awaiting-approval canary');
});

test('a worker that is killed while it tells: another one tells the same again, under the same id', async () => {
  receiver.requests.length = 0;
  receiver.answers.push({ status: 'none' });
  await all.write('killed.csv', csvOf('killed', 3));
  await (await all.start('killed', { file: 'killed.csv' })).result();
  await until(() => receiver.requests.length > 0);
  await worker.kill();
  worker = await startWorker(world, notified(receiver));
  await until(() => receiver.taken().length > 0);
  const ids = receiver.requests.map(({ headers }) => headers['webhook-id']);
  expect(ids).toHaveLength(2);
  expect(new Set(ids).size).toBe(1);
});

test('an import that fails or is cancelled, also before its file is read', async () => {
  await all.write('not-valid.csv', 'email\nnot an address\n');
  const notValid = await all.start('not-valid', { file: 'not-valid.csv' });
  expect((await failureOf(notValid)).type).toBe('ValidationFailed');
  const missing = await all.start('missing', { file: 'missing.csv' });
  expect((await failureOf(missing)).type).toBe('ValidationFailed');
  const wrong = await all.start('wrong', { file: 'not-valid.csv', schemaId: 'none-such' });
  expect((await failureOf(wrong)).type).toBe('InvalidInput');
  await all.write('cancelled.csv', csvOf('cancelled', 3));
  const cancelled = await all.start('cancelled', { file: 'cancelled.csv', approval: 'required' });
  await untilPhase(cancelled, 'awaiting-approval');
  await cancelled.cancel();
  expect(await wasCancelled(cancelled)).toBe(true);

  expect(await untilTold(notValid, 'import.ended validation-failed')).toHaveLength(1);
  expect(await untilTold(missing, 'import.ended validation-failed')).toHaveLength(1);
  expect(await untilTold(wrong, 'import.ended failed')).toHaveLength(1);
  await untilTold(cancelled, 'import.ended cancelled');
  await until(() => toldOf(cancelled).length === 2);
  expect(toldOf(cancelled)).toEqual(['import.awaiting-approval plan', 'import.ended cancelled']);
});

test('an import that began before the settings came tells nobody; its undo tells its end, and not its gate', async () => {
  await worker.stop();
  worker = await startWorker(world);
  await all.write('early.csv', csvOf('early', 3));
  const handle = await all.start('early', { file: 'early.csv', approval: 'required' });
  await untilPhase(handle, 'awaiting-approval');
  await worker.stop();
  worker = await startWorker(world, notified(receiver));
  await steer(handle, 'update', 'approve');
  await handle.result();

  const undo = await startUndo(all, { workflowId: 'early' });
  await planOf(undo);
  await undo.signal('approve');
  await undo.result();
  expect(await untilTold(undo, 'undo.ended done')).toEqual(['undo.ended done']);
  const [told] = receiver.taken().filter(({ subject }) => subject === undo.workflowId);
  expect(told?.data).toMatchObject({ rows: { total: 3, done: 3, deleted: 3 } });
  expect(toldOf(handle)).toEqual([]);
  expect((await eventsOf(handle)).join()).not.toContain('notification');
});

test('a server that has been away for five minutes, once', async () => {
  const { receiver: own, handle } = stalled;
  await until(() => toldOf(handle, own).length > 0);
  await handle.cancel();
  expect(await wasCancelled(handle)).toBe(true);
  await until(() => toldOf(handle, own).length > 1);
  expect(toldOf(handle, own)).toEqual(['import.stalled unavailable', 'import.ended cancelled']);
  const [first] = own.taken();
  expect(first?.data).toMatchObject({
    phase: 'preflight',
    commands: ['user-import status stalled'],
  });
}, 400_000);
