/** Every row of a run with its outcome, chunk by chunk in file order, however the run ended. */
import { eventsOfChunk } from '../audit/trail.js';
import type { RowOutcome } from '../contract/import/outcomes.js';
import { BOUNDS } from '../csv/bounds.js';
import { parseBlock } from '../csv/cells.js';
import { writtenHere } from '../csv/dialect.js';
import { FileError } from '../csv/file-error.js';
import { readBlocks } from '../csv/records.js';
import { rejectLine } from '../csv/reject-line.js';
import { textReader } from '../identity/cell-text.js';
import { oldIdColumn } from '../identity/columns.js';
import { trimmed } from '../identity/email.js';
import { cellNamer } from '../identity/keys.js';
import { readJournal, type JournalContent } from '../store/chunk-journal.js';
import { readInvitations, type InvitationEntry } from '../store/invitation-ledger.js';
import { mapAhead } from '../store/map-ahead.js';
import { chunksOf, type OpenChunk, type OpenRun } from '../store/open-run.js';
import { readOutcomes } from '../store/outcomes.js';
import { PlanMissing } from '../store/plan.js';
import { readChunkRows } from '../store/read-chunk-rows.js';
import { StoreSource } from '../store/store-source.js';
import type { ImportRoot } from '../store/import-root.js';

export interface ReportedRow extends RowOutcome {
  /** The row's line of rejects.csv, when it was rejected. */
  reject?: string;
  /** Why the invitation failed: the mail server's status, or words in its place. */
  invitationFailure?: string | undefined;
}

export interface ReportedChunk {
  rows: ReportedRow[];
  /** Lines of audit.jsonl. */
  events: string;
}

export interface StreamOptions {
  importRoot: ImportRoot;
  /** Chunks that had begun and whose outcomes are not known; rows of others without outcomes were never reached. */
  undecided: ReadonlySet<number>;
  /** When events of chunks that did not come to their end were found out; undefined where the run has no events. */
  at: string | undefined;
}

/** Reads the files of each chunk once, those of some chunks at once. */
export async function* streamChunks(
  openRun: OpenRun,
  options: StreamOptions,
): AsyncGenerator<ReportedChunk> {
  const invalidRows = readInvalidRows(openRun);
  const chunks = mapAhead(chunksOf(openRun), (chunk) => readFiles(chunk, options));
  try {
    for await (const { outcomes, invited, events } of chunks) {
      const rows: ReportedRow[] = [];
      for (const outcome of outcomes) {
        if (outcome.outcome === 'invalid') {
          rows.push({ ...outcome, ...(await nextInvalidRow(invalidRows, outcome.line)) });
        } else if (outcome.outcome === 'failed') {
          const { line, codes = [], reason = '', raw = '' } = outcome;
          const reject = rejectLine(raw, openRun.plan, { line, codes, reason });
          rows.push({ ...outcome, reject });
        } else rows.push({ ...outcome, ...invitationOf(outcome, invited) });
      }
      yield { rows, events };
    }
  } finally {
    await invalidRows.return(undefined);
  }
}

interface ChunkContent {
  outcomes: RowOutcome[];
  /** What became of the invitations that were due, by line. */
  invited: ReadonlyMap<number, InvitationEntry>;
  events: string;
}

/** What cannot be there is not asked for: no mail without one that was due, no event without a created or changed user. */
async function readFiles(
  chunk: OpenChunk,
  { importRoot, undecided, at }: StreamOptions,
): Promise<ChunkContent> {
  const outcomes =
    (await readOutcomes(chunk)) ??
    (await openOutcomes(chunk, importRoot, undecided.has(chunk.number)));
  const isDue = outcomes.some(({ invitation }) => invitation === 'due');
  const [invited, events] = await Promise.all([
    isDue ? readInvitations(chunk) : new Map<number, InvitationEntry>(),
    at === undefined ? '' : eventsOfChunk(chunk, outcomes, at),
  ]);
  return { outcomes, invited, events };
}

/** The state of an invitation that was due when its row was done. */
export function invitationOf(
  { line, invitation }: RowOutcome,
  invited: ReadonlyMap<number, InvitationEntry>,
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
  if (plan.findings.invalid === 0) return;
  const key = folder.ofPlan(plan.validation, 'invalid.csv');
  const file = await StoreSource.open(folder.store, key);
  if (!file) throw new PlanMissing();
  const all = { start: 0, end: file.bytes, line: 1 };
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
}

/**
 * The rows of a chunk that has no outcomes, as far as an attempt that died has decided them. When the file has changed
 * since, the lines and addresses of undecided rows are lost, but not their number, and not which of them are invalid.
 */
async function openOutcomes(
  chunk: OpenChunk,
  importRoot: ImportRoot,
  begun: boolean,
): Promise<RowOutcome[]> {
  const { folder, plan, range } = chunk;
  const nameOf = cellNamer(plan.map);
  const oldId = oldIdColumn(plan.map);
  const oldIdOf = oldId && textReader(oldId, plan.nothing);
  const [rows, journal] = await Promise.all([
    readChunkRows(importRoot, chunk, range).catch((error: unknown) => {
      if (error instanceof FileError) return undefined;
      throw error;
    }),
    readJournal(folder.store, folder.journal(chunk)),
  ]);
  return Array.from({ length: range.rows }, (_, index): RowOutcome => ({
    line: rows?.[index]?.line ?? UNKNOWN_LINE,
    ...nameOf(rows?.[index]?.cells ?? []),
    oldId: oldIdOf && trimmed(oldIdOf(rows?.[index]?.cells ?? [])),
    outcome: range.invalid.has(index) ? 'invalid' : begun ? 'undecided' : 'unprocessed',
    invitation: 'none',
  })).map(withDecisions(journal));
}
