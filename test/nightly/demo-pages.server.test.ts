import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { chromium as browsers, type Browser, type Page } from 'playwright-core';
import { demoSchema } from '../../dev/servers/demo-schema.js';
import { startPlatform } from '../../dev/servers/pages/platform-pages.js';
import { freePort } from '../../dev/servers/ports.js';
import { imports } from '../support/imports.js';
import { findChromium, NO_CHROMIUM } from '../support/temporal-ui.js';
import { startWorker } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

const chromium = await findChromium();
const PASSWORD = 'a long enough password 42';

// Vitest shows only that a file is skipped, and not why.
if (chromium === undefined) console.warn(`The demo's pages are not tested: ${NO_CHROMIUM}.`);

describe.skipIf(chromium === undefined)("the demo's pages in a browser", () => {
  let world: World;
  let browser: Browser;

  beforeAll(async () => {
    const port = await freePort();
    world = await createWorld({ pagesUrl: `http://127.0.0.1:${port}` });
    const platform = await startPlatform({
      port,
      kratosPublicUrl: world.kratos.publicUrl,
      app: 'Example Platform',
      traits: demoSchema.properties.traits.properties,
    });
    world.onClose(() => platform.stop());
    // Without a sandbox of its own, which Chromium refuses to root: it opens the pages of this project only.
    browser = await browsers.launch({ executablePath: chromium!, chromiumSandbox: false });
    world.onClose(() => browser.close());
    await startWorker(world);
  });

  afterAll(() => world.close());

  /** Opens the newest mail to an address; the mail's page. */
  async function openMail(address: string): Promise<Page> {
    const page = await browser.newPage();
    page.setDefaultTimeout(60_000);
    await page.goto(inject('servers').inboxUrl);
    await page.getByLabel('Search').fill(address);
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: address }).first().click();
    return page;
  }

  async function choosePassword(page: Page): Promise<void> {
    await page.waitForURL(/\/settings\?flow=/);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'Password set' }).waitFor();
  }

  async function invite(method: 'link' | 'code', address: string): Promise<void> {
    const { write, run } = await imports(world);
    await write(`${method}.csv`, `email,first_name\n${address},Ann\n`);
    const invitations = { send: 'after-import', method, perMinute: 6000 };
    const { invitations: sent } = await run(`pages-${method}`, {
      file: `${method}.csv`,
      invitations,
    });
    expect(sent).toMatchObject({ sent: 1, failed: 0 });
  }

  test("an invitation's link leads from the inbox to a password, by which its user signs in", async () => {
    await invite('link', 'ann@link.test');
    const mail = await openMail('ann@link.test');
    const opened = mail.context().waitForEvent('page');
    await mail.frameLocator('iframe').getByRole('link').first().click();
    const page = await opened;
    await choosePassword(page);

    await page.getByRole('link', { name: 'Sign out' }).click();
    await page.waitForURL(/\/login\?flow=/);
    await page.getByLabel('E-mail').fill('ann@link.test');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button').first().click();
    await page.getByRole('heading', { name: 'You are signed in' }).waitFor();
    expect(await page.getByRole('main').innerText()).toContain('ann@link.test');
  });

  test("an invitation's code is typed on the page that its mail leads to", async () => {
    await invite('code', 'ann@code.test');
    const mail = await openMail('ann@code.test');
    const frame = mail.frameLocator('iframe');
    const code = /\b\d{6}\b/.exec(await frame.locator('body').innerText())![0];
    const opened = mail.context().waitForEvent('page');
    await frame.getByRole('link').first().click();
    const page = await opened;
    await page.waitForURL(/\/recovery\?flow=/);
    await page.getByLabel('Recovery code').fill('000000');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('invalid or has already been used').waitFor();
    await page.getByLabel('Recovery code').fill(code);
    await page.getByRole('button', { name: 'Continue' }).click();
    await choosePassword(page);
  });

  test('a mail runs nothing and loads nothing', async () => {
    const address = 'ann@hostile.test';
    const { createTransport } = await import('nodemailer');
    await createTransport(inject('servers').smtpUrl).sendMail({
      from: 'mallory@hostile.test',
      to: address,
      subject: '<script>document.title = "run"</script>',
      html: '<p>Hello</p><script>document.body.innerHTML = "run"</script><img src="http://127.0.0.1:1/x" onerror="document.body.innerHTML = \'run\'">',
    });
    const mail = await openMail(address);
    expect(await mail.frameLocator('iframe').locator('body').innerText()).toMatch(/^Hello\s*$/);
    expect(await mail.title()).toContain('<script>');
  });
});
