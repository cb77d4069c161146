import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ReportSummary } from '../../activities/index.js';
import { historiesOf } from '../support/histories.js';
import { allIdentities } from '../support/identities.js';
import { imports, progressOf, untilNotice, type Imports } from '../support/imports.js';
import { startMailServer, type MailServer } from '../support/mail-server.js';
import { listOf, PRIVATE, people } from '../support/people.js';
import { until } from '../support/until.js';
import { startWorker, type WorkerProcess } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

/** As many mails as the worker sends at once. */
const CONNECTIONS = 5;
const LOGIN = { user: 'importer@example.com', password: 'secret-of-the-importer' };

let world: World;
let all: Imports;
let mailServer: MailServer;
const workers: WorkerProcess[] = [];

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  mailServer = await startMailServer({ login: LOGIN });
  world.onClose(() => mailServer.stop());
});
afterAll(() => world.close());

async function startWorkerWith(password: string, tls = 'false'): Promise<WorkerProcess> {
  const url = new URL(mailServer.url);
  url.username = encodeURIComponent(LOGIN.user);
  url.password = password;
  url.search = `requireTLS=${tls}`;
  const worker = await startWorker(world, { SMTP_URL: url.href });
  workers.push(worker);
  return worker;
}

const addressesOf = (name: string, count: number): string[] => people(`${name}.example.com`, count);

async function start(name: string, count: number, perMinute: number): Promise<WorkflowHandle> {
  await all.write(`${name}.csv`, listOf(addressesOf(name, count)));
  return all.start(name, { file: `${name}.csv`, invitations: { perMinute } });
}

const mailed = (name: string): string[] =>
  mailServer.mails.map(({ to }) => to).filter((to) => to.endsWith(`@${name}.example.com`));

async function expectAllSent(handle: WorkflowHandle, count: number): Promise<void> {
  const { invitations } = (await handle.result()) as ReportSummary;
  expect(invitations).toEqual({ due: 0, sent: count, failed: 0, failures: {} });
}

async function expectEachOnce(handle: WorkflowHandle, count: number): Promise<void> {
  await expectAllSent(handle, count);
  const name = handle.workflowId;
  expect(mailed(name).toSorted()).toEqual(addressesOf(name, count).toSorted());
}

/** An import's notices of waiting and going on. */
async function noticesOfWaiting(handle: WorkflowHandle): Promise<string[]> {
  const { notices } = await progressOf(handle);
  return notices.map(({ text }) => text).filter((text) => /wait|go out again/i.test(text));
}

const WAIT =
  /^The mail server does not answer \([A-Z]+\)\. Invitations wait, and go on by themselves\.$/;

test('a login that the mail server refuses ends the import before any user is created', async () => {
  const worker = await startWorkerWith('another-secret-of-the-importer');
  await all.write('login.csv', listOf(addressesOf('login', 5)));
  const refused = await all.failure('login', { file: 'login.csv', invitations: { send: 'hold' } });
  expect(refused.type).toBe('PreflightFailed');
  expect(refused.message).toBe(
    'The mail server refuses the login (535). Correct SMTP_URL of the worker, or with OAuth2 what the provider lets it send as, or start the import with "invitations" of "send":"never".',
  );
  expect(await allIdentities(world.kratos.adminUrl)).toEqual([]);
  const { rows } = await all.run('login-never', { file: 'login.csv' });
  expect(rows).toMatchObject({ created: 5 });
  await worker.stop();
});

test('a mail server without the TLS that a login needs ends the import before any user is created', async () => {
  const { logins } = mailServer;
  const worker = await startWorkerWith(LOGIN.password, 'true');
  await all.write('tls.csv', listOf(addressesOf('tls', 5)));
  const refused = await all.failure('tls', { file: 'tls.csv', invitations: { send: 'hold' } });
  expect(refused.type).toBe('PreflightFailed');
  expect(refused.message).toMatch(/^The mail server has no TLS \(50\d to STARTTLS\)/);
  expect(mailServer.logins).toBe(logins);
  await worker.stop();
});

