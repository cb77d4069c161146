/**
 * The rows of a run as far as their outcome is known: also while it runs or waits, after it was terminated, and after a
 * purge. A report has all rows; this reads the store alone, and no row of the file.
 */
import type { RowOutcome } from '../contract/import/outcomes.js';
import { readInvitations } from '../store/invitation-ledger.js';
import { readKnownOutcomes } from '../store/known-outcomes.js';
import { mapAhead } from '../store/map-ahead.js';
import { chunksOf, type OpenChunk, type OpenRun } from '../store/open-run.js';
import { PlanMissing } from '../store/plan.js';
import { lastBegunChunk } from '../store/run-folder.js';
import { invitationOf, readInvalidRows, type ReportedRow } from './row-stream.js';

/** Both ends included. */
export interface LineRange {
  from: number;
  to: number;
}

const ALL_LINES: LineRange = { from: 0, to: Infinity };

/**
 * Reads the chunks that have any of the lines, some at once.
 * @returns the rows of each of them, in file order
 */
export async function* streamKnownRows(
  openRun: OpenRun,
  lines: LineRange = ALL_LINES,
): AsyncGenerator<ReportedRow[]> {
  const last = await lastBegunChunk(openRun.folder);
  const invalidRows = new InvalidRows(openRun);
  const chunks = mapAhead(chunksWith(openRun, lines), async (chunk) => ({
    chunk,
    rows: chunk.number <= last ? await knownRows(chunk) : [],
  }));
  try {
    for await (const { chunk, rows } of chunks) {
      yield withInvalid(rows, await invalidRows.of(chunk)).filter(
        ({ line }) => line >= lines.from && line <= lines.to,
      );
    }
  } finally {
    await invalidRows.close();
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
async function* chunksWith(run: OpenRun, { from, to }: LineRange): AsyncGenerator<OpenChunk> {
  let before: OpenChunk | undefined;
  for await (const chunk of chunksOf(run)) {
    if (before && chunk.range.line > from) yield before;
    before = chunk;
    if (chunk.range.line > to) return;
  }
  if (before) yield before;
}

async function knownRows(chunk: OpenChunk): Promise<ReportedRow[]> {
  const outcomes = await readKnownOutcomes(chunk);
  if (!outcomes.some(({ invitation }) => invitation === 'due')) return outcomes;
  const invited = await readInvitations(chunk);
  return outcomes.map((outcome) => ({ ...outcome, ...invitationOf(outcome, invited) }));
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
