/** Known users of the canary sign in before the rest goes, so that hashes which are read wrongly are seen in time. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { historiesOf } from '../../support/histories.js';
import { identitiesOf } from '../../support/identities.js';
import { imports, progressOf, type Imports } from '../../support/imports.js';
import { metadataOf, steer } from '../../support/steering.js';
import { undoImport } from '../../support/undo.js';
import { until } from '../../support/until.js';
import { startWorker, type WorkerProcess } from '../../support/worker-process.js';
import { createWorld, type World } from '../../support/world.js';

/** Made by Django itself, of this password. */
const HASH =
  'pbkdf2_sha256$1000000$8DWLykx2VHMbWec3sVQags$1XOLnRS4H88NrUbEH5lp1/dClUfgwcS4cvIGC3DzBoQ=';
const PASSWORD = 'correct-horse-7';
const PRIVATE = /zq-|correct-horse|8DWLykx2VHMbWec3sVQags/i;

let world: World;
let all: Imports;
let worker: WorkerProcess;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  worker = await startWorker(world, { KRATOS_PUBLIC_URL: world.kratos.publicUrl });
});

afterAll(() => world.close());

test('the approval of the canary rows tells how many known users signed in, and nobody who', async () => {
  // Of another password, and cheap to check.
  const another = HASH.replace('1000000', '1000');
  const rows = [`zq-right@example.com,${HASH}`, `zq-wrong@example.com,${another}`];
  const lines = ['email,password_hash.django', ...rows, 'zq-rest@example.com,', ''];
  await all.write('django.csv', lines.join('\n'));
  const known = ['right', 'wrong'].map((name) => ({
    identifier: `zq-${name}@example.com`,
    password: PASSWORD,
  }));
  await all.write('known.json', JSON.stringify(known));

  const handle = await all.start('known', {
    file: 'django.csv',
    canaryRows: 2,
    canarySignIns: 'known.json',
  });
  await until(async () => (await progressOf(handle)).phase === 'awaiting-approval');
  const told =
    '1 of 2 known users signed in; wrong password or unknown: number 2. Do not approve before you know why.';
  const { knownUsers, notices } = await progressOf(handle);
  expect(knownUsers).toBe(told);
  expect(notices.at(-1)!.text).toContain(`The first 2 rows are done. ${told}`);
  expect((await metadataOf(handle)).currentDetails).toContain(told);

  const [right] = await identitiesOf(world.kratos.adminUrl, 'zq-right');
  expect(await sessionsOf(right!.id)).toMatchObject([{ active: false }]);

  expect((await steer(handle, 'update', 'approve')).knownUsers).toBeUndefined();
  expect(await handle.result()).toMatchObject({ rows: { created: 3 } });

  const { runId } = await handle.describe();
  const report = await readFile(path.join(world.runs, 'known', runId, 'report.json'), 'utf8');
  expect(report).toContain(told);
  const histories = await historiesOf(all.client, 'known');
  expect(histories.map(({ text }) => text).join()).toContain(told);
  for (const { text } of histories) expect(text).not.toMatch(PRIVATE);
  for (const text of [report, await worker.log()]) expect(text).not.toMatch(PRIVATE);

  // Whoever was signed in is in use.
  const { plan } = await undoImport(all, { workflowId: 'known' });
  expect(plan).toMatchObject({
    kept: 1,
    deleted: 2,
    reasons: { password_set: { count: 1, lines: [2] } },
  });
});

test('a list that cannot be used ends the import before its first row', async () => {
  await all.write('one.csv', 'email\nzq-one@example.com\n');
  await all.write('bad.json', '{"zq-one@example.com": "zq-password"');
  const input = { file: 'one.csv', canaryRows: 1, canarySignIns: 'bad.json' };
  const { type, message } = await all.failure('bad', input);
  expect(type).toBe('PreflightFailed');
  expect(message).toBe('canarySignIns: "bad.json": it is not JSON.');
  expect(await identitiesOf(world.kratos.adminUrl, 'zq-one')).toEqual([]);
});

async function sessionsOf(id: string): Promise<unknown> {
  const response = await fetch(`${world.kratos.adminUrl}/admin/identities/${id}/sessions`);
  return response.json();
}
