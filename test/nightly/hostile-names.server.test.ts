import { afterAll, beforeAll, expect, test } from 'vitest';
import { historiesOf } from '../support/histories.js';
import { identitiesOf } from '../support/identities.js';
import { imports, progressOf, table, type Imports } from '../support/imports.js';
import { startMailServer, type MailServer } from '../support/mail-server.js';
import { parseMail } from '../support/parse-mail.js';
import { until } from '../support/until.js';
import { startWorker, type WorkerProcess } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

const APP_NAME = 'Tom & <b>Jerry</b> {{ link }}';

/** First names as Kratos has them, and how a mail greets the person; not by name if there is none. */
const NAMES: [name: string, greeting?: string][] = [
  ['ZqMark O’Brien-Łukasz 李', 'ZqMark O’Brien-Łukasz 李'],
  ['ZqMark1\r\nBcc: mallory@example.net'],
  ['ZqMark2\n\nA body of its own\n.\nQUIT'],
  ['ZqMark3\u2028Subject: Other\u0085Bcc: x'],
  ['ZqMark4<script>alert(1)</script>'],
  ['ZqMark5"><img src=x onerror=a>&amp;<a href="//evil.example.net">'],
  ["ZqMark6{{ link }}{% assign link = 'https://evil.example.net' %}"],
  ['ZqMark8\u001b[31mred\u001b[2J\u0007'],
  ['ZqMark9\u202etxt.exe\u2066\u200b\ufeff'],
  ['ZqMark10 evil.example.net'],
  [`ZqMark11${'x'.repeat(10_000)}`],
  ['ZqMark12 has won a prize today'],
];

const ADDRESSES = [
  "zq-o'hara+news@example.com",
  'zq-%0d%0abcc=mallory@example.com',
  'zq-{{link}}@example.com',
  'zq-=?utf-8?q?mallory=40example.net?=@example.com',
  'zq-$&|`#*/!^~_.{}@example.com',
];

/** Mail servers may misread addresses of more than plain characters, so the import refuses them. */
const REFUSED_ADDRESSES = [
  '"zq quoted"@example.com',
  '"zq\r\nBcc: mallory"@example.com',
  'zq<mallory@example.net>@example.com',
  'zq,mallory@example.net',
];

let world: World;
let all: Imports;
let mailServer: MailServer;
let worker: WorkerProcess;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  mailServer = await startMailServer();
  world.onClose(() => mailServer.stop());
  worker = await startWorker(world, { SMTP_URL: mailServer.url, APP_NAME });
});
afterAll(() => world.close());

