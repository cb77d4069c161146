import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { InboxMessage } from '../../../dev/servers/inbox.js';
import { imports, progressOf, table, type Imports } from '../../support/imports.js';
import { until } from '../../support/until.js';
import { Visitor } from '../../support/visitor.js';
import { startWorker } from '../../support/worker-process.js';
import { createWorld, type World } from '../../support/world.js';

let world: World;
let all: Imports;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  await startWorker(world);
});
afterAll(() => world.close());

/** Without the mails of Kratos itself. */
async function invitationsTo(address: string): Promise<InboxMessage[]> {
  const mails = await world.mailsTo(address);
  return mails.filter(({ from }) => from === 'no-reply@example.com');
}

describe.each(['link', 'code'] as const)('an invitation by %s', (method) => {
  const email = `ann-${method}@example.com`;
  const password = 'correct horse battery 7';

  test('arrives as a mail by which the person gets in, chooses a password and logs in with it', async () => {
    await all.write(
      `${method}.csv`,
      `email,first_name,initial_password\n${email},Ann,\nbob-${method}@example.com,Bob,given-password-1\n`,
    );
    const { invitations, folder } = await all.run(method, {
      file: `${method}.csv`,
      invitations: { method, perMinute: 600, expiresIn: '48h' },
    });
    expect(invitations).toEqual({ due: 0, sent: 1, failed: 0, failures: {} });
    expect((await table(folder, 'results.csv')).map(({ invitation }) => invitation)).toEqual([
      'sent',
      'none',
    ]);

    const mails = await invitationsTo(email);
    expect(mails).toHaveLength(1);
    const [mail] = mails;
    expect(mail).toMatchObject({ from: 'no-reply@example.com', to: [email] });
    for (const text of [mail!.text, mail!.html]) {
      expect(text).toContain('Ann');
      expect(text).toContain('Example Platform');
      expect(text).toContain('2 days');
    }
    expect(await invitationsTo(`bob-${method}@example.com`)).toEqual([]);

    const visitor = new Visitor(world.kratos.publicUrl);
    expect(await visitor.logIn(email, password)).toBe(false);
    await visitor.recover(mail!.text);
    await visitor.choosePassword(password);
    expect(await new Visitor(world.kratos.publicUrl).logIn(email, password)).toBe(true);
    expect(await new Visitor(world.kratos.publicUrl).logIn(email, 'another')).toBe(false);
  });

  test('is not sent again by another import of the file', async () => {
    const { rows, invitations } = await all.run(`${method}-again`, {
      file: `${method}.csv`,
      invitations: { method },
    });
    expect(rows).toMatchObject({ created: 0, skipped: 2 });
    expect(invitations).toEqual({ due: 0, sent: 0, failed: 0, failures: {} });
    expect(await invitationsTo(email)).toHaveLength(1);
  });
});

test('a user who has chosen a password in the meantime gets no mail', async () => {
  const email = 'eager@example.com';
  await all.write('eager.csv', `email\n${email}\nlate@example.com\n`);
  const handle = await all.start('eager', { file: 'eager.csv', invitations: { send: 'hold' } });
  await until(async () => (await progressOf(handle)).phase === 'inviting');
  expect((await progressOf(handle)).invitations).toMatchObject({ due: 2, sent: 0, held: true });
  const visitor = new Visitor(world.kratos.publicUrl);
  await visitor.recoverByAdmin(world.kratos.adminUrl, email);
  await visitor.choosePassword('correct horse battery 8');
  await handle.signal('releaseInvitations');
  const { invitations } = (await handle.result()) as Awaited<ReturnType<Imports['run']>>;
  expect(invitations).toEqual({ due: 0, sent: 1, failed: 0, failures: {} });
  expect(await invitationsTo(email)).toEqual([]);
  expect(await invitationsTo('late@example.com')).toHaveLength(1);
});
