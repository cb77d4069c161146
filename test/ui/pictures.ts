/**
 * Takes the pictures of the documentation anew, into docs/pictures: `npm run pictures`.
 *
 * No test: Vitest starts the servers for it as it does for tests, and the steps are those of the test of Temporal's pages.
 */
import { fileURLToPath } from 'node:url';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, inject, test } from 'vitest';
import { exampleCsv } from '../../scripts/make-example.mjs';
import { imports } from '../support/imports.js';
import {
  closeDialog,
  fillStartForm,
  findChromium,
  NO_CHROMIUM,
  openCommands,
  openDetails,
  openTemporalUi,
  submitStartForm,
  untilDetails,
  untilStatus,
  type TemporalUi,
} from '../support/temporal-ui.js';
import { startWorker, untilPolled } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

const ROWS = 6000;
/** One in so many is there already. */
const KNOWN = 50;

let world: World;
let ui: TemporalUi;

beforeAll(async () => {
  const chromium = await findChromium();
  if (chromium === undefined) throw new Error(NO_CHROMIUM);
  world = { ...(await createWorld()), namespace: 'default' };
  const { client, write, run } = await imports(world);
  await startWorker(world, { TENANTS: 't1,t2,t3,t4' });
  const lines = exampleCsv(ROWS).split('\n');
  await write('earlier.csv', lines.filter((_, i) => i % KNOWN === 0).join('\n'));
  await run('import-2026-10', { file: 'earlier.csv' });
  await write('users.csv', lines.map(withMistakes).join('\n'));
  await untilPolled(client);
  ui = await openTemporalUi(chromium, inject('servers').temporalUiUrl, world.namespace);
  world.onClose(() => ui.close());
});

afterAll(() => world.close());

/** Some addresses are none, as in every real file. */
function withMistakes(line: string, i: number): string {
  return i % 500 === 499 ? line.replace('@', ' at ') : line;
}

/** Pictures the page, or a part of it. */
async function picture(name: string, of: Page | Locator = ui.page): Promise<void> {
  const file = new URL(`../../docs/pictures/${name}.png`, import.meta.url);
  await of.screenshot({ path: fileURLToPath(file), animations: 'disabled' });
}

/** Rows that are done, of a hundred. */
function percent(details: string): number {
  return Number(/\((\d+) %\)/.exec(details)?.[1] ?? 0);
}

test('the pictures of an import', async () => {
  await fillStartForm(ui, {
    workflowId: 'import-2026-11',
    taskQueue: 'user-import',
    workflowType: 'importUsers',
    input: {
      ...{ file: 'users.csv', actor: 'alice', onInvalid: 'import-valid' },
      invitations: { perMinute: 3000 },
    },
  });
  await ui.page.setViewportSize({ width: 1280, height: 1000 });
  await picture('start');
  await ui.page.setViewportSize({ width: 1280, height: 800 });

  await submitStartForm(ui);
  await openDetails(ui);
  await untilDetails(ui, 'a third of the rows done', (text) => percent(text) >= 33);
  await picture('running');

  await openCommands(ui, 'Update');
  await picture('commands', ui.page.getByRole('dialog'));
  await closeDialog(ui);

  await untilStatus(ui, 'Completed');
  await untilDetails(
    ui,
    'the end',
    (text) => percent(text) === 100 && !text.includes('user-import'),
  );
  await picture('finished');
}, 600_000);
