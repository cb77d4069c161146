import { basename } from 'node:path';
import type { Report } from '../contract/report.js';
import { withFormat } from '../store/format.js';
import type { RunLayout } from '../store/run-layout.js';
import { VersionChanged } from '../store/store.js';
import { renderPage } from './page/page.js';

/**
 * Writes report.json and then report.html; when the page cannot be made, only the page is missing. A report that is
 * changed later is saved by this function as well, so that both files say the same.
 * @param ifVersion of the report.json in whose place it is written; undefined: there is none yet
 * @returns the report as written: its `files` include these two
 * @throws VersionChanged when report.json is another one by now, and nothing is written
 */
export async function saveReport(
  folder: RunLayout,
  report: Report,
  ifVersion: string | undefined,
): Promise<Report> {
  const page = basename(folder.page);
  const others = report.files.filter((name) => name !== basename(folder.report) && name !== page);
  const bare = { ...report, files: [...others, basename(folder.report)] };
  const whole = { ...bare, files: [...bare.files, page] };
  const html = pageOf(whole);
  const saved = html === undefined ? bare : whole;
  const text = `${JSON.stringify(withFormat(saved), undefined, 2)}\n`;
  await writeText(folder, text, ifVersion);
  await writePage(folder, text, html);
  return saved;
}

async function writeText(
  { store, report }: RunLayout,
  text: string,
  ifVersion: string | undefined,
): Promise<void> {
  try {
    if (ifVersion !== undefined) await store.replace(report, text, { ifVersion });
    else if (!(await store.create(report, text))) throw new VersionChanged(report);
  } catch (error) {
    if (!(error instanceof VersionChanged)) throw error;
    // Where an answer was lost, it is this very text that stands there.
    const content = await store.read(report);
    if (content?.bytes.toString() !== text) throw error;
  }
}

/**
 * Of two who change the report at once, the one whose page is written last makes sure that it is that of report.json.
 * @param html the page of this text; undefined where it cannot be made
 */
async function writePage(
  { store, report, page }: RunLayout,
  text: string,
  html: string | undefined,
): Promise<void> {
  for (let shown: string | undefined = text; ;) {
    // An older page would contradict report.json.
    await (html === undefined ? store.remove([page]) : store.replace(page, html));
    const latest = (await store.read(report))?.bytes.toString();
    if (latest === shown) return;
    shown = latest;
    html = latest && pageOf(JSON.parse(latest) as Report);
  }
}

function pageOf(report: Report): string | undefined {
  try {
    return renderPage(report);
  } catch {
    return undefined;
  }
}
