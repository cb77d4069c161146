/**
 * The whole way of an operator, with a picture of each step: `OUT=folder npm run walk-through`, a temporary folder by
 * default. Terminals are pictured with all that a command wrote, pages as wide as named; `index.html` shows all of them.
 *
 * This is no test: nothing is expected of the pictures but that somebody looks at them. A step that fails does not stop
 * those after it.
 */
import { chmod, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { Client } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, inject, test } from 'vitest';
import { exampleCsv } from '../../dev/sample/make-sample.mjs';
import { demoSchema } from '../../dev/servers/demo-schema.js';
import { startPlatform } from '../../dev/servers/pages/platform-pages.js';
import { freePort } from '../../dev/servers/ports.js';
import { importsUrl } from '../../src/cli/link.js';
import { quoted } from '../../src/shell.js';
import { executionUrl } from '../../src/temporal-ui.js';
import { imports, progressOf } from '../support/imports.js';
import {
  findChromium,
  NO_CHROMIUM,
  openDetails,
  openTemporalUi,
  type TemporalUi,
} from '../support/temporal-ui.js';
import { until } from '../support/until.js';
import { environmentOf, PROGRAM, untilPolled } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';
import { Gallery } from './gallery.js';
import { TerminalSession } from './terminal-session.js';

const ROWS = 3000;
const APP = 'Example Platform';
const PASSWORD = 'a long enough password 42';

let world: World;
let ui: TemporalUi;
let client: Client;
let gallery: Gallery;
let shell: TerminalSession;
let other: TerminalSession;
let worker: TerminalSession;
let folder: string;
/** Of the import that the way is about. */
let id: string;

const temporalUiUrl = () => inject('servers').temporalUiUrl;

/** Types a command, and pictures what it wrote. */
async function step(name: string, command: string): Promise<void> {
  await shell.finish(command);
  await gallery.terminal(name, await shell.ansi());
}

/** Types a command into the other terminal, while the first one watches. */
async function beside(name: string, command: string): Promise<void> {
  await other.finish(command);
  await gallery.terminal(name, await other.ansi());
}

async function phaseIs(phase: string, donePercent = 0): Promise<void> {
  const handle = client.workflow.getHandle(id);
  await until(async () => {
    const progress = await progressOf(handle);
    return (
      progress.phase === phase && progress.rows.done * 100 >= progress.rows.total * donePercent
    );
  });
}

async function shellPicture(name: string): Promise<void> {
  await gallery.terminal(name, await shell.ansi());
}

async function wide(name: string, url?: string, settleMs = 2500): Promise<void> {
  if (url !== undefined) await ui.page.goto(url);
  await sleep(settleMs);
  await gallery.page(name, ui.page);
}

async function openImport(workflowId: string): Promise<void> {
  const { runId } = await client.workflow.getHandle(workflowId).describe();
  await ui.page.goto(executionUrl(temporalUiUrl(), world.namespace, { workflowId, runId }));
  await openDetails(ui);
}

beforeAll(async () => {
  const chromium = await findChromium();
  if (chromium === undefined) throw new Error(NO_CHROMIUM);
  const port = await freePort();
  const pagesUrl = `http://127.0.0.1:${port}`;
  world = { ...(await createWorld({ pagesUrl })), namespace: 'default' };
  const platform = await startPlatform({
    port,
    kratosPublicUrl: world.kratos.publicUrl,
    app: APP,
    traits: demoSchema.properties.traits.properties,
  });
  world.onClose(() => platform.stop());
  ({ client } = await imports(world));
  ui = await openTemporalUi(chromium, temporalUiUrl(), world.namespace);
  world.onClose(() => ui.close());
  gallery = await Gallery.create(process.env['OUT'], ui.page.context().browser()!);
  world.onClose(() => gallery.close());

  folder = await mkdtemp(path.join(tmpdir(), 'walk-'));
  await writeFiles();
  const program = path.join(folder, '.bin', 'user-import');
  await mkdir(path.dirname(program));
  await writeFile(program, `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(PROGRAM)} "$@"\n`);
  await chmod(program, 0o755);
  const settings = environmentOf(world);
  const environment = {
    ...settings,
    PATH: `${path.dirname(program)}:${settings['PATH']}`,
    KRATOS_PUBLIC_URL: world.kratos.publicUrl,
    TEMPORAL_UI_URL: temporalUiUrl(),
    TENANTS: 't1,t2,t3,t4',
    IMPORT_ACTOR: 'alice',
  };
  const open = async (name: string) => {
    const session = await TerminalSession.open(name, folder, environment);
    world.onClose(() => session.close());
    return session;
  };
  [shell, other, worker] = [await open('shell'), await open('other'), await open('worker')];
});

