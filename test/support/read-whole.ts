/** What csv-parse makes of a file that it reads all at once: what the reader of blocks is compared with. */
import { isUtf8 } from 'node:buffer';
import { CsvError, parse } from 'csv-parse/sync';

export interface WholeRow {
  line: number;
  cells: string[];
}

const LF = 0x0a;
const CR = 0x0d;

/** The rows that hold a value, with the lines on which they start, or the codes of which one must be the refusal. */
export function readWhole(bytes: Buffer, separator = ','): WholeRow[] | string[] {
  const codes = [];
  if (!isUtf8(bytes)) codes.push('invalid_encoding');
  // Half a CRLF at the end belongs to no cell.
  const whole = bytes.at(-1) === CR ? bytes.subarray(0, -1) : bytes;
  try {
    const records = parse(whole, {
      delimiter: separator,
      record_delimiter: ['\r\n', '\n'],
      relax_column_count: true,
      skip_empty_lines: true,
      info: true,
    }) as unknown as { record: string[]; info: { bytes: number } }[];
    return codes.length > 0
      ? codes
      : withLines(whole, records).filter(({ cells }) => hasValue(cells));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return [...codes, 'malformed_quotes'];
  }
}

/** A row without any value is none. */
export function hasValue(cells: string[]): boolean {
  return cells.some((cell) => /[^\s\p{Default_Ignorable_Code_Point}\x1a]/u.test(cell));
}

function withLines(
  bytes: Buffer,
  records: { record: string[]; info: { bytes: number } }[],
): WholeRow[] {
  let line = 1;
  let at = 0;
  const step = (): void => {
    if (bytes[at] === LF) line++;
    at++;
  };
  return records.map(({ record, info }) => {
    while (bytes[at] === LF || (bytes[at] === CR && bytes[at + 1] === LF)) step();
    const start = line;
    while (at < info.bytes) step();
    return { line: start, cells: record };
  });
}
