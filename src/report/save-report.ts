import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { writeDurably } from '../store/durable-file.js';
import type { RunLayout } from '../store/run-layout.js';
import { renderPage } from './page/page.js';
import type { Report } from '../contract/report.js';

/**
 * Writes report.json and then report.html: a page that cannot be made costs nothing but the page. Whoever changes a
 * report later saves it by this as well, so that both say the same.
 * @param report `files` without these two
 * @returns the report as it stands there
 */
export async function saveReport(folder: RunLayout, report: Report): Promise<Report> {
  const own = [folder.report, folder.page].map((path) => basename(path));
  const others = report.files.filter((name) => !own.includes(name));
  const whole = { ...report, files: [...others, ...own] };
  await writeJson(folder, whole);
  const page = await renderPage(whole).catch(() => undefined);
  if (page !== undefined) {
    await writeDurably(folder.page, (file) => file.write(page));
    return whole;
  }
  // One from before would say something else.
  await rm(folder.page, { force: true });
  const bare = { ...whole, files: [...others, basename(folder.report)] };
  await writeJson(folder, bare);
  return bare;
}

function writeJson(folder: RunLayout, report: Report): Promise<void> {
  return writeDurably(folder.report, (file) =>
    file.write(`${JSON.stringify(report, undefined, 2)}\n`),
  );
}
