/**
 * Every row of a run with its outcome, chunk by chunk in file order, however the run ended; then the users of the source
 * who are in no row.
 */
import { eventsOfChunk } from '../audit/trail.js';
import type { Outcome, RowOutcome } from '../contract/import/outcomes.js';
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
import { doubts, readJournal, type JournalContent } from '../store/chunk-journal.js';
import { readExistingUsers } from '../store/existing-users.js';
import { readInvitations, type InvitationEntry } from '../store/invitation-ledger.js';
import { mapAhead } from '../store/map-ahead.js';
import { chunksOf, type OpenChunk, type OpenRun } from '../store/open-run.js';
import { readOutcomes } from '../store/outcomes.js';
import { PlanMissing } from '../store/plan.js';
import { readChunkRows } from '../store/read-chunk-rows.js';
import { isSkipped } from '../store/settled.js';
import { StoreSource } from '../store/store-source.js';
import type { ImportRoot } from '../store/import-root.js';
import { streamLeavers } from './known-leavers.js';

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
  yield* fileChunks(openRun, options);
  yield* leaverChunks(openRun, options);
}

async function* fileChunks(
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
          const { line, codes, reject } = await nextInvalidRow(invalidRows, outcome.line);
          rows.push({ reject, ...outcome, line, codes });
        } else if (outcome.outcome === 'failed') {
          const { line, codes = [], reason = '', raw = '' } = outcome;
          const reject = rejectLine(raw, openRun.plan, { line, codes, reason });
          rows.push({ reject, ...outcome });
        } else rows.push(withInvitation(outcome, invited));
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

/** Of leavers there is no line of rejects.csv: they have no text in the file. */
async function* leaverChunks(
  openRun: OpenRun,
  { undecided, at }: StreamOptions,
): AsyncGenerator<ReportedChunk> {
  const openAs = ({ number }: OpenChunk) => (undecided.has(number) ? 'undecided' : 'unprocessed');
  for await (const { chunk, rows } of streamLeavers(openRun, openAs)) {
    const events = at === undefined ? '' : await eventsOfChunk(chunk, rows, at);
    yield { rows, events };
  }
}

/** What cannot be there is not asked for: no mail without one that was due, no event without a created or changed user. */
async function readFiles(chunk: OpenChunk, options: StreamOptions): Promise<ChunkContent> {
  const { importRoot, undecided, at } = options;
  if (isSkipped(chunk.plan, chunk.number)) {
    return { outcomes: await settledOutcomes(chunk, importRoot), invited: new Map(), events: '' };
  }
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

/** With the state of an invitation that was due when the row was done. */
export function withInvitation(
  outcome: RowOutcome,
  invited: ReadonlyMap<number, InvitationEntry>,
): ReportedRow {
  const { line, invitation } = outcome;
  const entry = invitation === 'due' ? invited.get(line) : undefined;
  if (!entry) return outcome;
  const { state, why } = entry;
  const invitationFailure = state === 'failed' ? why : undefined;
  return { invitationFailure, ...outcome, invitation: state };
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

/** The rows of a chunk that has no outcomes, as far as an attempt that died has decided them. */
async function openOutcomes(
  chunk: OpenChunk,
  importRoot: ImportRoot,
  begun: boolean,
): Promise<RowOutcome[]> {
  const { folder } = chunk;
  const journal = await readJournal(folder.store, folder.journal(chunk));
  const isInDoubt = doubts(journal);
  const openAs = (line: number | undefined) =>
    begun && isInDoubt(line) ? 'undecided' : 'unprocessed';
  return (await rowsOfFile(chunk, importRoot, openAs)).map(withDecisions(journal));
}

/** The same of a chunk that nobody has to import: its valid rows are unchanged in file and Kratos. */
async function settledOutcomes(chunk: OpenChunk, importRoot: ImportRoot): Promise<RowOutcome[]> {
  const rows = await rowsOfFile(chunk, importRoot, () => 'unchanged');
  const valid = rows.filter(({ outcome, line }) => outcome !== 'invalid' && line !== UNKNOWN_LINE);
  const lines = valid.map(({ line }) => line);
  const ids = await readExistingUsers(chunk, lines);
  return rows.map((row) => {
    const identityId = row.outcome === 'invalid' ? undefined : ids.get(row.line);
    return identityId === undefined ? row : { ...row, identityId };
  });
}

/**
 * The rows of a chunk as the file has them. When that has changed since, the lines and addresses are lost, but not how
 * many there are, and which of them are invalid.
 * @param valid the outcome of those that are not invalid
 */
async function rowsOfFile(
  chunk: OpenChunk,
  importRoot: ImportRoot,
  validAs: (line: number | undefined) => Outcome,
): Promise<RowOutcome[]> {
  const { plan, range } = chunk;
  const nameOf = cellNamer(plan.map);
  const oldId = oldIdColumn(plan.map);
  const oldIdOf = oldId && textReader(oldId, plan.nothing);
  const rows = await readChunkRows(importRoot, chunk, range).catch((error: unknown) => {
    if (error instanceof FileError) return undefined;
    throw error;
  });
  return Array.from({ length: range.rows }, (_, index): RowOutcome => {
    const { line, cells = [] } = rows?.[index] ?? {};
    return {
      line: line ?? UNKNOWN_LINE,
      ...nameOf(cells),
      oldId: oldIdOf && trimmed(oldIdOf(cells)),
      outcome: range.invalid.has(index) ? 'invalid' : validAs(line),
      invitation: 'none',
    };
  });
}
