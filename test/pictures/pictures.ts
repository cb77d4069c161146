/**
 * Takes the pictures of the documentation anew, into docs/pictures: `npm run pictures`.
 *
 * This is no test: Vitest starts the servers for it as it does for tests, and the steps are those of the test of
 * Temporal's pages.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, inject, test } from 'vitest';
import { exampleCsv } from '../../dev/sample/make-sample.mjs';
import type { ReportSummary } from '../../activities/index.js';
import { imports, progressOf } from '../support/imports.js';
import {
  fillStartForm,
  findChromium,
  NO_CHROMIUM,
  openDetails,
  openTemporalUi,
  submitStartForm,
  untilDetails,
  type TemporalUi,
} from '../support/temporal-ui.js';
import { until } from '../support/until.js';
import { startWorker, untilPolled } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

const ROWS = 6000;
/** One user in so many exists already. */
const ONE_EXISTS_IN = 50;
const IMPORT = 'import-2026-11';

let world: World;
let ui: TemporalUi;

beforeAll(async () => {
  const chromium = await findChromium();
  if (chromium === undefined) throw new Error(NO_CHROMIUM);
  world = { ...(await createWorld()), namespace: 'default' };
  const { client, write, run } = await imports(world);
  await startWorker(world, { TENANTS: 't1,t2,t3,t4' });
  const lines = exampleCsv(ROWS).split('\n');
  await write('earlier.csv', lines.filter((_, i) => i % ONE_EXISTS_IN === 0).join('\n'));
  await run('import-2026-10', { file: 'earlier.csv' });
  await write('users.csv', lines.map(withMistakes).join('\n'));
  await untilPolled(client);
  ui = await openTemporalUi(chromium, inject('servers').temporalUiUrl, world.namespace);
  world.onClose(() => ui.close());
});

afterAll(() => world.close());

/** Some addresses are invalid, as in every real file. */
function withMistakes(line: string, i: number): string {
  return i % 500 === 499 ? line.replace('@', ' at ') : line;
}

/** People of another file, none of whom exists already. */
function withReported(line: string, i: number): string {
  return withMistakes(line.replace('@', '.reported@'), i);
}

const REPORT_PICTURES = [
  ['laptop', 1280, 1180, 'light'],
  ['phone', 390, 1100, 'dark'],
] as const;

/** Pictures the page. */
async function picture(name: string): Promise<void> {
  const file = new URL(`../../docs/pictures/${name}.png`, import.meta.url);
  await ui.page.screenshot({ path: fileURLToPath(file), animations: 'disabled' });
}

/** Rows that are done, of a hundred. */
function percent(details: string): number {
  return Number(/\((\d+) %\)/.exec(details)?.[1] ?? 0);
}

/** The page of an import that was steered, on a laptop and on a phone, in light and dark. */
test('the pictures of a report', async () => {
  const { write, start } = await imports(world);
  await write('reported.csv', exampleCsv(3000).split('\n').map(withReported).join('\n'));
  const handle = await start('import-2026-12', {
    ...{ file: 'reported.csv', onInvalid: 'import-valid', chunkSize: 50, approval: 'required' },
    invitations: { perMinute: 6000 },
  });
  const phase = async () => (await progressOf(handle)).phase;
  await until(async () => (await phase()) === 'awaiting-approval');
  await handle.executeUpdate('approve');
  await until(async () => (await progressOf(handle)).rows.done > 1000);
  await handle.executeUpdate('pause');
  await sleep(3000);
  await handle.executeUpdate('setConcurrency', { args: [3] });
  await handle.executeUpdate('resume');
  await until(async () => (await phase()) === 'inviting');
  await sleep(4000);
  await handle.executeUpdate('setEmailRate', { args: [3000] });
  const { folder } = (await handle.result()) as ReportSummary;
  const html = await readFile(path.join(folder, 'report.html'), 'utf8');
  for (const [name, width, height, scheme] of REPORT_PICTURES) {
    await ui.page.setViewportSize({ width, height });
    await ui.page.emulateMedia({ colorScheme: scheme });
    await ui.page.setContent(html);
    await picture(`report-${name}-${scheme}`);
  }
  await ui.page.emulateMedia({ colorScheme: null });
}, 600_000);

test('the pictures of an import', async () => {
  // The page showed the report before.
  await ui.page.setViewportSize({ width: 1280, height: 1000 });
  await ui.page.goto(ui.address);
  await fillStartForm(ui, {
    workflowId: IMPORT,
    taskQueue: 'user-import',
    workflowType: 'importUsers',
    input: {
      ...{ file: 'users.csv', actor: 'alice', onInvalid: 'import-valid' },
      invitations: { perMinute: 3000 },
    },
  });
  await picture('start');
  await ui.page.setViewportSize({ width: 1280, height: 800 });

  await submitStartForm(ui);
  await openDetails(ui);
  await untilDetails(ui, 'a third of the rows done', (text) => percent(text) >= 33);
  await picture('running');
  const { client } = await imports(world);
  await client.workflow.getHandle(IMPORT).result();
}, 600_000);
