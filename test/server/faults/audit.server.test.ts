import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toRow } from '../../../src/audit/audit-row.js';
import type { AuditEvent } from '../../../src/audit/events.js';
import { DEMO_SCHEMA_ID } from '../../../dev/servers/demo-schema.js';
import { createAuditTable, storedEvents } from '../../support/audit-table.js';
import { Chance } from '../../support/chance.js';
import { attemptsOfChunks, Crew, finishedChunks, seedOfRun } from '../../support/chaos.js';
import { createUsers } from '../../support/existing-users.js';
import { endOf, imports, untilNotice, type Imports } from '../../support/imports.js';
import { startTcpGate, type TcpGate } from '../../support/tcp-gate.js';
import { outcomesOfRun } from '../../support/truth.js';
import { until } from '../../support/until.js';
import { startWorker } from '../../support/worker-process.js';
import { createWorld, type World } from '../../support/world.js';

const SEED = seedOfRun();
const ROWS = 2000;
const CHUNK_SIZE = 20;
const KILLS = 10;

let world: World;
let all: Imports;
let gate: TcpGate;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  gate = await startTcpGate(world.databaseUrl);
  world.onClose(() => gate.close());
  await createAuditTable(world.databaseUrl);
});

afterAll(() => world.close());

test('an import does not begin where the audit table is missing; a dry run does not mind', async () => {
  const settings = { AUDIT_DATABASE_URL: world.databaseUrl, AUDIT_TABLE: 'no_such_table' };
  const worker = await startWorker(world, settings);
  await all.write('one.csv', 'email\none@example.com\n');
  const failure = await all.failure('not-audited', { file: 'one.csv' });
  expect(failure.type).toBe('PreflightFailed');
  expect(failure.message).toContain('The audit database has no table no_such_table (42P01).');
  const { files } = await all.run('dry', { file: 'one.csv', dryRun: 'live' });
  expect(files).toEqual(['results.csv', 'report.json', 'report.html']);
  await worker.stop();
});

/** A third is new, a third has another role, and a third is as the file says. */
const PEOPLE = Array.from({ length: ROWS }, (_, i) => {
  const before = [undefined, 'support', 'user'][i % 3];
  return { email: `user${i}@example.com`, before };
});

test(`audit equals outcomes after ${KILLS} worker kills, in the file and in a Postgres that was away and lost answers (SEED=${SEED})`, async () => {
  const users = PEOPLE.flatMap(({ email, before: role }) =>
    role === undefined ? [] : [{ traits: { email, role } }],
  );
  await createUsers(world.kratos.adminUrl, DEMO_SCHEMA_ID, users, 'the password of before');
  await all.write(
    'users.csv',
    `email,role\n${PEOPLE.map(({ email }) => `${email},user\n`).join('')}`,
  );

  const chance = new Chance(SEED);
  let commits = 0;
  gate.cutAfter = (sent) => sent.includes('COMMIT\0') && ++commits % 5 === 0;
  const databaseUrl = gate.url(world.databaseUrl);
  const crew = new Crew(world, chance, { AUDIT_DATABASE_URL: databaseUrl });
  await crew.hire(KILLS + 2);
  const handle = await all.start('audited', {
    file: 'users.csv',
    chunkSize: CHUNK_SIZE,
    concurrency: 50,
    invitations: { send: 'never' },
  });
  const { runId } = await handle.describe();
  const folder = path.join(world.runs, 'audited', runId);
  const untilChunks = (count: number): Promise<void> =>
    until(() => finishedChunks(folder) >= count);

  await untilChunks(2);
  await handle.executeUpdate('setMode', { args: ['update'] });
  for (let kill = 0; kill < KILLS; kill++) {
    await untilChunks(4 + 2 * kill);
    if (kill === 3) {
      await gate.cut();
      await untilNotice(handle, /The audit database does not answer/);
    }
    await crew.killOneAtWork(all.client, 'audited');
    if (kill === 3) {
      await sleep(chance.below(2000));
      await gate.open();
    }
  }
  expect(await endOf(handle)).toBe('COMPLETED');
  await crew.dismiss();

  // Else the kills have hit nothing, and prove nothing.
  const attempts = await attemptsOfChunks(all.client, 'audited');
  const again = attempts.reduce((sum, count) => sum + count - 1, 0);
  console.log(
    `${again} further attempts, ${Math.floor(commits / 5)} commits whose answer was lost`,
  );
  expect(again).toBeGreaterThan(KILLS);

  const outcomes = await outcomesOfRun(folder);
  expect(outcomes.size).toBe(ROWS);
  const lines = (await readFile(path.join(folder, 'audit.jsonl'), 'utf8')).trimEnd().split('\n');
  const events = lines.map((line) => JSON.parse(line) as AuditEvent);
  const origin = { source: 'csv_import', admin: 'alice', workflow: 'audited', run: runId };
  const wanted = [...outcomes.values()].flatMap(({ line, outcome, identityId: target }) => {
    if (outcome === 'created') {
      return [{ event: 'user_imported', target, metadata: { ...origin, line } }];
    }
    if (outcome !== 'updated') return [];
    const metadata = { ...origin, line, changed: ['/traits/role'] };
    return [{ event: 'user_import_updated', target, metadata }];
  });
  const count = (name: string) => wanted.filter(({ event }) => event === name).length;
  expect(count('user_imported')).toBe(667);
  expect(count('user_import_updated')).toBeGreaterThan(300);
  const ofUsers = events.slice(1, -1).map(({ at: _, ...event }) => event);
  const byLine = (list: typeof wanted) =>
    list.toSorted((a, b) => a.metadata.line - b.metadata.line);
  expect(ofUsers).toEqual(byLine(wanted));
  expect([events[0]!.event, events.at(-1)!.event]).toEqual([
    'user_import_started',
    'user_import_finished',
  ]);

  const stored = await storedEvents(world.databaseUrl);
  const rows = events.map(toRow).map(({ created_at: at, ...row }) => ({ ...row, at }));
  const byIdentifier = (a: { identifier: string | null }, b: { identifier: string | null }) =>
    a.identifier! < b.identifier! ? -1 : 1;
  expect(stored.toSorted(byIdentifier)).toEqual(rows.toSorted(byIdentifier));
}, 180_000);
