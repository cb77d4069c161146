/** What Temporal's lists and pages show of an import, and what that costs of its history. */
import { createHash } from 'node:crypto';
import { readFile, rename, symlink } from 'node:fs/promises';
import path from 'node:path';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ReportSummary } from '../../activities/index.js';
import type { Report } from '../../src/contract/report.js';
import { runCommand } from '../support/command.js';
import { failureOf, imports, progressOf, type Imports } from '../support/imports.js';
import { csvOf } from '../support/people.js';
import { folderOf } from '../support/run-folders.js';
import { until } from '../support/until.js';
import { startWorker } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

const SETTINGS = {
  SEARCH_ATTRIBUTES: 'phase=ImportPhase, created=ImportCreated, paused=ImportPaused',
  TEMPORAL_UI_URL: 'https://temporal.example.com/',
};
/** Of Temporal's IndexedValueType. */
const [KEYWORD, INT, BOOL] = [2, 3, 5] as const;

let world: World;
let all: Imports;
let client: Client;

const CSV = ['email', ...Array.from({ length: 45 }, (_, i) => `p${i}@example.com`), ''].join('\n');
const SHA256 = createHash('sha256').update(CSV).digest('hex');

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  ({ client } = all);
  await all.write('users.csv', CSV);
  await all.write('rows.csv', csvOf('row-', 4));
});

afterAll(() => world.close());

/** The events that change what lists show, by kind. */
async function eventsOf(handle: WorkflowHandle): Promise<{ memos: number; attributes: number }> {
  const events = (await handle.fetchHistory()).events ?? [];
  return {
    memos: events.filter((event) => event.workflowPropertiesModifiedEventAttributes).length,
    attributes: events.filter((event) => event.upsertWorkflowSearchAttributesEventAttributes)
      .length,
  };
}

async function detailsOf(handle: WorkflowHandle): Promise<string> {
  const metadata = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
  return metadata.currentDetails;
}

test('a worker whose namespace lacks the search attributes does not start, and says how to make them', async () => {
  const register = (name: string, type: number) => {
    const searchAttributes: Record<string, number> = { [name]: type };
    const { namespace } = world;
    return client.connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  };
  await register('ImportPaused', KEYWORD);
  const { code, out } = await runCommand(world, world.importRoot, ['worker'], SETTINGS);
  expect(out).toContain('SEARCH_ATTRIBUTES names search attributes that the namespace');
  expect(out).toContain(`--namespace ${world.namespace} --name ImportPhase --type Keyword`);
  expect(out).toContain('--name ImportPaused --type Bool');
  expect(code).toBe(2);
  await client.connection.operatorService.removeSearchAttributes({
    namespace: world.namespace,
    searchAttributes: ['ImportPaused'],
  });
  await register('ImportPhase', KEYWORD);
  await register('ImportCreated', INT);
  await register('ImportPaused', BOOL);
  await until(async () => {
    const { customAttributes } = await client.connection.operatorService.listSearchAttributes({
      namespace: world.namespace,
    });
    return Object.keys(customAttributes).length === 3;
  });
});

test('an import started by any client can be found by its file, its digest, its phase and its counts', async () => {
  await startWorker(world, SETTINGS);
  const handle = await all.start('by-hand', { file: 'users.csv', chunkSize: 1 });
  const summary = (await handle.result()) as ReportSummary;

  const { memo, typedSearchAttributes } = await handle.describe();
  expect(memo).toEqual({ file: 'users.csv', actor: 'alice', mode: 'skip', sha256: SHA256 });
  const listed = typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]);
  expect(Object.fromEntries(listed)).toMatchObject({
    ImportPhase: 'done',
    ImportCreated: 45,
    ImportPaused: false,
  });
  const query = 'WorkflowType = "importUsers" AND ImportPhase = "done" AND ImportCreated = 45';
  await until(async () => {
    for await (const found of client.workflow.list({ query })) {
      expect(found.workflowId).toBe('by-hand');
      return true;
    }
    return false;
  });

  const { memos, attributes } = await eventsOf(handle);
  expect(memos).toBe(2);
  // validating, importing, reporting, done, and between them after ten chunks or more.
  expect(attributes).toBeGreaterThanOrEqual(5);
  expect(attributes).toBeLessThanOrEqual(8);

  const { runId } = await handle.describe();
  const url = `https://temporal.example.com/namespaces/${world.namespace}/workflows/by-hand/${runId}`;
  const report = JSON.parse(
    await readFile(path.join(summary.folder, 'report.json'), 'utf8'),
  ) as Report;
  expect(report.temporalUrl).toBe(url);
  expect(await readFile(path.join(summary.folder, 'report.html'), 'utf8')).toContain(
    `<a href="${url}"`,
  );
  const shown = await runCommand(world, world.importRoot, ['report', 'by-hand', '--no-open']);
  expect(shown.out).toContain(`In Temporal: ${url}\n`);

  const details = await detailsOf(handle);
  expect(details).toMatch(/^\*\*Done\. 45 users created\.\*\*/);
  expect(details).toContain(`In \`${summary.folder}\` of the workers: `);
  for (const command of ['report', 'undo', 'purge']) {
    expect(details).toContain(`\`user-import ${command} by-hand\``);
  }
});

test('an import started by the command has a title, and costs one event', async () => {
  const start = ['start', 'users.csv', '--invitations=never'];
  const { out } = await runCommand(world, world.importRoot, start, SETTINGS);
  const url = /In Temporal: \S+\/workflows\/([^/]+)\//.exec(out);
  const handle = client.workflow.getHandle(url![1]!);
  const { raw, memo } = await handle.describe();
  const title = raw.executionConfig?.userMetadata?.summary?.data;
  expect(Buffer.from(title!).toString()).toMatch(/^"Import users\.csv on behalf of /);
  expect(memo).toMatchObject({ file: 'users.csv', sha256: SHA256 });
  expect((await eventsOf(handle)).memos).toBe(1);
});

test('an import that fails says so on its page, and why', async () => {
  const handle = await all.start('no-file', { file: 'nothing.csv' });
  const { message } = await failureOf(handle);
  const details = await detailsOf(handle);
  expect(details).toContain(message.slice(0, 60));
  expect(details).not.toContain('user-import cancel');
});

test('an import that fails amid its rows says how many users it has created, and why', async () => {
  const handle = await all.start('amid-rows', { file: 'rows.csv', canaryRows: 2 });
  await until(async () => (await progressOf(handle)).phase === 'awaiting-approval');
  const folder = await folderOf(world, 'amid-rows');
  const [outcomes, elsewhere] = [path.join(folder, 'outcomes'), path.join(world.runs, 'elsewhere')];
  await rename(outcomes, elsewhere);
  await symlink(elsewhere, outcomes);
  await handle.signal('approve');
  const { message } = await failureOf(handle);
  expect(message).toContain('outcomes in the folder of the runs is no plain file or folder');
  const details = await detailsOf(handle);
  expect(details).toContain('outcomes in the folder of the runs');
  expect(details).toMatch(/^\*\*Failed\.\*\*/);
  expect(details).toContain('created **2**');
  expect(details).not.toContain('Nobody was imported');
  expect(details).toContain('`user-import undo amid-rows`');
});
