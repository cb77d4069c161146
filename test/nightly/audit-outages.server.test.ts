import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectAuditEqualsOutcomes } from '../support/audited-kills.js';
import { imports, type Imports } from '../support/imports.js';
import { SEED } from '../support/seed.js';
import { startWorker } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

/** test/nightly does the same with 2,000 rows and ten kills. */
const KILLS = 1;

let world: World;
let all: Imports;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
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

test(`audit equals outcomes after ${KILLS} worker kills, in the file and in a Postgres that was away and lost answers (SEED=${SEED})`, () =>
  expectAuditEqualsOutcomes(world, all, { rows: 600, kills: KILLS, seed: SEED }));