test('a mail server that is not there holds up no rows, and all mails go out once it is', async () => {
  await mailServer.stop();
  await startWorkerWith(LOGIN.password);
  const handle = await start('absent', 30, 6000);
  await untilNotice(handle, WAIT);
  expect((await progressOf(handle)).rows).toMatchObject({ total: 30, created: 30 });
  expect((await progressOf(handle)).invitations).toMatchObject({ due: 30, sent: 0 });
  await mailServer.start();
  await expectEachOnce(handle, 30);
  const [first, last, ...more] = await noticesOfWaiting(handle);
  expect([first, last]).toEqual([expect.stringMatching(WAIT), 'Invitations go out again.']);
  expect(more).toEqual([]);
});

test('a mail server that goes away in the middle is waited for: every user is mailed, and only mails that it was taking are sent twice', async () => {
  const handle = await start('middle', 40, 600);
  await until(() => mailed('middle').length >= 10);
  await mailServer.stop();
  await untilNotice(handle, WAIT);
  expect(mailed('middle').length).toBeLessThan(40);
  await mailServer.start();
  await expectAllSent(handle, 40);
  const mails = mailServer.mails.filter(({ to }) => to.endsWith('@middle.example.com'));
  const twice = mails.filter(({ to }, i) => mails.findIndex((mail) => mail.to === to) < i);
  expect(twice.length).toBeLessThanOrEqual(CONNECTIONS);
  const once = mails.filter((mail) => !twice.includes(mail)).map(({ to }) => to);
  expect(once.toSorted()).toEqual(addressesOf('middle', 40).toSorted());
  expect(await noticesOfWaiting(handle)).toContain('Invitations go out again.');
});

test('a slow mail server is not sent anything twice', async () => {
  mailServer.faults.answerAfterMs = 2000;
  const handle = await start('slow', 12, 6000);
  await expectEachOnce(handle, 12);
  expect(mailServer.unanswered.filter(({ to }) => to.includes('@slow.'))).toEqual([]);
  mailServer.faults = {};
});

test('a Kratos that goes away during the mails is waited for, and every user is mailed once', async () => {
  const handle = await start('kratos', 40, 600);
  await until(() => mailed('kratos').length >= 10);
  await world.kratos.stop();
  await untilNotice(
    handle,
    /^Kratos does not answer.*Invitations wait, and go on by themselves\.$/,
  );
  expect(mailed('kratos').length).toBeLessThan(40);
  await world.restartKratos();
  await expectEachOnce(handle, 40);
  expect(await noticesOfWaiting(handle)).toContain('Invitations go out again.');
  const identities = await allIdentities(world.kratos.adminUrl);
  const invited = identities.filter(({ traits }) => String(traits['email']).includes('@kratos.'));
  expect(invited).toHaveLength(40);
  for (const { metadata_admin } of invited) {
    const sentAt = expect.stringMatching(/^\d{4}-.*Z$/) as unknown;
    expect(metadata_admin).toMatchObject({ csv_import: { invitation: { sentAt } } });
  }
});

test('no history and no log holds an address, a name, the login or the text of the mail server', async () => {
  for (const name of ['login', 'absent', 'middle', 'slow', 'kratos']) {
    const histories = await historiesOf(all.client, name);
    const ids = histories.map(({ workflowId }) => workflowId.replace(/\/.*\//, '/'));
    expect(ids).toContain(name === 'login' ? name : `${name}/invitations`);
    for (const { text } of histories) expect(text).not.toMatch(PRIVATE);
  }
  const logs = await Promise.all(workers.map((worker) => worker.log()));
  for (const log of logs) expect(log).not.toMatch(PRIVATE);
  expect(logs.at(-1)).toContain('sendInvitation');
});
