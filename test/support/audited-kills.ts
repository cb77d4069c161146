/**
 * An import whose audit database goes away and whose workers are killed, at the scale of `npm test` or of test/nightly.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { DEMO_SCHEMA_ID } from '../../dev/servers/demo-schema.js';
import { toRow } from '../../src/audit/audit-row.js';
import type { AuditEvent } from '../../src/audit/events.js';
import { createAuditTable, storedEvents } from './audit-table.js';
import { Chance } from './chance.js';
import { attemptsOfChunks, finishedChunks, WorkerPool } from './chaos.js';
import { createUsers } from './existing-users.js';
import { endOf, untilNotice, type Imports } from './imports.js';
import { startTcpProxy } from './tcp-proxy.js';
import { outcomesOfRun } from './truth.js';
import { until } from './until.js';
import type { World } from './world.js';

const CHUNK_SIZE = 20;

/** A third of the users is new, a third has another role, and a third is as in the file. */
function peopleOf(rows: number): { email: string; before: string | undefined }[] {
  return Array.from({ length: rows }, (_, i) => {
    const before = [undefined, 'support', 'user'][i % 3];
    return { email: `user${i}@example.com`, before };
  });
}

/**
 * The audit log in its file and in Postgres says what the outcomes say, although workers are killed, the database is
 * away for a while, and some of its answers to a COMMIT are lost.
 */
export async function expectAuditEqualsOutcomes(
  world: World,
  all: Imports,
  { rows, kills, seed }: { rows: number; kills: number; seed: number },
): Promise<void> {
  const proxy = await startTcpProxy(world.databaseUrl);
  world.onClose(() => proxy.close());
  await createAuditTable(world.databaseUrl);
  const people = peopleOf(rows);
  const users = people.flatMap(({ email, before: role }) =>
    role === undefined ? [] : [{ traits: { email, role } }],
  );
  await createUsers(world.kratos.adminUrl, DEMO_SCHEMA_ID, users, 'the password of before');
  await all.write(
    'users.csv',
    `email,role\n${people.map(({ email }) => `${email},user\n`).join('')}`,
  );

  const chance = new Chance(seed);
  const outageAt = Math.min(3, kills - 1);
  let commits = 0;
  proxy.cutAfter = (sent) => sent.includes('COMMIT\0') && ++commits % 5 === 0;
  const databaseUrl = proxy.url(world.databaseUrl);
  const workers = new WorkerPool(world, chance, { AUDIT_DATABASE_URL: databaseUrl });
  await workers.start(kills + 2);
  const handle = await all.start('audited', {
    file: 'users.csv',
    chunkSize: CHUNK_SIZE,
    // Most chunks are to start after the change of the mode.
    concurrency: 1,
    invitations: { send: 'never' },
  });
  const { runId } = await handle.describe();
  const folder = path.join(world.runs, 'audited', runId);
  const untilChunks = (count: number): Promise<void> =>
    until(() => finishedChunks(folder) >= count);

  await untilChunks(2);
  await handle.executeUpdate('setMode', { args: ['update'] });
  // So that every worker is at some chunk.
  await handle.executeUpdate('setConcurrency', { args: [5 * kills] });
  for (let kill = 0; kill < kills; kill++) {
    await untilChunks(4 + 2 * kill);
    if (kill === outageAt) {
      await proxy.cut();
      await untilNotice(handle, /The audit database does not answer/);
    }
    await workers.killOneAtWork(all.client, 'audited');
    if (kill === outageAt) {
      await sleep(chance.below(2000));
      await proxy.open();
    }
  }
  expect(await endOf(handle)).toBe('COMPLETED');
  await workers.stop();

  // Without further attempts, the kills hit nothing and prove nothing.
  const attempts = await attemptsOfChunks(all.client, 'audited');
  const again = attempts.reduce((sum, count) => sum + count - 1, 0);
  console.log(
    `${again} further attempts, ${Math.floor(commits / 5)} commits whose answer was lost`,
  );
  expect(again).toBeGreaterThanOrEqual(kills);

  const outcomes = await outcomesOfRun(folder);
  expect(outcomes.size).toBe(rows);
  const lines = (await readFile(path.join(folder, 'audit.jsonl'), 'utf8')).trimEnd().split('\n');
  const events = lines.map((line) => JSON.parse(line) as AuditEvent);
  const origin = { source: 'csv_import', admin: 'alice', workflow: 'audited', run: runId };
  const wanted = [...outcomes.values()].flatMap((row) => {
    const { line, outcome, identityId: target, changes = [] } = row;
    if (outcome === 'created') {
      return [{ event: 'user_imported', target, metadata: { ...origin, line } }];
    }
    if (outcome !== 'updated') return [];
    const roles = changes.map(({ before: from, after: to }) => ({ from, to }));
    const metadata = { ...origin, line, changed: ['/traits/role'], roles };
    return [{ event: 'user_import_updated', target, metadata }];
  });
  const count = (name: string) => wanted.filter(({ event }) => event === name).length;
  expect(count('user_imported')).toBe(Math.ceil(rows / 3));
  expect(count('user_import_updated')).toBeGreaterThan(rows / 7);
  const ofUsers = events.slice(1, -1).map(({ at: _, ...event }) => event);
  const byLine = (list: typeof wanted) =>
    list.toSorted((a, b) => a.metadata.line - b.metadata.line);
  expect(ofUsers).toEqual(byLine(wanted));
  expect([events[0]!.event, events.at(-1)!.event]).toEqual([
    'user_import_started',
    'user_import_finished',
  ]);

  const stored = await storedEvents(world.databaseUrl);
  const wantedRows = events.map(toRow).map(({ created_at: at, ...row }) => ({ ...row, at }));
  const byIdentifier = (a: { identifier: string | null }, b: { identifier: string | null }) =>
    a.identifier! < b.identifier! ? -1 : 1;
  expect(stored.toSorted(byIdentifier)).toEqual(wantedRows.toSorted(byIdentifier));
}
