/** What an undo leaves for people: undo.csv, the run's audit.jsonl with its events, and its counts in report.json. */
import { basename } from 'node:path';
import type { RunUndone, UndoEntry } from '../contract/undo/outcomes.js';
import { undoneLines, writeUndoneTrail } from '../audit/trail.js';
import { countCode } from '../contract/findings.js';
import { shownLine } from '../contract/import/outcomes.js';
import { harmlessCell, harmlessIdentifier } from '../csv/write.js';
import type { Report } from '../contract/report.js';
import { IDENTIFIER_COLUMN, namesIdentifiers } from '../identity/keys.js';
import { hasTakenBack } from '../report/all-undone.js';
import { noteUndone } from '../report/note-undone.js';
import { rewriteReport } from '../report/rewrite-report.js';
import { mapAhead } from '../store/map-ahead.js';
import type { OpenChunk } from '../store/open-run.js';
import type { RunLayout } from '../store/run-layout.js';
import type { Writer } from '../store/store.js';
import { isFinal, readUndoLedger } from '../store/undo-ledger.js';
import type { OpenUndo } from './open-undo.js';
import { chunksToUndo, readUndoRows, type UndoRow } from './undo-rows.js';

type Undone = NonNullable<Report['undone']>;

const HEADER = 'line,email,identity_id,undone,reason,invitation';

/** Writes the files anew from the outcomes and what the undo has made of them; running it again gives the same. */
export async function writeUndo(
  openUndo: OpenUndo,
  now: () => Date,
): Promise<Pick<RunUndone, 'notReached' | 'files'>> {
  const { folder } = openUndo;
  const { undone, notReached, own } = await writeUndoneRows(openUndo, now());
  const list = basename(folder.undone);
  const reached = isReached(undone);
  let told = reached;
  await rewriteReport(folder, (report) => {
    // Of one that has decided nothing, since all was undone or it was cancelled before, nothing is to be told.
    told = reached && (own > 0 || !report.undone);
    return {
      ...report,
      ...(told && { undone }),
      files: report.files.includes(list) ? report.files : [...report.files, list],
    };
  });
  if (told) await noteUndone(folder.store, folder.run, undone);
  return { notReached, files: await filesOf(folder) };
}

/**
 * Writes undo.csv and audit.jsonl in one pass over the chunks, and adds the rows up for the report.
 * @returns `own`: rows on which this very undo has decided
 */
async function writeUndoneRows(
  openUndo: OpenUndo,
  at: Date,
): Promise<{ undone: Undone; notReached: number; own: number }> {
  const { folder, undo, actor, force } = openUndo;
  const undone: Undone = {
    at: at.toISOString(),
    actor,
    workflowId: undo.workflowId,
    forced: force,
    deleted: 0,
    restored: 0,
    kept: {},
    already_deleted: 0,
    mailed: 0,
    not_reached: 0,
  };
  let own = 0;
  const hasIdentifiers = namesIdentifiers(openUndo.plan.map);
  const fill = async (list: Writer, trail: Writer): Promise<void> => {
    await list.write(`${HEADER}${hasIdentifiers ? `,${IDENTIFIER_COLUMN}` : ''}\n`);
    for await (const { rows, ledger } of mapAhead(chunksToUndo(openUndo), readChunkToUndo)) {
      const lines = rows.map((row) => {
        const entry = ledger.entries.get(row.line);
        // A user whom an earlier undo kept, or did not find, was not reached by this one.
        const isOwn = entry?.undo === undo.runId;
        const isDecided = entry && (isFinal(entry) || isOwn);
        if (isOwn) own++;
        if (isDecided) count(undone, row, entry);
        else undone.not_reached++;
        return undoLine(row, isDecided ? entry : undefined, hasIdentifiers);
      });
      await list.write(lines.join(''));
      await trail.write(undoneLines(openUndo, ledger));
    }
  };
  await writeUndoneTrail(folder, (trail) =>
    folder.store.write(folder.undone, (list) => fill(list, trail)),
  );
  return { undone, notReached: undone.not_reached, own };
}

async function readChunkToUndo(chunk: OpenChunk) {
  const [rows, ledger] = await Promise.all([readUndoRows(chunk), readUndoLedger(chunk)]);
  return { rows, ledger };
}

function count(undone: Undone, { line, isMailed }: UndoRow, entry: UndoEntry): void {
  if (entry.undone === 'kept') countCode(undone.kept, entry.reason!, shownLine(line));
  else undone[entry.undone]++;
  if (entry.undone === 'deleted' && isMailed) undone.mailed++;
}

function isReached(undone: Undone): boolean {
  return hasTakenBack(undone) || Object.keys(undone.kept).length > 0;
}

/** @param entry absent when the undo ended before it came to the row */
function undoLine(row: UndoRow, entry: UndoEntry | undefined, hasIdentifiers: boolean): string {
  const { line, email = '', identifier = '', identityId, invitation, isMailed } = row;
  const cells = [
    shownLine(line) ?? '',
    harmlessCell(email),
    identityId,
    entry?.undone ?? 'not_reached',
    entry?.reason ?? '',
    isMailed ? 'sent' : invitation,
    ...(hasIdentifiers ? [harmlessIdentifier(identifier)] : []),
  ];
  return `${cells.join(',')}\n`;
}

async function filesOf(folder: RunLayout): Promise<string[]> {
  const keys = [folder.undone, folder.auditTrail, folder.report, folder.page];
  const facts = await Promise.all(keys.map((key) => folder.store.stat(key)));
  return keys.filter((_, i) => facts[i]).map((key) => basename(key));
}
