/** Steps of an operator in Temporal's web pages, taken in a headless browser. */
import { spawnSync } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium, type Locator, type Page } from 'playwright-core';
import { findOnPath } from '../../dev/servers/binaries.js';

/** The longest wait for anything: enough for a machine that is busy with other tests. */
const LONGEST_WAIT_MS = 180_000;
const POLL_MS = 250;
const VIEWPORT = { width: 1280, height: 800 };

const CANDIDATES = ['chromium', 'chromium-browser', 'google-chrome'];

/** The message when there is none. */
export const NO_CHROMIUM = `no Chromium: CHROMIUM is not set, and none of ${CANDIDATES.join(', ')} on the PATH runs`;

/** The browser of this machine; undefined when there is none. */
export async function findChromium(): Promise<string | undefined> {
  const { CHROMIUM } = process.env;
  if (CHROMIUM) return CHROMIUM;
  for (const name of CANDIDATES) {
    const file = await findOnPath(name, process.env);
    if (file !== undefined && runs(file)) return file;
  }
  return undefined;
}

/** On Ubuntu, the command may only name the snap that has the browser. */
function runs(file: string): boolean {
  return spawnSync(file, ['--version'], { stdio: 'ignore', timeout: 30_000 }).status === 0;
}

export interface TemporalUi {
  page: Page;
  /** The workflows of the namespace. */
  address: string;
  close(): Promise<void>;
}

/** Opens the workflows of a namespace. */
export async function openTemporalUi(
  executablePath: string,
  uiUrl: string,
  namespace: string,
): Promise<TemporalUi> {
  // Without a sandbox of its own, which Chromium refuses to root: it opens the pages of this project only.
  const browser = await chromium.launch({ executablePath, chromiumSandbox: false });
  const page = await browser.newPage({ viewport: VIEWPORT });
  page.setDefaultTimeout(LONGEST_WAIT_MS);
  const address = `${uiUrl}/namespaces/${namespace}/workflows`;
  const ui: TemporalUi = { page, address, close: () => browser.close() };
  await step(ui, 'the list of workflows', () => page.goto(address));
  return ui;
}

export interface StartForm {
  workflowId: string;
  taskQueue: string;
  workflowType: string;
  input: object;
}

/** Opens the form "Start Workflow" and fills it in, up to its button. */
export async function fillStartForm(ui: TemporalUi, form: StartForm): Promise<void> {
  const { page } = ui;
  await step(ui, 'the button "Start Workflow" of the list', () =>
    page.getByRole('button', { name: 'Start Workflow' }).click(),
  );
  await step(ui, 'the fields of the start form', async () => {
    await page.getByLabel('Workflow ID').fill(form.workflowId);
    await page.getByLabel('Task Queue').fill(form.taskQueue);
    await page.getByLabel('Workflow Type').fill(form.workflowType);
    await fillJson(page.getByRole('main'), form.input);
  });
  await step(ui, 'the form to say that the task queue has a worker', () =>
    page.getByText('Task Queue is Active').waitFor(),
  );
}

/** Starts what the form says, and goes to the workflow's page. */
export async function submitStartForm(ui: TemporalUi): Promise<void> {
  const { page } = ui;
  const link = await step(
    ui,
    'the message that the workflow was started, and its link',
    async () => {
      await page.getByRole('main').getByRole('button', { name: 'Start Workflow' }).click();
      // Gone after five seconds: its address is taken at once, and not clicked.
      return page.getByRole('link', { name: 'Workflow started successfully' }).getAttribute('href');
    },
  );
  await step(ui, "the workflow's page", () => page.goto(new URL(link!, ui.address).href));
}

/** Opens the tab that shows the current details. */
export async function openDetails(ui: TemporalUi): Promise<void> {
  const { page } = ui;
  await step(ui, 'the tab "User Metadata" with the current details', async () => {
    await page.getByRole('tab', { name: 'User Metadata' }).click();
    await page.getByRole('heading', { name: 'Current Details' }).waitFor();
  });
}

/**
 * Reloads the open details until they show `what`.
 * @param says whether a text shows it
 * @returns their text
 */
export async function untilDetails(
  ui: TemporalUi,
  what: string,
  says: (text: string) => boolean,
): Promise<string> {
  const { page } = ui;
  // Shown in a frame, which is loaded anew for each text.
  const shown = page.frameLocator('iframe').locator('main');
  const deadline = Date.now() + LONGEST_WAIT_MS;
  return step(ui, `details that show ${what}`, async () => {
    for (;;) {
      const text = await shown.innerText();
      if (says(text)) return text;
      if (Date.now() > deadline) throw new Error(`The details are:\n${text}`);
      await page.keyboard.press('r');
      await sleep(POLL_MS);
    }
  });
}

