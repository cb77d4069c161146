import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ReportSummary } from '../../../activities/index.js';
import type { UndoSummary } from '../../../src/contract/undo/outcomes.js';
import { startFaultProxy, type FaultProxy, type StandIn } from '../../support/fault-proxy.js';
import { identitiesOf } from '../../support/identities.js';
import { imports, table, untilNotice, type Imports } from '../../support/imports.js';
import { startMailServer, type MailServer } from '../../support/mail-server.js';
import { csvOf } from '../../support/people.js';
import { planOf, startUndo, undoImport } from '../../support/undo.js';
import { until } from '../../support/until.js';
import { startWorker } from '../../support/worker-process.js';
import { createWorld, type World } from '../../support/world.js';

/** What answers in Kratos's place is not believed, whatever it says. */
let world: World;
let all: Imports;
let proxy: FaultProxy;
let mailServer: MailServer;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  mailServer = await startMailServer();
  world.onClose(() => mailServer.stop());
  proxy = await startFaultProxy(world);
  await startWorker(world, {
    SMTP_URL: mailServer.url,
    KRATOS_ADMIN_URL: proxy.url,
    KRATOS_PUBLIC_URL: world.kratos.publicUrl,
  });
});
afterAll(() => world.close());
beforeEach(() => {
  proxy.faults = {};
});

const ROWS = 6;

const stored = async (name: string): Promise<number> =>
  (await identitiesOf(world.kratos.adminUrl, `${name}-`)).length;

const summaryOf = async (handle: WorkflowHandle): Promise<ReportSummary> =>
  (await handle.result()) as ReportSummary;

/** Starts an import, which waits with its first write. */
async function startHeld(name: string, input: object = {}): Promise<WorkflowHandle> {
  proxy.faults.writesLeft = 0;
  await all.write(`${name}.csv`, csvOf(`${name}-`, ROWS));
  const handle = await all.start(name, { file: `${name}.csv`, ...input });
  await until(() => proxy.waiting > 0);
  return handle;
}

describe.each<[StandIn, RegExp]>([
  ['html200', /Something that is not Kratos answered 200, text\/html: /],
  ['json200', /Something that is not Kratos answered 200, application\/json: /],
  ['empty200', /Something that is not Kratos answered 200: /],
  ['page404', /Something that is not Kratos answered 404, text\/plain: /],
  ['redirect', /Something that is not Kratos answered 302, a redirect as to a login page: /],
])('%s from a gateway', (as, notice) => {
  test('is waited for: rows, mails and an undo come to their true end', async () => {
    const imported = await startHeld(as, { invitations: { send: 'hold' } });
    proxy.faults = { standIn: { as } };
    await untilNotice(imported, notice);
    proxy.faults = {};
    await untilNotice(imported, /^Invitations are held\./);
    expect(await stored(as)).toBe(ROWS);

    proxy.faults = { standIn: { as } };
    await imported.signal('releaseInvitations');
    await untilNotice(imported, new RegExp(`${notice.source}.* Invitations wait`));
    proxy.faults = {};
    const { rows, invitations, folder } = await summaryOf(imported);
    expect(rows).toMatchObject({ created: ROWS, failed: 0 });
    expect(invitations).toMatchObject({ sent: ROWS, none: 0, due: 0 });
    const results = await table(folder, 'results.csv');
    expect(results.map(({ outcome }) => outcome)).toEqual(Array(ROWS).fill('created'));

    const undo = await startUndo(all, { workflowId: as });
    await planOf(undo);
    proxy.faults = { standIn: { as } };
    await undo.executeUpdate('approve');
    await untilNotice(undo, notice);
    expect(await stored(as)).toBe(ROWS);
    proxy.faults = {};
    const { undone } = (await undo.result()) as UndoSummary;
    expect(undone).toMatchObject({ deleted: ROWS, already_deleted: 0, kept: 0 });
    expect(await stored(as)).toBe(0);
  });
});

describe('before the first row', () => {
  test('a page is waited for, with a notice that says what answered', async () => {
    await all.write('page.csv', csvOf('page-', 2));
    proxy.faults = { standIn: { as: 'html200' } };
    const handle = await all.start('page', { file: 'page.csv' });
    await untilNotice(handle, /^Something that is not Kratos answered 200, text\/html: readiness/);
    proxy.faults = {};
    expect((await summaryOf(handle)).rows).toMatchObject({ created: 2 });
  });

  test.each(['redirect', 'page404', 'page403'] as const)('a %s ends the run', async (as) => {
    proxy.faults = { standIn: { as } };
    const failure = await all.failure(`first-${as}`, { file: 'page.csv' });
    expect(failure.type).toBe('PreflightFailed');
    expect(failure.message).toMatch(/KRATOS_ADMIN_(TOKEN|URL)/);
  });
});