afterAll(async () => {
  await world.close();
  console.log(`The walk-through: ${gallery.index}`);
});

beforeEach(async () => {
  for (const session of [shell, other]) await session.interrupt();
});

/** users.csv, and errors.csv with what people get wrong. */
async function writeFiles(): Promise<void> {
  const lines = exampleCsv(ROWS).split('\n');
  await writeFile(path.join(folder, 'users.csv'), lines.join('\n'));
  const wrong = lines.slice(0, 200).map((line, i) => {
    if (i % 40 === 7) return line.replace('@', ' at ');
    if (i % 40 === 19) return line.replace(/,t\d,/, ',t9,');
    if (i % 40 === 33) return lines[3]!;
    return line;
  });
  await writeFile(path.join(folder, 'errors.csv'), wrong.join('\n'));
}

test('what it is and how it is used', async () => {
  await step('no command', 'user-import');
  await step('help', 'user-import --help');
  for (const command of [
    'start',
    'status',
    'report',
    'undo',
    'runs',
    'results',
    'doctor',
    'init',
  ]) {
    await step(`help of ${command}`, `user-import ${command} --help`);
  }
  await step('unknown command', 'user-import strat users.csv');
  await step('unknown option', 'user-import start users.csv --canary-row 20');
  await step('missing argument', 'user-import check');
  await step('no such file', 'user-import check user.csv');
  await step('no server', 'TEMPORAL_ADDRESS=127.0.0.1:1 user-import status');
  await step('no worker', 'user-import status');
});

test('the settings', async () => {
  await shell.type('user-import init');
  await sleep(4000);
  await shellPicture('init');
  await shell.press('C-c');
  await shell.untilPrompt();
  await step('doctor without a worker', 'user-import doctor');
  await worker.type('user-import worker');
  await untilPolled(client);
  await sleep(1000);
  await gallery.terminal('worker', await worker.ansi());
  await step('doctor', 'user-import doctor');
});

test('a file with mistakes', async () => {
  await step('check with errors', 'user-import check errors.csv --rejects bad.csv');
  await step('start with errors', 'user-import start errors.csv');
  await step('report of invalid', 'user-import report');
  await wide('temporal import not valid', importsUrl(temporalUiUrl(), world.namespace));
  await step('check', 'user-import check users.csv');
  await step('live dry run', 'user-import start users.csv --dry-run=live');
});

test('the canary and the gate', async () => {
  await shell.type(
    'user-import start users.csv --canary-rows 20 --invitations hold --chunk-size 25',
  );
  await shell.untilSays(/Started the import/);
  id = /Started the import ([\w-]+)\./.exec((await shell.text()).replaceAll('\n', ''))![1]!;
  await phaseIs('awaiting-approval');
  await sleep(2000);
  await shellPicture('start at the gate');
  await shell.press('C-c');
  await shell.untilPrompt();
  await shellPicture('start after ctrl-c');
  await step('status at the gate', `user-import status ${id}`);
  await step('status without an id', 'user-import status');
  await step('status as json', `user-import status ${id} --json`);
  await step('results at the gate', `user-import results ${id}`);
  await openImport(id);
  await wide('temporal import at the gate');
  await step('approve', `user-import approve ${id}`);
});

test('the progress, and steering it', async () => {
  await shell.type(`user-import watch ${id}`);
  await phaseIs('importing', 10);
  await shellPicture('watch at 10 percent');
  await beside('pause', `user-import pause ${id}`);
  await sleep(2500);
  await shellPicture('watch while paused');
  await openImport(id);
  await wide('temporal import paused');
  await beside('concurrency', `user-import concurrency ${id} 2`);
  await beside('wrong concurrency', `user-import concurrency ${id} 2000`);
  await beside('resume', `user-import resume ${id}`);
  await phaseIs('importing', 40);
  await shellPicture('watch at 40 percent');
  await beside('cancel', `user-import cancel ${id}`);
  await shellPicture('watch while cancelling');
  await shell.untilPrompt();
  await shellPicture('watch after the cancellation');
  await step('status after the cancellation', `user-import status ${id}`);
  await step('report after the cancellation', `user-import report ${id}`);
});

