import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { COMMANDS } from '../../src/contract/import/commands.js';
import { allIdentities } from '../support/identities.js';
import { imports } from '../support/imports.js';
import { csvOf } from '../support/people.js';
import {
  closeDialog,
  fillStartForm,
  findChromium,
  NO_CHROMIUM,
  openCommands,
  openDetails,
  openTemporalUi,
  requestCancellation,
  sendCommand,
  sendRefused,
  submitStartForm,
  untilDetails,
  untilStatus,
  type TemporalUi,
} from '../support/temporal-ui.js';
import { startWorker, untilPolled } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

const chromium = await findChromium();
const ROWS = 12_000;
const EVERY_COMMAND = Object.entries(COMMANDS).map(([name, description]) => ({
  name,
  description,
}));

/** The number of rows that are done, by the details. */
function rowsDone(details: string): number {
  const done = /([\d,]+) of 12,000 rows/.exec(details)?.[1] ?? '0';
  return Number(done.replace(',', ''));
}

/** Whether the import is over: no command stops it any more. */
function over(details: string): boolean {
  return rowsDone(details) > 0 && !details.includes('user-import cancel');
}

// Vitest shows only that a file is skipped, and not why.
if (chromium === undefined) console.warn(`Temporal's pages are not tested: ${NO_CHROMIUM}.`);

describe.skipIf(chromium === undefined)("Temporal's pages", () => {
  let world: World;
  let ui: TemporalUi;

  beforeAll(async () => {
    world = await createWorld();
    const { client, write } = await imports(world);
    await write('users.csv', csvOf('user', ROWS));
    await startWorker(world);
    await untilPolled(client);
    ui = await openTemporalUi(chromium!, inject('servers').temporalUiUrl, world.namespace);
    world.onClose(() => ui.close());
  });

  afterAll(() => world.close());

  test('an import is started, watched, paused, changed, resumed and cancelled in them', async () => {
    await fillStartForm(ui, {
      workflowId: 'import-2026-11',
      taskQueue: 'user-import',
      workflowType: 'importUsers',
      // Many small chunks, one at a time: the import runs for longer than the clicks take.
      input: { file: 'users.csv', actor: 'alice', chunkSize: 100, concurrency: 1 },
    });
    await submitStartForm(ui);
    await openDetails(ui);
    const first = rowsDone(await untilDetails(ui, 'rows done', (text) => rowsDone(text) > 0));
    await untilDetails(ui, `more than ${first} rows done`, (text) => rowsDone(text) > first);

    expect(await openCommands(ui, 'Signal')).toEqual(expect.arrayContaining(EVERY_COMMAND));
    await sendCommand(ui, 'Signal', 'pause');
    await untilDetails(ui, 'that it is paused', (text) => /paused/i.test(text));

    expect(await openCommands(ui, 'Update')).toEqual(expect.arrayContaining(EVERY_COMMAND));
    expect(await sendRefused(ui, 'setMode', 'overwrite')).toContain('allowed: "skip" or "update"');
    await closeDialog(ui);
    await openCommands(ui, 'Update');
    await sendCommand(ui, 'Update', 'setMode', 'update');
    const paused = await untilDetails(
      ui,
      'the mode update and nothing in flight',
      (text) => /Existing users: update/.test(text) && /\b0 in flight/.test(text),
    );

    await openCommands(ui, 'Update');
    await sendCommand(ui, 'Update', 'resume');
    await untilDetails(
      ui,
      `more than ${rowsDone(paused)} rows done`,
      (text) => rowsDone(text) > rowsDone(paused),
    );

    await requestCancellation(ui);
    await untilStatus(ui, 'Canceled');
    const last = await untilDetails(ui, 'the end', over);
    expect(rowsDone(last)).toBeLessThan(ROWS);
    expect(await allIdentities(world.kratos.adminUrl)).toHaveLength(rowsDone(last));
  }, 600_000);
});
