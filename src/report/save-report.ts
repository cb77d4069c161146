import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { writeDurably } from '../store/durable-file.js';
import { withFormat } from '../store/format.js';
import type { RunLayout } from '../store/run-layout.js';
import { renderPage } from './page/page.js';
import type { Report } from '../contract/report.js';

/**
 * Writes report.json and then report.html; when the page cannot be made, only the page is missing. A report that is
 * changed later is saved by this function as well, so that both files say the same.
 * @returns the report as written: its `files` include these two
 */
export async function saveReport(folder: RunLayout, report: Report): Promise<Report> {
  const own = [folder.report, folder.page].map((path) => basename(path));
  const others = report.files.filter((name) => !own.includes(name));
  const whole = { ...report, files: [...others, ...own] };
  await writeJson(folder, whole);
  const page = pageOf(whole);
  if (page !== undefined) {
    await writeDurably(folder.page, (file) => file.write(page));
    return whole;
  }
  // An older page would contradict report.json.
  await rm(folder.page, { force: true });
  const bare = { ...whole, files: [...others, basename(folder.report)] };
  await writeJson(folder, bare);
  return bare;
}

function pageOf(report: Report): string | undefined {
  try {
    return renderPage(report);
  } catch {
    return undefined;
  }
}

function writeJson(folder: RunLayout, report: Report): Promise<void> {
  return writeDurably(folder.report, (file) =>
    file.write(`${JSON.stringify(withFormat(report), undefined, 2)}\n`),
  );
}
