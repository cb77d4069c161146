/** Every row of a run with what became of it, in file order, however the run ended. */
import { open } from 'node:fs/promises';
import type { RowOutcome } from '../contract/outcomes.js';
import { parseBlock, type Row } from '../csv/cells.js';
import { readBlocks } from '../csv/records.js';
import { readRange } from '../import/read-range.js';
import { readChunk, type Plan } from '../plan/plan.js';
import { rejectLine } from './reject-line.js';
import { readOutcomes } from '../runs/outcomes.js';
import type { RunFolder } from '../runs/run-folder.js';

export interface ReportedRow extends RowOutcome {
  /** The row's line of rejects.csv, when it belongs there. */
  reject?: string;
}

/**
 * @param undecided chunks that had begun and whose outcomes are not known; rows of other chunks without outcomes were
 * never reached
 */
export async function* reportedRows(
  folder: RunFolder,
  plan: Plan,
  importRoot: string,
  undecided: ReadonlySet<number>,
): AsyncGenerator<ReportedRow> {
  const invalidRows = readInvalidRows(folder);
  for (let chunk = 1; chunk <= plan.findings.chunks; chunk++) {
    const outcomes =
      (await readOutcomes(folder, chunk)) ??
      (await openOutcomes(folder, plan, importRoot, chunk, undecided.has(chunk)));
    for (const outcome of outcomes) {
      if (outcome.outcome === 'invalid') {
        const next = await invalidRows.next();
        if (next.done || next.value.line !== outcome.line) {
          throw new Error(`plan/invalid.csv lacks the row of line ${outcome.line}`);
        }
        yield { ...outcome, ...next.value };
      } else if (outcome.outcome === 'failed') {
        const { line, codes = [], reason = '', raw = '' } = outcome;
        yield { ...outcome, reject: rejectLine(raw, plan.map, { line, codes, reason }) };
      } else yield outcome;
    }
  }
}

type InvalidRow = Required<Pick<ReportedRow, 'line' | 'codes' | 'reject'>>;

/** The rows that validation refused, in file order. */
export async function* readInvalidRows(folder: RunFolder): AsyncGenerator<InvalidRow> {
  const file = await open(folder.invalidRows, 'r');
  try {
    const { size } = await file.stat();
    for await (const block of readBlocks(file, { start: 0, end: size, line: 1 })) {
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

/** The rows of a chunk that has no outcomes. Their addresses are lost only when the file is no longer what it was. */
async function openOutcomes(
  folder: RunFolder,
  plan: Plan,
  importRoot: string,
  chunk: number,
  begun: boolean,
): Promise<RowOutcome[]> {
  const range = await readChunk(folder, plan, chunk);
  const outcome = begun ? 'undecided' : 'unprocessed';
  const email = plan.map.columns.find(({ rule }) => rule === 'email')!.index;
  const rows = await readRange(importRoot, plan, range).catch((): Row[] => []);
  return rows.map((row, index) => ({
    line: row.line,
    email: (row.cells[email] ?? '').trim(),
    outcome: range.invalid.has(index) ? 'invalid' : outcome,
    invitation: 'none',
  }));
}
