/** When a run was purged: its report says so or, where it has left none, a file of its own. */
import { rewriteReport } from '../report/rewrite-report.js';
import { readLines, writeLinesOnce } from '../store/json-lines.js';
import { readReport } from '../store/report-file.js';
import type { RunLayout } from '../store/run-layout.js';

interface PurgedEntry {
  /** ISO 8601. */
  purgedAt: string;
}

/** @returns undefined for a run that no purge has come to the end of */
export async function readPurgedAt(folder: RunLayout): Promise<string | undefined> {
  const report = await readReport(folder);
  if (report) return report.purgedAt;
  const entries = await readLines<PurgedEntry>(folder.store, folder.purged);
  return entries?.[0]?.purgedAt;
}

/**
 * The first time counts.
 * @param kept the names of the files for people that are left
 */
export async function writePurgedAt(
  folder: RunLayout,
  purgedAt: string,
  kept: readonly string[],
): Promise<void> {
  const report = await rewriteReport(folder, (whole) => ({
    ...whole,
    purgedAt: whole.purgedAt ?? purgedAt,
    files: whole.files.filter((name) => kept.includes(name)),
  }));
  if (!report) await writeLinesOnce<PurgedEntry>(folder.store, folder.purged, [{ purgedAt }]);
}