test('the same file again, to the end', async () => {
  await shell.type('user-import start users.csv --invitations hold --per-minute 6000');
  await shell.untilSays(/HELD|held/);
  await shellPicture('watch while held');
  await beside('release invitations', `user-import release-invitations ${id}`);
  await sleep(4000);
  await shellPicture('watch while inviting');
  await shell.untilPrompt();
  await shellPicture('done');
  await step('runs', 'user-import runs');
  await step('runs of the import', `user-import runs ${id}`);
  await step('report', `user-import report ${id}`);
  await step('origin', 'user-import origin nobody@example.com');
  await openImport(id);
  await wide('temporal import done');
  await wide('temporal list of all', `${temporalUiUrl()}/namespaces/default/workflows`);
  await wide('temporal list of imports', importsUrl(temporalUiUrl(), world.namespace));
});

test('the report as a page', async () => {
  const report = await newestReport();
  for (const width of [1440, 390]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await ui.page.setViewportSize({ width, height: 900 });
      await ui.page.emulateMedia({ colorScheme });
      await ui.page.goto(pathToFileURL(report).href);
      await gallery.page(`report at ${width} ${colorScheme}`, ui.page, { isWhole: true });
    }
  }
  await ui.page.setViewportSize({ width: 1280, height: 800 });
  await ui.page.emulateMedia({ colorScheme: 'light' });
});

/** The page that the command named last. */
async function newestReport(): Promise<string> {
  const { runId, raw } = await client.workflow.getHandle(id).describe();
  const first = raw.workflowExecutionInfo?.firstRunId ?? runId;
  const page = path.join(world.runs, id, first, 'report.html');
  await readFile(page);
  return page;
}

test('a mail, and the password that it is for', async () => {
  const { inboxUrl } = inject('servers');
  await wide('inbox', inboxUrl, 500);
  await ui.page.getByRole('listitem').first().getByRole('link').click();
  await wide('mail', undefined, 1000);
  const opened = ui.page.context().waitForEvent('page');
  await ui.page.frameLocator('iframe').getByRole('link').first().click();
  const page = await opened;
  await page.waitForURL(/\/settings/);
  await gallery.page('choose a password', page);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'Password set' }).waitFor();
  await gallery.page('password set', page);
  await page.getByRole('link').click();
  await page.waitForURL(/\/login/);
  await gallery.page('sign in', page);
  await page.close();
});

test('a retry of what was rejected', async () => {
  await step('start with some errors', 'user-import start errors.csv --on-invalid import-valid');
  await step('report of some errors', 'user-import report');
  await step('retry', 'user-import retry');
  await step('report of the retry', 'user-import report');
  await wide('temporal list with a retry', importsUrl(temporalUiUrl(), world.namespace));
});

test('the undo, and the purge', async () => {
  await shell.type(`user-import undo ${id}`);
  await shell.untilSays(/Type /);
  await shellPicture('undo asks');
  await shell.answer('import-useers');
  await sleep(1500);
  await shellPicture('undo mistyped');
  if (/Type .*Type /s.test(await shell.text())) await shell.press('C-c');
  await shell.untilPrompt();
  await shellPicture('undo given up');
  await step('undo', `user-import undo ${id} --yes`);
  await openImport(`undo-${id}`);
  await wide('temporal undo done');
  await step('report after the undo', `user-import report ${id}`);
  await ui.page.goto(pathToFileURL(await newestReport()).href);
  await gallery.page('report after the undo page', ui.page, { isWhole: true });
  await step('purge', `user-import purge ${id}`);
  await step('runs after all', 'user-import runs');
  await wide('temporal list at the end', importsUrl(temporalUiUrl(), world.namespace));
});

test('the worker is ended', async () => {
  await worker.press('C-c');
  await worker.untilPrompt();
  await gallery.terminal('worker ended', await worker.ansi());
  await step('start without a worker', 'user-import start errors.csv --detach');
  await step('status without a worker', 'user-import status');
});