async function rename(id: string, name: string): Promise<void> {
  const response = await fetch(`${world.kratos.adminUrl}/admin/identities/${id}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([{ op: 'replace', path: '/traits/first_name', value: name }]),
  });
  expect(response.status).toBe(200);
}

const cell = (text: string): string => `"${text.replaceAll('"', '""')}"`;
const mailTo = (address: string) => mailServer.mails.filter(({ to }) => to === address);

test('a first name is harmless in one mail to one person, or left out, whatever it holds', async () => {
  const rows = NAMES.map((_, i) => `zq-name-${i}@example.com,Plain`);
  await all.write('names.csv', ['email,first_name', ...rows, ''].join('\n'));
  // Not at once, so that there is something to log.
  const first = 'zq-name-0@example.com';
  mailServer.faultsFor.set(first, { refuse: { at: 'RCPT TO', status: 450 } });
  const handle = await all.start('names', {
    file: 'names.csv',
    invitations: { perMinute: 6000, send: 'hold' },
  });
  await until(async () => (await progressOf(handle)).phase === 'inviting');
  // The import refuses some of them in its file; Kratos takes any from its users.
  for (const { id, traits } of await identitiesOf(world.kratos.adminUrl, 'zq-name-')) {
    const [name] = NAMES[Number(/\d+/.exec(String(traits['email'])))]!;
    await rename(id, name);
  }
  await handle.executeUpdate('releaseInvitations');
  await until(() => mailServer.refusals.length > 0);
  mailServer.faultsFor.delete(first);
  const { invitations } = (await handle.result()) as Awaited<ReturnType<Imports['run']>>;
  expect(invitations).toEqual({ due: 0, sent: NAMES.length, failed: 0, failures: {} });
  expect(mailServer.mails).toHaveLength(NAMES.length);

  for (const [i, [, greeting]] of NAMES.entries()) {
    const address = `zq-name-${i}@example.com`;
    expect(mailTo(address)).toHaveLength(1);
    const { headerLines, subject, to, text, html } = await parseMail(mailTo(address)[0]!.raw);
    expect(headerLines.map(({ key }) => key).toSorted()).toEqual([
      'auto-submitted',
      'content-type',
      'date',
      'from',
      'message-id',
      'mime-version',
      'subject',
      'to',
      'x-auto-response-suppress',
    ]);
    expect(subject).toBe(`Your account at ${APP_NAME}: choose your password`);
    expect(to?.value).toEqual([{ name: '', address }]);

    const lines = (text ?? '').split(/\r?\n/);
    expect(lines[0]).toBe(greeting === undefined ? 'Hello,' : `Hello ${greeting},`);
    expect(lines[2]).toBe(
      `You have an account at ${APP_NAME} now. All that is missing is a password of your own.`,
    );
    const links = (text ?? '').match(/https?:\/\/\S+/g);
    expect(links).toHaveLength(1);
    const link = links![0];
    expect(link.startsWith(`${world.kratos.publicUrl}/self-service/recovery`)).toBe(true);

    const page = String(html);
    expect(page).not.toMatch(/<script|<img|<b>|evil/i);
    const leadsTo = [...page.matchAll(/href="([^"]*)"/g)].map(([, href]) => href);
    expect(new Set(leadsTo)).toEqual(new Set([link.replaceAll('&', '&amp;')]));
  }
  const { notices } = await progressOf(handle);
  expect(JSON.stringify(notices)).not.toContain('ZqMark');
});

test('an address of unusual characters gets its mail, and no other address does', async () => {
  await all.write('addresses.csv', ['email', ...ADDRESSES.map(cell), ''].join('\n'));
  mailServer.mails = [];
  const { invitations, folder } = await all.run('addresses', {
    file: 'addresses.csv',
    invitations: { perMinute: 6000 },
  });
  expect(invitations).toMatchObject({ sent: ADDRESSES.length, failed: 0 });
  expect(mailServer.mails.map(({ to }) => to).toSorted()).toEqual(ADDRESSES.toSorted());
  for (const { invitation } of await table(folder, 'results.csv')) expect(invitation).toBe('sent');
});

test('an address that mail servers could take for another is not imported at all', async () => {
  await all.write('quoted.csv', ['email', ...REFUSED_ADDRESSES.map(cell), ''].join('\n'));
  mailServer.mails = [];
  const { rows } = await all.run('quoted', {
    file: 'quoted.csv',
    onInvalid: 'import-valid',
    invitations: { perMinute: 6000 },
  });
  expect(rows).toMatchObject({ invalid: REFUSED_ADDRESSES.length, created: 0 });
  expect(mailServer.mails).toEqual([]);
});

test('no name and no address is in a history or in the log', async () => {
  // Long enough that no random token holds it by chance.
  const toFind = /zq-|ZqMark|mallory|evil\.|example\.(com|net)/i;
  for (const name of ['names', 'addresses', 'quoted']) {
    const histories = await historiesOf(all.client, name);
    expect(histories.length, name).toBeGreaterThan(name === 'quoted' ? 0 : 2);
    for (const { text } of histories) expect(text).not.toMatch(toFind);
    for (const { workflowId } of histories) {
      const details = await all.client.workflow
        .getHandle(workflowId)
        .query('__temporal_workflow_metadata');
      expect(JSON.stringify(details)).not.toMatch(toFind);
    }
  }
  const log = await worker.log();
  expect(log).toContain('RUNNING');
  expect(log).not.toMatch(toFind);

  expect(log).not.toMatch(/\u001b\[2J/);
});