export type Way = 'Signal' | 'Update';

export interface OfferedCommand {
  name: string;
  description: string;
}

/** Opens the dialog "Send a Signal" or "Send an Update" and its list; the commands in the list. */
export async function openCommands(ui: TemporalUi, way: Way): Promise<OfferedCommand[]> {
  const { page } = ui;
  const title = way === 'Signal' ? 'Send a Signal' : 'Send an Update';
  return step(ui, `the commands in the dialog "${title}"`, async () => {
    await page.getByRole('button', { name: 'More Actions' }).click();
    await page.getByRole('menuitem', { name: title }).click();
    await dialog(ui, title)
      .getByRole('button', { name: /^Select an? /i })
      .click();
    const options = dialog(ui, title).getByRole('option');
    await options.first().waitFor();
    const texts = await options.allInnerTexts();
    return texts.map((text) => {
      const [name = '', ...description] = text.split('\n').filter((line) => line.trim() !== '');
      return { name, description: description.join(' ') };
    });
  });
}

/** Sends a command of the open list. */
export async function sendCommand(
  ui: TemporalUi,
  way: Way,
  name: string,
  ...argument: unknown[]
): Promise<void> {
  await submitCommand(ui, way, name, argument);
  const message = way === 'Signal' ? 'Workflow signaled' : 'Update successful';
  await step(ui, `the message "${message}" after ${name}`, async () => {
    await ui.page.getByText(message).first().waitFor();
    await ui.page.getByRole('dialog').waitFor({ state: 'hidden' });
  });
}

/** Sends an update of the open list that must be refused; returns the text of the dialog, which stays open. */
export async function sendRefused(
  ui: TemporalUi,
  name: string,
  ...argument: unknown[]
): Promise<string> {
  await submitCommand(ui, 'Update', name, argument);
  return step(ui, `the refusal of ${name} in the dialog`, () =>
    ui.page.getByRole('dialog').getByRole('alert').getByRole('paragraph').first().innerText(),
  );
}

async function submitCommand(
  ui: TemporalUi,
  way: Way,
  name: string,
  argument: unknown[],
): Promise<void> {
  await step(ui, `${name} and its argument in the dialog for a ${way}`, async () => {
    const open = ui.page.getByRole('dialog');
    await open.getByRole('option', { name: new RegExp(`^${name}\\b`) }).click();
    if (argument.length > 0) await fillJson(open, argument[0]);
    await open.getByRole('button', { name: 'Submit' }).click();
  });
}

/** Closes the open dialog by its cross, which no open list covers. */
export async function closeDialog(ui: TemporalUi): Promise<void> {
  await step(ui, 'the dialog to close', async () => {
    await ui.page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).first().click();
    await ui.page.getByRole('dialog').waitFor({ state: 'hidden' });
  });
}

/** Requests the cancellation of the open workflow. */
export async function requestCancellation(ui: TemporalUi): Promise<void> {
  const { page } = ui;
  await step(ui, 'the dialog "Cancel Workflow" and its button', async () => {
    await page.getByRole('button', { name: 'Request Cancellation' }).click();
    await dialog(ui, 'Cancel Workflow').getByRole('button', { name: 'Confirm' }).click();
  });
}

/** Waits until the open workflow's page shows a status, for example `Canceled`. */
export async function untilStatus(ui: TemporalUi, status: string): Promise<void> {
  await step(ui, `the status ${status}`, () =>
    ui.page.getByRole('main').getByText(status, { exact: true }).first().waitFor(),
  );
}

function dialog({ page }: TemporalUi, title: string): Locator {
  return page.getByRole('dialog', { name: title });
}

/** Types into the editor for JSON as it will lay it out itself, so that nothing below it moves when it does. */
async function fillJson(parent: Locator, value: unknown): Promise<void> {
  const editor = parent.locator('[contenteditable="true"]');
  await editor.fill(JSON.stringify(value, null, 2));
  await editor.blur();
}

/** Does a step; when it fails, the error names what was waited for, and a picture of the page. */
async function step<T>({ page }: TemporalUi, what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const file = path.join(await mkdtemp(path.join(tmpdir(), 'temporal-ui-')), 'page.png');
    const picture = await page.screenshot({ path: file }).then(
      () => `A picture of it is ${file}.`,
      () => 'It could not be pictured.',
    );
    throw new Error(`Waited in vain for ${what}. The page was ${page.url()}. ${picture}`, {
      cause,
    });
  }
}
