/** What validation found, in counts and lines: no value of any row, so that it may be in a workflow's history. */
import type { RowCode, Warning, WarningCode } from './codes.js';
import type { CsvFacts } from './dialect.js';
import type { SourceFindings } from './import/leavers.js';

export interface Findings {
  /** SHA-256 of the whole file, in hexadecimal. */
  sha256: string;
  /** How the file was read. */
  csv: CsvFacts;
  rows: number;
  invalid: number;
  chunks: number;
  /** How many chunks, the first ones, hold the canary rows; all of them when the file has no more rows than that. */
  canaryChunks: number;
  /** Rows by code. A row with two codes counts under both. */
  codes: Partial<Record<RowCode, CodeCount>>;
  /** Valid rows by role, those without one under NO_ROLE. */
  roles: Record<string, number>;
  /** Absent where no column is that of tenants. */
  tenants?: TenantCounts | undefined;
  warnings: Warning[];
  /** Absent where the import is of no source. */
  source?: SourceFindings | undefined;
}

/** Valid rows by tenant. */
export interface TenantCounts {
  /** How many tenants they name, up to MOST_DISTINCT. */
  distinct: number;
  /**
   * Rows of the most frequent ones, those without one under NO_ROLE. Only where the worker knows the tenants: elsewhere
   * the column may hold anything, such as addresses.
   */
  rows?: Record<string, number> | undefined;
}

/** Tenants that nobody has named are counted so far. */
export const MOST_DISTINCT = 10_000;

export interface CodeCount {
  count: number;
  /** The first 20 lines that have it. */
  lines: number[];
}

const LINES_A_CODE = 20;

/**
 * Counts a row under a code that it has.
 * @param line undefined of one that the file does not have
 */
export function countCode<Code extends string>(
  codes: Partial<Record<Code, CodeCount>>,
  code: Code,
  line: number | undefined,
): void {
  countLine((codes[code] ??= { count: 0, lines: [] }), line);
}

export function countLine(counted: CodeCount, line: number | undefined): void {
  counted.count++;
  if (line !== undefined && counted.lines.length < LINES_A_CODE) counted.lines.push(line);
}

/** Adds up what two parts of a file have. */
export function addCodes<Code extends string>(
  a: Partial<Record<Code, CodeCount>>,
  b: Partial<Record<Code, CodeCount>>,
): Partial<Record<Code, CodeCount>> {
  const sum = { ...a };
  for (const [code, { count, lines }] of Object.entries(b) as [Code, CodeCount][]) {
    const known = a[code] ?? { count: 0, lines: [] };
    const all = [...known.lines, ...lines].sort((x, y) => x - y);
    sum[code] = { count: known.count + count, lines: all.slice(0, LINES_A_CODE) };
  }
  return sum;
}

/**
 * A column that takes a few values, such as roles, where refused rows hold others. A cell may hold anything, an address
 * where columns have shifted: so this has what is allowed and counts, and nothing that stands in the file.
 */
export interface WrongColumn {
  column: string;
  /** Allowed values that cells are a spelling of, or a typing error or two away from, the most frequent first. */
  meant: { value: string; rows: number; spellings: number }[];
  /** Different values that are like none. */
  unlike: number;
  /** Whether there are more than were counted. */
  isMore: boolean;
}

/** Something about one cell that an admin is to know of, though the row is valid. */
export interface CellNote {
  code: WarningCode;
  /** The position of its column, from 0. */
  column: number;
}

/** The name of "no role" among the roles, and of "no tenant" among the tenants. */
export const NO_ROLE = '(none)';

/** `invalid_email: 3 rows (lines 4, 9, 17)`, for errors and details. */
export function describeCodes(codes: Partial<Record<string, CodeCount>>): string[] {
  return Object.entries(codes).map(([code, found]) => `${code}: ${describeCount(found!)}`);
}

/** `3 rows (lines 4, 9, 17)`; `3 users` where no line of the file has any of them. */
export function describeCount({ count, lines }: CodeCount): string {
  if (lines.length === 0) return `${count} ${count === 1 ? 'user' : 'users'}`;
  const more = count > lines.length ? ', …' : '';
  return `${count} ${count === 1 ? 'row' : 'rows'} (${lines.length === 1 ? 'line' : 'lines'} ${lines.join(', ')}${more})`;
}
