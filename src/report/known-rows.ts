/**
 * The rows of a run as far as their outcome is known: also while it runs or waits, after it was terminated, and after a
 * purge. A report has all rows; this reads the store alone, and no row of the file.
 */
import type { MissingDo } from '../contract/import/input.js';
import type { Outcome, RowOutcome } from '../contract/import/outcomes.js';
import { readExistingUsers } from '../store/existing-users.js';
import { readInvitations } from '../store/invitation-ledger.js';
import { readKnownOutcomes } from '../store/known-outcomes.js';
import { streamAdoptable } from '../store/leavers.js';
import { mapAhead } from '../store/map-ahead.js';
import { chunksOf, type OpenChunk, type OpenRun } from '../store/open-run.js';
import { PlanMissing } from '../store/plan.js';
import { lastBegunChunk } from '../store/run-folder.js';
import { isSkipped } from '../store/settled.js';
import { streamLeavers } from './known-leavers.js';
import { readInvalidRows, UNKNOWN_LINE, withInvitation, type ReportedRow } from './row-stream.js';

/** Both ends included. */
export interface LineRange {
  from: number;
  to: number;
}

const ALL_LINES: LineRange = { from: 0, to: Infinity };

/**
 * Reads the chunks that have any of the lines, some at once. Behind the rows of all lines come the users whom a source
 * would take in, while no row is imported yet, and those who are not in its file.
 * @param lines all where absent
 * @returns the rows of each of them, in file order
 */
export async function* streamKnownRows(
  openRun: OpenRun,
  lines?: LineRange,
): AsyncGenerator<ReportedRow[]> {
  const last = await lastBegunChunk(openRun.folder);
  yield* knownFileRows(openRun, lines ?? ALL_LINES, last);
  if (lines) return;
  if (last === 0) yield* newcomers(openRun);
  const meant = LEAVES[openRun.plan.source?.do ?? 'nothing'];
  for await (const { rows } of streamLeavers(openRun, () => meant)) yield rows;
}

/** What is to become of leavers. */
const LEAVES: Record<MissingDo, Outcome> = {
  nothing: 'unchanged',
  report: 'missing',
  deactivate: 'would_deactivate',
  delete: 'would_delete',
};

async function* knownFileRows(
  openRun: OpenRun,
  lines: LineRange,
  last: number,
): AsyncGenerator<ReportedRow[]> {
  const invalidRows = new InvalidRows(openRun);
  const chunks = mapAhead(chunksWith(openRun, lines), async ({ chunk, end }) => ({
    chunk,
    isSettled: isSkipped(chunk.plan, chunk.number),
    rows: await rowsOf(chunk, end, last),
  }));
  try {
    for await (const { chunk, rows, isSettled } of chunks) {
      const whole = withInvalid(rows, await invalidRows.of(chunk));
      const all = isSettled ? withUnknown(whole, chunk) : whole;
      yield all.filter(({ line }) => line >= lines.from && line <= lines.to);
    }
  } finally {
    await invalidRows.close();
  }
}

async function rowsOf(
  chunk: OpenChunk,
  end: number | undefined,
  last: number,
): Promise<ReportedRow[]> {
  if (isSkipped(chunk.plan, chunk.number)) return settledRows(chunk, end);
  return chunk.number <= last ? knownRows(chunk) : [];
}

const LINES_AT_ONCE = 4096;

/**
 * The rows of a chunk that nobody has to import. Each has its user among the hints, so that their lines are known without
 * the file.
 * @param end the line of the next chunk; undefined for the last one
 */
async function settledRows(chunk: OpenChunk, end = Infinity): Promise<ReportedRow[]> {
  const rows: ReportedRow[] = [];
  const { line, rows: size } = chunk.range;
  for (let from = line; from < end && rows.length < size; from += LINES_AT_ONCE) {
    const length = Math.min(LINES_AT_ONCE, end - from);
    const lines = Array.from({ length }, (_, i) => from + i);
    const found = await readExistingUsers(chunk, lines);
    // Behind the last row of the file there is nothing more.
    if (found.size === 0 && end === Infinity) break;
    rows.push(...[...found].map(([each, identityId]) => settledRow(each, identityId)));
  }
  return rows;
}

