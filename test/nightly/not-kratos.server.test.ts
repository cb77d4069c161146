import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ReportSummary } from '../../activities/index.js';
import { DEMO_SCHEMA_ID } from '../../dev/servers/demo-schema.js';
import type { UndoSummary } from '../../src/contract/undo/outcomes.js';
import { startFaultProxy, type FaultProxy, type StandIn } from '../support/fault-proxy.js';
import { createIdentity, identitiesOf } from '../support/identities.js';
import { imports, progressOf, table, untilNotice, type Imports } from '../support/imports.js';
import { startMailServer, type MailServer } from '../support/mail-server.js';
import { csvOf } from '../support/people.js';
import { planOf, startUndo, undoImport } from '../support/undo.js';
import { until } from '../support/until.js';
import { startWorker } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

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

/** Starts an import and waits for its plan. */
async function startPlanned(name: string, input: object = {}): Promise<WorkflowHandle> {
  await all.write(`${name}.csv`, csvOf(`${name}-`, ROWS));
  const handle = await all.start(name, { file: `${name}.csv`, approval: 'required', ...input });
  await until(async () => (await progressOf(handle)).phase === 'awaiting-approval');
  return handle;
}

async function expectAllCreated(handle: WorkflowHandle): Promise<void> {
  const { rows, folder } = await summaryOf(handle);
  expect(rows).toMatchObject({ created: ROWS, failed: 0 });
  const results = await table(folder, 'results.csv');
  expect(results.map(({ outcome }) => outcome)).toEqual(Array(ROWS).fill('created'));
  expect(await stored(handle.workflowId)).toBe(ROWS);
}

test.each<[StandIn, RegExp]>([
  ['html200', /Something that is not Kratos answered 200, text\/html: /],
  ['json200', /Something that is not Kratos answered 200, application\/json: /],
  ['empty200', /Something that is not Kratos answered 200: /],
  ['page404', /Something that is not Kratos answered 404, text\/plain: /],
  [
    'redirect',
    /^Paused\. Something that is not Kratos answered 302, a redirect .*KRATOS_ADMIN_TOKEN/,
  ],
])(
  '%s is waited for by an import and an undo, which come to their true end',
  async (as, notice) => {
    const imported = await startPlanned(as);
    proxy.faults = { standIn: { as } };
    await imported.executeUpdate('approve');
    await untilNotice(imported, notice);
    proxy.faults = {};
    await expectAllCreated(imported);

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
  },
);

test('a gateway’s 404 while mails go out leaves nobody without one', async () => {
  await all.write('mails.csv', csvOf('mails-', ROWS));
  const handle = await all.start('mails', { file: 'mails.csv', invitations: { send: 'hold' } });
  await untilNotice(handle, /^Invitations are held\./);
  proxy.faults = { standIn: { as: 'page404' } };
  await handle.signal('releaseInvitations');
  await untilNotice(handle, /not Kratos answered 404, text\/plain: .* Invitations wait/);
  proxy.faults = {};
  const { invitations } = await summaryOf(handle);
  expect(invitations).toMatchObject({ sent: ROWS, failed: 0, due: 0 });
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
  const handle = await startPlanned('lookup');
  // Not there when the file was validated: the row conflicts, and its user is looked up.
  const traits = { email: 'lookup-0@example.com' };
  await createIdentity(world.kratos.adminUrl, DEMO_SCHEMA_ID, traits);
  proxy.faults = { standIn: { as: 'html200', only: /credentials_identifier/ } };
  await handle.executeUpdate('approve');
  await untilNotice(handle, /answered 200, text\/html: find an identity/);
  proxy.faults = {};
  expect((await summaryOf(handle)).rows).toMatchObject({
    created: ROWS - 1,
    skipped: 1,
    failed: 0,
  });
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
    await untilNotice(undo, /Kratos answered 404: list sessions.*, and lists it all the same/);
    expect(await stored(name)).toBe(ROWS);
    proxy.faults = {};
    const { undone } = (await undo.result()) as UndoSummary;
    expect(undone).toMatchObject({ deleted: ROWS, already_deleted: 0, kept: 0 });
  });

  test('asks again for users whom an earlier one has not found', async () => {
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
    const handle = await startPlanned('readonly');
    proxy.faults = { firewall: { refuses: /./, status: 403 } };
    await handle.executeUpdate('approve');
    await untilNotice(
      handle,
      /^Paused\. .* 403, text\/html: create identities.*KRATOS_ADMIN_TOKEN/,
    );
    proxy.faults = {};
    await expectAllCreated(handle);
  });
});
