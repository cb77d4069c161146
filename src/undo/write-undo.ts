/** What an undo leaves for people: undo.csv, the run's audit.jsonl with its events, and a line in report.json. */
import { access } from 'node:fs/promises';
import { basename } from 'node:path';
import type { UndoEntry, UndoSummary } from '../contract/undo/outcomes.js';
import { writeUndoneTrail } from '../audit/trail.js';
import { countCode } from '../contract/findings.js';
import type { RunRef } from '../contract/ids.js';
import { harmlessCell } from '../csv/write.js';
import type { Plan } from '../store/plan.js';
import type { Report } from '../contract/report.js';
import { rewriteReport } from '../report/rewrite-report.js';
import { writeDurably } from '../store/durable-file.js';
import type { RunFolder } from '../store/run-folder.js';
import { isFinal, readUndo } from '../store/undo-ledger.js';
import { readUndoRows, type UndoRow } from './undo-rows.js';

export interface UndoneRun {
  run: RunRef;
  folder: RunFolder;
  plan: Plan;
  undo: RunRef;
  actor: string;
  force: boolean;
}

const HEADER = 'line,email,identity_id,undone,reason,invitation\n';

/** Writes the files anew from the outcomes and what the undo has made of them; running it again gives the same. */
export async function writeUndo(
  { run, folder, plan, undo, actor, force }: UndoneRun,
  now: () => Date,
): Promise<Pick<UndoSummary, 'notReached' | 'files'>> {
  const undone: NonNullable<Report['undone']> = {
    ...{ at: now().toISOString(), actor, workflowId: undo.workflowId, forced: force },
    ...{ deleted: 0, restored: 0, kept: {}, already_deleted: 0, mailed: 0 },
  };
  let notReached = 0;
  await writeDurably(folder.undone, async (file) => {
    await file.write(HEADER);
    for (let chunk = 1; chunk <= plan.findings.chunks; chunk++) {
      const { range, rows } = await readUndoRows(folder, plan, chunk);
      const { entries } = await readUndo(folder.undo(chunk, range.sha256));
      for (const row of rows) {
        const entry = entries.get(row.line);
        // What an earlier undo kept, this one has not looked at.
        const isKnown = entry && (isFinal(entry) || entry.undo === undo.runId);
        if (isKnown) count(undone, row, entry);
        else notReached++;
        await file.write(undoLine(row, isKnown ? entry : undefined));
      }
    }
  });
  await writeUndoneTrail({ run, folder, plan });
  const list = basename(folder.undone);
  await rewriteReport(folder, (report) => ({
    ...report,
    undone,
    files: report.files.includes(list) ? report.files : [...report.files, list],
  }));
  return { notReached, files: await filesOf(folder) };
}

function count(
  undone: NonNullable<Report['undone']>,
  { line, isMailed }: UndoRow,
  entry: UndoEntry,
): void {
  if (entry.undone === 'kept') countCode(undone.kept, entry.reason!, line);
  else undone[entry.undone]++;
  if (entry.undone === 'deleted' && isMailed) undone.mailed++;
}

/** @param entry absent when the undo ended before it came to the row */
function undoLine(row: UndoRow, entry: UndoEntry | undefined): string {
  const { line, email = '', identityId, invitation, isMailed } = row;
  const cells = [
    ...[line, harmlessCell(email), identityId],
    ...[entry?.undone ?? 'not_reached', entry?.reason ?? ''],
    isMailed ? 'sent' : invitation,
  ];
  return `${cells.join(',')}\n`;
}

async function filesOf(folder: RunFolder): Promise<string[]> {
  const paths = [folder.undone, folder.auditTrail, folder.report, folder.page];
  const areThere = await Promise.all(
    paths.map((path) =>
      access(path).then(
        () => true,
        () => false,
      ),
    ),
  );
  return paths.filter((_, i) => areThere[i]).map((path) => basename(path));
}
