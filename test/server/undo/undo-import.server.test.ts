/** Undoing imports, from the plan to the last identity, on real servers. */
import { readFile, writeFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RowOutcome } from '../../../src/contract/import/outcomes.js';
import type { RunRef } from '../../../src/contract/ids.js';
import type { UndoSummary } from '../../../src/contract/undo/outcomes.js';
import { createAuditTable, storedEvents } from '../../support/audit-table.js';
import { createUsers } from '../../support/existing-users.js';
import { allIdentities, canLogIn, identitiesOf } from '../../support/identities.js';
import { schemaOf, USERNAME_TRAIT } from '../../support/identity-schemas.js';
import { failureOf, imports, table, wasCancelled, type Imports } from '../../support/imports.js';
import { reportIn } from '../../support/run-folders.js';
import { planOf, startUndo, undoImport, undoProgressOf } from '../../support/undo.js';
import { Visitor } from '../../support/visitor.js';
import { startWorker } from '../../support/worker-process.js';
import { EVERYTHING } from '../../support/candidates.js';
import { createWorld, type World } from '../../support/world.js';

const SCHEMA = schemaOf({
  first_name: { type: 'string' },
  role: { type: 'string' },
  age: { type: 'number' },
  username: USERNAME_TRAIT,
});
const COLUMNS = {
  age: 'traits.age',
  username: 'traits.username',
  floor: 'metadata_public.hr.floor',
  badge: 'metadata_admin.badge',
};

let world: World;
let all: Imports;

beforeAll(async () => {
  world = await createWorld({ schemas: { [SCHEMA.id]: SCHEMA.json } });
  await createAuditTable(world.databaseUrl);
  all = await imports(world);
  await startWorker(world, { AUDIT_DATABASE_URL: world.databaseUrl });
});

afterAll(() => world.close());

type Stored = Awaited<ReturnType<typeof allIdentities>>[number];