function settledRow(line: number, identityId?: string): ReportedRow {
  return { line, email: '', outcome: 'unchanged', identityId, invitation: 'none' };
}

/** A purge removes the hints, and so the lines, but not how many rows there are. */
function withUnknown(rows: ReportedRow[], { range }: OpenChunk): ReportedRow[] {
  const unknown = Math.max(0, range.rows - range.invalid.size - countValid(rows));
  return [...rows, ...Array.from({ length: unknown }, () => settledRow(UNKNOWN_LINE))];
}

function countValid(rows: readonly ReportedRow[]): number {
  return rows.filter(({ outcome }) => outcome !== 'invalid').length;
}

/** Users who would be taken into the source: nobody is before that is approved. */
async function* newcomers(openRun: OpenRun): AsyncGenerator<ReportedRow[]> {
  for await (const { line, identityId, email } of streamAdoptable(openRun)) {
    const codes: ReportedRow['codes'] = ['adopted'];
    yield [{ line, email, identityId, outcome: 'would_update', codes, invitation: 'none' }];
  }
}

/** Outcomes lack their codes; and what is invalid is known before the chunk begins. */
function withInvalid(
  rows: ReportedRow[],
  codes: ReadonlyMap<number, RowOutcome['codes']> | undefined,
): ReportedRow[] {
  if (!codes) return rows;
  const byLine = new Map(rows.map((row) => [row.line, row]));
  for (const [line, known] of codes) {
    const row = byLine.get(line) ?? ({ line, email: '', invitation: 'none' } as const);
    byLine.set(line, { ...row, outcome: 'invalid', codes: known ?? [] });
  }
  return [...byLine.values()].sort((a, b) => a.line - b.line);
}

/** A chunk ends where the next one begins. */
async function* chunksWith(
  run: OpenRun,
  { from, to }: LineRange,
): AsyncGenerator<{ chunk: OpenChunk; end?: number }> {
  let before: OpenChunk | undefined;
  for await (const chunk of chunksOf(run)) {
    const { line } = chunk.range;
    if (before && line > from) yield { chunk: before, end: line };
    before = chunk;
    if (line > to) return;
  }
  if (before) yield { chunk: before };
}

async function knownRows(chunk: OpenChunk): Promise<ReportedRow[]> {
  const outcomes = await readKnownOutcomes(chunk);
  if (!outcomes.some(({ invitation }) => invitation === 'due')) return outcomes;
  const invited = await readInvitations(chunk);
  return outcomes.map((outcome) => withInvitation(outcome, invited));
}

/** The rows that validation refused, handed out chunk by chunk. */
class InvalidRows {
  private readonly rows: ReturnType<typeof readInvalidRows>;
  private isGone = false;

  constructor(run: OpenRun) {
    this.rows = readInvalidRows(run);
  }

  /** @returns their codes by line; undefined where a purge has removed them */
  async of({ range }: OpenChunk): Promise<Map<number, RowOutcome['codes']> | undefined> {
    const found = new Map<number, RowOutcome['codes']>();
    while (found.size < range.invalid.size && !this.isGone) {
      const next = await this.rows.next().catch((error: unknown) => {
        if (error instanceof PlanMissing) return { done: true } as const;
        throw error;
      });
      if (next.done) this.isGone = true;
      // Others are of a chunk that nobody asked for.
      else if (next.value.line >= range.line) found.set(next.value.line, next.value.codes);
    }
    return this.isGone && range.invalid.size > 0 ? undefined : found;
  }

  async close(): Promise<void> {
    await this.rows.return(undefined);
  }
}
