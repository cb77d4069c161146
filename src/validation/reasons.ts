/** Why rows are refused, in words that hold nothing of the row. */
import type { RowProblem } from '../contract/codes.js';
import type { CsvRow } from '../csv/cells.js';
import { rejectLine, type RejectLayout } from '../csv/reject-line.js';
import { sameTexts } from '../identity/nearest.js';

/** A schema can have many rules, and a file many rows that break them all. */
const MAX_REASON_LENGTH = 2000;

/** A refused row as rejects.csv has it, with its line ending. */
export function refusedLine(row: CsvRow, problems: RowProblem[], layout: RejectLayout): string {
  const codes = [...new Set(problems.map(({ code }) => code))];
  const reason = shortened(problems.map((problem) => problem.reason).join('; '));
  return `${rejectLine(row.raw(), layout, { line: row.line, codes, reason })}\n`;
}

export function shortened(reason: string): string {
  return reason.length > MAX_REASON_LENGTH ? `${reason.slice(0, MAX_REASON_LENGTH)}…` : reason;
}

/** The end of a reason: it names what is allowed, never what stands in the row. */
export function guesser(allowed: readonly string[]): (text: string) => string {
  const meantBy = sameTexts(allowed);
  return (text) => {
    const meant = meantBy(text);
    return meant === undefined ? '' : `; did you mean ${meant}?`;
  };
}

/** A trait by its path. */
export function dotted(path: string[]): string {
  return path.join('.');
}