/** All that Kratos has of people, but for the times of its last writes. */
async function storedOf(prefix: string): Promise<Stored[]> {
  const identities = await identitiesOf(world.kratos.adminUrl, prefix);
  return identities
    .map((identity) => {
      const text = JSON.stringify(identity, (key, value: unknown) =>
        /(^updated|^state_changed)_at$/.test(key) ? undefined : value,
      );
      return JSON.parse(text) as Stored;
    })
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

async function idOf(email: string): Promise<string> {
  const found = (await allIdentities(world.kratos.adminUrl)).find(
    ({ traits }) => traits['email'] === email,
  );
  return found!.id;
}

const emailsOf = async (prefix: string) =>
  (await storedOf(prefix)).map(({ traits }) => traits['email']).sort();

async function patch(id: string, operations: object[]): Promise<void> {
  const answer = await fetch(`${world.kratos.adminUrl}/admin/identities/${id}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(operations),
  });
  expect(answer.status).toBe(200);
}

/** Imports people of one file; every second one has no password. */
async function importPeople(id: string, rows: number, input: Record<string, unknown> = {}) {
  const lines = Array.from(
    { length: rows },
    (_, i) => `${id}${i}@example.com,First,${i % 2 === 0 ? `Secret-of-${id}${i}` : ''}`,
  );
  await all.write(`${id}.csv`, ['email,first_name,initial_password', ...lines, ''].join('\n'));
  return all.run(id, { file: `${id}.csv`, ...input });
}

describe('a mixed run', () => {
  const existing = [
    { traits: { email: 'mixed1@example.com', first_name: 'Old', username: 'mixed1' } },
    {
      traits: { email: 'mixed2@example.com', role: 'user' },
      metadata_public: { hr: { desk: 1 } },
      metadata_admin: { other: true },
    },
    { traits: { email: 'mixed3@example.com', first_name: 'Same' } },
    { traits: { email: 'mixed-holder@example.com', username: 'taken' } },
  ];
  const file = [
    'email,first_name,role,age,username,floor,badge,initial_password,state',
    'Mixed1@example.com,New,admin,7,,3,b-1,,inactive',
    'mixed2@example.com,,admin,,mixed2,4,,,',
    'mixed3@example.com,Same,,,,,,,',
    'mixed4@example.com,Ann,user,1.50,mixed4,5,b-4,Secret-of-mixed4,',
    'mixed5@example.com,Zoë 😀,,1000000.25,,,,,inactive',
    'mixed6@example.com,Bob,,,taken,,,,',
    'not an address,,,,,,,,',
    '',
  ].join('\n');

  test('leaves Kratos as it was before, each identity and each field', async () => {
    await createUsers(world.kratos.adminUrl, SCHEMA.id, existing, 'old password');
    const before = await storedOf('mixed');
    await all.write('mixed.csv', file);
    const input = {
      ...{ mode: 'update', onInvalid: 'import-valid', columns: COLUMNS, chunkSize: 3 },
      allow: [...EVERYTHING],
    };
    const imported = await all.run('mixed', { file: 'mixed.csv', ...input });
    expect(imported.rows).toMatchObject({ created: 2, updated: 2, unchanged: 1, failed: 1 });
    expect(await storedOf('mixed')).not.toEqual(before);

    const { plan, summary } = await undoImport(all, { workflowId: 'mixed' });
    expect(plan).toMatchObject({
      deleted: 2,
      restored: 2,
      kept: 0,
      already_deleted: 0,
      reasons: {},
    });
    expect(summary.undone).toMatchObject({ deleted: 2, restored: 2, kept: 0, undoneBefore: 0 });
    expect(await storedOf('mixed')).toEqual(before);
    expect(await canLogIn(world.kratos.publicUrl, 'mixed2@example.com', 'old password')).toBe(true);

    const { folder } = imported;
    const list = await table(folder, 'undo.csv');
    expect(list.map(({ line, email, undone }) => [line, email, undone])).toEqual([
      ['2', 'Mixed1@example.com', 'restored'],
      ['3', 'mixed2@example.com', 'restored'],
      ['5', 'mixed4@example.com', 'deleted'],
      ['6', 'mixed5@example.com', 'deleted'],
    ]);
    expect(await reportIn(folder)).toMatchObject({
      rows: { created: 2 },
      undone: {
        actor: 'bob',
        forced: false,
        deleted: 2,
        restored: 2,
        kept: {},
        already_deleted: 0,
      },
      files: [
        ...['results.csv', 'rejects.csv', 'audit.jsonl', 'undo.csv'],
        ...['report.json', 'report.html'],
      ],
    });
    expect(await readFile(path.join(folder, 'report.html'), 'utf8')).toContain(
      '<strong>Undone</strong> by',
    );
  });

  test('is undone once: another undo finds nothing to do and waits for no approval', async () => {
    const handle = await startUndo(all, { workflowId: 'mixed', actor: 'carol' });
    expect(await handle.result()).toMatchObject({ undone: { undoneBefore: 4, deleted: 0 } });
    const { runId } = ((await handle.result()) as UndoSummary).runs[0]!.run;
    const trail = await readFile(path.join(world.runs, 'mixed', runId, 'audit.jsonl'), 'utf8');
    const events = trail
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; metadata: Record<string, unknown> })
      .filter(({ event }) => event === 'user_import_undone');
    expect(events.map(({ metadata }) => [metadata['line'], metadata['admin']])).toEqual(
      [2, 3, 5, 6].map((line) => [line, 'bob']),
    );
    const stored = await storedEvents(world.databaseUrl);
    const undone = stored.filter(({ event_type }) => event_type === 'user_import_undone');
    expect(undone.map(({ metadata }) => metadata)).toEqual(events.map(({ metadata }) => metadata));
    const history = JSON.stringify(await handle.fetchHistory());
    expect(history).not.toMatch(/example\.com/);
  });
});

describe('people who have made their account their own', () => {
  test('are kept, each with the reason, and undone with force', async () => {
    await importPeople('used', 8, { markEmailVerified: true });
    const { adminUrl, publicUrl } = world.kratos;
    expect(await canLogIn(publicUrl, 'used0@example.com', 'Secret-of-used0')).toBe(true);
    const visitor = new Visitor(publicUrl);
    await visitor.recoverByAdmin(adminUrl, 'used1@example.com');
    await visitor.choosePassword('a password of my own');
    await patch(await idOf('used2@example.com'), [
      { op: 'replace', path: '/traits/first_name', value: 'Other' },
    ]);
    const gone = await idOf('used3@example.com');
    await fetch(`${adminUrl}/admin/identities/${gone}`, { method: 'DELETE' });
    await patch(await idOf('used4@example.com'), [
      { op: 'replace', path: '/metadata_admin/csv_import/runId', value: 'another' },
    ]);
    // The time of a mail, which the import itself adds, is no change.
    await patch(await idOf('used5@example.com'), [
      { op: 'add', path: '/metadata_admin/csv_import/invitation/sentAt', value: '2026-11-02' },
    ]);

    const { plan, summary } = await undoImport(all, { workflowId: 'used' });
    const reasons = {
      logged_in: { count: 1, lines: [2] },
      password_set: { count: 1, lines: [3] },
      changed: { count: 1, lines: [4] },
      other_origin: { count: 1, lines: [6] },
    };
    expect(plan).toMatchObject({ deleted: 3, kept: 4, already_deleted: 1, reasons });
    expect(summary.undone).toMatchObject({ deleted: 3, kept: 4, already_deleted: 1, reasons });
    const kept = [0, 1, 2, 4].map((n) => `used${n}@example.com`);
    expect(await emailsOf('used')).toEqual(kept);
    const list = await table(summary.runs[0]!.folder, 'undo.csv');
    expect(list.filter(({ undone }) => undone === 'kept').map(({ reason }) => reason)).toEqual([
      'logged_in',
      'password_set',
      'changed',
      'other_origin',
    ]);

    const forced = await undoImport(all, { workflowId: 'used', force: true });
    expect(forced.summary.undone).toMatchObject({ deleted: 3, kept: 1, undoneBefore: 3 });
    expect(await emailsOf('used')).toEqual(['used4@example.com']);
    expect((await reportIn(forced.summary.runs[0]!.folder)).undone).toMatchObject({
      ...{ forced: true, deleted: 6, already_deleted: 1 },
      kept: { other_origin: { count: 1, lines: [6] } },
    });
  });

  test('who were updated, and changed since, are kept whole; force restores what the import changed', async () => {
    const users = [1, 2].map((n) => ({
      traits: { email: `since${n}@example.com`, first_name: 'Old', role: 'user' },
    }));
    await createUsers(world.kratos.adminUrl, SCHEMA.id, users, 'old password');
    const rows = [
      'email,first_name,role',
      'since1@example.com,New,admin',
      'since2@example.com,New,',
    ];
    await all.write('since.csv', [...rows, ''].join('\n'));
    await all.run('since', { file: 'since.csv', mode: 'update' });
    const before = { op: 'replace', path: '/traits/role', value: 'support' };
    await patch(await idOf('since1@example.com'), [before]);
    const { summary } = await undoImport(all, { workflowId: 'since' });
    expect(summary.undone).toMatchObject({
      restored: 1,
      kept: 1,
      reasons: { changed: { count: 1 } },
    });
    const traits = async () => (await storedOf('since')).map((it) => it.traits);
    expect(await traits()).toContainEqual({
      ...{ email: 'since1@example.com', first_name: 'New', role: 'support' },
    });
    await undoImport(all, { workflowId: 'since', force: true });
    expect(await traits()).toEqual(expect.arrayContaining(users.map((user) => user.traits)));
  });
});

describe('a run without the values to undo it', () => {
  /** Rewrites the stored outcome of each row. */
  async function rewriteOutcomes(folder: string, change: (row: RowOutcome) => object) {
    const outcomes = path.join(folder, 'outcomes');
    const names = (await readdir(outcomes)).filter((name) => name.endsWith('.jsonl'));
    for (const name of names) {
      const text = await readFile(path.join(outcomes, name), 'utf8');
      const [format, ...lines] = text.trimEnd().split('\n');
      const changed = lines.map((line) => JSON.stringify(change(JSON.parse(line) as RowOutcome)));
      await writeFile(path.join(outcomes, name), `${[format, ...changed].join('\n')}\n`);
    }
  }

  test('keeps users whose fields were not recorded, unless forced', async () => {
    const { folder } = await importPeople('older', 3);
    await rewriteOutcomes(folder, ({ after: _, ...row }) => row);
    const { summary } = await undoImport(all, { workflowId: 'older' });
    expect(summary.undone).toMatchObject({ deleted: 0, kept: 3 });
    expect(summary.undone.reasons).toEqual({ not_recorded: { count: 3, lines: [2, 3, 4] } });
    const forced = await undoImport(all, { workflowId: 'older', force: true });
    expect(forced.summary.undone.deleted).toBe(3);
  });

  test('purged, deletes the users it created, and says beforehand that updated users cannot be restored', async () => {
    const user = { traits: { email: 'purged0@example.com', first_name: 'Old' } };
    await createUsers(world.kratos.adminUrl, SCHEMA.id, [user], 'old password');
    const { folder } = await importPeople('purged', 3, { mode: 'update' });
    await rewriteOutcomes(folder, ({ email: _, raw: __, reason: ___, changes, ...row }) => ({
      ...row,
      ...(changes && { changes: changes.map((change) => ({ path: change.path })) }),
    }));
    const report = await reportIn(folder);
    const purged = { ...report, purgedAt: new Date().toISOString() };
    await writeFile(path.join(folder, 'report.json'), JSON.stringify(purged));
    const { plan, summary } = await undoImport(all, { workflowId: 'purged', force: true });
    expect(plan.warnings[0]).toContain('1 updated users');
    expect(summary.undone).toMatchObject({
      ...{ deleted: 2, restored: 0, kept: 1, reasons: { purged: { count: 1, lines: [2] } } },
    });
    expect(await emailsOf('purged')).toEqual(['purged0@example.com']);
    expect((await reportIn(folder)).purgedAt).toBe(purged.purgedAt);
  });
});

describe('an undo that must not be', () => {
  test.each([
    [{ workflowId: 'nobody' }, 'InvalidInput', 'no run of this workflow id'],
    [{ workflowId: 'mixed', runId: 'no-such' }, 'InvalidInput', 'no such run'],
    [{ workflowId: '..' }, 'InvalidInput', 'workflowId: got ".."'],
    [{ workflowId: 'mixed', force: 'yes' }, 'InvalidInput', 'force: got "yes"; allowed: true'],
    [{ workflowId: 'mixed', dryRun: true }, 'InvalidInput', 'Unknown key "dryRun"'],
  ])('is refused: %j', async (input, type, message) => {
    const failure = await failureOf(await startUndo(all, input));
    expect([failure.type, failure.nonRetryable]).toEqual([type, true]);
    expect(failure.message).toContain(message);
  });

  test('is refused for a dry run, for a run that changed no user, and for one that goes on', async () => {
    await importPeople('dry', 2, { dryRun: 'live' });
    const dry = await failureOf(await startUndo(all, { workflowId: 'dry' }));
    expect([dry.type, dry.message]).toEqual(['InvalidInput', expect.stringContaining('dry run')]);
    await importPeople('once', 2);
    await all.run('again', { file: 'once.csv' });
    const none = await failureOf(await startUndo(all, { workflowId: 'again' }));
    expect(none.message).toContain('created and updated nobody');
    const going = await all.start('going', { file: 'once.csv', approval: 'required' });
    await planOf(going);
    const running = await failureOf(await startUndo(all, { workflowId: 'going' }));
    expect([running.type, running.message]).toEqual([
      'PreflightFailed',
      expect.stringContaining('still running'),
    ]);
    await going.cancel();
    expect(await wasCancelled(going)).toBe(true);
  });
});

describe('an import of several runs', () => {
  const existing = { traits: { email: 'several-old@example.com', first_name: 'Old' } };
  async function several(
    input: Record<string, unknown>,
    rows: string[],
    workflowId = 'several',
  ): Promise<RunRef> {
    await all.write('several.csv', ['email,first_name', ...rows, ''].join('\n'));
    const { folder } = await all.run(workflowId, { file: 'several.csv', mode: 'update', ...input });
    return { workflowId, runId: path.basename(folder) };
  }

  test('is undone in one go, the newest run first, as its plan says; the run that is named alone, which names the others', async () => {
    await createUsers(world.kratos.adminUrl, SCHEMA.id, [existing], 'old password');
    const before = await storedOf('several');
    const first = await several({}, ['several-old@example.com,One', 'several-a@example.com,Ann']);
    const second = await several({ chunkSize: 1 }, [
      'several-b@example.com,Bob',
      'several-a@example.com,Anna',
      'several-old@example.com,Two',
    ]);
    const rows = ['several-c@example.com,Cid'];
    const third = await several({ retryOf: second }, rows, 'several-retry-1');
    const runIds = [third, second, first].map(({ runId }) => runId);

    const alone = await startUndo(all, { workflowId: 'several', runId: first.runId });
    const planAlone = await planOf(alone);
    expect(planAlone.plan).toMatchObject({ deleted: 0, restored: 0, kept: 2 });
    expect(planAlone.runs.map(({ run }) => run.runId)).toEqual(runIds.slice(2));
    expect(planAlone.left).toMatchObject([
      { run: third, rows: 1 },
      { run: second, rows: 3 },
    ]);
    await alone.cancel();
    expect(await wasCancelled(alone)).toBe(true);

    const handle = await startUndo(all, { workflowId: 'several' });
    const { plan, runs, left } = await planOf(handle);
    expect(plan).toMatchObject({
      deleted: 3,
      restored: 3,
      kept: 0,
      already_deleted: 0,
      counted: 2,
    });
    expect(plan.warnings).toEqual([expect.stringContaining('imported different files')]);
    expect([runs.map(({ run }) => run.runId), left]).toEqual([runIds, []]);
    await handle.executeUpdate('approve');
    const summary = (await handle.result()) as UndoSummary;
    expect(summary.undone).toMatchObject({ deleted: 3, restored: 3, kept: 0, already_deleted: 0 });
    expect(summary.runs.map(({ undone }) => [undone.deleted, undone.restored])).toEqual([
      [1, 0],
      [1, 2],
      [1, 1],
    ]);
    expect(await storedOf('several')).toEqual(before);

    for (const { folder, undone } of summary.runs) {
      const list = (await table(folder, 'undo.csv')).map((row) => row['undone']);
      expect(list.filter((what) => what === 'deleted')).toHaveLength(undone.deleted);
      expect(list.filter((what) => what === 'restored')).toHaveLength(undone.restored);
      expect((await reportIn(folder)).undone).toMatchObject({
        ...{ deleted: undone.deleted, restored: undone.restored, not_reached: 0 },
      });
      const trail = await readFile(path.join(folder, 'audit.jsonl'), 'utf8');
      expect(trail.match(/user_import_undone/g)).toHaveLength(undone.deleted + undone.restored);
    }
  });

  test('is undone once, and a later run of it alone after that', async () => {
    const again = await startUndo(all, { workflowId: 'several' });
    expect(await again.result()).toMatchObject({ undone: { undoneBefore: 6, deleted: 0 } });
    const run = await several({}, ['several-d@example.com,Dan']);
    const { plan, summary } = await undoImport(all, { workflowId: 'several' });
    expect(plan).toMatchObject({ deleted: 1, undoneBefore: 0 });
    expect(summary.runs).toMatchObject([{ run, undone: { deleted: 1 } }]);
  });
});

test('takes commands: pauses, resumes, refuses what it has no use for, and changes nothing when it is cancelled at the plan', async () => {
  const { folder } = await importPeople('steered', 3);
  const handle = await startUndo(all, { workflowId: 'steered' });
  await planOf(handle);
  expect(await handle.executeUpdate('pause')).toMatchObject({ paused: true });
  await handle.signal('setMode', 'update');
  const { notices } = await undoProgressOf(handle);
  expect(notices.at(-1)?.text).toContain('Nothing changed. A signal of an unknown name came');
  await handle.executeUpdate('approve');
  await expect(handle.executeUpdate('approve')).rejects.toThrow();
  expect(await undoProgressOf(handle)).toMatchObject({
    ...{ phase: 'undoing', paused: true, undone: { deleted: 0 }, chunks: { inFlight: 0 } },
  });
  await handle.cancel();
  expect(await wasCancelled(handle)).toBe(true);
  expect(await emailsOf('steered')).toHaveLength(3);
  const list = await table(folder, 'undo.csv');
  expect(list.map(({ undone }) => undone)).toEqual(Array(3).fill('not_reached'));

  const other = await startUndo(all, { workflowId: 'steered' });
  await planOf(other);
  await other.cancel();
  expect(await wasCancelled(other)).toBe(true);
  expect(await emailsOf('steered')).toHaveLength(3);
});
