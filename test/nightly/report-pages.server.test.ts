/** The pages of reports in a browser: nothing is lost, clipped or on top of another, on a laptop and on a phone. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderPage } from '../../src/report/page/page.js';
import { findChromium, NO_CHROMIUM } from '../support/temporal-ui.js';
import { SAMPLE_REPORTS } from '../support/sample-reports.js';

const chromiumPath = await findChromium();

/** A folder for pictures of all pages, to look at. */
const { REPORT_PICTURES: pictures } = process.env;
const SCHEMES = ['light', 'dark'] as const;

describe.skipIf(chromiumPath === undefined)(`in a browser (${chromiumPath ?? NO_CHROMIUM})`, () => {
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: chromiumPath!, chromiumSandbox: false });
    page = await browser.newPage();
    if (pictures !== undefined) await mkdir(pictures, { recursive: true });
  });
  afterAll(() => browser.close());

  describe.each(Object.entries(SAMPLE_REPORTS))('the page of "%s"', (name, report) => {
    it.each([1440, 390])('shows all of it, %i pixels wide', async (width) => {
      await page.setViewportSize({ width, height: 900 });
      await page.setContent(renderPage(report));
      for (const colorScheme of pictures === undefined ? [] : SCHEMES) {
        await page.emulateMedia({ colorScheme });
        const file = path.join(pictures!, `${name}-${width}-${colorScheme}.png`);
        await page.screenshot({ path: file, fullPage: true });
      }
      expect(await page.evaluate<string[]>(FAULTS)).toEqual([]);
    });

    it('can be printed', async () => {
      const pdf = await page.pdf({ format: 'A4', preferCSSPageSize: true });
      if (pictures !== undefined) await writeFile(path.join(pictures, `${name}.pdf`), pdf);
      expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    });
  });
});

/** Runs in the page, whose own policy allows no script in it. */
const FAULTS = `(() => {
  const faults = [];
  const of = (element) => element.textContent.trim().replace(/\\s+/g, ' ').slice(0, 60);
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) faults.push('the page scrolls sideways');
  const visible = (element) => element.getClientRects().length > 0;
  for (const element of document.querySelectorAll('body *')) {
    if (!visible(element) || element.closest('svg') || element.closest('thead, .bar')) continue;
    const { left, right } = element.getBoundingClientRect();
    if (left < -0.5 || right > root.clientWidth + 0.5) faults.push('beyond the edge: ' + of(element));
    if (element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0)
      faults.push('clipped: ' + of(element));
  }
  for (const svg of document.querySelectorAll('figure svg[viewBox]')) {
    if (!visible(svg)) continue;
    const frame = svg.getBoundingClientRect();
    const labels = [...svg.querySelectorAll('text')].map((text) => [of(text), text.getBoundingClientRect()]);
    labels.forEach(([text, box], i) => {
      if (box.left < frame.left - 0.5 || box.right > frame.right + 0.5) faults.push('outside its chart: ' + text);
      for (const [other, its] of labels.slice(i + 1))
        if (box.left < its.right && its.left < box.right && box.top < its.bottom && its.top < box.bottom)
          faults.push('on top of another: ' + text + ', ' + other);
    });
  }
  // A word of up to 24 characters stays whole: each of its characters is on one line.
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    // On a phone, the names of columns are for screen readers alone.
    if (node.parentElement.closest('svg, pre') || node.parentElement.closest('thead')?.clientWidth <= 1) continue;
    for (const { 0: word, index } of node.data.matchAll(/[A-Za-z0-9]{2,24}/g)) {
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      const tops = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
      const whole = /\\S{25}/.test(node.data.slice(Math.max(0, index - 25), index + 50));
      if (tops.size > 1 && !whole) faults.push('broken: ' + word);
    }
  }
  return faults;
})()`;