test('a look-up that is answered with a page makes no conflict of a user', async () => {
  await all.write('lookup.csv', csvOf('lookup-', 2));
  await all.run('lookup', { file: 'lookup.csv' });
  // Not there when the file is validated, so that the batch conflicts and the user is looked up.
  const handle = await startHeld('lookup-late');
  await all.write('late.csv', csvOf('lookup-late-', 1));
  const direct = await fetch(`${world.kratos.adminUrl}/admin/identities`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      schema_id: 'demo',
      traits: { email: 'lookup-late-0@example.com' },
    }),
  });
  expect(direct.status).toBe(201);
  proxy.faults = { standIn: { as: 'html200', only: /credentials_identifier/ } };
  await untilNotice(handle, /answered 200, text\/html: find an identity/);
  proxy.faults = {};
  const { rows } = await summaryOf(handle);
  expect(rows).toMatchObject({ created: ROWS - 1, skipped: 1, failed: 0 });
});

describe('an undo', () => {
  test('reports nobody as deleted for a 404 of a gateway of Ory’s', async () => {
    const name = 'rules';
    await all.write(`${name}.csv`, csvOf(`${name}-`, ROWS));
    await all.run(name, { file: `${name}.csv` });
    const undo = await startUndo(all, { workflowId: name });
    await planOf(undo);
    proxy.faults = { standIn: { as: 'ory404', only: /\/admin\/identities\/\w/ } };
    await undo.executeUpdate('approve');
    await untilNotice(undo, /Kratos answered 404: get an identity.*, and lists it all the same/);
    proxy.faults = { standIn: { as: 'page403', only: /^DELETE/ } };
    await untilNotice(undo, /answered 403, text\/html: delete an identity.*KRATOS_ADMIN_TOKEN/);
    expect(await stored(name)).toBe(ROWS);
    proxy.faults = {};
    const { undone } = (await undo.result()) as UndoSummary;
    expect(undone).toMatchObject({ deleted: ROWS, already_deleted: 0, kept: 0 });
  });

  test('asks again for users whom an earlier one has not found', async () => {
    const { summary } = await undoImport(all, { workflowId: 'lookup' });
    expect(summary.undone).toMatchObject({ deleted: 2 });
    await all.write('twice.csv', csvOf('twice-', 2));
    await all.run('twice', { file: 'twice.csv' });
    const [user] = await identitiesOf(world.kratos.adminUrl, 'twice-');
    const url = `${world.kratos.adminUrl}/admin/identities/${user!.id}`;
    await fetch(url, { method: 'DELETE' });
    const first = await undoImport(all, { workflowId: 'twice' });
    expect(first.summary.undone).toMatchObject({ deleted: 1, already_deleted: 1 });
    const again = await undoImport(all, { workflowId: 'twice', force: true });
    expect(again.summary.undone).toMatchObject({ undoneBefore: 1, already_deleted: 1 });
  });
});

describe('a firewall', () => {
  const write = (name: string) =>
    all.write(
      `${name}.csv`,
      `email,first_name\n${Array.from({ length: 20 }, (_, i) => {
        return `${name}-${i}@example.com,${i === 7 ? 'Ann UNION SELECT' : 'Ann'}\n`;
      }).join('')}`,
    );

  test.each([403, 406])('that refuses one row with %i costs that row alone', async (status) => {
    const name = `row${status}`;
    await write(name);
    proxy.faults = { firewall: { refuses: /UNION SELECT/, status } };
    const { rows, folder } = await all.run(name, { file: `${name}.csv` });
    expect(rows).toMatchObject({ created: 19, failed: 1 });
    expect(await stored(name)).toBe(19);
    const [rejected] = await table(folder, 'rejects.csv');
    expect(JSON.stringify(rejected)).toContain(
      `something in front of Kratos, such as a firewall, answered ${status} for this row`,
    );
  });

  test('that lets nobody write pauses the import, and costs no row', async () => {
    const handle = await startHeld('readonly');
    proxy.faults = { firewall: { refuses: /./, status: 403 } };
    await untilNotice(
      handle,
      /^Paused\. .* 403, text\/html: create identities.*KRATOS_ADMIN_TOKEN/,
    );
    proxy.faults = {};
    expect((await summaryOf(handle)).rows).toMatchObject({ created: ROWS, failed: 0 });
  });
});
