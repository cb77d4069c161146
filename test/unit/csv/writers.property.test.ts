/**
 * Tables of any values in the ways in which other programs write them: each is read back as it is, with the lines and the
 * bytes of the file, or refused by name.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SEPARATORS, type Encoding, type SeparatorName } from '../../../src/contract/dialect.js';
import { csvSettings } from '../../../src/contract/import/csv-settings.js';
import { importInputSchema } from '../../../src/contract/import/input.js';
import { parseBlock, type CsvRow } from '../../../src/csv/cells.js';
import { FileError } from '../../../src/csv/file-error.js';
import { readHeader, type Header } from '../../../src/csv/header.js';
import type { ByteSource } from '../../../src/csv/byte-source.js';
import { cutBlock, readBlocks } from '../../../src/csv/records.js';
import { isAddress } from '../../../src/identity/email.js';
import { hasValue } from '../../support/read-whole.js';

const RUNS = process.env['LONG_FUZZ'] ? 300 : 30;

interface Writer {
  separator: SeparatorName;
  /** Which cells it puts quotes around. */
  quotes: 'all' | 'needed' | 'empty';
  ending: '\n' | '\r\n';
  encoding: Encoding;
  mark?: boolean;
  /** A line before the header. */
  before?: string;
}

const [comma, semicolon, tab, pipe] = Object.keys(SEPARATORS) as SeparatorName[];
const windows = { ending: '\r\n', encoding: 'utf-8' } as const;
const unix = { ending: '\n', encoding: 'utf-8' } as const;

const WRITERS: Record<string, Writer> = {
  'Excel, "CSV"': {
    ...{ separator: semicolon!, quotes: 'needed' },
    ...{ ending: '\r\n', encoding: 'windows-1252' },
  },
  'Excel, "CSV UTF-8"': { ...windows, separator: comma!, quotes: 'needed', mark: true },
  'Excel, "CSV UTF-8" in Europe': {
    ...windows,
    separator: semicolon!,
    quotes: 'needed',
    mark: true,
  },
  'Excel, "Unicode text"': {
    ...{ separator: tab!, quotes: 'needed', mark: true },
    ...{ ending: '\r\n', encoding: 'utf-16le' },
  },
  'Excel macro with sep=': { ...windows, separator: semicolon!, quotes: 'needed', before: 'sep=;' },
  'LibreOffice, all text in quotes': { ...unix, separator: comma!, quotes: 'all' },
  'LibreOffice, UTF-16': {
    ...{ separator: semicolon!, quotes: 'needed', mark: true },
    ...{ ending: '\n', encoding: 'utf-16be' },
  },
  'Google Sheets': { ...windows, separator: comma!, quotes: 'needed' },
  'PostgreSQL, COPY … CSV': { ...unix, separator: comma!, quotes: 'empty' },
  'PostgreSQL, FORCE_QUOTE and pipes': { ...unix, separator: pipe!, quotes: 'all' },
  'MySQL, ENCLOSED BY and ESCAPED BY a quote': { ...unix, separator: tab!, quotes: 'all' },
  'pandas, latin-1': {
    ...{ separator: tab!, quotes: 'needed' },
    ...{ ending: '\n', encoding: 'latin-1' },
  },
  pandas: { ...unix, separator: comma!, quotes: 'needed' },
  'PowerShell, Export-Csv': {
    ...{ separator: comma!, quotes: 'all', before: '#TYPE Selected.User' },
    ...windows,
  },
};

const ASCII = ['a', 'b', ' ', ',', ';', '\t', '|', '"', "'", '\n', '\r', '\r\n', '=', '\\', '\x1a'];
const LETTERS: Record<string, string[]> = {
  'latin-1': ['é', 'ÿ', 'þ', 'ï', '»', '¿', 'Ã', '\u00a0', '\u0085'],
  'windows-1252': ['é', 'ÿ', 'þ', 'ï', '»', '¿', 'Ã', '€', '’', 'ž'],
};
const UNICODE = [
  'é',
  'Ã¼',
  '漢',
  '😀',
  '\u2028',
  '\ufeff',
  '\u200b',
  '\ufffd',
  'ÿþ',
  '\u0a0d',
  '\u2c22',
];

const NAMES = [
  'first_name',
  'role',
  'name;x',
  'a,b',
  'x|y',
  "it's",
  'sep=;',
  '#TYPE x',
  ' padded ',
];

const tableFor = ({ encoding }: Writer) => {
  const unit = fc.constantFrom(...ASCII, ...(LETTERS[encoding] ?? UNICODE));
  const cell = fc.array(unit, { maxLength: 6 }).map((units) => units.join(''));
  const name = fc.oneof(fc.constantFrom(...NAMES), cell);
  return fc
    .tuple(fc.array(name, { maxLength: 3 }), fc.nat(3))
    .map(([names, at]) => names.toSpliced(at, 0, 'email'))
    .chain((names) =>
      fc.record({
        names: fc.constant(names),
        rows: fc.array(fc.array(cell, { minLength: names.length, maxLength: names.length }), {
          maxLength: 6,
        }),
        endsOpen: fc.boolean(),
      }),
    );
};

interface Written {
  bytes: Buffer;
  /** What a reader has to find. */
  rows: { line: number; cells: string[]; text: string }[];
}

