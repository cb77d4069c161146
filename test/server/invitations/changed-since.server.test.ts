import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ReportSummary } from '../../../activities/index.js';
import { originOf } from '../../../src/identity/origin.js';
import { allIdentities, type StoredIdentity } from '../../support/identities.js';
import { imports, progressOf, table, untilNotice, type Imports } from '../../support/imports.js';
import { startMailServer, type MailServer } from '../../support/mail-server.js';
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
});
afterAll(() => world.close());

async function userOf(email: string): Promise<StoredIdentity> {
  const found = (await allIdentities(world.kratos.adminUrl)).find(
    ({ traits }) => traits['email'] === email,
  );
  if (!found) throw new Error('no such user');
  return found;
}

async function ask(id: string, method: 'DELETE' | 'PATCH', patch?: object[]): Promise<void> {
  const answer = await fetch(`${world.kratos.adminUrl}/admin/identities/${id}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(patch && { body: JSON.stringify(patch) }),
  });
  if (!answer.ok) throw new Error(`changing a user: ${answer.status}`);
}

const set = async (email: string, path: string, value: unknown): Promise<void> =>
  ask((await userOf(email)).id, 'PATCH', [{ op: 'replace', path, value }]);

const mailed = (): string[] => mailServer.mails.map(({ to }) => to).toSorted();

test('changes in Kratos since the import of the rows decide which users are mailed, and at which address', async () => {
  const names = ['stays', 'inactive', 'deleted', 'moved', 'off-in-file'];
  const rows = names.map(
    (name) => `${name}@example.com,${name === 'off-in-file' ? 'inactive' : 'active'}`,
  );
  await all.write('people.csv', ['email,state', ...rows, ''].join('\n'));
  const invitations = { send: 'hold', perMinute: 6000 };
  const handle = await all.start('held', { file: 'people.csv', invitations });
  await untilNotice(handle, /^Invitations are held\./);
  await set('inactive@example.com', '/state', 'inactive');
  await set('moved@example.com', '/traits/email', 'new@example.com');
  await ask((await userOf('deleted@example.com')).id, 'DELETE');
  await handle.signal('releaseInvitations');

  const { folder, invitations: counts } = (await handle.result()) as ReportSummary;
  expect(mailed()).toEqual(['new@example.com', 'stays@example.com']);
  expect(counts).toEqual({ due: 2, sent: 2, failed: 0, failures: {} });
  expect((await progressOf(handle)).invitations).toMatchObject({ due: 4, sent: 2, failed: 0 });
  const results = await table(folder, 'results.csv');
  expect(results.map(({ email, invitation }) => [email, invitation])).toEqual([
    ['stays@example.com', 'sent'],
    ['inactive@example.com', 'due'],
    ['deleted@example.com', 'none'],
    ['moved@example.com', 'sent'],
    ['off-in-file@example.com', 'due'],
  ]);
  for (const name of ['inactive', 'off-in-file']) {
    const { metadata_admin } = await userOf(`${name}@example.com`);
    expect(Object.keys(originOf(metadata_admin)!.invitation!)).toEqual(['dueSince']);
  }
});

test('a user who was switched off gets the mail of a later import, once switched on again', async () => {
  mailServer.mails = [];
  await set('inactive@example.com', '/state', 'active');
  await all.write('again.csv', 'email\ninactive@example.com\noff-in-file@example.com\n');
  const { invitations } = await all.run('again', {
    file: 'again.csv',
    invitations: { perMinute: 6000 },
  });
  expect(invitations).toEqual({ due: 1, sent: 1, failed: 0, failures: {} });
  expect(mailed()).toEqual(['inactive@example.com']);
});
