/** Every row of a run with its outcome, in file order, however the run ended. */
import type { RowOutcome } from '../contract/import/outcomes.js';
import { BOUNDS } from '../csv/bounds.js';
import { parseBlock } from '../csv/cells.js';
import { FileError } from '../csv/file-error.js';
import { writtenHere } from '../csv/dialect.js';
import { readBlocks } from '../csv/records.js';
import { readChunkRows } from '../store/read-chunk-rows.js';
import { chunksOf, type OpenRun } from '../store/open-run.js';
import type { ChunkRange } from '../store/plan.js';
import { textReader } from '../identity/cell-text.js';
import { oldIdColumn } from '../identity/columns.js';
import { trimmed } from '../identity/email.js';
import { cellNamer } from '../identity/keys.js';
import { rejectLine } from '../csv/reject-line.js';
import { readJournal, type JournalContent } from '../store/chunk-journal.js';
import { readInvitations, type InvitationEntry } from '../store/invitation-ledger.js';
import { readOutcomes } from '../store/outcomes.js';
import { openToRead } from '../store/plain-file.js';

export interface ReportedRow extends RowOutcome {
  /** The row's line of rejects.csv, when it was rejected. */
  reject?: string;
  /** Why the invitation failed: the mail server's status, or words in its place. */
  invitationFailure?: string | undefined;
}

/**
 * @param undecided chunks that had begun and whose outcomes are not known; rows of other chunks without outcomes were
 * never reached
 */
export async function* streamRows(
  openRun: OpenRun,
  importRoot: string,
  undecided: ReadonlySet<number>,
): AsyncGenerator<ReportedRow> {
  const { folder, plan } = openRun;
  const invalidRows = readInvalidRows(openRun);
  try {
    for await (const chunk of chunksOf(openRun)) {
      const outcomes =
        (await readOutcomes(chunk)) ??
        (await openOutcomes(openRun, chunk.range, importRoot, undecided.has(chunk.number))).map(
          withDecisions(await readJournal(folder.journal(chunk))),
        );
      const invited = await readInvitations(chunk);
      for (const outcome of outcomes) {
        if (outcome.outcome === 'invalid') {
          yield { ...outcome, ...(await nextInvalidRow(invalidRows, outcome.line)) };
        } else if (outcome.outcome === 'failed') {
          const { line, codes = [], reason = '', raw = '' } = outcome;
          yield { ...outcome, reject: rejectLine(raw, plan, { line, codes, reason }) };
        } else yield { ...outcome, ...invitationOf(outcome, invited) };
      }
    }
  } finally {
    // Closes its file, also when the caller does not read on to its end.
    await invalidRows.return(undefined);
  }
}

/** The state of an invitation that was due when its row was done. */
function invitationOf(
  { line, invitation }: RowOutcome,
  invited: Map<number, InvitationEntry>,
): Pick<ReportedRow, 'invitation' | 'invitationFailure'> {
  const entry = invitation === 'due' ? invited.get(line) : undefined;
  if (!entry) return { invitation };
  const { state, why } = entry;
  return { invitation: state, invitationFailure: state === 'failed' ? why : undefined };
}

/** An attempt that died has decided some rows all the same: its journal has their outcomes. */
function withDecisions({ outcomes }: JournalContent): (row: RowOutcome) => RowOutcome {
  const inOrder = [...outcomes.values()].toSorted((a, b) => a.line - b.line);
  return (row) => {
    if (row.outcome === 'invalid') return row;
    return (row.line === UNKNOWN_LINE ? inOrder.shift() : outcomes.get(row.line)) ?? row;
  };
}

/** The line of a row whose line is not known any more. */
export const UNKNOWN_LINE = 0;

async function nextInvalidRow(
  invalidRows: AsyncGenerator<InvalidRow>,
  line: number,
): Promise<InvalidRow> {
  const next = await invalidRows.next();
  if (next.done || (line !== UNKNOWN_LINE && next.value.line !== line)) {
    throw new Error(`plan/invalid.csv lacks the row of line ${line}`);
  }
  return next.value;
}

type InvalidRow = Required<Pick<ReportedRow, 'line' | 'codes' | 'reject'>>;

/** A byte of the file has three in UTF-8 at most; a reason comes after them. */
const MOST_BYTES = 4 * BOUNDS.recordBytes;

/** The rows that validation refused, in file order, each as long as the file's own may be and its reason. */
export async function* readInvalidRows({
  folder,
  plan,
}: Pick<OpenRun, 'folder' | 'plan'>): AsyncGenerator<InvalidRow> {
  const file = await openToRead(folder.invalidRows);
  try {
    const { size } = await file.stat();
    const all = { start: 0, end: size, line: 1 };
    const dialect = writtenHere(plan.dialect.separator);
    for await (const block of readBlocks(file, all, dialect, MOST_BYTES)) {
      for (const row of parseBlock(block)) {
        const [line, codes] = row.cells.slice(-3);
        yield {
          line: Number(line),
          codes: codes!.split(';') as InvalidRow['codes'],
          reject: row.raw(),
        };
      }
    }
  } finally {
    await file.close();
  }
}

/**
 * The rows of a chunk that has no outcomes. When the file has changed since, the lines and addresses of undecided
 * rows are lost, but not their number, and not which of them are invalid.
 */
async function openOutcomes(
  openRun: OpenRun,
  range: ChunkRange,
  importRoot: string,
  begun: boolean,
): Promise<RowOutcome[]> {
  const { map, nothing } = openRun.plan;
  const nameOf = cellNamer(map);
  const oldId = oldIdColumn(map);
  const oldIdOf = oldId && textReader(oldId, nothing);
  const rows = await readChunkRows(importRoot, openRun, range).catch((error: unknown) => {
    if (error instanceof FileError) return undefined;
    throw error;
  });
  return Array.from({ length: range.rows }, (_, index) => ({
    line: rows?.[index]?.line ?? UNKNOWN_LINE,
    ...nameOf(rows?.[index]?.cells ?? []),
    oldId: oldIdOf && trimmed(oldIdOf(rows?.[index]?.cells ?? [])),
    outcome: range.invalid.has(index) ? 'invalid' : begun ? 'undecided' : 'unprocessed',
    invitation: 'none',
  }));
}