function write(
  writer: Writer,
  { names, rows, endsOpen }: { names: string[]; rows: string[][]; endsOpen: boolean },
): Written {
  const { quotes, ending, encoding, before } = writer;
  const separator = SEPARATORS[writer.separator];
  const written = (cell: string): string => {
    const needs = /["\r\n]/.test(cell) || cell.includes(separator);
    const isQuoted = needs || quotes === 'all' || (quotes === 'empty' && cell === '');
    return isQuoted ? `"${cell.replaceAll('"', '""')}"` : cell;
  };
  const lineOf = (cells: string[]) => cells.map(written).join(separator);
  let text = (before === undefined ? '' : before + ending) + lineOf(names) + ending;
  const all: Written['rows'] = [];
  for (const cells of rows) {
    all.push({ line: 1 + text.split('\n').length - 1, cells, text: lineOf(cells) });
    text += lineOf(cells) + ending;
  }
  if (endsOpen && rows.length > 0) text = text.slice(0, -ending.length);
  const bytes = encode(writer.mark ? `\ufeff${text}` : text, encoding);
  // One column has no separator to be found: a comma in its rows is one, and they are refused for their width.
  const isOneCell = (row: string) => before !== undefined || /^"|^[^,]*$/.test(row);
  const isFound = ({ cells, text: row }: Written['rows'][number]) =>
    hasValue(cells) && (names.length > 1 || separator === ',' || isOneCell(row));
  return { bytes, rows: all.filter(isFound) };
}

/** What Windows-1252 has besides Latin-1, of the letters here (https://encoding.spec.whatwg.org/index-windows-1252.txt). */
const WINDOWS_1252: Record<string, number> = { '€': 0x80, '’': 0x92, ž: 0x9e };

function encode(text: string, encoding: Encoding): Buffer {
  if (encoding === 'utf-8') return Buffer.from(text);
  if (encoding === 'utf-16le') return Buffer.from(text, 'utf16le');
  if (encoding === 'utf-16be') return Buffer.from(text, 'utf16le').swap16();
  return Buffer.from(Array.from(text, (char) => WINDOWS_1252[char] ?? char.charCodeAt(0)));
}

/** A file in memory, which gives no more bytes at once than it is told to. */
function sourceOf(content: Buffer, most: number): ByteSource {
  return {
    read: (into, offset, wanted, position) => {
      const bytesRead = content.copy(into, offset, position, position + Math.min(wanted, most));
      return Promise.resolve({ bytesRead });
    },
  };
}

const KNOWN = new Set(['email', 'first_name', 'role']);

async function read(bytes: Buffer, { encoding, mark }: Writer, most: number) {
  const { csv } = importInputSchema().parse({
    ...{ file: 'users.csv', actor: 'alice' },
    csv: mark || encoding === 'utf-8' ? {} : { encoding },
  });
  const source = sourceOf(bytes, most);
  const isKnown = (name: string) => KNOWN.has(name.trim());
  const header = await readHeader(source, bytes.length, {
    csv: csvSettings(csv),
    isKnown,
    isAddress,
  });
  const rows: CsvRow[] = [];
  const range = { ...header.rows, end: bytes.length };
  for await (const block of readBlocks(source, range, header.dialect)) {
    rows.push(...parseBlock(block));
  }
  return { header, rows };
}

/** The same rows, cut anew from the bytes between the beginnings of some of them. */
function rowsByRange(bytes: Buffer, { dialect }: Header, rows: CsvRow[], each: number): CsvRow[] {
  const firsts = rows.filter((_, i) => i % each === 0);
  return firsts.flatMap(({ start, line }, i) =>
    parseBlock(cutBlock(bytes.subarray(start, firsts[i + 1]?.start), start, line, dialect)),
  );
}

const found = (rows: CsvRow[]): Written['rows'] =>
  rows.map((row) => ({ line: row.line, cells: row.cells, text: row.raw() }));

describe.each(Object.entries(WRITERS))('a table written by %s', (_name, writer) => {
  it('is read back as it is, or refused by name', async () => {
    const refused: Record<string, number> = {};
    let readBack = 0;
    await fc.assert(
      fc.asyncProperty(
        tableFor(writer),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 3 }),
        async (table, most, each) => {
          const { bytes, rows } = write(writer, table);
          const result = await read(bytes, writer, most).catch((error: unknown) => {
            if (error instanceof FileError) return error.problem.code;
            throw error;
          });
          if (typeof result === 'string') {
            refused[result] = (refused[result] ?? 0) + 1;
            return;
          }
          readBack++;
          const { header } = result;
          expect(header.names).toEqual(table.names.map((name) => name.trim()));
          const whole = ({ cells }: CsvRow) => cells.length === table.names.length;
          expect(found(result.rows.filter(whole))).toEqual(rows);
          const again = rowsByRange(bytes, header, result.rows, each);
          expect(found(again)).toEqual(found(result.rows));
          expect(header.dialect).toMatchObject({ encoding: writer.encoding });
        },
      ),
      { numRuns: RUNS },
    );
    expect(readBack, JSON.stringify(refused)).toBeGreaterThan(RUNS * 0.5);
  });
});
